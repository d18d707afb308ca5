"""The timer that polls a viewer's jobs, and ends them when its window closes."""

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from qtpy.QtCore import QEvent, QObject, QTimer
from qtpy.QtWidgets import QApplication, QWidget

from napari_s6.plugin.jobs.runner import JobRunner

#: Milliseconds between two polls: while a job runs, and while none does.
BUSY, CALM = 60, 200

_timers: "WeakKeyDictionary[Any, JobTimer]" = WeakKeyDictionary()


def job_timer(viewer: Any) -> "JobTimer":
    """Return the timer of a viewer's jobs; the first call makes and starts it."""
    viewer = getattr(viewer, "__wrapped__", viewer)  # docks are handed a proxy
    timer = _timers.get(viewer)
    if timer is None or timer.ended:
        timer = _timers[viewer] = JobTimer()
    return timer


class JobTimer(QObject):
    """Polls a viewer's jobs from the GUI thread, and ends them with its window.

    Polling instead of signals from the jobs' threads means that nothing is ever delivered to a
    window that is gone.

    Attributes
    ----------
    runner
        Starts the viewer's jobs.
    ended
        Whether the window has closed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.runner = JobRunner()
        self.ended = False
        self._poll: Callable[[], None] = self.runner.poll
        self._close: Callable[[], None] = self.runner.close
        self._window: QWidget | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)
        self._timer.start(CALM)
        self.runner.changed.connect(self._set_pace)
        app = QApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(self.end)

    def serve(self, poll: Callable[[], None], close: Callable[[], None]) -> None:
        """Call these in place of the runner's, whose poll and close they call in their turn."""
        self._poll, self._close = poll, close

    def follow(self, window: QWidget) -> None:
        """End when this window has closed."""
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
        """Stop polling; the jobs are stopped and waited for."""
        if self.ended:
            return
        self.ended = True
        self._timer.stop()
        if self._window is not None:
            self._window.removeEventFilter(self)
            self._window = None
        self._close()

    def _tick(self) -> None:
        self._poll()

    def _end_if_closed(self) -> None:
        if self._window is not None and not self._window.isVisible():
            self.end()

    def _set_pace(self) -> None:
        pace = BUSY if self.runner.busy else CALM
        if self._timer.isActive() and self._timer.interval() != pace:
            self._timer.setInterval(pace)
