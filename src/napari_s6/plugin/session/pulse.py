"""A session in a window: its pulse, and its end when the window closes."""

from typing import Any
from weakref import WeakKeyDictionary

from qtpy.QtCore import QEvent, QObject, QTimer
from qtpy.QtWidgets import QApplication, QWidget

from napari_s6.plugin.session.session import Session

#: Milliseconds between two looks at the jobs: while one runs, and while none does.
BUSY, CALM = 60, 200

_pulses: "WeakKeyDictionary[Any, Pulse]" = WeakKeyDictionary()


def session_of(viewer: Any) -> Session:
    """Return the viewer's session; the first call makes it and starts its pulse."""
    return pulse_of(viewer).session


def pulse_of(viewer: Any) -> "Pulse":
    """Return the pulse of a viewer's session, made at the first call."""
    viewer = getattr(viewer, "__wrapped__", viewer)  # docks are handed a proxy
    pulse = _pulses.get(viewer)
    if pulse is None or pulse.session.closed:
        pulse = _pulses[viewer] = Pulse(Session(viewer))
    return pulse


class Pulse(QObject):
    """Polls a session from the GUI thread, and closes it with its window.

    Polling instead of signals from the jobs' threads means that nothing is ever delivered to a
    window that is gone.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._window: QWidget | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(session.poll)
        self._timer.start(CALM)
        session.changed.connect(self._set_pace)
        app = QApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(self.end)

    def follow(self, window: QWidget) -> None:
        """Close the session when this window has closed."""
        if self._window is None and window.isWindow():
            self._window = window
            window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice that the window is about to close; it may still decide not to."""
        if event.type() == QEvent.Type.Close:
            QTimer.singleShot(0, self._end_if_closed)
        elif event.type() == QEvent.Type.DeferredDelete:
            self.end()
        return False

    def end(self) -> None:
        """Stop polling and close the session: its job is stopped and waited for."""
        self._timer.stop()
        if self._window is not None:
            self._window.removeEventFilter(self)
            self._window = None
        self.session.close()
        _pulses.pop(self.session.viewer, None)

    def _end_if_closed(self) -> None:
        if self._window is not None and not self._window.isVisible():
            self.end()

    def _set_pace(self) -> None:
        pace = BUSY if self.session.busy else CALM
        if self._timer.isActive() and self._timer.interval() != pace:
            self._timer.setInterval(pace)
