"""The session of a viewer with a window: polled by its timer, and closed with it."""

from typing import Any
from weakref import WeakKeyDictionary

from napari_s6.plugin.jobs.timer import job_timer
from napari_s6.plugin.session.session import Session

_sessions: "WeakKeyDictionary[Any, Session]" = WeakKeyDictionary()


def session_of(viewer: Any) -> Session:
    """Return the viewer's session; the first call makes it and has it polled."""
    viewer = getattr(viewer, "__wrapped__", viewer)  # docks are handed a proxy
    session = _sessions.get(viewer)
    if session is None or session.closed:
        timer = job_timer(viewer)
        session = _sessions[viewer] = Session(viewer, runner=timer.runner)
        timer.serve(session.poll, lambda: _close(session))
    return session


def _close(session: Session) -> None:
    session.close()
    _sessions.pop(session.viewer, None)  # it holds the viewer, which could never go
