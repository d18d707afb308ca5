"""Horizons as lines over the section in view: what there is to draw, and the layer that does.

Only the section in view is drawn, and anew for each: ten horizons of a thousand traces take some
milliseconds. On time slices they are the lines where the slice cuts the horizons.
"""

from collections.abc import Sequence
from typing import Any
from weakref import ref

import numpy as np
from napari.components import ViewerModel
from napari.layers import Layer, Vectors

from napari_s6.plugin.canvas.space import camera_of
from napari_s6.plugin.canvas.view import View

HORIZON_LINES = "Horizons"
#: Width of the lines on the screen.
PIXELS = 2.2
#: Positions of inline, sample and crossline among a layer's axes.
_ILINE, _SAMPLE, _XLINE = 0, 1, 2


def section_segments(samples: np.ndarray, n_samples: int) -> np.ndarray:
    """Return the pieces of a horizon on a section.

    Parameters
    ----------
    samples
        float (traces,): the horizon as positions along the traces, NaN where undefined.
    n_samples
        Samples of a trace; what is beyond them is not drawn.

    Returns
    -------
    numpy.ndarray
        (pieces, 2, 2): start and way to the end as (sample, trace). A trace whose neighbours have
        no horizon has a short piece of its own.
    """
    known = np.isfinite(samples) & (samples >= -0.5) & (samples <= n_samples - 0.5)
    joined = known[:-1] & known[1:]
    start = np.flatnonzero(joined)
    pieces = np.empty((len(start), 2, 2))
    pieces[:, 0, 0], pieces[:, 0, 1] = samples[start], start
    pieces[:, 1, 0], pieces[:, 1, 1] = samples[start + 1] - samples[start], 1.0
    alone = known.copy()
    alone[1:] &= ~joined
    alone[:-1] &= ~joined
    at = np.flatnonzero(alone)
    dashes = np.zeros((len(at), 2, 2))
    dashes[:, 0, 0], dashes[:, 0, 1], dashes[:, 1, 1] = samples[at], at - 0.5, 1.0
    return np.concatenate([pieces, dashes])


def slice_segments(samples: np.ndarray, at: float) -> np.ndarray:
    """Return the pieces of the line in which a time slice cuts a horizon.

    Parameters
    ----------
    samples
        float (inlines, crosslines): the horizon as positions along the traces.
    at
        Position of the slice along the traces.

    Returns
    -------
    numpy.ndarray
        (pieces, 2, 2): start and way to the end as (inline, crossline) positions.
    """
    if min(samples.shape) < 2 or not (np.nanmin(samples) <= at <= np.nanmax(samples)):
        return np.empty((0, 2, 2))
    from contourpy import contour_generator

    found: Any = contour_generator(z=np.ma.masked_invalid(samples)).lines(at)
    pieces = [np.stack([line[:-1], np.diff(line, axis=0)], axis=1) for line in found]
    return np.concatenate(pieces)[..., ::-1] if pieces else np.empty((0, 2, 2))


class HorizonLines:
    """The layer of lines, made when there is something to draw."""

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer_ref = ref(viewer)  # weakly: a closed viewer must not live on
        self._layer: Vectors | None = None
        self._covered = False
        camera_of(viewer).events.zoom.connect(self._on_zoom)
        viewer.layers.events.inserted.connect(self._on_inserted)

    @property
    def _viewer(self) -> ViewerModel:
        viewer = self._viewer_ref()
        if viewer is None:
            raise ReferenceError("the viewer of these lines is gone")
        return viewer

    @property
    def layer(self) -> Vectors | None:
        """The layer, None while there is none or it was deleted."""
        return self._layer if self._layer in self._viewer.layers else None

    def is_own(self, layer: Layer) -> bool:
        """Whether this is the layer of lines."""
        return self._layer is not None and layer is self._layer

    def draw(
        self,
        base: Layer,
        view: View,
        index: int,
        horizons: Sequence[tuple[np.ndarray, str]],
    ) -> None:
        """Draw horizons on a section.

        Parameters
        ----------
        base
            A layer of the survey, which gives the place and the scale.
        view, index
            The section in view.
        horizons
            Pairs of positions along the traces (inlines, crosslines), and a colour.
        """
        pieces, colours = [], []
        for samples, colour in horizons:
            found = _cut(samples, view, index, base.data.shape[_SAMPLE])
            pieces.append(found)
            colours += [colour] * len(found)
        self._show(base, np.concatenate(pieces) if pieces else np.empty((0, 2, 3)), colours)

    def clear(self) -> None:
        """Draw nothing."""
        if self.layer is not None and len(self.layer.data):
            self.layer.data = np.empty((0, 2, 3))

    def _show(self, base: Layer, pieces: np.ndarray, colours: list[str]) -> None:
        layer = self.layer
        if layer is None:
            if not len(pieces):
                return
            layer = self._add(base, pieces)
        if len(pieces) or len(layer.data):
            layer.data = pieces
        if len(pieces):
            layer.edge_color = _rgba(colours)
        if tuple(layer.scale) != tuple(base.scale) or tuple(layer.translate) != tuple(
            base.translate
        ):
            layer.scale, layer.translate = base.scale, base.translate
            self._on_zoom()
        self.uncover()

    def uncover(self) -> None:
        """Put the lines on top of layers that have come since."""
        layer, layers = self.layer, self._viewer.layers
        if self._covered and layer is not None:
            self._covered = False
            layers.move(layers.index(layer), len(layers))

    def _add(self, base: Layer, pieces: np.ndarray) -> Vectors:
        active = self._viewer.layers.selection.active
        layer = self._viewer.add_vectors(
            pieces,
            name=HORIZON_LINES,
            vector_style="line",
            scale=base.scale,
            translate=base.translate,
            opacity=1.0,
        )
        self._layer = layer
        self._covered = False
        # Lines are looked at; what was in hand stays there.
        self._viewer.layers.selection.active = active if active is not None else base
        self._on_zoom()
        return layer

    def _on_zoom(self, _event: Any = None) -> None:
        """Keep the width on the screen, whatever the zoom."""
        layer = self.layer
        zoom = float(camera_of(self._viewer).zoom)
        if layer is not None and zoom > 0:
            # Horizons are flat rather than steep: it is the vertical scale that widens them.
            layer.edge_width = PIXELS / (zoom * float(layer.scale[_SAMPLE]))

    def _on_inserted(self, event: Any) -> None:
        self._covered |= event.value is not self._layer


def _cut(samples: np.ndarray, view: View, index: int, n_samples: int) -> np.ndarray:
    """Pieces (pieces, 2, 3) of a horizon in a layer's axes."""
    if view == "slice":
        flat = slice_segments(samples, float(index))
        axes, across = (_ILINE, _XLINE), _SAMPLE
    elif view == "iline":
        flat = section_segments(samples[index], n_samples)
        axes, across = (_SAMPLE, _XLINE), _ILINE
    else:
        flat = section_segments(samples[:, index], n_samples)
        axes, across = (_SAMPLE, _ILINE), _XLINE
    pieces = np.zeros((len(flat), 2, 3))
    pieces[:, :, axes[0]], pieces[:, :, axes[1]] = flat[..., 0], flat[..., 1]
    pieces[:, 0, across] = index
    return pieces


def _rgba(colours: Sequence[str]) -> np.ndarray:
    """Colours "#rrggbb" as (n, 4) in 0..1: napari takes its time over names."""
    known = {c: [int(c[k : k + 2], 16) / 255 for k in (1, 3, 5)] + [1.0] for c in set(colours)}
    return np.array([known[c] for c in colours])
