"""A job in a thread of its own, heard through a queue of its own."""

import gc
import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from typing import Any

from napari_s6.learn.control import Token
from napari_s6.learn.events import Failed

#: How far a computing thread steps back behind the window (Linux; see ``setpriority``).
NICENESS = 10


class Job:
    """Runs a generator in a background thread and keeps what it yields until somebody asks.

    Nothing here calls back: the window asks for news with `drain` when it has the time, so a
    window that is gone is never called and two runs never share a channel. Whatever the generator
    raises becomes a `Failed` event, ``RuntimeError`` and out-of-memory included.

    Parameters
    ----------
    work
        Called in the thread with the token; what it returns is iterated to its end. It ends early
        by itself when the token is cancelled.

    Attributes
    ----------
    token
        Stops, pauses and redirects the job.
    failed
        For whoever hears the job to note that it told of a failure.
    """

    def __init__(self, work: Callable[[Token], Iterator[Any]], name: str) -> None:
        self.token = Token()
        self._work = work
        self._news: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"napari-s6 {name}")
        self.failed = False

    def start(self) -> "Job":
        """Start the thread."""
        self._thread.start()
        return self

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
        while True:
            try:
                news.append(self._news.get_nowait())
            except queue.Empty:
                return news

    def end(self, timeout: float | None = None) -> bool:
        """Cancel, wait for the thread, and say whether it has ended."""
        self.token.cancel()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        step_back()
        try:
            for event in self._work(self.token):
                self._news.put(event)
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
