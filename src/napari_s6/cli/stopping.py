"""The wish to stop: Ctrl-C asks work to end in order, and once more breaks it off."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from napari_s6.cli.messages import progress_bar, say

if TYPE_CHECKING:
    from napari_s6.learn.control import Token
    from napari_s6.survey.record import Progress


@contextmanager
def stoppable() -> Iterator["Token"]:
    """Give a token that the first Ctrl-C cancels; a second one interrupts at once."""
    from napari_s6.learn.control import Token

    token = Token()

    def stop(*_: object) -> None:
        say("stopping after this step; press Ctrl-C again to break off")
        token.cancel()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield token
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def reporting(what: str, token: "Token") -> Iterator["Progress"]:
    """Give a function to tell the share done to, shown as a bar; it ends the work on Ctrl-C."""
    with progress_bar(total=100, unit="%", desc=what) as bar:

        def progress(share: float) -> None:
            bar.update(round(100 * share) - bar.n)
            if token.cancelled:
                raise KeyboardInterrupt

        yield progress
