"""What the command line tells, and how much of it: results on stdout, all else on stderr."""

import sys
import warnings
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any


class Loudness(IntEnum):
    """Say how much is told beside results and errors."""

    QUIET = 0
    USUAL = 1
    VERBOSE = 2


_loudness = Loudness.USUAL


def add_loudness(command: ArgumentParser) -> None:
    """Add ``--verbose`` and ``--quiet``, which every command has."""
    group = command.add_mutually_exclusive_group()
    for words, loudness, text in (
        (("-v", "--verbose"), Loudness.VERBOSE, "tell more on stderr, and where an error arose"),
        (("-q", "--quiet"), Loudness.QUIET, "tell nothing but results and errors"),
    ):
        group.add_argument(
            *words, action="store_const", dest="loudness", const=loudness,
            default=Loudness.USUAL, help=text,
        )  # fmt: skip


@contextmanager
def as_loud_as(loudness: Loudness) -> Iterator[None]:
    """Tell as much as is asked for while this lasts; when quiet, hold back libraries' warnings."""
    global _loudness
    before, _loudness = _loudness, loudness
    try:
        with warnings.catch_warnings():
            if loudness == Loudness.QUIET:
                warnings.simplefilter("ignore")
            yield
    finally:
        _loudness = before


def is_verbose() -> bool:
    """Return whether more is told than usual."""
    return _loudness == Loudness.VERBOSE


def say(text: str) -> None:
    """Print progress where it does not mix with results, unless all is to be quiet."""
    if _loudness >= Loudness.USUAL:
        print(text, file=sys.stderr, flush=True)


def say_more(text: str) -> None:
    """Print on stderr what is told only by ``--verbose``."""
    if is_verbose():
        print(text, file=sys.stderr, flush=True)


def narrate(text: str) -> None:
    """Print on stdout what accompanies a result there, unless all is to be quiet."""
    if _loudness >= Loudness.USUAL:
        print(text, flush=True)


def complain(text: str) -> None:
    """Print an error, however quiet the rest is."""
    print(f"napari-s6: {text}", file=sys.stderr, flush=True)


def progress_bar(**how: Any) -> Any:
    """Return tqdm's bar, which draws itself on a terminal unless all is to be quiet."""
    from tqdm import tqdm

    return tqdm(**how, disable=True if _loudness == Loudness.QUIET else None)
