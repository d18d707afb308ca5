"""One way in: whatever a seismic volume lies in, opened as what flows through the program."""

import os
from pathlib import Path

import xarray as xr

from napari_s6.errors import InputError
from napari_s6.formats.segy.axis import AxisOverrides
from napari_s6.formats.segy.setups import STANDARD, HeaderBytes, parse_header_bytes
from napari_s6.survey.crop import Crop
from napari_s6.survey.volume import Domain

SEGY_SUFFIXES = (".sgy", ".segy")
# Files with fewer bytes of samples are scanned for dead traces when they are opened.
SCAN_AT_ONCE = 256 * 2**20


def open_volume(
    path: str | os.PathLike[str],
    *,
    iline_byte: int = 189,
    xline_byte: int = 193,
    x_byte: int = 181,
    y_byte: int = 185,
    header_bytes: HeaderBytes | str | None = None,
    domain: Domain | None = None,
    overrides: AxisOverrides | None = None,
    crop: Crop | None = None,
    scan_dead: bool | None = None,
) -> xr.DataArray:
    """Open a seismic volume lazily.

    Parameters
    ----------
    path
        SEG-Y (.sgy .segy), a 3-D .npy file, a Zarr folder, NetCDF (.nc), or a folder laid out as
        the public F3 benchmark (its training seismic is opened) or one of its files.
    iline_byte, xline_byte, x_byte, y_byte
        Where a SEG-Y file's trace headers hold line numbers and coordinates. If these are left at
        the standard's and make no grid, other fields are tried; ``attrs["notes"]`` says so.
    header_bytes
        The same in one: positions, ``"standard"``, ``"petrel"``, ``"guess"``, ``"IL,XL[,X,Y]"``
        or the name of a saved set-up. Nothing is guessed then unless asked for.
    domain
        What a SEG-Y file's vertical axis is: ``"twt"`` in ms or ``"depth"`` in m or ft.
    overrides
        What is known better than a SEG-Y file's headers say of its samples.
    crop
        Part of the volume to open, in line numbers and times or depths.
    scan_dead
        Whether to look for dead traces now and take them out of ``live``; None does so for files
        of at most 256 MB of samples. Volumes of labels must not be scanned: a trace of class 0
        looks dead.

    Returns
    -------
    xarray.DataArray
        See :func:`napari_s6.survey.volume.make_volume`. ``attrs["dead_scanned"]`` tells whether
        dead traces are known.

    Raises
    ------
    InputError
        If there is no such file, or it holds no volume.
    """
    path = Path(path).expanduser().absolute()
    if not path.exists():
        raise InputError(f"{path}: no such file or folder; check the path")
    if path.suffix.lower() in SEGY_SUFFIXES and not path.is_dir():
        from napari_s6.formats.segy.array import open_segy

        separate = HeaderBytes(iline_byte, xline_byte, x_byte, y_byte)
        where, guess = _header_bytes(header_bytes, separate)
        volume = open_segy(path, where=where, guess=guess, domain=domain, overrides=overrides)
    elif overrides not in (None, AxisOverrides()):
        raise InputError(
            f"{path}: sample interval, start, count and unit can be given for SEG-Y files only; "
            "leave them out"
        )
    else:
        volume = _open_store(path)
    if crop is not None:
        volume = crop.apply(volume)
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


def _header_bytes(
    chosen: HeaderBytes | str | None, separate: HeaderBytes
) -> tuple[HeaderBytes | None, bool | None]:
    """Positions, None for the standard's, and whether to guess (None: if those fail)."""
    if chosen is None:
        return (None if separate == STANDARD else separate), None
    if isinstance(chosen, str):
        named = parse_header_bytes(chosen)
        return (named, False) if named else (separate, True)
    return chosen, False


def _open_store(path: Path) -> xr.DataArray:
    from napari_s6.formats import benchmark, stores

    if path.is_dir():
        if benchmark.is_benchmark(path):
            parts = benchmark.open_benchmark(path)
            return next(iter(parts.values())).seismic
        return stores.open_zarr(path)
    suffix = path.suffix.lower()
    if suffix == ".npy":
        if benchmark.is_benchmark_file(path):
            return benchmark.open_benchmark_file(path)
        return stores.open_npy(path)
    if suffix in (".nc", ".nc4"):
        return stores.open_netcdf(path)
    raise InputError(
        f"{path}: no format we know is called {suffix or 'that'}; give .sgy, .segy, .npy, .zarr "
        "or .nc"
    )
