"""Facies between horizons into a label layer: looked at first, then painted."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from napari.components import ViewerModel
from napari.layers import Labels

from napari_s6.facies.codes import to_layer
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.horizons.labels import Crossing, findings, labels_from_horizons
from napari_s6.horizons.model import Horizon
from napari_s6.plugin.canvas import layers
from napari_s6.plugin.canvas.array import AXES, VolumeArray
from napari_s6.plugin.jobs.job import JobToken
from napari_s6.survey.lazy import LazyArray
from napari_s6.survey.volume import live_traces

PREVIEW = "Labels from horizons (preview)"
#: Up to this many voxels a filling is one edit that can be undone; napari keeps 26 bytes of each.
UNDOABLE_VOXELS = 6_000_000


@dataclass(frozen=True, eq=False)
class Filling:
    """What is to be filled, fixed at the moment of asking.

    Attributes
    ----------
    horizons, facies
        From the top down, and one facies more (see `labels_from_horizons`).
    traces
        Boolean (inlines, crosslines): those to fill.
    replace_paint
        Paint over what is painted there too.
    """

    volume: xr.DataArray
    horizons: list[Horizon]
    facies: list[int | None]
    traces: np.ndarray
    crossing: Crossing = "lower"
    replace_paint: bool = False

    @property
    def voxels(self) -> int:
        """Voxels of the traces to fill: more than that it will not be."""
        return int((self.traces & live_traces(self.volume)).sum()) * self.volume.shape[2]

    def values(self, paint: np.ndarray | None) -> xr.DataArray:
        """What to paint, as layer values on the survey's grid, 0 = leave as it is; lazy.

        Parameters
        ----------
        paint
            uint8 (inlines, crosslines, samples) layer values, looked at when the result is; None
            if nothing is painted.
        """
        codes = labels_from_horizons(
            self.volume, self.horizons, self.facies, traces=self.traces, crossing=self.crossing
        )
        kept = None if self.replace_paint else paint
        everywhere = np.ones(self.volume.shape[:2], bool)
        found = _ToPaint(codes, kept).on(self.volume, "facies")
        return found.assign_coords(live=(self.volume.dims[:2], everywhere))


def remarks(filling: Filling, scheme: FaciesScheme) -> list[str]:
    """What is out of the ordinary about a filling, as sentences."""
    said = findings(filling.volume, filling.horizons, filling.traces)
    left = sum(code is None for code in filling.facies)
    if left:
        said.append(
            f"{left} of {len(filling.facies)} intervals stay unlabelled; the scheme has "
            f"{scheme.n_classes} facies"
        )
    if filling.voxels > UNDOABLE_VOXELS:
        said.append(f"{filling.voxels:,} voxels at most: too many to undo")
    return said


class _ToPaint(LazyArray):
    """Layer values between horizons, 0 where there is paint already."""

    def __init__(self, codes: xr.DataArray, paint: np.ndarray | None) -> None:
        self.shape = codes.shape
        self.dtype = np.dtype(np.uint8)
        self._codes = codes.variable
        self._paint = None if paint is None else xr.Variable(codes.dims, paint)

    def _read(self, key: tuple[Any, ...]) -> np.ndarray:
        values = to_layer(np.asarray(self._codes[key].values))
        if self._paint is not None:
            values[np.asarray(self._paint[key].values) != 0] = 0
        return values


class _Preview(VolumeArray):
    """What would be painted, for napari to slice."""

    def over(self, volume: xr.DataArray) -> "VolumeArray":
        """Stay: these are facies, whatever is learnt of the survey's amplitudes."""
        return self


def show_preview(
    viewer: ViewerModel, filling: Filling, scheme: FaciesScheme, paint: np.ndarray | None
) -> Labels:
    """Show what would be painted as a translucent layer, computed for the section in view only."""
    data = _Preview(filling.values(paint))
    layer = preview_layer(viewer)
    if layer is not None and layers.volume_of(layer) is filling.volume:
        if layers.facies_scheme_of(layer) != scheme:
            layers.set_scheme(layer, scheme)
        layer.data = data
        return layer
    hide_preview(viewer)
    base = next(y for y in viewer.layers if layers.volume_of(y) is filling.volume)
    active = viewer.layers.selection.active
    options = layers.label_options(filling.volume, scheme, PREVIEW)
    options["opacity"] = 0.45
    options["metadata"] = {layers.RECORD_KEY: layers.LayerRecord("preview", filling.volume, scheme)}
    layer = viewer.add_labels(
        data, multiscale=False, scale=base.scale, translate=base.translate, **options
    )
    layer.editable = False
    viewer.layers.selection.active = active
    return layer


def preview_layer(viewer: ViewerModel) -> Labels | None:
    """The preview's layer, None while there is none."""
    return next((y for y in viewer.layers if layers.kind_of(y) == "preview"), None)


def hide_preview(viewer: ViewerModel) -> None:
    """Take the preview away."""
    layers.remove_layers(viewer, [preview_layer(viewer)])


@dataclass(frozen=True, eq=False)
class Edit:
    """One edit as napari's ``Labels.data_setitem`` takes it, in the layer's order of axes."""

    indices: tuple[np.ndarray, np.ndarray, np.ndarray]
    values: np.ndarray


@dataclass(frozen=True)
class Painted:
    """Written at once, without an edit: ``voxels`` were set."""

    voxels: int


def gather(filling: Filling, paint: np.ndarray, token: JobToken) -> Iterator[Edit | Painted]:
    """Compute a filling, for a thread: a small one becomes an edit, a large one is written.

    Parameters
    ----------
    paint
        uint8 (inlines, crosslines, samples), a view of the label layer's array.
    """
    values = filling.values(paint)
    whole = filling.voxels > UNDOABLE_VOXELS
    fill = filling.traces & live_traces(filling.volume)
    rows = np.flatnonzero(fill.any(axis=1))
    found: list[tuple[np.ndarray, ...]] = []
    count = 0
    for done, row in enumerate(rows, 1):
        if token.cancelled:
            break
        columns = np.flatnonzero(fill[row])
        section = np.asarray(values.variable[int(row), columns].values)
        there = paint[row, columns]
        section[section == there] = 0
        if whole:
            count += int(np.count_nonzero(section))
            np.copyto(there, section, where=section != 0)
            paint[row, columns] = there
        else:
            traces, samples = np.nonzero(section)
            here = np.full(len(traces), row)
            found.append((here, columns[traces], samples, section[traces, samples]))
        token.share = done / len(rows)
    if whole:
        yield Painted(count)
    elif not token.cancelled:
        parts = [np.concatenate(part) for part in zip(*found, strict=True)] if found else []
        yield _edit(parts)


def _edit(parts: list[np.ndarray]) -> Edit:
    if not parts:
        parts = [np.zeros(0, int)] * 3 + [np.zeros(0, np.uint8)]
    indices = [parts[0]] * 3
    for axis, positions in zip(AXES, parts[:3], strict=True):
        indices[axis] = positions
    return Edit((indices[0], indices[1], indices[2]), parts[3])


def apply_edit(layer: Labels, edit: Edit) -> int:
    """Paint an edit, which can be undone; return the number of voxels."""
    if edit.values.size:
        layer.data_setitem(edit.indices, edit.values)
    return int(edit.values.size)
