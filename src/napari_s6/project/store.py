"""A project's folder as a place to keep things whole, whatever they are.

A change goes in three steps: new files are written under names that nobody knows yet, the state
file is replaced by one that names them, and files that no state names any more are removed. Ended
at any point, the folder holds the state before the change or the one after it.
"""

import os
import shutil
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from napari_s6.errors import InputError
from napari_s6.project.lock import ProjectLock
from napari_s6.project.state import ProjectState
from napari_s6.survey.atomic import atomic_path

SUFFIX = ".s6"
STATE_FILE = "project.json"
#: Folders in which only what the state names may lie; models are trained in place.
_SWEPT = ("surveys", "labels", "horizons", "predictions")


class ReadOnlyError(InputError):
    """The project is open elsewhere, or its folder cannot be written."""


class ProjectStore:
    """Hold a project's state and files, and change from one whole state to the next.

    Parameters
    ----------
    folder
        An existing project's folder; `create` makes a new one.
    write
        Whether to ask for the right to write.

    Attributes
    ----------
    state
        What it holds now; every method that changes it has written it when it returns.

    Raises
    ------
    InputError
        If the folder holds no project, or one of a newer version.
    """

    def __init__(self, folder: str | os.PathLike[str], *, write: bool = True) -> None:
        self.folder = Path(folder).expanduser().absolute()
        self._changing = threading.RLock()
        self._lock = ProjectLock(self.folder)
        if not self.state_path.is_file():
            raise InputError(
                f"{self.folder}: holds no project (no {STATE_FILE}); choose a folder NAME{SUFFIX}"
            )
        self.state = self._read()
        self.read_only = not (write and self._lock.acquire())
        if not self.read_only:
            self.state = self._read()  # it may have changed while the lock was waited for
            self._remove_unnamed()

    @classmethod
    def create(cls, folder: str | os.PathLike[str]) -> Self:
        """Make the folder of a new project, and open it.

        Raises
        ------
        InputError
            If something is in the way, or it cannot be written.
        """
        path = Path(folder).expanduser().absolute()
        if path.suffix != SUFFIX:
            path = path.with_name(path.name + SUFFIX)
        with atomic_path(path) as temporary:
            temporary.mkdir()
            state = ProjectState(name=path.stem, saved_at=time.time())
            (temporary / STATE_FILE).write_text(state.as_json(), encoding="utf-8")
        return cls(path)

    @property
    def state_path(self) -> Path:
        """The file of the state."""
        return self.folder / STATE_FILE

    @property
    def owner(self) -> str:
        """Who has a project that is open for reading only."""
        return self._lock.owner()

    def close(self) -> None:
        """Let others write; nothing is left to be saved."""
        self._lock.release()
        self.read_only = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self) -> ProjectState:
        try:
            text = self.state_path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{self.state_path}: cannot be read ({error})") from error
        return ProjectState.from_json(text, self.state_path)

    def put(self, kind: str, entry: Any) -> None:
        """Hold an entry, a new one or instead of the former one of its id."""
        self.commit(lambda state: state.with_entry(kind, entry))

    def commit(self, change: Callable[[ProjectState], ProjectState]) -> None:
        """Change over to another state; several threads may, one after the other."""
        with self._changing:
            self._change_over(change(self.state))

    def _change_over(self, state: ProjectState) -> None:
        self.need_writing()
        state = state.model_copy(update={"saved_at": time.time()})
        with (
            atomic_path(self.state_path, overwrite=True) as temporary,
            open(temporary, "w", encoding="utf-8") as file,
        ):
            file.write(state.as_json())
            file.flush()
            os.fsync(file.fileno())
        before, self.state = self.state, state
        for name in set(before.files()) - set(state.files()):
            _remove(self.folder / name)

    def new_file(self, kind: str, suffix: str, write: Callable[[Path], None]) -> str:
        """Write a file that no state names yet, and return its name.

        Raises
        ------
        InputError
            If it cannot be written; nothing is left then.
        """
        self.need_writing()
        path = self.folder / kind / f"{uuid.uuid4().hex}{suffix}"
        path.parent.mkdir(exist_ok=True)
        try:
            write(path)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise InputError(
                f"{path}: cannot be written ({error.strerror}); free some space, or save the "
                "project elsewhere"
            ) from error
        return f"{kind}/{path.name}"

    def free_path(self, kind: str, name: str) -> Path:
        """Return a path, not taken yet, for what the state does not name before it is whole."""
        self.need_writing()
        plain = "".join(c if c.isalnum() or c in " .-_+" else "_" for c in name).strip(". ")
        path = self.folder / kind / (plain or kind)
        path.parent.mkdir(exist_ok=True)
        number = 2
        while path.exists():
            path = path.with_name(f"{Path(plain).stem} {number}{Path(plain).suffix}")
            number += 1
        return path

    def has(self, kind: str, id: str) -> bool:
        """Return whether there is an entry of a kind with this id."""
        return self.state.entry(kind, id) is not None

    def need(self, kind: str, id: str) -> Any:
        """Return the entry of a kind with this id.

        Raises
        ------
        InputError
            If there is none.
        """
        entry = self.state.entry(kind, id)
        if entry is None:
            raise InputError(f"{self.folder}: has no {kind} {id!r}")
        return entry

    def need_writing(self) -> None:
        """Raise `ReadOnlyError` if the project may not be changed."""
        if self.read_only:
            raise ReadOnlyError(
                f"{self.folder}: is open for reading only, for {self.owner} has it; save it under "
                "another name to change it"
            )

    def _remove_unnamed(self) -> None:
        """Remove files of changes that were never completed; models may be those of a crash."""
        named = set(self.state.files())
        for kind in _SWEPT:
            for path in (self.folder / kind).glob("*"):
                if f"{kind}/{path.name}" not in named:
                    _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
