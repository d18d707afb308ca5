"""What is known of a facies volume besides its codes: how they were read, and what they are called.

As a survey's record (`napari_s6.survey.record`) it lies in the volume's attributes, in types that
files hold, and is read and changed here alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

import xarray as xr
from pydantic import ValidationError

from napari_s6.facies.scheme import FaciesScheme

ConventionSource = Literal["recorded", "given", "assumed"]
_CONVENTION, _FROM, _NOTE, _FOUND, _SCHEME, _LINES = _KEYS = (
    "facies_convention",
    "convention_from",
    "facies_note",
    "codes_found",
    "facies_scheme",
    "line_numbers",
)
_COUNTED = "counted"


@dataclass(frozen=True)
class FaciesRecord:
    """Hold what is known of a facies volume besides its codes.

    Attributes
    ----------
    convention, convention_from
        How the file's numbers count (see `facies.conventions`; empty: it does not say), and who
        said so.
    note
        A sentence that says how the numbers were read.
    codes_found
        The codes that occur, ascending; None where the file is too large to be read at once.
    scheme
        The names of its facies, if the file has them.
    counted
        Whether the file has no line numbers, so that its axes are merely counted.
    """

    convention: str = ""
    convention_from: ConventionSource | None = None
    note: str = ""
    codes_found: tuple[int, ...] | None = None
    scheme: FaciesScheme | None = None
    counted: bool = False

    @classmethod
    def from_attrs(cls, attrs: Mapping[Any, Any]) -> Self:
        """Read a record from attributes, as files hold them."""
        origin, found = attrs.get(_FROM), attrs.get(_FOUND)
        return cls(
            convention=str(attrs.get(_CONVENTION, "")),
            convention_from=origin if origin in ("recorded", "given", "assumed") else None,
            note=str(attrs.get(_NOTE, "")),
            codes_found=None if found is None else tuple(int(code) for code in found),
            scheme=_scheme(attrs.get(_SCHEME)),
            counted=attrs.get(_LINES) == _COUNTED,
        )

    def as_attrs(self) -> dict[str, Any]:
        """Return what is known as attributes of types that JSON and NetCDF can hold."""
        attrs = {
            _CONVENTION: self.convention,
            _FROM: self.convention_from,
            _NOTE: self.note,
            _FOUND: None if self.codes_found is None else list(self.codes_found),
            _SCHEME: self.scheme.model_dump_json() if self.scheme else None,
            _LINES: _COUNTED if self.counted else None,
        }
        return {key: value for key, value in attrs.items() if value not in (None, "")}


def facies_record(facies: xr.DataArray) -> FaciesRecord:
    """Return what is recorded of a facies volume."""
    return FaciesRecord.from_attrs(facies.attrs)


def update_facies_record(facies: xr.DataArray, **changes: Any) -> xr.DataArray:
    """Change fields of a facies volume's record in place, and return the volume."""
    record = replace(facies_record(facies), **changes)
    kept = {key: value for key, value in facies.attrs.items() if key not in _KEYS}
    facies.attrs = {**kept, **record.as_attrs()}
    return facies


def _scheme(text: Any) -> FaciesScheme | None:
    try:
        return FaciesScheme.model_validate_json(text) if text else None
    except ValidationError:
        return None
