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

from napari_s6.plugin.window import pulse_of


class SessionDock(QWidget):
    """A dock bound to its viewer's session; it holds no state of its own.

    Its content scrolls where the window is too low for it.
    """

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__()
        self._pulse = pulse_of(napari_viewer)
        self.session = self._pulse.session
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
        self._pulse.follow(self.window())
        if not self._sized:
            self._sized = True
            QTimer.singleShot(0, self._share_height)

    def _share_height(self) -> None:
        """Give each of the docks above and below this one the height it would like.

        Left alone, Qt gives the first one everything and the others a strip. Where there is not
        enough for all, the highest one scrolls.
        """
        window = self.window()
        if not isinstance(window, QMainWindow):
            return
        docks = [
            d for d in window.findChildren(QDockWidget) if d.isVisible() and not d.isFloating()
        ]
        mine = next((d for d in docks if d.widget() is self), None)
        if mine is None:
            return
        area = window.dockWidgetArea(mine)
        column = [d for d in docks if window.dockWidgetArea(d) == area]
        heights = [d.sizeHint().height() for d in column]
        missing = sum(heights) - sum(d.height() for d in column)
        if missing > 0:
            heights[heights.index(max(heights))] -= missing
        window.resizeDocks(column, heights, Qt.Orientation.Vertical)

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
