"""How another thread stops, pauses or redirects a running job."""

import threading

from napari_s6.survey.volume import Orientation


class Token:
    """Polled by a job between any two micro-batches; set from any thread.

    The job never raises to stop: it sees ``cancelled`` and returns normally.
    """

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._running = threading.Event()
        self._running.set()
        self._view: tuple[Orientation, int] | None = None

    @property
    def cancelled(self) -> bool:
        """Whether the job was asked to stop, or the program is ending."""
        return self._cancelled.is_set() or not threading.main_thread().is_alive()

    @property
    def paused(self) -> bool:
        """Whether the job was asked to wait."""
        return not self._running.is_set()

    def cancel(self) -> None:
        """Ask the job to stop; a paused job wakes up to do so."""
        self._cancelled.set()
        self._running.set()

    def pause(self) -> None:
        """Ask the job to wait."""
        self._running.clear()

    def resume(self) -> None:
        """Let a waiting job go on."""
        self._running.set()

    def wait_while_paused(self) -> None:
        """Block the job's thread until it may go on (or is cancelled)."""
        while not self._running.wait(0.5) and not self.cancelled:
            pass

    @property
    def view(self) -> tuple[Orientation, int] | None:
        """The section in view, as (orientation, index along it), or None."""
        return self._view

    @view.setter
    def view(self, view: tuple[Orientation, int] | None) -> None:
        self._view = view
