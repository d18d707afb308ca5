"""The live plot of a training run: losses above, validation below."""

import itertools
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from qtpy.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from qtpy.QtGui import (
    QColor,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPolygonF,
)
from qtpy.QtWidgets import QSizePolicy, QWidget

from napari_s6.plugin.session.state import RunHistory

#: Told apart by people who do not tell red from green (Okabe and Ito).
LOSS_COLOURS = ("#e69f00", "#56b4e9", "#cc79a7", "#d55e00")
MEAN_IOU = "#00b27c"
_GAP = 4.0
_NOTHING = np.empty((0, 2))


class Curve:
    """A named curve that follows a list of (step, value) to which a run appends."""

    def __init__(self, name: str, colour: str) -> None:
        self.name, self.colour = name, QColor(colour)
        self.points: npt.NDArray[np.float64] = _NOTHING
        self._source: Sequence[tuple[int, float]] = ()
        self._taken = 0

    def follow(self, points: Sequence[tuple[int, float]]) -> bool:
        """Take in what is new, or another run's points; say whether anything changed."""
        before = self.points
        if points is not self._source:
            self._source, self._taken, self.points = points, 0, _NOTHING
        if len(points) > self._taken:
            new = np.asarray(points[self._taken :], float)
            self._taken = len(points)
            self.points = np.concatenate([self.points, new[np.isfinite(new[:, 1])]])
        return self.points is not before

    def at(self, step: float | None) -> tuple[float, float] | None:
        """The point nearest to a step, or the last one; None before there is any."""
        if not len(self.points):
            return None
        steps = self.points[:, 0]
        index = -1 if step is None else int(np.abs(steps - step).argmin())
        return float(steps[index]), float(self.points[index, 1])


class CurvePlot(QWidget):
    """The losses of a run and its validation mIoU against the step.

    Painted here rather than by a plotting library: every repaint of a part makes napari's window
    be put together anew, so there should be one at a time, and it should be short.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumHeight(170)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setToolTip(
            "Losses, such as the cross entropy of the labels and the squared error of the\n"
            "reconstruction as a share of the variance, and mean IoU on the labels held back.\n"
            "Point at a step to read it."
        )
        self.losses: dict[str, Curve] = {}
        self.mean_iou = Curve("validation mIoU", MEAN_IOU)
        self._pointed: float | None = None  # pixels from the left

    def sizeHint(self) -> QSize:
        """No higher than it need be; it grows where there is room."""
        return QSize(240, 170)

    def show_history(self, history: RunHistory) -> None:
        """Draw a run's curves so far."""
        changed = [self.losses.keys() != history.losses.keys()]
        if changed[0]:
            named = zip(history.losses, itertools.cycle(LOSS_COLOURS), strict=False)
            self.losses = {n: Curve(n.replace("_", " "), colour) for n, colour in named}
        changed += [curve.follow(history.losses[name]) for name, curve in self.losses.items()]
        changed.append(self.mean_iou.follow(history.mean_iou))
        if any(changed):
            self.update()

    # -- the mouse ------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read the curves at the step under the mouse."""
        self._pointed = float(event.pos().x())
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Read the curves at their ends again."""
        self._pointed = None
        self.update()
        super().leaveEvent(event)

    # -- drawing --------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw both panels over one axis of steps."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        losses = list(self.losses.values())
        highest = max((float(c.points[:, 1].max()) for c in losses if len(c.points)), default=1.0)
        last = self.last_step
        upper, lower = self.panels
        self._draw_panel(painter, upper, losses, last, 1.05 * highest or 1.0)
        self._draw_panel(painter, lower, (self.mean_iou,), last, 1.0)
        self._draw_steps(painter, lower, last)
        if self._pointed is not None and last and lower.left() <= self._pointed <= lower.right():
            x = self._pointed
            painter.setPen(QPen(self._ink(0.5), 1))
            painter.drawLine(QPointF(x, upper.top()), QPointF(x, upper.bottom()))
            painter.drawLine(QPointF(x, lower.top()), QPointF(x, lower.bottom()))
        painter.end()

    @property
    def last_step(self) -> float:
        """The step at the right end of the axis."""
        losses = self.losses.values()
        return max((float(c.points[-1, 0]) for c in losses if len(c.points)), default=0.0)

    @property
    def panels(self) -> tuple[QRectF, QRectF]:
        """Where the losses and the validation are drawn; above each is a line of legend."""
        line = QFontMetricsF(self.font()).height()
        left = QFontMetricsF(self.font()).horizontalAdvance("0.00") + 2 * _GAP
        width = self.width() - left - 2 * _GAP
        room = self.height() - 3 * line - 4 * _GAP
        upper = QRectF(left, line + _GAP, width, 0.6 * room)
        lower = QRectF(left, upper.bottom() + line + 2 * _GAP, width, 0.4 * room)
        return upper, lower

    @property
    def step_pointed_at(self) -> float | None:
        """The step under the mouse; None where that is elsewhere, or there are no steps."""
        if self._pointed is None or not self.last_step:
            return None
        panel, _ = self.panels
        share = (self._pointed - panel.left()) / panel.width()
        return self.last_step * min(1.0, max(0.0, share))

    def _draw_panel(
        self,
        painter: QPainter,
        panel: QRectF,
        curves: Sequence[Curve],
        last: float,
        top: float,
    ) -> None:
        metrics = QFontMetricsF(self.font())
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for tick in round_ticks(top, 4):
            y = round(panel.bottom() - panel.height() * tick / top) + 0.5
            painter.setPen(QPen(self._ink(0.15 if tick else 0.45), 1))
            painter.drawLine(QPointF(panel.left(), y), QPointF(panel.right(), y))
            painter.setPen(self._ink(0.7))
            box = QRectF(0, y - metrics.height() / 2, panel.left() - _GAP, metrics.height())
            painter.drawText(box, right, f"{tick:g}")
        x = panel.left()
        step = self.step_pointed_at
        for curve in curves:
            point = curve.at(step)
            text = curve.name if point is None else f"{curve.name} {point[1]:.3f}"
            painter.setPen(curve.colour)
            painter.drawText(QPointF(x, panel.top() - metrics.descent() - _GAP / 2), text)
            x += metrics.horizontalAdvance(text) + 3 * _GAP
            if last:
                self._draw_curve(painter, panel, curve, last, top)

    def _draw_curve(
        self, painter: QPainter, panel: QRectF, curve: Curve, last: float, top: float
    ) -> None:
        points = thinned(curve.points, max(1, int(panel.width())))
        x = panel.left() + panel.width() * points[:, 0] / last
        y = panel.bottom() - panel.height() * points[:, 1] / top
        places = [QPointF(*place) for place in zip(x.tolist(), y.tolist(), strict=True)]
        painter.setPen(QPen(curve.colour, 1.5))
        painter.drawPolyline(QPolygonF(places))
        if len(places) < panel.width() / 12:
            painter.setBrush(curve.colour)
            for place in places:
                painter.drawEllipse(place, 1.5, 1.5)
            painter.setBrush(Qt.BrushStyle.NoBrush)

    def _draw_steps(self, painter: QPainter, panel: QRectF, last: float) -> None:
        """Numbers below the axis: round steps, or the one that is pointed at."""
        metrics = QFontMetricsF(self.font())
        step = self.step_pointed_at
        first = next(iter(self.losses.values()), None)
        point = first.at(step) if step is not None and first is not None else None
        ticks = [point[0]] if point else round_ticks(last, 4)
        painter.setPen(self._ink(0.7))
        for tick in ticks:
            text = f"step {tick:.0f}" if tick == ticks[-1] else f"{tick:.0f}"
            width = metrics.horizontalAdvance(text)
            x = panel.left() + (panel.width() * tick / last if last else 0.0)
            x = min(max(x - width / 2, panel.left()), self.width() - width)
            painter.drawText(QPointF(x, panel.bottom() + _GAP + metrics.ascent()), text)

    def _ink(self, strength: float) -> QColor:
        colour = QColor(self.palette().color(QPalette.ColorRole.WindowText))
        colour.setAlphaF(strength)
        return colour


def round_ticks(high: float, most: int) -> list[float]:
    """Return 0 and the multiples of a round number up to ``high``, at most ``most`` of them.

    >>> round_ticks(1.7, 4)
    [0.0, 0.5, 1.0, 1.5]
    """
    if high <= 0:
        return [0.0]
    power = 10.0 ** math.floor(math.log10(high / most))
    step = next(k * power for k in (1, 2, 5, 10) if k * power * most >= 0.999 * high)
    return [float(f"{k * step:.6g}") for k in range(math.floor(1.001 * high / step) + 1)]


def thinned(points: npt.NDArray[np.float64], columns: int) -> npt.NDArray[np.float64]:
    """Return at most two points to a column of pixels: the lowest and the highest."""
    if len(points) <= 2 * columns:
        return points
    edges = np.linspace(0, len(points), columns, endpoint=False).astype(int)
    low = np.minimum.reduceat(points[:, 1], edges)
    high = np.maximum.reduceat(points[:, 1], edges)
    return np.column_stack([np.repeat(points[edges, 0], 2), np.column_stack([low, high]).ravel()])
