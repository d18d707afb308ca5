"""The 3-D view: a survey's sections as planes in space, in place of the whole of it.

napari would read every visible layer whole and draw it as a cloud. Instead, as long as the viewer
shows three dimensions, the survey's layers are hidden and their sections stand as planes, drawn as
the layers show them, facies included: the inline, the crossline and the time slice last looked at,
or the lines of a survey that is mostly holes. At no time is more than those sections in memory.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import ref

import numpy as np
import xarray as xr
from napari.components import ViewerModel
from napari.layers import Layer

from napari_s6.facies.sections import valid_lines
from napari_s6.plugin.canvas.layers import (
    fit_view,
    kind_of,
    position_in_view,
    remove_layers,
    volume_of,
)
from napari_s6.plugin.canvas.outline import outline_of
from napari_s6.plugin.canvas.planes import Cut, can_be_drawn, planes_of_cuts
from napari_s6.survey.record import survey_record
from napari_s6.survey.volume import live_traces

#: Live lines of a survey with holes that are shown at once, at most.
MOST_LINES = 24
_SPARSE = 0.5
_LOOKS = ("colormap", "contrast_limits", "opacity", "data")

_INK = "#8f99a8"


@dataclass
class _Flat:
    """What to put back when the viewer shows two dimensions again."""

    visible: list[Layer]
    active: Layer | None
    order: tuple[int, ...]
    orientation: Any
    camera: tuple[tuple[float, ...], float] | None


class Space:
    """The planes of one viewer.

    Parameters
    ----------
    layer
        Gives the layer whose survey is in view.

    Attributes
    ----------
    cuts
        What stands in space now: layer axes (0 inline, 1 time slice, 2 crossline) and positions.
    """

    def __init__(self, viewer: ViewerModel, layer: Callable[[], Layer | None]) -> None:
        self._viewer_ref = ref(viewer)
        self._layer = layer
        self._flat: _Flat | None = None
        self.cuts: list[Cut] = []
        self._planes: Layer | None = None
        self._frame: list[Layer] = []
        self._shown: list[Layer] = []
        self._of: Layer | None = None
        self._at = [0, 0, 0]
        viewer.dims.events.ndisplay.connect(self._on_ndisplay)
        viewer.layers.events.inserted.connect(self._on_inserted)

    @property
    def layer(self) -> Layer | None:
        """The layer whose survey stands in space, None in 2-D."""
        return self._of

    @property
    def movable(self) -> bool:
        """Whether there are planes to move: not where a sparse survey's lines stand instead."""
        return any(axis == 1 for axis, _ in self.cuts)

    def position(self, axis: int) -> int:
        """Position of the plane that cuts a layer axis (0 inline, 1 time slice, 2 crossline)."""
        return self._at[axis]

    def move(self, axis: int, position: int) -> None:
        """Move the plane that cuts a layer axis."""
        viewer = self._viewer_ref()
        if viewer is not None and self._of is not None:
            self._at[axis] = int(np.clip(position, 0, self._of.data.shape[axis] - 1))
            self._build(viewer)

    def stretch(self) -> None:
        """Stretch the planes as their survey's layers are."""
        viewer = self._viewer_ref()
        if viewer is None or self._of is None:
            return
        for layer in [self._planes, *self._frame]:
            if layer is not None and layer in viewer.layers:
                layer.scale = self._of.scale
        viewer.reset_view(reset_camera_angle=False)

    def enter(self) -> None:
        """Turn to 3-D: hide the survey's layers, then stand its sections up as planes."""
        viewer = self._viewer_ref()
        if viewer is not None and viewer.dims.ndisplay == 2 and self._layer() is not None:
            camera = camera_of(viewer)
            # Before napari turns, or it would read and draw them whole.
            self._hide(viewer, (tuple(camera.center), float(camera.zoom)))
            viewer.dims.ndisplay = 3

    def _on_ndisplay(self, _event: Any = None) -> None:
        """Follow the viewer, whoever turned it; napari's own reactions are over by now."""
        viewer = self._viewer_ref()
        if viewer is None:
            return
        if viewer.dims.ndisplay == 3 and self._layer() is not None:
            if self._flat is None:
                self._hide(viewer, None)
            self._build(viewer)
            self._look_from_aside(viewer)
        elif viewer.dims.ndisplay == 2 and self._flat is not None:
            self._come_back(viewer, self._flat)

    def _hide(self, viewer: ViewerModel, camera: tuple[tuple[float, ...], float] | None) -> None:
        self._of = self._layer()
        if self._of is not None:
            # Kept here: in 3-D napari moves its point by fractions of a line, and with the camera.
            self._at = [position_in_view(viewer, self._of, axis) for axis in (0, 1, 2)]
        volume = volume_of(self._of)
        visible = [y for y in viewer.layers if y.visible and kind_of(y) is not None]
        self._flat = _Flat(
            visible,
            viewer.layers.selection.active,
            tuple(viewer.dims.order),
            camera_of(viewer).orientation,
            camera,
        )
        drawable = [y for y in viewer.layers if can_be_drawn(y) and volume_of(y) is volume]
        self._shown = [y for y in drawable if y in visible] or drawable[:1]
        for layer in visible:
            layer.visible = False
        for layer in self._shown:
            self._listen(layer)
        # napari turns points and vectors to the order of axes in 3-D too, but not surfaces.
        viewer.dims.order = tuple(range(viewer.dims.ndim))

    def _come_back(self, viewer: ViewerModel, flat: _Flat) -> None:
        """Put everything back: layers, selection, section and camera."""
        remove_layers(viewer, [self._planes, *self._frame])
        for layer in self._shown:
            for look in _LOOKS:
                if hasattr(layer.events, look):
                    getattr(layer.events, look).disconnect(self._on_look)
        of, self._flat, self._of = self._of, None, None
        self.cuts, self._planes, self._frame, self._shown = [], None, [], []
        viewer.dims.order = flat.order
        if of is not None and of in viewer.layers:
            offset = viewer.dims.ndim - 3
            for axis, world in enumerate(of.data_to_world(self._at)):
                viewer.dims.set_point(offset + axis, world)
        for layer in flat.visible:
            if layer in viewer.layers:
                layer.visible = True
        if flat.active in viewer.layers:
            viewer.layers.selection.active = flat.active
        camera = camera_of(viewer)
        camera.orientation = flat.orientation
        if flat.camera is not None:
            camera.center, camera.zoom = flat.camera
        elif of is not None and of in viewer.layers:
            fit_view(viewer, of)

    # -- planes ---------------------------------------------------------------------------------

    def _wanted(self, volume: xr.DataArray) -> list[Cut]:
        live = live_traces(volume)
        valid = valid_lines(live)
        if live.mean() >= _SPARSE or not (valid["iline"].any() or valid["xline"].any()):
            return [(axis, self._at[axis]) for axis in (0, 1, 2)]
        cuts = [(0, int(n)) for n in np.flatnonzero(valid["iline"])]
        cuts += [(2, int(n)) for n in np.flatnonzero(valid["xline"])]
        if len(cuts) > MOST_LINES:
            cuts = [cuts[k] for k in np.linspace(0, len(cuts) - 1, MOST_LINES).round().astype(int)]
        return cuts

    def _build(self, viewer: ViewerModel) -> None:
        """Stand the wanted sections up, in the layer that is there if it can be used."""
        base, volume = self._of, volume_of(self._of)
        self._shown = [layer for layer in self._shown if layer in viewer.layers]
        if base is None or volume is None or not self._shown:
            return
        self.cuts = self._wanted(volume)
        planes = planes_of_cuts(self._shown, self.cuts, live_traces(volume), base.data.shape[1])
        surface = planes.vertices, planes.faces, np.ones(len(planes.vertices))
        there = self._planes if self._planes in viewer.layers else None
        if there is not None and len(there.vertices) == len(planes.vertices):
            there.data, there.texcoords, there.texture = surface, planes.places, planes.sheet
            return
        active = viewer.layers.selection.active
        if there is not None:
            remove_layers(viewer, [there])
        self._planes = viewer.add_surface(
            surface,
            texture=planes.sheet,
            texcoords=planes.places,
            shading="none",
            colormap="gray",
            contrast_limits=(0, 1),
            name="Sections in 3-D",
            scale=base.scale,
            translate=base.translate,
        )
        if not self._frame:
            self._frame = self._add_frame(viewer, base, volume)
        if active is not None and active in viewer.layers:
            viewer.layers.selection.active = active

    def _add_frame(self, viewer: ViewerModel, base: Layer, volume: xr.DataArray) -> list[Layer]:
        stretch = float(base.scale[-2])
        outline = outline_of(volume, away=is_right_handed(volume), stretch=stretch)
        place = {"scale": base.scale, "translate": base.translate}
        width = float(np.linalg.norm(base.data.shape)) / 700
        box = viewer.add_vectors(
            outline.edges, edge_color=_INK, edge_width=width, name="Outline", **place
        )
        box.vector_style = "line"
        words = viewer.add_points(
            outline.places,
            face_color="transparent",
            border_width=0,
            text={"string": outline.words, "size": 10, "color": _INK, "anchor": "center"},
            name="Line numbers",
            **place,
        )
        return [box, words]

    # -- what happens meanwhile -----------------------------------------------------------------

    def _on_inserted(self, event: Any) -> None:
        """Take a layer that comes while the planes stand into their pictures."""
        layer, viewer = event.value, self._viewer_ref()
        if viewer is None or self._flat is None or kind_of(layer) is None or not layer.visible:
            return
        layer.visible = False
        self._flat.visible.append(layer)
        if volume_of(layer) is volume_of(self._of) and can_be_drawn(layer):
            self._shown.append(layer)
            self._listen(layer)
            self._on_look()

    def _listen(self, layer: Layer) -> None:
        for look in _LOOKS:
            if hasattr(layer.events, look):
                getattr(layer.events, look).connect(self._on_look)

    def _on_look(self, _event: Any = None) -> None:
        """Draw the planes anew: one of their layers looks different."""
        viewer = self._viewer_ref()
        if viewer is None or self._flat is None or viewer.dims.ndisplay != 3:
            return
        self._build(viewer)

    def _look_from_aside(self, viewer: ViewerModel) -> None:
        """Turn the camera: time downwards, the survey seen from above and from one of its corners.

        The depth axis is turned so that the survey is not its own mirror image.
        """
        volume = volume_of(self._of)
        if volume is None:
            return
        away = is_right_handed(volume)
        camera = camera_of(viewer)
        camera.orientation = ("away" if away else "towards", "down", camera.orientation[2])
        camera.set_view_direction((0.75 if away else -0.75, 0.5, -0.5), (0, -1, 0))
        viewer.reset_view(reset_camera_angle=False)


def is_right_handed(volume: xr.DataArray) -> bool:
    """Whether, seen from above with crosslines to the right, inlines run away from the viewer.

    A survey without X and Y is taken to.
    """
    affine = survey_record(volume).affine
    turn = -1.0 if affine is None or not affine.determinant else affine.determinant
    for dim in ("iline", "xline"):
        numbers = volume[dim].values
        if numbers[-1] < numbers[0]:
            turn = -turn
    return turn < 0


def camera_of(viewer: ViewerModel) -> Any:
    """Return the viewer's camera, wherever this napari keeps it."""
    scene = getattr(viewer, "scene", None)  # napari 0.9 moved it there
    return viewer.camera if scene is None else scene.camera
