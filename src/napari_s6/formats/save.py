"""One way out: a volume in the format that a file's name ends in."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import xarray as xr

from napari_s6.formats.registry import format_to_write
from napari_s6.survey.record import Progress
from napari_s6.survey.writing import Convert, SampleFormat, Writing


def save_volume(
    volume: xr.DataArray,
    out: str | os.PathLike[str],
    *,
    sample_format: SampleFormat | None = None,
    source: str | os.PathLike[str] | Literal[False] | None = None,
    text: Sequence[str] | None = None,
    convert: Convert | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    find_dead: bool = False,
) -> Path:
    """Write a volume in the format its suffix names (see `formats.registry`).

    ``sample_format``, ``source``, ``text`` and ``convert`` matter to SEG-Y alone (see
    :func:`napari_s6.formats.segy.write.write_segy`); the format defaults to int8 for 8-bit
    volumes, float32 for others. ``progress`` is told the share written; what it raises ends the
    writing. ``find_dead`` looks for dead traces on the way to Zarr.

    Returns
    -------
    pathlib.Path
        The file written, absolute.

    Raises
    ------
    InputError
        If the suffix names no format we write, or writing fails; nothing is left behind then.
    """
    write = format_to_write(out).write
    assert write is not None
    how = Writing(
        overwrite=overwrite,
        progress=progress,
        find_dead=find_dead,
        sample_format=sample_format,
        source=source,
        text=text,
        convert=convert,
    )
    return write(volume, Path(out), how)
