"""Looking at a survey: which section is in view, its line number and time, and how it is stretched.

One :class:`SurveyView` per viewer binds the keys I, J, K and O (inline, crossline, time slice, 3-D)
and keeps the text on the canvas.
"""

from collections.abc import Callable
from typing import Any, Literal
from weakref import WeakKeyDictionary, WeakSet, ref

import numpy as np
import xarray as xr
from napari.components import ViewerModel
from napari.layers import Image, Layer
from psygnal import Signal

from napari_s6.facies.sections import valid_lines
from napari_s6.plugin.canvas.dead_scan import scan_in_background
from napari_s6.plugin.canvas.layers import (
    cut_axis,
    fit_view,
    kind_of,
    position_in_view,
    show_cut,
    volume_of,
)
from napari_s6.plugin.canvas.space import Space, camera_of, is_right_handed
from napari_s6.plugin.canvas.status import tell_lines_in_status
from napari_s6.survey.axis_labels import vertical_in_words
from napari_s6.survey.volume import live_traces, vertical_dim

View = Literal["iline", "xline", "slice"]

SURVEY_VIEWS: tuple[View, View, View] = ("iline", "xline", "slice")
KEYS: dict[View, str] = {"iline": "I", "xline": "J", "slice": "K"}
#: For the 3-D view, and for the section before and after that has data.
SPACE_KEY, STEP_KEYS = "O", {"Shift-Left": -1, "Shift-Right": 1}
_AXIS: dict[View, int] = {"iline": 0, "slice": 1, "xline": 2}

#: How far the time axis may be stretched or squeezed. Beyond that napari's brush, round on the
#: screen, paints a single trace or sample.
EXAGGERATION = (0.25, 4.0)

_views: "WeakKeyDictionary[ViewerModel, SurveyView]" = WeakKeyDictionary()


def survey_view(viewer: ViewerModel) -> "SurveyView":
    """Return the viewer's survey view; the first call binds its keys and its overlay."""
    viewer = getattr(viewer, "__wrapped__", viewer)  # docks are handed a proxy
    view = _views.get(viewer)
    if view is None:
        view = _views[viewer] = SurveyView(viewer)
    return view


class SurveyView:
    """The sections of the surveys in one viewer.

    Signals
    -------
    changed
        Another section, layer or stretch is in view; carries nothing.
    scanned
        A survey's dead traces have become known in the background; carries the volume before, and
        the one that has taken its place in every layer. ``changed`` follows.
    """

    changed = Signal()
    scanned = Signal(object, object)

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer_ref = ref(viewer)  # weakly: a closed viewer must not live on in this module
        self._text = ""
        self._turned: View | None = None
        self._hidden: WeakSet[Layer] = WeakSet()
        for view in SURVEY_VIEWS:
            viewer.bind_key(KEYS[view], self._shower(view), overwrite=True)
        viewer.bind_key(SPACE_KEY, lambda _viewer: self.show_space(), overwrite=True)
        for key, step in STEP_KEYS.items():
            viewer.bind_key(key, self._stepper(step), overwrite=True)
        self.space = Space(viewer, lambda: self.layer)
        viewer.dims.events.connect(self._on_change)
        viewer.layers.events.inserted.connect(self._on_inserted)
        viewer.layers.events.removed.connect(self._on_change)
        viewer.layers.events.renamed.connect(self._on_change)
        viewer.layers.selection.events.active.connect(self._on_selected)
        for layer in viewer.layers:
            self._greet(layer)
        self._on_change()

    @property
    def _viewer(self) -> ViewerModel:
        viewer = self._viewer_ref()
        if viewer is None:
            raise ReferenceError("the viewer of this view is gone")
        return viewer

    @property
    def layer(self) -> Layer | None:
        """The layer whose survey is in view: the active one, else the topmost visible one."""
        active = self._viewer.layers.selection.active
        if volume_of(active) is not None:
            return active
        ours = [y for y in reversed(self._viewer.layers) if volume_of(y) is not None]
        return next((y for y in ours if y.visible), ours[0] if ours else None)

    @property
    def seismic(self) -> Image | None:
        """The seismic layer of the survey in view."""
        volume = volume_of(self.layer)
        layers = [y for y in self._viewer.layers if kind_of(y) == "seismic"]
        return next((y for y in layers if volume_of(y) is volume), layers[-1] if layers else None)

    @property
    def view(self) -> View | None:
        """What is in view: inlines, crosslines or time slices; None in 3-D or without a survey."""
        axis = cut_axis(self._viewer)
        if axis is None or self.layer is None:
            return None
        return next(view for view in SURVEY_VIEWS if _AXIS[view] == axis)

    @property
    def index(self) -> int | None:
        """Position of the section in view along its direction."""
        if self.view is None or self.layer is None:
            return None
        return position_in_view(self._viewer, self.layer, _AXIS[self.view])

    @property
    def number(self) -> float | None:
        """Line number of the section in view, or its time in ms (depth in m)."""
        return None if self.view is None else float(self.numbers(self.view)[self.index])

    def numbers(self, view: View) -> np.ndarray:
        """Return the line numbers (or times) that can be gone to in a view."""
        volume = volume_of(self.layer)
        if volume is None:
            return np.empty(0)
        return np.asarray(volume[vertical_dim(volume) if view == "slice" else view].values)

    def show(self, view: View) -> None:
        """Turn to inlines, crosslines or time slices, at the position last looked at."""
        if self.layer is not None:
            show_cut(self._viewer, self.layer, _AXIS[view], self.position(view) or 0)

    def go_to(self, number: float, view: View | None = None) -> float | None:
        """Show the line (or time) nearest to ``number``; return its number."""
        view = view or self.view
        numbers = self.numbers(view) if view is not None else np.empty(0)
        if view is None or self.layer is None or not len(numbers):
            return None
        index = int(np.argmin(np.abs(numbers - number)))
        show_cut(self._viewer, self.layer, _AXIS[view], index)
        return float(numbers[index])

    def live_positions(self, view: View) -> np.ndarray:
        """Return the positions at which there is something to see, ascending.

        Lines with enough live traces to be a section; without any such, lines with any live
        trace. All time slices.
        """
        volume = volume_of(self.layer)
        if volume is None or view == "slice":
            return np.arange(len(self.numbers(view)))
        live = live_traces(volume)
        valid = valid_lines(live)[view]
        if not valid.any():
            valid = np.asarray(live.any(axis=1 if view == "iline" else 0))
        return np.flatnonzero(valid)

    def step(self, step: int) -> float | None:
        """Go to the next (1) or previous (-1) section with data, by number; return its number."""
        view, number = self.view, self.number
        if view is None or number is None:
            return None
        there = np.sort(self.numbers(view)[self.live_positions(view)].astype(float))
        ahead = there[there > number] if step > 0 else there[there < number][::-1]
        return self.go_to(float(ahead[0])) if len(ahead) else None

    @property
    def in_space(self) -> bool:
        """Whether the view is in 3-D."""
        return bool(self._viewer.dims.ndisplay == 3)

    def show_space(self) -> None:
        """Turn to 3-D: the sections stand as planes in space."""
        self.space.enter()
        self.changed.emit()

    def position(self, view: View) -> int | None:
        """Position along a direction that is, or was last, looked at."""
        layer, axis = self.layer, _AXIS[view]
        if layer is None:
            return None
        if self.in_space:
            return self.space.position(axis)
        return position_in_view(self._viewer, layer, axis)

    def move_to(self, view: View, position: int) -> None:
        """Set the position along a direction without turning to it; in 3-D its plane moves."""
        layer, axis = self.layer, _AXIS[view]
        if self.in_space:
            self.space.move(axis, position)
            self.changed.emit()
        elif layer is not None:
            place = [0.0] * layer.data.ndim
            place[axis] = position
            offset = self._viewer.dims.ndim - 3
            self._viewer.dims.set_point(offset + axis, layer.data_to_world(place)[axis])

    @property
    def exaggeration(self) -> float:
        """How much the time axis is stretched; 1 shows samples as high as traces are wide."""
        return float(self.layer.scale[-2]) if self.layer is not None else 1.0

    @exaggeration.setter
    def exaggeration(self, factor: float) -> None:
        factor = float(np.clip(factor, *EXAGGERATION))
        at = self.position("slice")
        for layer in self._viewer.layers:
            if volume_of(layer) is not None and layer.scale[-2] != factor:
                layer.scale = (*layer.scale[:-2], factor, layer.scale[-1])
        if at is not None and not self.in_space:
            self.move_to("slice", at)
        if self.in_space:
            self.space.stretch()
        elif self.layer is not None:
            fit_view(self._viewer, self.layer)
        self.changed.emit()

    @property
    def title(self) -> str:
        """What is in view in words: "Inline 130", "Crossline 327", "Time slice 1240 ms"."""
        volume, view = volume_of(self.layer), self.view
        if volume is None or view is None:
            return ""
        return title_of(volume, view, self.index or 0)

    def _shower(self, view: View) -> Callable[[Any], None]:
        def show(_viewer: Any) -> None:
            self.show(view)

        return show

    def _stepper(self, step: int) -> Callable[[Any], None]:
        def go(_viewer: Any) -> None:
            self.step(step)

        return go

    def _on_inserted(self, event: Any) -> None:
        self._greet(event.value)
        self._on_change()

    def _greet(self, layer: Layer) -> None:
        """Prepare a layer of ours that has come into the viewer."""
        volume = volume_of(layer)
        if volume is None:
            return
        tell_lines_in_status(layer)
        others = [y for y in self._viewer.layers if y is not layer and volume_of(y) is not None]
        if others and layer.scale[-2] == 1.0:
            layer.scale = (*layer.scale[:-2], others[0].scale[-2], layer.scale[-1])
        if isinstance(layer, Image) and kind_of(layer) == "seismic":
            low, high = layer.contrast_limits
            layer.contrast_limits_range = (4 * low, 4 * high)
            scan_in_background(self._viewer, volume, self._on_scanned)
        if not others:
            self._start_where_data_are(layer, volume)

    def _on_scanned(self, before: xr.DataArray, after: xr.DataArray) -> None:
        self.scanned.emit(before, after)
        self.changed.emit()

    def _start_where_data_are(self, layer: Layer, volume: xr.DataArray) -> None:
        """Begin at a full section in the middle: a survey may be mostly holes."""
        live = live_traces(volume)
        middle = volume.sizes[vertical_dim(volume)] // 2
        at = (_fullest(live.sum(axis=1)), middle, _fullest(live.sum(axis=0)))
        offset = self._viewer.dims.ndim - 3
        for axis, world in enumerate(layer.data_to_world(at)):
            self._viewer.dims.set_point(offset + axis, world)

    def _stay_inside(self) -> None:
        """Turn to data when another, smaller, survey has come into view."""
        layer, volume = self.layer, volume_of(self.layer)
        if layer is None or volume is None:
            return
        at = np.round(layer.world_to_data(self._viewer.dims.point)[-3:])
        if np.any(at < 0) or np.any(at >= layer.data.shape):
            self._start_where_data_are(layer, volume)
            fit_view(self._viewer, layer)

    def _show_one_survey(self) -> None:
        """Hide the layers of other surveys when one is turned to, and show again those it had.

        Lying on one another by position alone, they would cover each other.
        """
        volume = volume_of(self._viewer.layers.selection.active)
        if volume is None or self.in_space:
            return
        for layer in self._viewer.layers:
            other = volume_of(layer)
            if other is None:
                continue
            if other is volume and layer in self._hidden:
                layer.visible = True
                self._hidden.discard(layer)
            elif other is not volume and layer.visible:
                layer.visible = False
                self._hidden.add(layer)

    def _on_selected(self, _event: Any = None) -> None:
        self._show_one_survey()
        self._stay_inside()
        self._on_change()

    def _lay_like_map(self) -> None:
        """Let a time slice lie as the map does, and sections stand with time downwards."""
        view, volume = self.view, volume_of(self.layer)
        if volume is None or view is None or view == self._turned:
            return
        self._turned = view
        camera = camera_of(self._viewer)
        up = view == "slice" and is_right_handed(volume)
        camera.orientation = (camera.orientation[0], "up" if up else "down", camera.orientation[2])

    def _smooth_where_whole(self) -> None:
        """In a survey with holes, draw sections smoothly that have few, and others trace by trace.

        A single trace among holes would fade away. napari's finer interpolations are left alone.
        """
        layer, volume, view, at = self.seismic, volume_of(self.layer), self.view, self.index
        if layer is None or volume is None or view is None or volume_of(layer) is not volume:
            return
        live = live_traces(volume)
        if live.all() or str(layer.interpolation2d) not in ("linear", "nearest"):
            return
        line = live if view == "slice" else live[at] if view == "iline" else live[:, at]
        wanted = "linear" if line.mean() > 0.5 else "nearest"
        if str(layer.interpolation2d) != wanted:
            layer.interpolation2d = wanted

    def _on_change(self, _event: Any = None) -> None:
        self._lay_like_map()
        self._smooth_where_whole()
        overlay = _text_overlay(self._viewer)
        if overlay.text in ("", self._text):  # somebody else's text stays
            self._text = self.title
            overlay.text = self._text
            overlay.visible = bool(self._text)
            overlay.position = "top_left"
            overlay.font_size = 12
        self.changed.emit()


def title_of(volume: xr.DataArray, view: View, index: int) -> str:
    """Return a section's title: "Inline 130", "Crossline 327", "Time slice 1240 ms"."""
    if view != "slice":
        word = "Inline" if view == "iline" else "Crossline"
        return f"{word} {int(volume[view].values[index])}"
    vertical = vertical_dim(volume)
    word = "Time" if vertical == "twt" else "Depth"
    return f"{word} slice {vertical_in_words(volume, volume[vertical].values[index])}"


def _fullest(live: np.ndarray) -> int:
    """Return the position nearest the middle among those with (nearly) the most live traces."""
    full = np.flatnonzero(live >= 0.9 * live.max())
    return int(full[np.argmin(np.abs(full - len(live) // 2))])


def _text_overlay(viewer: ViewerModel) -> Any:
    canvas = getattr(viewer, "canvas", None)  # napari 0.9 moved it there
    return viewer.text_overlay if canvas is None else canvas.overlays.text
