"""A small map of a survey's traces, with lines drawn over it: for docks that show one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr
from qtpy.QtCore import QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import (
    QColor,
    QFontMetricsF,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPolygonF,
    QResizeEvent,
    QTransform,
)
from qtpy.QtWidgets import QSizePolicy, QWidget

from napari_s6.survey.map_frame import MapFrame
from napari_s6.survey.volume import live_traces

#: Traces with data, and traces that are painted.
LIVE, PAINTED = "#6f8da6", "#f2b134"
_TICK, _GAP, _MARGIN = 4.0, 3.0, 8.0
_TICKS = 4
#: Pixels to a cell: below that, a line of cells drawn aslant breaks up.
_CELL = 1.5


@dataclass(frozen=True)
class Stroke:
    """A line over the map, through points given by inline and crossline numbers."""

    iline: Sequence[float]
    xline: Sequence[float]
    colour: str
    width: float = 1.5
    dashed: bool = False


@dataclass(frozen=True)
class _Edge:
    """An edge of the survey along which numbers stand.

    ``across`` is the inline or crossline number all along it, ``normal`` points outwards on the
    screen.
    """

    along: str
    across: float
    normal: tuple[float, float]


class TraceMap(QWidget):
    """A plan view of where a survey has traces, its edges labelled with line numbers.

    North is up where the survey's X and Y are known; otherwise crosslines run to the right and
    inlines upwards. Holds what it was last given to show and nothing else.

    Signals
    -------
    clicked
        Inline and crossline number under the mouse, and whether it was the right button.
    """

    clicked = Signal(float, float, bool)

    def __init__(self) -> None:
        super().__init__()
        self._frame: MapFrame | None = None
        self._masks: dict[int, np.ndarray] = {}
        self._image: QImage | None = None  # made for the size at which it is drawn
        self._strokes: tuple[Stroke, ...] = ()
        self.setMinimumSize(150, 130)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        """Enough to tell lines apart."""
        return QSize(280, 240)

    def show_survey(
        self, volume: xr.DataArray | None, painted: npt.NDArray[np.bool_] | None = None
    ) -> None:
        """Show the live traces of a survey, and those of ``painted`` (inlines, crosslines)."""
        self._frame = None if volume is None else MapFrame.of(volume)
        self._masks = {} if volume is None else {1: live_traces(volume)}
        if painted is not None:
            self._masks[2] = painted
        self._image = None
        self.update()

    def draw(self, strokes: Sequence[Stroke]) -> None:
        """Draw these lines over the map, in place of those before."""
        self._strokes = tuple(strokes)
        self.update()

    def position(self, iline: float, xline: float) -> tuple[float, float]:
        """Pixels from the left and the top of this widget at which a node is drawn.

        Raises
        ------
        ValueError
            If no survey is shown.
        """
        if self._frame is None:
            raise ValueError("the map shows no survey")
        point = self._place(self._frame)[0].map(_map_point(self._frame, iline, xline))
        return point.x(), point.y()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tell where the survey was clicked."""
        if self._frame is None:
            return
        back, _ = self._place(self._frame)[0].inverted()
        at = back.map(QPointF(event.pos()))
        iline, xline = (float(n) for n in self._frame.affine.lines(at.x(), at.y()))
        self.clicked.emit(iline, xline, event.button() == Qt.MouseButton.RightButton)

    # -- drawing --------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw the traces anew: as finely as the pixels allow, and no finer."""
        self._image = None
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the survey, the lines over it, and the numbers along two of its edges."""
        frame = self._frame
        if frame is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        to_screen, edges = self._place(frame)
        self._draw_traces(painter, frame, to_screen)
        painter.setPen(QPen(self._ink(0.45), 1))
        painter.drawPolygon(QPolygonF([to_screen.map(QPointF(*c)) for c in frame.corners.tolist()]))
        for stroke in self._strokes:
            painter.setPen(_pen(stroke))
            points = [
                to_screen.map(_map_point(frame, *node))
                for node in zip(stroke.iline, stroke.xline, strict=True)
            ]
            painter.drawPolyline(QPolygonF(points))
        for edge in edges:
            self._draw_numbers(painter, frame, to_screen, edge)
        if frame.is_located:
            self._draw_north(painter)
        painter.end()

    def _draw_traces(self, painter: QPainter, frame: MapFrame, to_screen: QTransform) -> None:
        if self._image is None:
            scale = float(np.sqrt(abs(to_screen.determinant()))) / _CELL
            most = [
                max(1, int(scale * spacing * (high - low)))
                for spacing, (low, high) in zip(frame.affine.spacing, frame.edges, strict=True)
            ]
            self._image = _picture(frame.cells(self._masks, (most[0], most[1])))
        rows, columns = self._image.height(), self._image.width()
        painter.save()
        painter.setTransform(_from_cells(frame, rows, columns) * to_screen)
        painter.drawImage(QRectF(0, 0, columns, rows), self._image)
        painter.restore()

    def _place(self, frame: MapFrame) -> tuple[QTransform, list[_Edge]]:
        """From map coordinates to this widget's pixels, with room for numbers on two edges."""
        edges = [_numbered_edge(frame, along) for along in ("iline", "xline")]
        left = right = top = bottom = _MARGIN
        for edge in edges:
            depth = self._depth(frame, edge)
            x, y = edge.normal
            left, right = left + depth * max(0, -x), right + depth * max(0, x)
            top, bottom = top + depth * max(0, -y), bottom + depth * max(0, y)
        low, high = frame.corners.min(axis=0), frame.corners.max(axis=0)
        width, height = self.width() - left - right, self.height() - top - bottom
        scale = max(1e-9, min(width / (high[0] - low[0]), height / (high[1] - low[1])))
        middle = (low + high) / 2
        place = QTransform()
        place.translate(left + width / 2, top + height / 2)
        place.scale(scale, -scale)  # y is upwards on a map and downwards on a screen
        place.translate(-float(middle[0]), -float(middle[1]))
        return place, edges

    def _depth(self, frame: MapFrame, edge: _Edge) -> float:
        """How far the numbers along an edge and its name reach outwards."""
        metrics = QFontMetricsF(self.font())
        return _TICK + self._reach(frame, edge) + metrics.height() + 2 * _GAP

    def _reach(self, frame: MapFrame, edge: _Edge) -> float:
        """Extent of the numbers themselves across an edge."""
        metrics = QFontMetricsF(self.font())
        widest = max(metrics.horizontalAdvance(f"{n:g}") for n in _ticks(frame, edge.along))
        return abs(edge.normal[0]) * widest + abs(edge.normal[1]) * metrics.height()

    def _draw_numbers(
        self, painter: QPainter, frame: MapFrame, to_screen: QTransform, edge: _Edge
    ) -> None:
        metrics = QFontMetricsF(self.font())
        outwards = QPointF(*edge.normal)
        reach = self._reach(frame, edge)
        painter.setPen(self._ink(0.8))
        written = QRectF()
        for number in _ticks(frame, edge.along):
            at = to_screen.map(_edge_point(frame, edge, number))
            painter.drawLine(at, at + outwards * _TICK)
            text = f"{number:g}"
            box = QRectF(0, 0, metrics.horizontalAdvance(text) + 2, metrics.height())
            own = abs(edge.normal[0]) * box.width() + abs(edge.normal[1]) * box.height()
            box.moveCenter(at + outwards * (_TICK + _GAP + own / 2))
            if box.intersects(written):
                continue  # a survey of few lines has no room for all
            written = box
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        low, high = frame.edges[0 if edge.along == "iline" else 1]
        start, end = (to_screen.map(_edge_point(frame, edge, n)) for n in (low, high))
        painter.save()
        painter.translate(
            (start + end) / 2 + outwards * (_TICK + 2 * _GAP + reach + metrics.height() / 2)
        )
        angle = float(np.degrees(np.arctan2(end.y() - start.y(), end.x() - start.x())))
        painter.rotate((angle + 100) % 180 - 100)  # never upside down; upwards if nearly upright
        name = "inline" if edge.along == "iline" else "crossline"
        painter.setPen(self._ink(0.6))
        painter.drawText(QRectF(-80, -12, 160, 24), Qt.AlignmentFlag.AlignCenter, name)
        painter.restore()

    def _draw_north(self, painter: QPainter) -> None:
        x, y = self.width() - 14.0, 8.0
        painter.setPen(QPen(self._ink(0.7), 1.4))
        painter.drawLine(QPointF(x, y + 20), QPointF(x, y))
        painter.drawPolyline(
            QPolygonF([QPointF(x - 4, y + 6), QPointF(x, y), QPointF(x + 4, y + 6)])
        )
        painter.drawText(QRectF(x - 10, y + 19, 20, 18), Qt.AlignmentFlag.AlignCenter, "N")

    def _ink(self, strength: float) -> QColor:
        colour = QColor(self.palette().color(QPalette.ColorRole.WindowText))
        colour.setAlphaF(strength)
        return colour


def _map_point(frame: MapFrame, iline: float, xline: float) -> QPointF:
    x, y = frame.affine.xy(iline, xline)
    return QPointF(float(x), float(y))


def _edge_point(frame: MapFrame, edge: _Edge, number: float) -> QPointF:
    node = (number, edge.across) if edge.along == "iline" else (edge.across, number)
    return _map_point(frame, *node)


def _numbered_edge(frame: MapFrame, along: str) -> _Edge:
    """Of the two edges along which inline (or crossline) numbers run, the one below or left."""
    own, other = frame.edges if along == "iline" else frame.edges[::-1]
    found = []
    for across, inside in (other, other[::-1]):
        edge = _Edge(along, across, (0.0, 0.0))
        start, end = (_edge_point(frame, edge, n) for n in own)
        inwards = _edge_point(frame, _Edge(along, inside, (0.0, 0.0)), own[0]) - start
        # Across the edge on the screen, where y runs downwards, and away from the survey.
        across_x, across_y = -(end.y() - start.y()), -(end.x() - start.x())
        length = float(np.hypot(across_x, across_y))
        side = -1.0 if across_x * inwards.x() - across_y * inwards.y() > 0 else 1.0
        normal = (side * across_x / length, side * across_y / length)
        found.append(_Edge(along, across, normal))
    return max(found, key=lambda edge: edge.normal[1] - edge.normal[0])


def _ticks(frame: MapFrame, along: str) -> list[float]:
    """A few round line numbers between the first and the last."""
    low, high = frame.edges[0 if along == "iline" else 1]
    first, last = np.ceil(low), np.floor(high)
    rough = max(1.0, (last - first) / _TICKS)
    power = 10 ** np.floor(np.log10(rough))
    step = next(power * k for k in (1, 2, 5, 10) if power * k >= 0.999 * rough)
    ticks = np.arange(np.ceil(first / step), np.floor(last / step) + 1) * step
    return [float(n) + 0.0 for n in ticks] or [float(first)]  # 0 and not -0


def _from_cells(frame: MapFrame, rows: int, columns: int) -> QTransform:
    """From columns and rows of the picture of the cells to map coordinates."""
    (i0, i1), (j0, j1) = frame.edges
    origin, right, down = (_map_point(frame, *node) for node in ((i0, j0), (i0, j1), (i1, j0)))
    x, y = (right - origin) / columns, (down - origin) / rows
    return QTransform(x.x(), x.y(), y.x(), y.y(), origin.x(), origin.y())


def _picture(cells: np.ndarray) -> QImage:
    """Cells as an image, transparent where there are no traces."""
    colours = np.zeros((3, 4), np.uint8)
    for value, name in enumerate((LIVE, PAINTED), start=1):
        colour = QColor(name)
        colours[value] = colour.red(), colour.green(), colour.blue(), 255
    pixels = np.ascontiguousarray(colours[cells])
    rows, columns = cells.shape
    image = QImage(pixels.tobytes(), columns, rows, 4 * columns, QImage.Format.Format_RGBA8888)
    return image.copy()


def _pen(stroke: Stroke) -> QPen:
    style = Qt.PenStyle.DashLine if stroke.dashed else Qt.PenStyle.SolidLine
    return QPen(QColor(stroke.colour), stroke.width, style, Qt.PenCapStyle.RoundCap)
