"""Volumes in Zarr folders, in bricks, written and read a block at a time."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.formats.dataset import open_xarray_dataset
from napari_s6.formats.npy import indexed_volume
from napari_s6.formats.zarr_bricks import zarr_blocks, zarr_chunks, zarr_shards
from napari_s6.survey.atomic import atomic_path
from napari_s6.survey.dead import no_data
from napari_s6.survey.record import Progress, plain_attrs, survey_record, vertical_units
from napari_s6.survey.slabs import SlabArray
from napari_s6.survey.volume import vertical_dim


@dataclass(frozen=True)
class ZarrVariable:
    """Describe an array to be created: its type, what it holds where nothing is written, attrs."""

    dtype: Any
    fill: float = 0
    attrs: Mapping[Any, Any] = field(default_factory=dict)


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
        group = _create_group(volume, temporary)
        array = _create_array(group, volume, name, ZarrVariable(volume.dtype, attrs=volume.attrs))
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
    one = {name: ZarrVariable(dtype, fill, attrs or {})}
    with create_zarr_dataset(volume, out, one, overwrite=overwrite) as arrays:
        yield arrays[name]


@contextmanager
def create_zarr_dataset(
    volume: xr.DataArray,
    out: str | os.PathLike[str],
    variables: Mapping[str, ZarrVariable],
    *,
    overwrite: bool = False,
) -> Iterator[dict[str, Any]]:
    """Create a Zarr folder with several variables on a volume's grid, as `create_zarr_like` one.

    Yields
    ------
    dict
        The writable array of each variable.
    """
    with atomic_path(
        out, overwrite=overwrite, keep=survey_record(volume).source_files
    ) as temporary:
        group = _create_group(volume, temporary)
        yield {name: _create_array(group, volume, name, one) for name, one in variables.items()}


def _create_group(volume: xr.DataArray, folder: Path) -> Any:
    """Create a Zarr group that holds a volume's coordinates."""
    import zarr

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
    return group


def _create_array(group: Any, volume: xr.DataArray, name: str, variable: ZarrVariable) -> Any:
    """Create an array of samples in a group that holds its coordinates."""
    from zarr.codecs import BloscCodec

    dtype = np.dtype(variable.dtype)
    samples = group.create_array(
        name,
        shape=volume.shape,
        dtype=dtype,
        chunks=zarr_chunks(volume.shape),
        shards=zarr_shards(volume.shape),
        compressors=BloscCodec(cname="lz4", clevel=5, shuffle="bitshuffle"),
        fill_value=dtype.type(variable.fill),
        dimension_names=("iline", "xline", vertical_dim(volume)),
    )
    samples.attrs.update({**plain_attrs(variable.attrs), "coordinates": "live"})
    return samples


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
    volume = open_xarray_dataset(path, "zarr", "Zarr")
    stored = node[str(volume.name)]
    if not isinstance(stored, zarr.Array) or stored.shape != volume.shape:
        return volume  # somebody else's order of axes
    return volume.copy(data=SlabArray(stored).lazily())
