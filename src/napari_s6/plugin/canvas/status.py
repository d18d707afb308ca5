"""Line numbers, times and facies names in napari's status bar, in place of array indices."""

from typing import Any

import numpy as np
import xarray as xr
from napari.layers import Labels, Layer

from napari_s6.facies.scheme import FaciesScheme
from napari_s6.plugin.canvas.layers import facies_scheme_of, kind_of, volume_of
from napari_s6.survey.axis_labels import vertical_in_words
from napari_s6.survey.volume import vertical_dim


def tell_lines_in_status(layer: Layer) -> None:
    """Make napari's status bar say line numbers and times instead of array indices.

    napari has no hook for this; the layer's own ``get_status`` is wrapped, on this layer only.
    """
    if "get_status" in vars(layer):
        return
    original = layer.get_status

    def get_status(position: Any = None, **options: Any) -> dict[str, str]:
        status = dict(original(position, **options))
        volume = volume_of(layer)
        if position is None or volume is None:
            return status
        at = layer.world_to_data(position) if options.get("world") else np.asarray(position)
        at = np.round(at[-3:]).astype(int)
        if not all(0 <= k < n for k, n in zip(at, layer.data.shape, strict=True)):
            return status
        place = where(volume, *(int(k) for k in at))
        value = layer.get_value(
            position,
            view_direction=options.get("view_direction"),
            dims_displayed=options.get("dims_displayed"),
            world=options.get("world", False),
        )
        if kind_of(layer) == "seismic" and value is not None and np.isfinite(value):
            inline, sample, crossline = at  # as recorded, also where it is shown balanced
            value = volume.variable[int(inline), int(crossline), int(sample)].values
        status["coords"] = place
        status["value"] = _value_in_words(layer, value, facies_scheme_of(layer))
        status["coordinates"] = ": ".join(part for part in (place, status["value"]) if part)
        return status

    layer.get_status = get_status


def _value_in_words(layer: Layer, value: Any, scheme: FaciesScheme | None) -> str:
    if value is None:
        return ""
    if isinstance(layer, Labels):
        if scheme is None or not 1 <= int(value) <= scheme.n_classes:
            return "unlabelled"
        return scheme.classes[int(value) - 1].name
    if not np.isfinite(value):
        return "no trace"
    if kind_of(layer) == "confidence":
        share = float(value) / 100 if np.issubdtype(np.asarray(value).dtype, np.integer) else value
        return f"confidence {share:.0%}"
    return f"amplitude {float(value):.4g}"


def where(volume: xr.DataArray, inline: int, sample: int, crossline: int) -> str:
    """Return a place in words: "inline 130, crossline 327, 1240 ms"."""
    time_or_depth = volume[vertical_dim(volume)].values[sample]
    return (
        f"inline {int(volume['iline'].values[inline])}, "
        f"crossline {int(volume['xline'].values[crossline])}, "
        f"{vertical_in_words(volume, time_or_depth)}"
    )
