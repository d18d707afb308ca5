"""SEG-Y for xarray: ``xarray.open_dataset("survey.sgy")``."""

import os
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import xarray as xr
from xarray.backends import BackendEntrypoint

from napari_s6.formats.registry import is_segy_name
from napari_s6.survey.reading import Reading


class S6Backend(BackendEntrypoint):
    """Open SEG-Y surveys as datasets of one variable, ``amplitude``, read lazily.

    The keywords of `Reading` say how, as in ``napari_s6.open``: ``header_bytes="petrel"``,
    ``crop="iline:100-300"``. Dead traces are not looked for, since that reads samples.

    Examples
    --------
    >>> import napari_s6 as s6, xarray as xr
    >>> from napari_s6.survey.synthetic import make_survey
    >>> path = s6.save(make_survey((4, 6, 16))[0], "lazy.sgy")
    >>> dict(xr.open_dataset(path, engine=S6Backend, crop="iline:101-102").sizes)
    {'iline': 2, 'xline': 6, 'twt': 16}
    """

    description = "Open SEG-Y surveys (.sgy, .segy) lazily"
    open_dataset_parameters = (
        "filename_or_obj",
        "drop_variables",
        *(field.name for field in fields(Reading)),
    )

    def open_dataset(
        self,
        filename_or_obj: Any,
        *,
        drop_variables: str | Iterable[str] | None = None,
        **reading: Any,
    ) -> xr.Dataset:
        """Open a SEG-Y file without the variables or coordinates named.

        Raises
        ------
        InputError
            If there is no such file, it holds no volume, or a value cannot be one.
        """
        import napari_s6.accessor  # noqa: F401 (registers Dataset.s6)
        from napari_s6.formats.open import open_volume

        volume = open_volume(filename_or_obj, Reading.from_dict(reading), scan_dead=False)
        unwanted = [drop_variables] if isinstance(drop_variables, str) else drop_variables or ()
        return volume.to_dataset().drop_vars(unwanted, errors="ignore")

    def guess_can_open(self, filename_or_obj: Any) -> bool:
        """Return whether something is the name of a SEG-Y file."""
        if not isinstance(filename_or_obj, str | os.PathLike):
            return False
        return is_segy_name(filename_or_obj)
