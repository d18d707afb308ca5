"""One way in: whatever a seismic volume lies in, opened as what flows through the program."""

import json
import os
from pathlib import Path

import xarray as xr

from napari_s6.errors import InputError
from napari_s6.formats.registry import format_to_read
from napari_s6.survey.reading import Reading
from napari_s6.survey.record import update_survey_record

# Files with fewer bytes of samples are scanned for dead traces when they are opened.
SCAN_AT_ONCE = 256 * 2**20


def open_volume(
    path: str | os.PathLike[str],
    reading: Reading = Reading(),
    *,
    scan_dead: bool | None = None,
) -> xr.DataArray:
    """Open a seismic volume lazily.

    Parameters
    ----------
    path
        SEG-Y (.sgy .segy), a 3-D .npy file, a Zarr folder, NetCDF (.nc), or a folder laid out as
        the public F3 benchmark (its training seismic is opened) or one of its files.
    reading
        How it is to be read: which part of it, and what is known better than a SEG-Y file's
        headers. What was guessed or overruled is told in the record's ``notes``.
    scan_dead
        Whether to look for dead traces now and take them out of ``live``; None does so for files
        of at most 256 MB of samples. Volumes of labels must not be scanned: a trace of class 0
        looks dead.

    Returns
    -------
    xarray.DataArray
        See :func:`napari_s6.survey.volume.make_volume`. Its `survey_record` tells whether dead
        traces are known.

    Raises
    ------
    InputError
        If there is no such file, or it holds no volume.
    """
    path = Path(path).expanduser().absolute()
    if not path.exists():
        raise InputError(f"{path}: no such file or folder; check the path")
    found = format_to_read(path)
    if reading.overrules_headers and not found.has_headers:
        raise InputError(
            f"{path}: sample interval, start, count and unit can be given for SEG-Y files only; "
            "leave them out"
        )
    volume = found.read(path, reading)
    update_survey_record(volume, reading=json.dumps(reading.as_dict()))
    if reading.crop is not None:
        volume = reading.crop.apply(volume)
    if scan_dead is None:
        scan_dead = is_scanned_at_once(volume)
    if not scan_dead:
        return volume
    from napari_s6.survey.dead import drop_dead

    return drop_dead(volume)


def is_scanned_at_once(volume: xr.DataArray) -> bool:
    """Whether a volume is small enough to be scanned for dead traces when it is opened.

    Its traces count, not its grid: a sparse survey's file is far smaller.
    """
    traces = int(volume["live"].values.sum())
    stored = traces * volume.shape[2] * volume.dtype.itemsize
    return min(volume.nbytes, stored) <= SCAN_AT_ONCE
