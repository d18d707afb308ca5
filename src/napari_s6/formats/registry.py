"""The volume formats there are: what each is called, how it is told, and what reads and writes it.

A new format is a module of its own and an entry here. What the manifest, the docks, the command
line and error messages offer comes from here or is checked against it. Libraries are loaded when
a file is opened, not when this is.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from napari_s6.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

    from napari_s6.survey.reading import Reading
    from napari_s6.survey.writing import Writing


@dataclass(frozen=True)
class VolumeFormat:
    """Describe one kind of files that hold a volume.

    Attributes
    ----------
    name
        What people call it.
    suffixes
        How its files' names end, in lower case, the usual one first; none where it is told by
        what lies in a folder.
    read
        Opens a file, lazily.
    write
        Writes a volume to a file, whole or not at all; None where it can only be read.
    recognises
        Tells a file or folder that is of this format whatever it is called.
    has_headers
        Whether its headers may be wrong, so that a `Reading` can overrule them.
    """

    name: str
    suffixes: tuple[str, ...]
    read: "Callable[[Path, Reading], xr.DataArray]"
    write: "Callable[[xr.DataArray, Path, Writing], Path] | None" = None
    recognises: Callable[[Path], bool] = lambda path: False
    has_headers: bool = False

    @property
    def writes(self) -> bool:
        """Whether files of this kind can be written."""
        return self.write is not None

    @property
    def label(self) -> str:
        """What a choice of formats shows, such as "SEG-Y (.sgy)"."""
        return f"{self.name} ({self.suffixes[0]})" if self.suffixes else self.name


def _read_segy(path: Path, reading: "Reading") -> "xr.DataArray":
    from napari_s6.formats.segy.array import open_segy

    return open_segy(path, reading)


def _write_segy(volume: "xr.DataArray", out: Path, how: "Writing") -> Path:
    from napari_s6.formats.segy.write import write_segy

    return write_segy(
        volume,
        volume,
        out,
        sample_format=how.sample_format or ("int8" if volume.dtype.itemsize == 1 else "float32"),
        source=how.source,
        text=how.text,
        convert=how.convert,
        overwrite=how.overwrite,
        progress=how.progress,
    )


def _read_npy(path: Path, reading: "Reading") -> "xr.DataArray":
    from napari_s6.formats.npy import open_npy

    return open_npy(path)


def _write_npy(volume: "xr.DataArray", out: Path, how: "Writing") -> Path:
    from napari_s6.formats.npy import write_npy

    return write_npy(volume, out, overwrite=how.overwrite, progress=how.progress)


def _read_zarr(path: Path, reading: "Reading") -> "xr.DataArray":
    from napari_s6.formats.zarr import open_zarr

    return open_zarr(path)


def _write_zarr(volume: "xr.DataArray", out: Path, how: "Writing") -> Path:
    from napari_s6.formats.zarr import write_zarr

    return write_zarr(
        volume, out, overwrite=how.overwrite, progress=how.progress, find_dead=how.find_dead
    )


def _read_netcdf(path: Path, reading: "Reading") -> "xr.DataArray":
    from napari_s6.formats.netcdf import open_netcdf

    return open_netcdf(path)


def _write_netcdf(volume: "xr.DataArray", out: Path, how: "Writing") -> Path:
    from napari_s6.formats.netcdf import write_netcdf

    return write_netcdf(volume, out, overwrite=how.overwrite, progress=how.progress)


def _is_benchmark(path: Path) -> bool:
    from napari_s6.formats import benchmark

    if path.is_dir():
        return benchmark.is_benchmark(path)
    return path.suffix.lower() == ".npy" and benchmark.is_benchmark_file(path)


def _read_benchmark(path: Path, reading: "Reading") -> "xr.DataArray":
    from napari_s6.formats import benchmark

    if path.is_dir():
        return next(iter(benchmark.open_benchmark(path).values())).seismic
    return benchmark.open_benchmark_file(path)


BENCHMARK = VolumeFormat("F3 benchmark", (), _read_benchmark, recognises=_is_benchmark)
SEGY = VolumeFormat("SEG-Y", (".sgy", ".segy"), _read_segy, _write_segy, has_headers=True)
NPY = VolumeFormat("NumPy", (".npy",), _read_npy, _write_npy)
ZARR = VolumeFormat("Zarr", (".zarr",), _read_zarr, _write_zarr, recognises=Path.is_dir)
NETCDF = VolumeFormat("NetCDF", (".nc", ".nc4"), _read_netcdf, _write_netcdf)

#: Every format, in the order in which a file is tried, and in which choices are offered.
VOLUME_FORMATS: tuple[VolumeFormat, ...] = (BENCHMARK, SEGY, NPY, ZARR, NETCDF)


def readable_suffixes() -> tuple[str, ...]:
    """Return how files that can be opened may end."""
    return tuple(suffix for one in VOLUME_FORMATS for suffix in one.suffixes)


def writable_formats() -> tuple[VolumeFormat, ...]:
    """Return the formats that can be written."""
    return tuple(one for one in VOLUME_FORMATS if one.writes)


def writable_suffixes() -> tuple[str, ...]:
    """Return how files that are written may end."""
    return tuple(suffix for one in writable_formats() for suffix in one.suffixes)


def named_suffixes(formats: tuple[VolumeFormat, ...] = VOLUME_FORMATS) -> str:
    """Return the usual suffix of each format, for help and messages: ".sgy .npy .zarr .nc"."""
    return " ".join(one.suffixes[0] for one in formats if one.suffixes)


def is_segy_name(path: str | os.PathLike[str]) -> bool:
    """Tell whether a file is called as SEG-Y files are."""
    return Path(path).suffix.lower() in SEGY.suffixes


def format_to_read(path: Path) -> VolumeFormat:
    """Find the format of a file or folder that is there.

    Raises
    ------
    InputError
        If its name and place are no format's.
    """
    suffix = path.suffix.lower()
    for one in VOLUME_FORMATS:
        if one.recognises(path) or (suffix in one.suffixes and not path.is_dir()):
            return one
    raise InputError(
        f"{path}: no format we know is called {suffix or 'that'}; give "
        f"{' '.join(readable_suffixes())}"
    )


def format_to_write(path: str | os.PathLike[str]) -> VolumeFormat:
    """Find the format that a new file's suffix names.

    Raises
    ------
    InputError
        If it names none that can be written.
    """
    suffix = Path(path).suffix.lower()
    for one in writable_formats():
        if suffix in one.suffixes:
            return one
    raise InputError(
        f"{path}: no format is called {suffix or 'that'}; use {named_suffixes(writable_formats())}"
    )
