"""Small surveys whose every sample says where it lies."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from napari.layers import Labels

from napari_s6.plugin.canvas.layers import volume_of
from napari_s6.plugin.files.export import layer_codes
from napari_s6.survey.volume import make_volume

INLINES = np.arange(100, 112)
CROSSLINES = np.arange(300, 340, 2)
TIMES = np.arange(24) * 4.0 + 8
SHAPE = (len(INLINES), len(CROSSLINES), len(TIMES))


def samples(dtype: Any = np.float32) -> np.ndarray:
    """Return (inline, crossline, sample) with value = 1000 i + 30 j + k, of either sign."""
    i, j, k = np.indices(SHAPE)
    return ((1000 * i + 30 * j + k) - 5000).astype(dtype)


def small_survey(*, holes: bool = False, dtype: Any = np.float32) -> xr.DataArray:
    """Return a survey; with ``holes``, inlines 4 to 11 have no traces before crossline 5."""
    live = np.ones(SHAPE[:2], bool)
    if holes:
        live[4:, :5] = False
    return make_volume(
        samples(dtype), iline=INLINES, xline=CROSSLINES, samples=TIMES, live=live, name="amplitude"
    )


def layered_codes(n_classes: int = 6) -> np.ndarray:
    """Return codes that run from 0 at the top to ``n_classes`` - 1, and dip along inlines."""
    i, j, k = np.indices(SHAPE)
    return ((k + i // 4 + j // 10) * n_classes // (SHAPE[2] + 5)).astype(np.uint8)


def codes_of(layer: Labels) -> xr.DataArray:
    """Return a label layer as facies codes (iline, xline, vertical), 255 = unlabelled."""
    survey = volume_of(layer)
    assert survey is not None, "the layer lies on no survey"
    return layer_codes(layer.data, survey).load()
