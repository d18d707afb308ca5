"""Paint as facies codes on a survey's grid."""

from typing import Any

import numpy as np
import xarray as xr

from napari_s6.facies.codes import UNLABELLED, from_layer
from napari_s6.facies.painted import PaintedTraces
from napari_s6.plugin.paint.autosave import Paint
from napari_s6.survey.lazy import LazyArray


def painted_traces(paint: Paint) -> PaintedTraces:
    """Return paint as the facies codes of its traces, as training takes them."""
    rows, values = paint.rows, paint.values
    if (np.diff(rows) <= 0).any():
        order = np.argsort(rows, kind="stable")
        rows, values = rows[order], values[order]
    return PaintedTraces(paint.shape, rows, from_layer(values))


def painted_codes(paint: Paint, volume: xr.DataArray) -> xr.DataArray:
    """Painted traces as facies codes on a survey's grid, 255 where unlabelled.

    Made an inline at a time, when it is read: that of a large survey would not fit into memory.
    """
    return _PaintedCodes(paint).on(volume, "facies")


class _PaintedCodes(LazyArray):
    """The codes of `painted_codes`, (inlines, crosslines, samples)."""

    dtype = np.dtype(np.uint8)

    def __init__(self, paint: Paint) -> None:
        self.shape = paint.shape
        self._order = np.argsort(paint.rows, kind="stable")
        lines, self._crosslines = np.divmod(paint.rows[self._order], paint.shape[1])
        self._edges = np.searchsorted(lines, np.arange(paint.shape[0] + 1))
        self._values = paint.values

    def _read(self, key: tuple[Any, ...]) -> np.ndarray:
        lines = np.arange(self.shape[0])[key[0]]
        codes = np.full((np.size(lines), *self.shape[1:]), UNLABELLED, np.uint8)
        for section, line in zip(codes, np.atleast_1d(lines), strict=True):
            here = slice(self._edges[line], self._edges[line + 1])
            section[self._crosslines[here]] = from_layer(self._values[self._order[here]])
        codes = codes[(slice(None), key[1])][..., key[2]]
        return codes if np.ndim(lines) else codes[0]
