"""Any xarray dataset, ours or somebody else's, as a volume."""

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.survey.lazy import backing_array
from napari_s6.survey.record import mark_opened
from napari_s6.survey.volume import UNITS, Domain, make_volume

#: The variable that a file of several is opened as: what a prediction is about.
FACIES = "facies"
_ILINE_NAMES = ("iline", "inline", "inlines", "il")
_XLINE_NAMES = ("xline", "crossline", "xlines", "crosslines", "xl")
_DEPTH_NAMES = ("depth", "z")


def open_xarray_dataset(path: Path, engine: str, source_format: str) -> xr.DataArray:
    """Open the one 3-D variable of a file that xarray reads, lazily, as a volume.

    Of a prediction, that is its facies.

    Raises
    ------
    InputError
        If xarray cannot read it with this engine, or it holds no 3-D variable, or several.
    """
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
    if FACIES in cubes:  # a prediction, whose confidence lies beside it
        cubes = [FACIES]
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
            backing_array(cube),
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
