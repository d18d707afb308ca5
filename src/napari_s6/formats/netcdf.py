"""Volumes in NetCDF-4 files, laid out so that xarray opens them with coordinates."""

import errno
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from napari_s6.formats.dataset import open_xarray_dataset
from napari_s6.survey.atomic import atomic_path
from napari_s6.survey.record import (
    Progress,
    plain_attrs,
    row_blocks,
    survey_record,
    vertical_units,
)
from napari_s6.survey.volume import vertical_dim

_MANY_CHUNKS = 10_000
SPARE_BYTES = 4 * 2**20


def write_netcdf(
    volume: xr.DataArray,
    out: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write a volume as a NetCDF-4 file that xarray opens with coordinates.

    ``progress`` is told the share written; what it raises ends the writing.

    Raises
    ------
    InputError
        If a file is in the way or cannot be written.
    """
    import h5netcdf

    out = Path(out).expanduser().absolute()
    with atomic_path(
        out, overwrite=overwrite, keep=survey_record(volume).source_files
    ) as temporary:
        _leave_room(out.parent, 0)
        with h5netcdf.File(temporary, "w") as file:
            _fill_netcdf(file, volume, out.parent, progress)
    return out


def _fill_netcdf(file: Any, volume: xr.DataArray, folder: Path, progress: Progress | None) -> None:
    """Write coordinates and samples, the latter a block of inlines at a time."""
    domain = vertical_dim(volume)
    dims = ("iline", "xline", domain)
    file.dimensions = {dim: volume.sizes[dim] for dim in dims}
    for dim in dims:
        file.create_variable(dim, (dim,), data=np.asarray(volume[dim].values))
    file.variables[domain].attrs["units"] = vertical_units(volume)
    live = np.asarray(volume["live"].values, np.int8)
    # NetCDF has no booleans; this attribute is how xarray marks them.
    file.create_variable("live", dims[:2], data=live).attrs["dtype"] = "bool"
    name = str(volume.name or "amplitude")
    samples = file.create_variable(
        name, dims, dtype=volume.dtype, chunks=_chunks(volume.shape), compression="gzip"
    )
    for key, value in plain_attrs(volume.attrs).items():
        samples.attrs[key] = int(value) if isinstance(value, bool) else value
    samples.attrs["coordinates"] = "live"
    for rows in row_blocks(volume, multiple=_chunks(volume.shape)[0]):
        block = volume.isel(iline=rows).values
        _leave_room(folder, block.nbytes)
        samples[rows] = block
        if progress is not None:
            progress(rows.stop / volume.shape[0])


def _leave_room(folder: Path, needed: int) -> None:
    """Raise while there still is some room: HDF5 ends the process when a disk is full."""
    if shutil.disk_usage(folder).free < needed + SPARE_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def open_netcdf(path: str | os.PathLike[str]) -> xr.DataArray:
    """Open the volume of a NetCDF-4 file lazily.

    Raises
    ------
    InputError
        If the file is no NetCDF-4, or holds no 3-D variable, or several.
    """
    return open_xarray_dataset(Path(path).expanduser().absolute(), "h5netcdf", "NetCDF")


def _chunks(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Whole traces of 16 x 16 nodes or more, for NetCDF."""
    edge = 16
    while -(-shape[0] // edge) * -(-shape[1] // edge) > _MANY_CHUNKS:
        edge *= 2
    return min(edge, shape[0]), min(edge, shape[1]), shape[2]
