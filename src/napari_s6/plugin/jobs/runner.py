"""The one place that starts the window's jobs, hears what they tell, and ends them."""

import logging
from collections.abc import Callable
from typing import Any

from psygnal import Signal

from napari_s6.learn.events import Failed
from napari_s6.plugin.jobs.job import Job, Work

_log = logging.getLogger(__name__)


class JobRunner:
    """Start jobs, each in a thread of its own, and pass on what they yield when polled.

    A viewer has one, which a timer polls (see `napari_s6.plugin.jobs.timer`); a script polls by
    itself. Everything here runs in the thread that polls, the window's: that is where ``hear`` and
    ``ended`` are called.

    Signals
    -------
    changed
        A job was started or has ended.
    polled
        Jobs that run were listened to; they may have told how far they are.
    """

    changed = Signal()
    polled = Signal()

    def __init__(self) -> None:
        self._jobs: dict[Job, tuple[Callable[[Any], None], Callable[[], None]]] = {}

    @property
    def busy(self) -> bool:
        """Whether a job runs, or has ended without having been heard to its end."""
        return bool(self._jobs)

    def start(
        self,
        work: Work,
        name: str,
        *,
        hear: Callable[[Any], None] | None = None,
        ended: Callable[[], None] | None = None,
    ) -> Job:
        """Start a job.

        Parameters
        ----------
        work
            Called in the job's thread with its token; returns an iterator of small values.
        name
            Of the thread, after "napari-s6".
        hear
            Given each value that the job yields, in order, and a `Failed` if it raises. Without
            it a failure is logged.
        ended
            Called once, after the last value.
        """
        job = Job(work, name)
        self._jobs[job] = (hear or _log_failure, ended or _nothing)
        self.changed.emit()
        return job

    def poll(self) -> None:
        """Hear every job; called many times a second."""
        for job in tuple(self._jobs):
            over = not job.alive  # asked before listening, so that the last words are heard
            for event in job.drain():
                if job in self._jobs:
                    self._jobs[job][0](event)
            if over and job in self._jobs:
                _, ended = self._jobs.pop(job)
                ended()
                self.changed.emit()
        if self._jobs:
            self.polled.emit()

    def abandon(self, job: Job) -> None:
        """Cancel a job and hear nothing more of it; its thread ends by itself."""
        job.token.cancel()
        if self._jobs.pop(job, None) is not None:
            self.changed.emit()

    def end(self, job: Job, timeout: float) -> None:
        """Cancel a job, hear nothing more of it, and wait for its thread."""
        self.abandon(job)
        if not job.wait(timeout):
            _log.warning("the job %r did not end within %g s", job.name, timeout)

    def close(self, timeout: float = 30.0) -> None:
        """End all jobs and wait for their threads."""
        jobs = tuple(self._jobs)
        for job in jobs:
            self.abandon(job)
        for job in jobs:
            self.end(job, timeout)


def _log_failure(event: Any) -> None:
    if isinstance(event, Failed):
        _log.error("a job failed: %s\n%s", event.message, event.traceback)


def _nothing() -> None:
    pass
