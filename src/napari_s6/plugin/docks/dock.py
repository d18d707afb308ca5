"""What the session's docks have in common: binding to a session, and letting go of it in time."""

from collections.abc import Callable
from typing import Any

from psygnal import SignalInstance
from qtpy.QtCore import QEvent, QSize, Qt, QTimer
from qtpy.QtGui import QShowEvent
from qtpy.QtWidgets import (
    QDockWidget,
    QFrame,
    QMainWindow,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from napari_s6.plugin.jobs.timer import job_timer
from napari_s6.plugin.session.window import session_of

#: How much higher than their column docks may be, all together, before one becomes a tab.
TIGHT = 1.15


class SessionDock(QWidget):
    """A dock bound to its viewer's session; it holds no state of its own.

    Its content scrolls where the window is too low for it.
    """

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__()
        self.session = session_of(napari_viewer)
        self.timer = job_timer(napari_viewer)
        self._bound: list[tuple[SignalInstance, Callable[..., Any]]] = []
        self._docked = False
        self._sized = False
        self.content = QWidget()
        self.layout_ = QVBoxLayout(self.content)
        self.layout_.setContentsMargins(8, 4, 8, 4)
        self.layout_.setSpacing(6)
        area = _LowScrollArea()
        area.setWidget(self.content)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)
        # Expanding, lest napari put a stretch below; docks share the height by their hints.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)

    def bind(self, signal: SignalInstance, slot: Callable[..., Any]) -> None:
        """Connect a session's signal for as long as this dock is open, and call the slot once."""
        signal.connect(slot)
        self._bound.append((signal, slot))
        slot()

    def showEvent(self, event: QShowEvent) -> None:
        """Learn which window this is in, to close the session with it."""
        super().showEvent(event)
        self.timer.follow(self.window())
        if not self._sized:
            self._sized = True
            QTimer.singleShot(0, self._take_place)

    @property
    def room(self) -> int:
        """Height in pixels at which all of this dock can be seen."""
        return self.sizeHint().height()

    def _take_place(self) -> None:
        """Stand below the docks that are there or, where that gets too tight, beside one as a tab.

        Left alone, Qt gives the first dock everything and the others a strip, and makes the window
        higher than the screen.
        """
        window = self.window()
        if not isinstance(window, QMainWindow):
            return
        column, mine = _column(window, self)
        if mine is None:
            return
        most = TIGHT * sum(dock.height() for dock in column)
        others = [d for d in column if d is not mine and isinstance(d.widget(), SessionDock)]
        if sum(map(_room, column)) > most and others:
            # Of two alike the lower one, as it was opened later.
            partner = max(reversed(others), key=lambda dock: min(_room(dock), _room(mine)))
            window.tabifyDockWidget(partner, mine)
            mine.raise_()
            column.remove(partner)
            others.remove(partner)
        while sum(map(_room, column)) > most and len(others) > 1:
            behind = min(
                others, key=lambda dock: (len(window.tabifiedDockWidgets(dock)), -dock.y())
            )
            others.remove(behind)
            if window.tabifiedDockWidgets(behind):
                break  # Qt moves single docks only
            window.tabifyDockWidget(others[0], behind)
            others[0].raise_()
            column.remove(behind)
        _share_height(window, column)

    def event(self, event: QEvent) -> bool:
        """Notice being taken out of the window: napari's way of closing a dock."""
        if event.type() == QEvent.Type.ParentChange:
            if self.parent() is not None:
                self._docked = True
            elif self._docked:
                self.closed()
        return bool(super().event(event))

    def closed(self) -> None:
        """Let go of the session."""
        for signal, slot in self._bound:
            signal.disconnect(slot, missing_ok=True)
        self._bound.clear()


def _column(window: QMainWindow, widget: QWidget) -> tuple[list[QDockWidget], QDockWidget | None]:
    """The docks to be seen above and below a widget's, from the top down, and its own."""
    docks = [d for d in window.findChildren(QDockWidget) if d.isVisible() and not d.isFloating()]
    mine = next((d for d in docks if d.widget() is widget), None)
    if mine is None:
        return [], None
    area = window.dockWidgetArea(mine)
    # Qt moves tabs that are not in front out of the window, and calls them visible.
    column = [
        d
        for d in docks
        if window.dockWidgetArea(d) == area and (d is mine or d.x() + d.width() > 0)
    ]
    return sorted(column, key=lambda dock: dock.y()), mine


def _room(dock: QDockWidget) -> int:
    """The height a dock would like, or the highest of the tabs behind it."""
    window = dock.window()
    tabs = window.tabifiedDockWidgets(dock) if isinstance(window, QMainWindow) else []
    inner = [(one, one.widget()) for one in (dock, *tabs)]
    return max(
        i.room if isinstance(i, SessionDock) else one.sizeHint().height() for one, i in inner
    )


def _share_height(window: QMainWindow, column: list[QDockWidget]) -> None:
    """Give each dock the height it would like, or where that is too much, its share of what is."""
    heights = [dock.sizeHint().height() for dock in column]
    there = sum(dock.height() for dock in column)
    if sum(heights) > there:
        heights = [height * there // sum(heights) for height in heights]
    window.resizeDocks(column, heights, Qt.Orientation.Vertical)


class _LowScrollArea(QScrollArea):
    """A scroll area that would like the height of its content, where Qt's would like 24 lines."""

    def sizeHint(self) -> QSize:
        content = self.widget()
        if content is None:
            return super().sizeHint()
        return QSize(self.minimumSizeHint().width(), content.sizeHint().height() + 2)

    def minimumSizeHint(self) -> QSize:
        content = self.widget()
        if content is None:
            return super().minimumSizeHint()
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(content.minimumSizeHint().width() + bar, 120)
