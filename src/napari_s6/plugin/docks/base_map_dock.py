"""The *Base map* dock: where the survey has traces, where one is, what is painted; click to go."""

import numpy as np
import xarray as xr
from napari.components import ViewerModel
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QHBoxLayout, QLabel, QWidget

from napari_s6.plugin.canvas.layers import volume_of
from napari_s6.plugin.canvas.view import KEYS, View, survey_view
from napari_s6.plugin.docks.dock import SessionDock
from napari_s6.plugin.widgets.trace_map import LIVE, PAINTED, Stroke, TraceMap
from napari_s6.survey.volume import ORIENTATIONS, Orientation, live_traces

#: The section in view, and the section that the other key would turn to.
CURRENT, OTHER = "#ff5a4d", "#a779ea"
#: Pixels within which a click takes the nearest line with data, where most lines have none.
_NEAR = 12.0
_SPARSE = 0.5


class BaseMapDock(SessionDock):
    """A map of the survey in view with the current section, the painted lines and the live area.

    A click goes to the line there; the right button turns to the other orientation. Shows what the
    viewer's `SurveyView` and the session's paint say, and holds nothing of its own.
    """

    def __init__(self, napari_viewer: ViewerModel) -> None:
        super().__init__(napari_viewer)
        self._view = survey_view(napari_viewer)
        self._map_later, self._lines_later = QTimer(self), QTimer(self)
        for timer, show, delay in (
            (self._map_later, self._show_map, 60),
            (self._lines_later, self._show_lines, 0),
        ):
            timer.setSingleShot(True)  # once for the many events of one change
            timer.setInterval(delay)
            timer.timeout.connect(show)
        self.volume: xr.DataArray | None = None
        self.map = TraceMap()
        self.map.setCursor(Qt.CursorShape.CrossCursor)
        self.map.setToolTip(
            "Click to go to the line there; with the right button, to the line of the other "
            "orientation.\nIn 3-D, both planes go there."
        )
        self.map.clicked.connect(self.go_to)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.layout_.addWidget(self.map, 1)
        self.layout_.addWidget(_legend())
        self.layout_.addWidget(self.said)
        self.bind(self._view.changed, lambda: self._lines_later.start())
        self.bind(self.session.interpretation.painted, lambda: self._map_later.start())
        self.bind(self.session.interpretation.chosen, lambda: self._map_later.start())
        self._show_map()

    def closed(self) -> None:
        """Let go of the session, and draw nothing any more."""
        super().closed()
        self._map_later.stop()
        self._lines_later.stop()

    def go_to(self, iline: float, xline: float, other: bool = False) -> None:
        """Go to the line at a place of the map, given by line numbers.

        In the orientation in view (``other``: in the other one). Where most lines of a survey have
        no data, to the nearest line of either orientation that has, if it is near.
        """
        at: dict[Orientation, int] = {
            "iline": _nearest(self._view.numbers("iline"), iline),
            "xline": _nearest(self._view.numbers("xline"), xline),
        }
        if volume_of(self._view.layer) is None:
            return
        view = self._view.view
        wanted: Orientation = "xline" if view == "xline" else "iline"
        if other:
            wanted = "iline" if wanted == "xline" else "xline"
        else:
            wanted, at = self._with_data(iline, xline, wanted, at)
        for orientation, position in at.items():
            self._view.move_to(orientation, position)
        if not self._view.in_space:
            self._view.show(wanted)

    def _with_data(
        self, iline: float, xline: float, wanted: Orientation, at: dict[Orientation, int]
    ) -> tuple[Orientation, dict[Orientation, int]]:
        """Of a sparse survey, the line with data that is nearest on the map, if it is near."""
        volume = volume_of(self._view.layer)
        if volume is None or live_traces(volume).mean() >= _SPARSE:
            return wanted, at
        here = np.array(self.map.position(iline, xline))
        found: list[tuple[float, bool, Orientation, int]] = []
        for orientation in ORIENTATIONS:
            for position in self._view.live_positions(orientation):
                number = float(self._view.numbers(orientation)[position])
                node = (number, xline) if orientation == "iline" else (iline, number)
                away = float(np.linalg.norm(np.array(self.map.position(*node)) - here))
                found.append((away, orientation != wanted, orientation, int(position)))
        if not found or min(found)[0] > _NEAR:
            return wanted, at
        _, _, orientation, position = min(found)
        return orientation, {**at, orientation: position}

    def _show_map(self) -> None:
        volume = volume_of(self._view.layer)
        watch = self.session.interpretation.watch
        if watch is None or volume is None or volume_of(watch.layer) is not volume:
            painted, said = None, ""
        else:
            painted, said = watch.traces & live_traces(volume), str(watch.painted)
        self.map.show_survey(volume, painted)
        self.said.setText(
            f"Painted: {said}" if said else ("" if volume is not None else "Open a survey first.")
        )
        self.volume = volume
        self._show_lines()

    def _show_lines(self) -> None:
        volume = volume_of(self._view.layer)
        if self.volume is not volume:
            self._show_map()
            return
        self.map.draw([] if volume is None else self._strokes())

    def _strokes(self) -> list[Stroke]:
        """The section of the other orientation, and over it the one in view, or all in space."""
        if self._view.in_space:
            cuts = [(axis, position) for axis, position in self._view.space.cuts if axis != 1]
            return [self._stroke("iline" if a == 0 else "xline", n, CURRENT, 1.5) for a, n in cuts]
        strokes = []
        for orientation in sorted(ORIENTATIONS, key=lambda one: one == self._view.view):
            position = self._view.position(orientation) or 0
            look = (CURRENT, 2.0, False) if orientation == self._view.view else (OTHER, 1.0, True)
            strokes.append(self._stroke(orientation, position, *look))
        return strokes

    def _stroke(
        self, orientation: View, position: int, colour: str, width: float, dashed: bool = False
    ) -> Stroke:
        number = float(self._view.numbers(orientation)[position])
        across = self._view.numbers("xline" if orientation == "iline" else "iline")
        ends, still = (float(across[0]), float(across[-1])), (number, number)
        line = (still, ends) if orientation == "iline" else (ends, still)
        return Stroke(*line, colour, width, dashed)


def _nearest(numbers: np.ndarray, number: float) -> int:
    return int(np.argmin(np.abs(numbers - number))) if len(numbers) else 0


def _legend() -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    keys = f"{KEYS['iline']}, {KEYS['xline']}"
    for colour, word, tip in (
        (LIVE, "traces", "Where there are data"),
        (PAINTED, "painted", "Traces with paint"),
        (CURRENT, "in view", "The section in view"),
        (OTHER, "across", f"Where the section of the other orientation is (keys {keys})"),
    ):
        label = QLabel(f"<span style='color:{colour}'>■</span> {word}")
        label.setTextFormat(Qt.TextFormat.RichText)
        label.setToolTip(tip)
        layout.addWidget(label)
    layout.addStretch()
    return row
