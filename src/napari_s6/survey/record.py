"""What is kept of a volume besides its samples: where it came from, its units, its attributes.

Attributes of a volume, all of types that JSON and NetCDF can hold:

``source``, ``source_format``
    What was opened: a path, and SEG-Y, npy, Zarr, NetCDF, benchmark or synthetic.
``segy_source``
    The SEG-Y file whose headers an export copies; stays when a volume goes through other formats.
``iline_byte``, ``xline_byte``, ``x_byte``, ``y_byte``
    Where that file's trace headers hold lines and coordinates (1-based).
``header_bytes_from``
    Who said so: standard, given or guessed.
``affine``, ``affine_error``, ``crs_text``
    Map coordinates of line numbers (see :mod:`napari_s6.survey.geometry`), how far the headers'
    are off, and what the text header says of the reference system.
``n_samples_given``
    The samples per trace that the user gave against the headers.
``text_header``
    The SEG-Y text header's lines, where the volume was converted and its source may go.
``sample_format``, ``byte_order``, ``traces``, ``duplicates``, ``notes``
    How the file stores its samples, how many traces it has, how many of them share a node with an
    earlier one, and what was contradictory in its headers.
``corner_points``
    Inline, crossline, X and Y of up to four traces near the corners, in one flat list.
``dead_scanned``, ``dead_traces``
    Whether dead traces were looked for (and are not ``live``), and how many there were.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from napari_s6.survey.volume import UNITS, vertical_dim

#: Told the share done, 0 to 1; may raise to end the work.
Progress = Callable[[float], None]

_BLOCK_BYTES = 32 * 2**20


def plain_attrs(attrs: Mapping[Any, Any]) -> dict[str, Any]:
    """Attributes that JSON and NetCDF can hold: strings, numbers and lists of them."""
    plain: dict[str, Any] = {}
    for key, value in attrs.items():
        if isinstance(value, np.ndarray | np.generic):
            value = value.tolist()
        if isinstance(value, tuple):
            value = list(value)
        if isinstance(value, str | bool | int | float) or (
            isinstance(value, list) and all(isinstance(v, str | int | float) for v in value)
        ):
            plain[str(key)] = value
    return plain


def mark_opened(volume: xr.DataArray, path: Path, source_format: str) -> xr.DataArray:
    """Record where a volume was opened from; where its SEG-Y headers are stays recorded."""
    volume.attrs.update(source=str(path), source_format=source_format)
    volume.attrs["dead_scanned"] = bool(volume.attrs.get("dead_scanned", False))
    volume.attrs.setdefault("sample_format", str(volume.dtype))
    volume.attrs.pop("coordinates", None)
    return volume


def segy_path(volume: xr.DataArray) -> Path | None:
    """The SEG-Y file whose headers an export of this volume copies, or None."""
    recorded = volume.attrs.get("segy_source")
    return Path(recorded) if recorded else None


def source_files(volume: xr.DataArray) -> list[str]:
    return [p for key in ("source", "segy_source") if (p := volume.attrs.get(key))]


def vertical_units(volume: xr.DataArray) -> str:
    domain = vertical_dim(volume)
    return str(volume[domain].attrs.get("units", UNITS[domain]))


def row_blocks(volume: xr.DataArray, multiple: int = 1) -> Iterator[slice]:
    """Blocks of inlines that fit comfortably into memory."""
    row_bytes = max(1, volume.dtype.itemsize * volume.shape[1] * volume.shape[2])
    step = max(1, _BLOCK_BYTES // row_bytes // multiple) * multiple
    edges = [*range(0, volume.shape[0], step), volume.shape[0]]
    yield from (slice(a, b) for a, b in pairwise(edges))
