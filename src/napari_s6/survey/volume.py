"""What flows through the program: a seismic volume with line numbers, times and holes."""

from collections.abc import Hashable, Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

Orientation = Literal["iline", "xline"]
Domain = Literal["twt", "depth"]

ORIENTATIONS: tuple[Orientation, Orientation] = ("iline", "xline")
UNITS: dict[str, str] = {"twt": "ms", "depth": "m"}


def make_volume(
    values: Any,
    *,
    iline: npt.ArrayLike,
    xline: npt.ArrayLike,
    samples: npt.ArrayLike,
    domain: Domain = "twt",
    units: str | None = None,
    live: npt.ArrayLike | None = None,
    name: Hashable = "amplitude",
    attrs: Mapping[str, Any] | None = None,
) -> xr.DataArray:
    """Bind samples to their inline numbers, crossline numbers and times (or depths).

    Parameters
    ----------
    values
        Array of shape (inlines, crosslines, samples): numpy, memory-mapped, dask, or an xarray
        lazily indexed array. It is not read here.
    iline, xline
        Line numbers along the first two axes, strictly monotonic integers.
    samples
        Two-way time in ms (``domain="twt"``) or depth in metres (``domain="depth"``), increasing.
    units
        Unit of ``samples`` where it is another one, such as ``"ft"``.
    live
        Boolean (inlines, crosslines): True where there is a trace with data. All True if absent.
    attrs
        What export needs later: source file, header bytes, corner points.

    Returns
    -------
    xarray.DataArray
        Dimensions (``iline``, ``xline``, ``twt`` or ``depth``) with those coordinates and a 2-D
        boolean coordinate ``live``.

    Raises
    ------
    ValueError
        If a coordinate's length differs from the axis it belongs to, or lines are not monotonic.

    Examples
    --------
    >>> volume = make_volume(
    ...     np.zeros((2, 3, 4)), iline=[10, 12], xline=[7, 8, 9], samples=[0, 4, 8, 12]
    ... )
    >>> dict(volume.sizes), volume.twt.attrs["units"]
    ({'iline': 2, 'xline': 3, 'twt': 4}, 'ms')
    >>> vertical_dim(volume), int(live_traces(volume).sum())
    ('twt', 6)
    >>> read_section(volume, "xline", 1).shape
    (2, 4)
    """
    coords = {"iline": np.asarray(iline), "xline": np.asarray(xline)}
    for dim, numbers in coords.items():
        steps = np.diff(numbers)
        if not (np.all(steps > 0) or np.all(steps < 0)):
            raise ValueError(f"{dim} numbers are not strictly monotonic")
    shape = (len(coords["iline"]), len(coords["xline"]))
    mask = np.ones(shape, bool) if live is None else np.asarray(live, bool)
    if mask.shape != shape:
        raise ValueError(f"live has shape {mask.shape}, the grid is {shape}")
    vertical = xr.Variable(
        domain, np.asarray(samples, np.float64), {"units": units or UNITS[domain]}
    )
    return xr.DataArray(
        xr.Variable(("iline", "xline", domain), values),
        coords={**coords, domain: vertical, "live": (("iline", "xline"), mask)},
        name=name,
        attrs=dict(attrs or {}),
    )


def vertical_dim(volume: xr.DataArray) -> Domain:
    """Return the name of the vertical dimension, ``"twt"`` (ms) or ``"depth"`` (m)."""
    return "twt" if "twt" in volume.dims else "depth"


def live_traces(volume: xr.DataArray) -> np.ndarray:
    """Return the boolean (inlines, crosslines) map of traces that hold data."""
    return np.asarray(volume.coords["live"].values, bool)


def read_section(volume: xr.DataArray, orientation: Orientation, index: int) -> np.ndarray:
    """Read one vertical section as (traces, samples), by its position along ``orientation``."""
    return np.asarray(volume.isel({orientation: index}).values)
