"""Volumes in .npy files, Zarr folders and NetCDF files, with their coordinates.

Zarr and NetCDF are laid out so that xarray opens them with coordinates. All are written in blocks:
no volume needs to fit into memory.
"""

import errno
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from xarray.core import indexing

from napari_s6.errors import InputError
from napari_s6.formats.npy import indexed_volume, open_npy, write_npy
from napari_s6.formats.zarr_layout import zarr_blocks, zarr_chunks, zarr_shards
from napari_s6.survey.atomic import atomic_path
from napari_s6.survey.dead import no_data
from napari_s6.survey.record import (
    Progress,
    mark_opened,
    plain_attrs,
    row_blocks,
    survey_record,
    vertical_units,
)
from napari_s6.survey.slabs import SlabArray
from napari_s6.survey.volume import UNITS, Domain, make_volume, vertical_dim

__all__ = [
    "create_zarr_like",
    "open_netcdf",
    "open_npy",
    "open_zarr",
    "write_netcdf",
    "write_npy",
    "write_zarr",
]

_MANY_CHUNKS = 10_000
_ROOM = 4 * 2**20
_ILINE_NAMES = ("iline", "inline", "inlines", "il")
_XLINE_NAMES = ("xline", "crossline", "xlines", "crosslines", "xl")
_DEPTH_NAMES = ("depth", "z")


def write_zarr(
    volume: xr.DataArray,
    out: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    progress: Progress | None = None,
    find_dead: bool = False,
) -> Path:
    """Write a volume as a Zarr folder that xarray opens with coordinates, a block at a time.

    Parameters
    ----------
    progress
        Told the share written, 0 to 1; what it raises ends the writing.
    find_dead
        Whether to look for dead traces on the way, if they aren't known, and take them out of
        ``live``. Not for labels: a trace of class 0 looks dead.

    Raises
    ------
    InputError
        If something is in the way or cannot be written.
    """
    name = str(volume.name or "amplitude")
    find_dead = find_dead and not survey_record(volume).dead_scanned
    live = np.array(volume["live"].values, bool)
    with atomic_path(
        out, overwrite=overwrite, keep=survey_record(volume).source_files
    ) as temporary:
        group, array = _create_group(volume, temporary, volume.dtype, 0, name, volume.attrs)
        for rows, columns, share in zarr_blocks(volume.shape):
            block = volume.isel(iline=rows, xline=columns).values
            array[rows, columns] = block
            if find_dead:
                live[rows, columns] &= ~no_data(block)
            if progress is not None:
                progress(share)
        if find_dead:
            dead = int(volume["live"].values.sum()) - int(live.sum())
            group["live"][...] = live
            array.attrs.update(dead_scanned=True, dead_traces=dead)
    return Path(out).expanduser().absolute()


@contextmanager
def create_zarr_like(
    volume: xr.DataArray,
    out: str | os.PathLike[str],
    dtype: Any,
    *,
    fill: float = 0,
    name: str = "amplitude",
    attrs: Mapping[str, Any] | None = None,
    overwrite: bool = False,
) -> Iterator[Any]:
    """Create a Zarr volume on another's grid, to be filled block by block.

    Yields
    ------
    zarr.Array
        Writable, (inlines, crosslines, samples), ``fill`` where nothing was written. When the
        block ends well the folder is renamed to ``out``: open that, the array yielded points at
        the temporary name. If it fails, nothing is left.
    """
    with atomic_path(
        out, overwrite=overwrite, keep=survey_record(volume).source_files
    ) as temporary:
        yield _create_group(volume, temporary, dtype, fill, name, attrs or {})[1]


def _create_group(
    volume: xr.DataArray,
    folder: Path,
    dtype: Any,
    fill: float,
    name: str,
    attrs: Mapping[Any, Any],
) -> tuple[Any, Any]:
    """Create a Zarr group of coordinates, and in it the array of samples; return both."""
    import zarr
    from zarr.codecs import BloscCodec

    domain = vertical_dim(volume)
    group = zarr.open_group(store=str(folder), mode="w", zarr_format=3)
    coordinates: dict[str, tuple[tuple[str, ...], np.ndarray, dict[str, Any]]] = {
        "iline": (("iline",), volume["iline"].values, {}),
        "xline": (("xline",), volume["xline"].values, {}),
        domain: ((domain,), volume[domain].values, {"units": vertical_units(volume)}),
        "live": (("iline", "xline"), np.asarray(volume["live"].values, bool), {}),
    }
    for key, (dims, values, extra) in coordinates.items():
        array = group.create_array(
            key, shape=values.shape, dtype=values.dtype, dimension_names=dims
        )
        array[...] = values
        array.attrs.update(extra)
    samples = group.create_array(
        name,
        shape=volume.shape,
        dtype=np.dtype(dtype),
        chunks=zarr_chunks(volume.shape),
        shards=zarr_shards(volume.shape),
        compressors=BloscCodec(cname="lz4", clevel=5, shuffle="bitshuffle"),
        fill_value=np.dtype(dtype).type(fill),
        dimension_names=("iline", "xline", domain),
    )
    samples.attrs.update({**plain_attrs(attrs), "coordinates": "live"})
    return group, samples


def _chunks(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Whole traces of 16 x 16 nodes or more, for NetCDF."""
    edge = 16
    while -(-shape[0] // edge) * -(-shape[1] // edge) > _MANY_CHUNKS:
        edge *= 2
    return min(edge, shape[0]), min(edge, shape[1]), shape[2]


def open_zarr(path: str | os.PathLike[str]) -> xr.DataArray:
    """Open the volume of a Zarr folder lazily.

    Raises
    ------
    InputError
        If the folder holds no 3-D array, or several.
    """
    import zarr

    path = Path(path).expanduser().absolute()
    try:
        node = zarr.open(store=str(path), mode="r")
    except Exception as error:  # zarr raises its own, unrelated, errors for each kind of damage
        raise InputError(f"{path}: no Zarr folder that can be read ({error})") from error
    if isinstance(node, zarr.Array):
        if node.ndim != 3:
            raise InputError(f"{path}: has shape {node.shape}; a volume has three axes")
        import dask.array

        return indexed_volume(dask.array.from_zarr(node), path, "Zarr")
    volume = _open_dataset(path, "zarr", "Zarr")
    stored = node[str(volume.name)]
    if not isinstance(stored, zarr.Array) or stored.shape != volume.shape:
        return volume  # somebody else's order of axes
    return volume.copy(data=indexing.LazilyIndexedArray(SlabArray(stored)))


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
    if shutil.disk_usage(folder).free < needed + _ROOM:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def open_netcdf(path: str | os.PathLike[str]) -> xr.DataArray:
    """Open the volume of a NetCDF-4 file lazily.

    Raises
    ------
    InputError
        If the file is no NetCDF-4, or holds no 3-D variable, or several.
    """
    return _open_dataset(Path(path).expanduser().absolute(), "h5netcdf", "NetCDF")


def _open_dataset(path: Path, engine: str, source_format: str) -> xr.DataArray:
    # A store need not have consolidated metadata, and asking for it would only warn.
    options: dict[str, Any] = {"consolidated": False} if engine == "zarr" else {}
    try:
        dataset = xr.open_dataset(
            path, engine=engine, cache=False, mask_and_scale=False, decode_times=False, **options
        )
    except Exception as error:  # each library below has its own errors for damaged files
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path}: no {source_format} that can be read ({reason})") from error
    cubes = [name for name, variable in dataset.data_vars.items() if variable.ndim == 3]
    if len(cubes) != 1:
        found = ", ".join(map(str, cubes)) or "none"
        raise InputError(f"{path}: a volume is one 3-D variable, here are: {found}")
    return mark_opened(_as_volume(dataset[cubes[0]], path), path, source_format)


def _as_volume(cube: xr.DataArray, path: Path) -> xr.DataArray:
    """A 3-D variable, ours or someone else's, as a volume: dimensions by name, else by order."""
    by_lower = {str(dim).lower(): dim for dim in cube.dims}
    iline = next((by_lower[n] for n in _ILINE_NAMES if n in by_lower), None)
    xline = next((by_lower[n] for n in _XLINE_NAMES if n in by_lower), None)
    if iline is None or xline is None:
        iline, xline = cube.dims[:2]
    (vertical,) = (dim for dim in cube.dims if dim not in (iline, xline))
    domain: Domain = "depth" if str(vertical).lower() in _DEPTH_NAMES else "twt"
    cube = cube.transpose(iline, xline, vertical)
    live = cube.coords["live"].values if "live" in cube.coords else None

    def axis(dim: Any) -> np.ndarray:
        return cube[dim].values if dim in cube.coords else np.arange(cube.sizes[dim])

    attrs = {
        k: v.tolist() if isinstance(v, np.ndarray | np.generic) else v
        for k, v in cube.attrs.items()
    }
    try:
        volume = make_volume(
            cube.variable._data,
            iline=axis(iline),
            xline=axis(xline),
            samples=axis(vertical),
            domain=domain,
            live=live,
            name=cube.name,
            attrs=attrs,
        )
    except (TypeError, ValueError) as error:
        raise InputError(f"{path}: coordinates make no volume ({error})") from error
    known = cube[vertical].attrs.get("units") if vertical in cube.coords else "sample"
    volume[domain].attrs["units"] = known or UNITS[domain]
    return volume
