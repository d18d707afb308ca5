"""napari's way to a project: the folder dropped on the window, or `napari NAME.s6`."""

from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from napari_s6.project.contents import is_project

_Paths = str | PathLike[str] | Sequence[str | PathLike[str]]


def get_project_reader(path: _Paths) -> Callable[[_Paths], list[Any]] | None:
    """Return what opens a project's folder, None for anything else."""
    one = _single(path)
    return open_in_window if one is not None and is_project(one) else None


def open_in_window(path: _Paths) -> list[Any]:
    """Open a project in the current viewer, whose layers come by themselves.

    Raises
    ------
    InputError
        If it cannot be opened.
    """
    from napari import current_viewer

    from napari_s6.plugin.session.window import session_of

    one, viewer = _single(path), current_viewer()
    if one is not None and viewer is not None:
        session_of(viewer).desk.open(one)
    return [(None,)]  # napari's word for: nothing to add, and no error


def _single(path: _Paths) -> Path | None:
    paths = [path] if isinstance(path, str | PathLike) else list(path)
    return Path(paths[0]).expanduser() if len(paths) == 1 else None
