"""What is kept of a volume besides its samples: where it came from, its units, its attributes."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from napari_s6.survey.volume import UNITS, vertical_dim

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
