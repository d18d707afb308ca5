"""Who may write into a project: one program at a time; the next one reads."""

import json
import os
import socket
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from napari_s6.survey.atomic import atomic_path


class ProjectLock:
    """Hold a project's folder for writing, until it is released or the process ends.

    The system lets go of the lock when a process dies in whatever way.
    """

    def __init__(self, folder: Path) -> None:
        self._lock = FileLock(folder / ".lock", timeout=0)
        self._owner = folder / ".owner.json"

    def acquire(self) -> bool:
        """Take the lock, if nobody has it and the folder can be written."""
        try:
            self._lock.acquire()
        except (Timeout, OSError):
            return False
        owner = {
            "process": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now().isoformat(sep=" ", timespec="minutes"),
        }
        with atomic_path(self._owner, overwrite=True) as temporary:
            temporary.write_text(json.dumps(owner), encoding="utf-8")
        return True

    def release(self) -> None:
        """Let go."""
        if self._lock.is_locked:
            self._owner.unlink(missing_ok=True)
            self._lock.release()

    def owner(self) -> str:
        """Return who has it: "process 4711 on alpha since 2026-03-01 17:40"."""
        try:
            found = json.loads(self._owner.read_text(encoding="utf-8"))
            return f"process {found['process']} on {found['host']} since {found['since']}"
        except (OSError, ValueError, KeyError, TypeError):
            return "another program, or the folder cannot be written"
