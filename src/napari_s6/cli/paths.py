"""Paths as they are typed. ``pathlib`` loads slowly, so only what a command does needs it."""

from typing import TYPE_CHECKING

from napari_s6.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def typed_path(text: str) -> "Path":
    """Return a path as a user types it, ``~`` for the home folder included."""
    from pathlib import Path

    return Path(text).expanduser()


def existing_path(text: str) -> "Path":
    """Return the absolute path of a file or folder that is there.

    Raises
    ------
    InputError
        If it is not.
    """
    found = typed_path(text).absolute()
    if not found.exists():
        raise InputError(f"{text}: no such file or folder; check the path")
    return found
