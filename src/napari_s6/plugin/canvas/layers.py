"""From volumes and facies codes to napari layers, and back from a layer to its survey.

Layers hold (inline, sample, crossline), the volume's axes with the last two exchanged, so that
sections stand upright in every viewer; see ``array.AXES``. A layer's metadata carry a
:class:`LayerRecord` under ``RECORD_KEY``: what the layer shows and the survey it belongs to.
"""

import gc
import inspect
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import xarray as xr
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer
from napari.utils.colormaps import DirectLabelColormap

from napari_s6.facies.codes import to_layer
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.plugin.canvas.array import AXES, VolumeArray
from napari_s6.plugin.canvas.colormaps import DEFAULT_COLORMAP, register_colormaps
from napari_s6.survey.amplitudes import amplitude_limit
from napari_s6.survey.record import survey_record
from napari_s6.survey.volume import Orientation, live_traces, vertical_dim

RECORD_KEY = "napari-s6"
ROLE_KEY = "napari-s6 result"

#: How far from square bins may be drawn.
MOST_ASPECT = (0.25, 4.0)

Kind = Literal["seismic", "facies", "confidence", "reconstruction", "preview"]

#: Which axis of a layer a view cuts, and the order of axes (rows, then columns, last) it shows.
_SECTION_AXIS: dict[Orientation, int] = {"iline": 0, "xline": 2}
_ORDER: dict[int, tuple[int, int, int]] = {0: (0, 1, 2), 2: (2, 1, 0), 1: (1, 0, 2)}


@dataclass(frozen=True)
class LayerRecord:
    """What a layer shows and which survey it lies on.

    ``volume`` gives line numbers, times and live traces; for a seismic layer it is the data too.
    """

    kind: Kind
    volume: xr.DataArray = field(repr=False)
    scheme: FaciesScheme | None = field(default=None, repr=False)

    def __deepcopy__(self, memo: dict[int, Any]) -> "LayerRecord":
        # napari copies metadata when a layer is duplicated; the survey is shared, not read.
        return self


def record_of(layer: Layer | None) -> LayerRecord | None:
    """Return what this plugin knows about a layer, None for a layer of another origin."""
    record = layer.metadata.get(RECORD_KEY) if layer is not None else None
    return record if isinstance(record, LayerRecord) else None


def volume_of(layer: Layer | None) -> xr.DataArray | None:
    """Return the survey a layer lies on: (iline, xline, vertical), or None for a foreign layer."""
    record = record_of(layer)
    return record.volume if record is not None else None


def kind_of(layer: Layer | None) -> Kind | None:
    """Return what a layer shows, None for a layer of another origin."""
    record = record_of(layer)
    return record.kind if record is not None else None


def facies_scheme_of(layer: Layer | None) -> FaciesScheme | None:
    """Return the scheme of a label layer, None if it has none."""
    record = record_of(layer)
    return record.scheme if record is not None else None


def add_volume(viewer: ViewerModel, volume: xr.DataArray, name: str | None = None) -> Image:
    """Add a seismic volume, clipped symmetrically at the 99th percentile of its amplitudes."""
    data, options, _ = volume_layer_data(volume, name)
    return viewer.add_image(data, **options)


def volume_layer_data(
    volume: xr.DataArray, name: str | None = None
) -> tuple[VolumeArray, dict[str, Any], str]:
    """Return the volume as napari's layer data: (data, options of the layer, "image")."""
    register_colormaps()
    limit = amplitude_limit(volume)
    options = {
        "name": name or _name_of(volume),
        "colormap": DEFAULT_COLORMAP,
        "contrast_limits": (-limit, limit),
        # Smooth, unless the survey is mostly holes: a single line among them would fade away.
        "interpolation2d": "linear" if live_traces(volume).mean() > 0.5 else "nearest",
        "axis_labels": axis_labels(volume),
        "scale": (bin_aspect(volume), 1.0, 1.0),
        "multiscale": False,
        "rgb": False,
        "metadata": {RECORD_KEY: LayerRecord("seismic", volume)},
    }
    return VolumeArray(volume), options, "image"


def bin_aspect(volume: xr.DataArray) -> float:
    """Distance of neighbouring inlines over that of crosslines, 1 where X and Y are not known.

    Beyond a quarter and four it stays there, for napari's brush would paint single traces.
    """
    affine = survey_record(volume).affine
    if affine is None or not affine.determinant:
        return 1.0
    inline, crossline = (
        spacing * float(np.abs(np.median(np.diff(volume[dim].values))))
        if volume.sizes[dim] > 1
        else 0
        for spacing, dim in zip(affine.spacing, ("iline", "xline"), strict=True)
    )
    if not inline or not crossline or abs(np.log(inline / crossline)) < 0.02:
        return 1.0
    return float(np.clip(inline / crossline, *MOST_ASPECT))


def add_labels(
    viewer: ViewerModel,
    volume: xr.DataArray,
    codes: xr.DataArray | np.ndarray | None,
    scheme: FaciesScheme,
    name: str,
) -> Labels:
    """Add a label layer (uint8, in memory, 0 = unlabelled, k + 1 = class k) over a volume.

    Parameters
    ----------
    volume
        The survey the labels lie on.
    codes
        Facies codes (iline, xline, vertical) on that grid, 255 = unlabelled; None for an empty
        layer, whose memory is only taken as it is painted. Codes on dead traces are left out.
    scheme
        Gives the colours and the names shown in the status bar.
    """
    data, options, _ = labels_layer_data(volume, codes, scheme, name)
    image = next((layer for layer in viewer.layers if volume_of(layer) is volume), None)
    if image is not None:
        options |= {"scale": image.scale, "translate": image.translate}
    return viewer.add_labels(data, **options)


def labels_layer_data(
    volume: xr.DataArray,
    codes: xr.DataArray | np.ndarray | None,
    scheme: FaciesScheme,
    name: str,
) -> tuple[np.ndarray, dict[str, Any], str]:
    """Return facies codes as napari's layer data: (data, options of the layer, "labels").

    Raises
    ------
    ValueError
        If the codes are not on the volume's grid.
    """
    values = np.zeros(volume.shape, np.uint8)
    if codes is not None:
        if codes.shape != volume.shape:
            raise ValueError(f"codes have shape {codes.shape}, the volume {volume.shape}")
        live = live_traces(volume)
        for i in range(len(values)):
            # Label files have filler on dead traces; nothing is shown where there are no data.
            values[i, live[i]] = to_layer(np.asarray(codes[i]))[live[i]]
    options = label_options(volume, scheme, name) | {"scale": (bin_aspect(volume), 1.0, 1.0)}
    return values.transpose(AXES), options, "labels"


def label_options(volume: xr.DataArray, scheme: FaciesScheme, name: str) -> dict[str, Any]:
    """Return the options of a label layer over a volume, all but its place and scale."""
    return {
        "name": name,
        "opacity": 0.55,
        "colormap": label_colormap(scheme),
        "features": label_features(scheme),
        "axis_labels": axis_labels(volume),
        "metadata": {RECORD_KEY: LayerRecord("facies", volume, scheme)},
    }


def add_confidence(
    viewer: ViewerModel, volume: xr.DataArray, confidence: Any, name: str = "Confidence"
) -> Image:
    """Add a layer of confidence over a volume; ``confidence`` is in the layer's order of axes."""
    top = 100.0 if np.dtype(confidence.dtype).kind == "u" else 1.0
    return _add_overlay(
        viewer, volume, confidence, "confidence", name, colormap="magma", contrast_limits=(0, top)
    )


def add_reconstruction(
    viewer: ViewerModel, volume: xr.DataArray, values: Any, name: str = "Reconstruction"
) -> Image:
    """Add a layer of reconstructed amplitudes, coloured as the seismic layer is."""
    register_colormaps()
    seismic = next(
        (y for y in viewer.layers if isinstance(y, Image) and volume_of(y) is volume), None
    )
    limit = amplitude_limit(volume)
    limits = tuple(seismic.contrast_limits) if seismic is not None else (-limit, limit)
    colormap = seismic.colormap if seismic is not None else DEFAULT_COLORMAP
    return _add_overlay(
        viewer, volume, values, "reconstruction", name, colormap=colormap, contrast_limits=limits
    )


def _add_overlay(
    viewer: ViewerModel, volume: xr.DataArray, values: Any, kind: Kind, name: str, **options: Any
) -> Image:
    base = next((layer for layer in viewer.layers if volume_of(layer) is volume), None)
    if base is not None:
        options |= {"scale": base.scale, "translate": base.translate}
    return viewer.add_image(
        values,
        name=name,
        axis_labels=axis_labels(volume),
        multiscale=False,
        rgb=False,
        metadata={RECORD_KEY: LayerRecord(kind, volume)},
        **options,
    )


def set_scheme(layer: Labels, scheme: FaciesScheme) -> None:
    """Give a label layer another scheme: its colours and names follow."""
    record = record_of(layer)
    if record is None:
        raise ValueError(f"layer {layer.name!r} lies on no survey")
    layer.metadata = {**layer.metadata, RECORD_KEY: replace(record, scheme=scheme)}
    layer.colormap = label_colormap(scheme)
    layer.features = label_features(scheme)


def tell_written(layer: Labels) -> None:
    """Make a layer, whose array was written to, draw, count and save itself anew.

    Strokes made before can't be undone any more: they would bring back what was there then.
    """
    layer._reset_history()
    layer.refresh()
    layer.events.data(value=layer.data)


def replace_volume(viewer: ViewerModel, old: xr.DataArray, new: xr.DataArray) -> None:
    """Put ``new`` (the same grid, better known) in the place of ``old`` in every layer."""
    for layer in viewer.layers:
        record = record_of(layer)
        if record is None or record.volume is not old:
            continue
        layer.metadata = {**layer.metadata, RECORD_KEY: replace(record, volume=new)}
        if isinstance(layer.data, VolumeArray):
            layer.data = layer.data.over(new)


def remove_layers(viewer: ViewerModel, layers: Iterable[Layer | None]) -> None:
    """Remove those of these layers that are there, quickly.

    napari collects garbage for each layer that goes: a third of a second once torch is loaded.
    What is there already is kept out of that; garbage among it goes the next time.
    """
    gc.freeze()
    try:
        for layer in layers:
            if layer in viewer.layers:
                viewer.layers.remove(layer)
    finally:
        gc.unfreeze()


def label_colormap(scheme: FaciesScheme) -> DirectLabelColormap:
    """Return the scheme's colours for label values; unlabelled is transparent."""
    colours: dict[int | None, str] = {None: "transparent", 0: "transparent"}
    colours |= {k + 1: facies.colour for k, facies in enumerate(scheme.classes)}
    return DirectLabelColormap(color_dict=colours)


def label_features(scheme: FaciesScheme) -> dict[str, list[Any]]:
    """Return the table that makes napari's status bar show the facies by name."""
    return {
        "index": list(range(scheme.n_classes + 1)),
        "facies": ["unlabelled", *scheme.names],
    }


def axis_labels(volume: xr.DataArray) -> tuple[str, str, str]:
    """Return the names of a layer's axes."""
    return ("inline", "time" if vertical_dim(volume) == "twt" else "depth", "crossline")


def section_in_view(viewer: ViewerModel, layer: Layer) -> tuple[Orientation, int] | None:
    """Return the vertical section of ``layer`` in view, None for a time slice or in 3-D.

    The number is the position along the orientation, not the line number.
    """
    axis = cut_axis(viewer)
    if axis is None or axis == 1 or volume_of(layer) is None:
        return None
    orientation: Orientation = "iline" if axis == 0 else "xline"
    return orientation, position_in_view(viewer, layer, axis)


def show_section(viewer: ViewerModel, layer: Layer, orientation: Orientation, index: int) -> None:
    """Show a vertical section of ``layer``, upright, by its position along ``orientation``."""
    show_cut(viewer, layer, _SECTION_AXIS[orientation], index)


def cut_axis(viewer: ViewerModel) -> int | None:
    """Return the layer axis that the viewer cuts (0 inline, 1 time slice, 2 crossline)."""
    if viewer.dims.ndisplay != 2 or viewer.dims.ndim < 3:
        return None
    return int(viewer.dims.not_displayed[-1] - (viewer.dims.ndim - 3))


def position_in_view(viewer: ViewerModel, layer: Layer, axis: int) -> int:
    """Return the position along ``axis`` at which the viewer cuts ``layer``."""
    at = layer.world_to_data(viewer.dims.point)[axis]
    return int(np.clip(np.round(at), 0, layer.data.shape[axis] - 1))


def show_cut(viewer: ViewerModel, layer: Layer, axis: int, index: int) -> None:
    """Cut ``layer`` along one of its axes; fits the view when the direction changes."""
    dims = viewer.dims
    offset = dims.ndim - 3
    order = (*range(offset), *(offset + k for k in _ORDER[axis]))
    turned = tuple(dims.order) != order or dims.ndisplay != 2
    if dims.ndisplay != 2:
        dims.ndisplay = 2
    position = list(layer.world_to_data(dims.point))
    position[axis] = int(np.clip(index, 0, layer.data.shape[axis] - 1))
    world = layer.data_to_world(position)[axis]
    # The point first: were the order changed first, napari would read the wrong section in between.
    dims.set_point(offset + axis, world)
    if turned:
        dims.order = order
        fit_view(viewer, layer)


def fit_view(viewer: ViewerModel, layer: Layer) -> None:
    """Fit the view to the survey that a layer lies on, whatever else is in the viewer."""
    volume = volume_of(layer)
    options: dict[str, Any] = {}
    if "layers" in inspect.signature(viewer.reset_view).parameters:  # not in every napari
        options["layers"] = [y for y in viewer.layers if volume_of(y) is volume]
    viewer.reset_view(**options)


def _name_of(volume: xr.DataArray) -> str:
    source = survey_record(volume).source
    if source:
        return str(source).replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    return "Seismic"


def is_result(layer: Layer) -> bool:
    """Whether a layer shows what the network made, rather than what a person painted."""
    return ROLE_KEY in layer.metadata
