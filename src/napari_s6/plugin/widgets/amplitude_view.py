"""The amplitudes of a survey at a glance: a histogram, and percentiles in figures."""

from dataclasses import dataclass

import numpy as np
from qtpy.QtCore import QPointF, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPalette, QPen
from qtpy.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from napari_s6.formats.info import SurveyInfo

BARS, MARKS = "#56b4e9", "#e69f00"
_WORDS = {
    "p0": "least",
    "p1": "P1",
    "p50": "P50",
    "p99": "P99",
    "p100": "greatest",
    "mean": "mean",
    "rms": "RMS",
}
_MARKED = ("p1", "p99")
_TICKS = 7
_TICK = 4.0


@dataclass(frozen=True, eq=False)
class Bars:
    """Counts over amplitudes: the middle of each bar, how wide bars are, how high each is."""

    centres: np.ndarray
    width: float
    counts: np.ndarray

    @staticmethod
    def of(info: SurveyInfo) -> "Bars":
        """The histogram of a survey, or how often each value occurs where these are few."""
        if info.values:
            values = np.array([int(v) for v in info.values], float)
            return Bars(values, 0.8, np.array(list(info.values.values()), float))
        edges = np.asarray(info.histogram_edges, float)
        width = float(edges[1] - edges[0]) if len(edges) > 1 else 1.0
        return Bars((edges[1:] + edges[:-1]) / 2, width, np.asarray(info.histogram, float))

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest bar's left and the highest one's right edge."""
        half = self.width / 2
        return float(self.centres.min() - half), float(self.centres.max() + half)


class Histogram(QWidget):
    """Bars over amplitudes, with some amplitudes marked by name."""

    def __init__(self) -> None:
        super().__init__()
        self.bars: Bars | None = None
        self._marks: dict[str, float] = {}
        self.setMinimumHeight(140)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        """Enough to see a shape."""
        return QSize(280, 180)

    def show_bars(self, bars: Bars, marks: dict[str, float]) -> None:
        """Show these bars, and marks at amplitudes by their names."""
        self.bars, self._marks = (bars if len(bars.counts) else None), marks
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw bars, marks and a scale."""
        if self.bars is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = QFontMetricsF(self.font())
        margin = metrics.horizontalAdvance("00")
        floor = self.height() - metrics.height() - 2 * _TICK
        frame = QRectF(margin, metrics.height(), self.width() - 2 * margin, floor)
        frame.setBottom(floor)
        self._draw_bars(painter, frame, self.bars)
        self._draw_scale(painter, frame, self.bars)
        for word, amplitude in self._marks.items():
            x = _x_of(amplitude, frame, self.bars)
            painter.setPen(QPen(QColor(MARKS), 1.2))
            painter.drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()))
            _write(painter, metrics, x, 0.0, word, frame)
        painter.end()

    def _draw_bars(self, painter: QPainter, frame: QRectF, bars: Bars) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(BARS))
        half, highest = bars.width / 2, float(bars.counts.max()) or 1.0
        for centre, count in zip(bars.centres.tolist(), bars.counts.tolist(), strict=True):
            left, right = (_x_of(centre + side * half, frame, bars) for side in (-1, 1))
            high = count / highest * frame.height()
            painter.drawRect(QRectF(left, frame.bottom() - high, right - left, high))

    def _draw_scale(self, painter: QPainter, frame: QRectF, bars: Bars) -> None:
        ink = QColor(self.palette().color(QPalette.ColorRole.WindowText))
        painter.setPen(QPen(ink, 1))
        metrics = QFontMetricsF(self.font())
        painter.drawLine(frame.bottomLeft(), frame.bottomRight())
        for tick in round_numbers(*bars.ends):
            x = _x_of(tick, frame, bars)
            painter.drawLine(QPointF(x, frame.bottom()), QPointF(x, frame.bottom() + _TICK))
            _write(painter, metrics, x, frame.bottom() + 1.5 * _TICK, short(tick), frame)


class AmplitudeView(QWidget):
    """A histogram of up to a thousand traces, with the 1st and 99th percentile marked."""

    def __init__(self) -> None:
        super().__init__()
        self.histogram = Histogram()
        self.figures = QLabel()
        self.figures.setTextFormat(Qt.TextFormat.RichText)
        self.figures.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.figures.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addWidget(self.histogram, 1)
        layout.addWidget(self.figures)

    def show_amplitudes(self, info: SurveyInfo) -> None:
        """Show a survey's amplitudes, or how often each value occurs where there are few."""
        there = {} if info.values else info.amplitudes
        marks = {_WORDS[name]: there[name] for name in _MARKED if name in there}
        self.histogram.show_bars(Bars.of(info), marks)
        self.figures.setText(_figures(info))


def round_numbers(low: float, high: float) -> list[float]:
    """A few round numbers from ``low`` to ``high``."""
    rough = (high - low) / _TICKS
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(power * k for k in (1, 2, 5, 10) if power * k >= 0.999 * rough)
    return [float(k * step) for k in range(int(np.ceil(low / step)), int(high // step) + 1)]


def short(amplitude: float) -> str:
    """An amplitude in as many figures as tell it from others."""
    if 1000 <= abs(amplitude) < 1e7:
        return f"{amplitude:,.0f}"
    return f"{amplitude:.3g}"


def _x_of(amplitude: float, frame: QRectF, bars: Bars) -> float:
    low, high = bars.ends
    return float(frame.left() + (amplitude - low) / (high - low) * frame.width())


def _write(
    painter: QPainter, metrics: QFontMetricsF, x: float, top: float, text: str, frame: QRectF
) -> None:
    """Write a word centred at ``x``, pushed inwards at the ends."""
    half = metrics.horizontalAdvance(text) / 2 + 1
    middle = min(max(x, frame.left() + half - 8), frame.right() - half + 8)
    box = QRectF(middle - half, top, 2 * half, metrics.height())
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def _figures(info: SurveyInfo) -> str:
    if not info.amplitudes:
        return "There is no trace with data among those looked at."
    names = [name for name in _WORDS if name in info.amplitudes]
    titles = "".join(f"<td align='right' style='color: gray'>{_WORDS[n]}</td>" for n in names)
    values = "".join(f"<td align='right'>{short(info.amplitudes[n])}</td>" for n in names)
    table = f"<table width='100%' cellpadding='1'><tr>{titles}</tr><tr>{values}</tr></table>"
    return f"{table}From at most 1,000 traces spread evenly over the survey."
