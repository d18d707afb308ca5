"""What is kept of a volume besides its samples: where it came from, its headers, its map grid.

xarray keeps attributes through slicing and copying, and Zarr, NetCDF and sidecars hold them; hence
a record lies in a volume's ``attrs`` as plain strings, numbers and lists. That is its form at the
edge: everything in the program reads it as a `SurveyRecord` (`survey_record`) and changes it by
`update_survey_record`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.survey.geometry import Affine
from napari_s6.survey.header_bytes import HeaderBytes
from napari_s6.survey.volume import UNITS, vertical_dim

#: Told the share done, 0 to 1; may raise to end the work.
Progress = Callable[[float], None]

BLOCK_BYTES = 32 * 2**20
_HEADER_BYTES = {f"{name}_byte": name for name in ("iline", "xline", "x", "y")}


@dataclass(frozen=True)
class SurveyRecord:
    """Hold what is known of a volume besides its samples and coordinates.

    Attributes
    ----------
    source, source_format
        What was opened: a path, and SEG-Y, npy, Zarr, NetCDF, benchmark or synthetic; empty for
        an array.
    segy_source
        The SEG-Y file whose headers an export copies; stays when a volume goes through other
        formats.
    header_bytes, header_bytes_from
        Where that file's trace headers hold lines and coordinates, and who said so: standard,
        given or guessed.
    affine, affine_error
        Map coordinates of line numbers, and how far the headers' are off (m or ft).
    crs_text
        What the text header says of the coordinate reference system.
    n_samples_given
        The samples per trace that the user gave against the headers.
    text_header
        The SEG-Y text header's lines, where the volume was converted and its source may go.
    sample_format, byte_order, revision
        How the file stores its samples, and the revision of SEG-Y that it claims.
    traces, duplicates
        How many traces the file has (None: as many as the grid), and how many of them share a
        node with an earlier one.
    corner_points
        Inline, crossline, X and Y of up to four traces near the corners.
    dead_scanned, dead_traces
        Whether dead traces were looked for (and are not ``live``), and how many there were.
    split
        Which part of the public benchmark it is.
    notes
        What was contradictory in its headers, and how it was settled; joined by ``"; "``.
    reading
        How the source was read (`Reading.as_dict` as JSON), so that it can be read so again.
    """

    source: str = ""
    source_format: str = ""
    segy_source: str = ""
    header_bytes: HeaderBytes | None = None
    header_bytes_from: str = ""
    affine: Affine | None = None
    affine_error: float | None = None
    crs_text: str = ""
    n_samples_given: int | None = None
    text_header: tuple[str, ...] = ()
    sample_format: str = ""
    byte_order: str = ""
    revision: int | None = None
    traces: int | None = None
    duplicates: int = 0
    corner_points: tuple[tuple[float, float, float, float], ...] = ()
    dead_scanned: bool | None = None
    dead_traces: int = 0
    split: str = ""
    notes: str = ""
    reading: str = ""

    @property
    def name(self) -> str:
        """What messages call the volume: its source, or "the survey"."""
        return self.source or "the survey"

    @property
    def is_segy(self) -> bool:
        """Whether the volume was opened from SEG-Y."""
        return self.source_format == "SEG-Y"

    @property
    def segy_path(self) -> Path | None:
        """The SEG-Y file whose headers an export of this volume copies, or None."""
        return Path(self.segy_source) if self.segy_source else None

    @property
    def source_files(self) -> list[str]:
        """The files that nothing may be written over."""
        return [path for path in (self.source, self.segy_source) if path]

    @classmethod
    def from_attrs(cls, attrs: Mapping[Any, Any]) -> Self:
        """Read a record from attributes, as files hold them; others' attributes are ignored."""
        found: dict[str, Any] = {}
        for field in fields(cls):
            value = attrs.get(field.name)
            if value is not None and field.name in _PARSED:
                found[field.name] = _PARSED[field.name](value)
        if positions := {n: int(attrs[k]) for k, n in _HEADER_BYTES.items() if k in attrs}:
            found["header_bytes"] = HeaderBytes(**positions)
        return cls(**found)

    def as_attrs(self) -> dict[str, Any]:
        """Return what is known as attributes of types that JSON and NetCDF can hold."""
        attrs: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if value is None or value == () or value == "":
                continue
            if field.name == "header_bytes":
                attrs |= {key: getattr(value, name) for key, name in _HEADER_BYTES.items()}
            elif field.name == "affine":
                attrs["affine"] = value.as_list()
            elif field.name == "corner_points":
                attrs["corner_points"] = [number for point in value for number in point]
            else:
                attrs[field.name] = list(value) if isinstance(value, tuple) else value
        return attrs


def _points(flat: Any) -> tuple[tuple[float, float, float, float], ...]:
    rows = np.reshape(np.asarray(flat, float), (-1, 4)).tolist()
    return tuple((il, xl, x, y) for il, xl, x, y in rows)


_PARSED: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(
        [
            "source",
            "source_format",
            "segy_source",
            "header_bytes_from",
            "crs_text",
            "sample_format",
            "byte_order",
            "split",
            "notes",
            "reading",
        ],
        str,
    ),
    **dict.fromkeys(["n_samples_given", "revision", "traces", "duplicates", "dead_traces"], int),
    "affine": lambda numbers: Affine(*(float(n) for n in np.asarray(numbers).ravel())),
    "affine_error": float,
    "text_header": lambda lines: tuple(str(line) for line in np.atleast_1d(lines)),
    "corner_points": _points,
    "dead_scanned": bool,
}


def survey_record(volume: xr.DataArray) -> SurveyRecord:
    """Return what is recorded of a volume.

    Examples
    --------
    >>> from napari_s6.survey.synthetic import make_survey
    >>> survey, _ = make_survey((4, 6, 16))
    >>> survey_record(survey).source_format, vertical_units(survey)
    ('synthetic', 'ms')
    >>> survey_record(update_survey_record(survey, source="north.sgy")).name
    'north.sgy'
    """
    return SurveyRecord.from_attrs(volume.attrs)


def update_survey_record(volume: xr.DataArray, **changes: Any) -> xr.DataArray:
    """Change fields of a volume's record in place, and return the volume."""
    record = replace(survey_record(volume), **changes)
    forgotten = {*_PARSED, *_HEADER_BYTES}
    kept = {key: value for key, value in volume.attrs.items() if key not in forgotten}
    volume.attrs = {**kept, **record.as_attrs()}
    return volume


def need_affine(volume: xr.DataArray, what: str) -> Affine:
    """Return the map coordinates recorded with a volume.

    Raises
    ------
    InputError
        If there are none; ``what`` says what they were needed for.
    """
    record = survey_record(volume)
    if record.affine is None:
        raise InputError(
            f"{record.name}: its headers tie no X and Y to the line "
            f"numbers, which {what} needs; give line numbers, or the bytes of X and Y"
        )
    return record.affine


def plain_attrs(attrs: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the attributes that JSON and NetCDF can hold: strings, numbers and lists of them."""
    plain: dict[str, Any] = {}
    for key, value in attrs.items():
        if isinstance(value, np.ndarray | np.generic):
            value = value.tolist()
        if isinstance(value, tuple):
            value = list(value)
        if isinstance(value, str | bool | int | float) or (
            isinstance(value, list) and all(isinstance(v, str | int | float) for v in value)
        ):
            plain[str(key)] = value
    return plain


def mark_opened(volume: xr.DataArray, path: Path, source_format: str) -> xr.DataArray:
    """Record where a volume was opened from; where its SEG-Y headers are stays recorded."""
    volume.attrs.pop("coordinates", None)
    record = survey_record(volume)
    return update_survey_record(
        volume,
        source=str(path),
        source_format=source_format,
        dead_scanned=bool(record.dead_scanned),
        sample_format=record.sample_format or str(volume.dtype),
    )


def vertical_units(volume: xr.DataArray) -> str:
    """Return the unit of a volume's times or depths, such as ``"ms"``."""
    domain = vertical_dim(volume)
    return str(volume[domain].attrs.get("units", UNITS[domain]))


def row_blocks(volume: xr.DataArray, multiple: int = 1) -> Iterator[slice]:
    """Yield blocks of inlines that fit comfortably into memory."""
    row_bytes = max(1, volume.dtype.itemsize * volume.shape[1] * volume.shape[2])
    step = max(1, BLOCK_BYTES // row_bytes // multiple) * multiple
    edges = [*range(0, volume.shape[0], step), volume.shape[0]]
    yield from (slice(a, b) for a, b in pairwise(edges))
