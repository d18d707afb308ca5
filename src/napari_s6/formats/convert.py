"""Surveys in another format: once to Zarr, where a survey is larger than memory.

SEG-Y keeps whole traces one after another, so that a time slice touches every page of the file.
Zarr's bricks serve inlines, crosslines and time slices alike.
"""

import os
from pathlib import Path

import xarray as xr

from napari_s6.formats.save import SampleFormat, save_volume
from napari_s6.formats.segy.text import file_text
from napari_s6.formats.stores import write_zarr
from napari_s6.survey.record import Progress, survey_record, update_survey_record


def convert_volume(
    volume: xr.DataArray,
    out: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write a survey in the format that ``out``'s suffix names, whatever its size.

    It is read and written a block at a time. Line numbers, times, the map grid, the text header
    and where the SEG-Y source's headers stand go with it, so that what is predicted on the new
    volume is exported with the source's headers, or without it with headers made from these.
    Dead traces are found on the way to Zarr. SEG-Y keeps 8, 16 and 32-bit integers, and gets
    float32 for all others.

    Raises
    ------
    InputError
        If the suffix names no format we write, or writing fails; nothing is left behind then.
    """
    volume = volume.copy(deep=False)
    record = survey_record(volume)
    if record.is_segy:
        update_survey_record(volume, text_header=tuple(file_text(record.source)))
    suffix = Path(out).suffix.lower()
    if suffix == ".zarr":
        return write_zarr(volume, out, overwrite=overwrite, progress=progress, find_dead=True)
    if suffix in (".sgy", ".segy"):
        kept: dict[str, SampleFormat] = {"int8": "int8", "int16": "int16", "int32": "int32"}
        return save_volume(
            volume,
            out,
            sample_format=kept.get(str(volume.dtype), "float32"),
            overwrite=overwrite,
            progress=progress,
        )
    return save_volume(volume, out, overwrite=overwrite, progress=progress)
