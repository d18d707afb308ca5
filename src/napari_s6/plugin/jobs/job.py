"""A job in a thread of its own, heard through a queue of its own."""

import gc
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any

from napari_s6.learn.control import Token
from napari_s6.learn.events import Failed

#: How far a computing thread steps back behind the window (Linux; see ``setpriority``).
NICENESS = 10


class JobStopped(Exception):
    """Ends a job that tells how far it is after it was asked to stop; never shown to anybody.

    Not a RuntimeError, which libraries catch.
    """


class JobToken(Token):
    """A token through which a job also tells how far it is.

    Attributes
    ----------
    share
        How much of the work is done, 0 to 1; 0 as long as nothing is told.
    """

    def __init__(self) -> None:
        super().__init__()
        self.share = 0.0
        self._began = time.monotonic()

    def progress(self, share: float) -> None:
        """Tell the share done, from the job's thread.

        Raises
        ------
        JobStopped
            If the job was asked to stop.
        """
        if self.cancelled:
            raise JobStopped
        self.share = share  # a number; the window looks at it when it has the time

    @property
    def remaining(self) -> float | None:
        """Seconds left if the work goes on as it did so far; None before there is a share."""
        if self.share <= 0:
            return None
        return (time.monotonic() - self._began) * (1 - self.share) / self.share


Work = Callable[[JobToken], Iterator[Any]]


class Job:
    """Run a generator in a background thread and keep what it yields until somebody asks.

    Nothing here calls back: the window asks for news with `drain` when it has the time, so a
    window that is gone is never called and two runs never share a channel. Whatever the generator
    raises becomes a `Failed` event, ``RuntimeError`` and out-of-memory included; a `JobStopped`
    only ends it.

    Jobs are started by a `napari_s6.plugin.jobs.runner.JobRunner` alone.

    Parameters
    ----------
    work
        Called in the thread with the token; what it returns is iterated to its end. It ends early
        by itself when the token is cancelled.

    Attributes
    ----------
    token
        Stops, pauses and redirects the job, and says how far it is.
    failed
        Whether a `Failed` was among what `drain` returned.
    """

    def __init__(self, work: Work, name: str) -> None:
        self.token = JobToken()
        self.name = name
        self.failed = False
        self._work = work
        self._news: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"napari-s6 {name}")
        self._thread.start()

    @property
    def thread_id(self) -> int | None:
        """Identifier of the job's thread (see ``threading.get_ident``)."""
        return self._thread.ident

    @property
    def alive(self) -> bool:
        """Whether the thread still runs."""
        return self._thread.is_alive()

    def drain(self) -> list[Any]:
        """Return what was yielded since the last call, oldest first, without waiting."""
        news = []
        while not self._news.empty():
            news.append(self._news.get_nowait())
        self.failed = self.failed or any(isinstance(event, Failed) for event in news)
        return news

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the thread, and say whether it has ended."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def end(self, timeout: float | None = None) -> bool:
        """Cancel, wait for the thread, and say whether it has ended."""
        self.token.cancel()
        return self.wait(timeout)

    def _run(self) -> None:
        step_back()
        try:
            for event in self._work(self.token):
                self._news.put(event)
        except JobStopped:
            pass  # whoever asked for it knows
        except BaseException as error:  # told as an event: a thread has nobody to raise to
            message = str(error) or type(error).__name__
            self._news.put(Failed(message, traceback.format_exc()))
            # The frames hold the network and its gradients; let go of them with the error.
            error.__traceback__ = None
        finally:
            del self._work
            _give_memory_back()


def step_back() -> None:
    """Give the window's thread precedence over this one, and over the threads it starts."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def _give_memory_back() -> None:
    """Return cached device memory.

    Only where there is a device: a full collection holds up all threads, the window's too.
    """
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    if cuda is not None and cuda.is_available() and cuda.is_initialized():
        gc.collect()
        cuda.empty_cache()
