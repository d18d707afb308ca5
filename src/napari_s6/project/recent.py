"""Which projects were used last, and the folder of those that have no name yet."""

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import platformdirs

from napari_s6.errors import InputError
from napari_s6.project.fingerprint import Fingerprint
from napari_s6.project.folder import Project
from napari_s6.project.moments import when
from napari_s6.project.state import ProjectState
from napari_s6.project.store import STATE_FILE, SUFFIX
from napari_s6.survey.atomic import atomic_path

_MOST = 20


def projects_folder() -> Path:
    """Return the folder of untitled projects, ``$NAPARI_S6_PROJECTS`` or one of the user's data."""
    named = os.environ.get("NAPARI_S6_PROJECTS")
    return Path(named) if named else platformdirs.user_data_path("napari-s6") / "projects"


def new_untitled(folder: Path | None = None, now: datetime | None = None) -> Project:
    """Make a project that has no name yet, and open it."""
    parent = folder or projects_folder()
    parent.mkdir(parents=True, exist_ok=True)
    stem = f"Untitled {now or datetime.now():%Y-%m-%d %H.%M.%S}"
    path, number = parent / f"{stem}{SUFFIX}", 2
    while path.exists():
        path, number = parent / f"{stem} {number}{SUFFIX}", number + 1
    return Project.create(path)


@dataclass(frozen=True)
class RecentProject:
    """A project that can be gone on with, as it was saved last."""

    folder: Path
    state: ProjectState

    @property
    def untitled(self) -> bool:
        """Whether it has no name of the user's."""
        return self.folder.parent == projects_folder()

    def uses(self, fingerprint: Fingerprint) -> bool:
        """Whether a survey of this fingerprint is in it."""
        return any(one.fingerprint == fingerprint for one in self.state.surveys)

    def describe(self, now: datetime | None = None) -> str:
        """Return what one would go on with: "north (f3.sgy, 2 of 4 inlines), yesterday 17:40"."""
        surveys = [one.name for one in self.state.surveys]
        paint = [one.summary for one in self.state.present_labels if one.summary]
        within = ", ".join([*surveys, *paint]) or "empty"
        return f"{self.state.name} ({within}), {when(self.state.saved_at, now)}"


def recent_projects(folder: Path | None = None) -> list[RecentProject]:
    """Return the projects used last that can still be opened, the newest first.

    Untitled ones are always among them.
    """
    parent = folder or projects_folder()
    listed = [Path(name) for name in _listed(parent)]
    found = []
    for path in dict.fromkeys([*listed, *parent.glob(f"*{SUFFIX}")]):
        try:
            text = (path / STATE_FILE).read_text(encoding="utf-8")
            found.append(RecentProject(path, ProjectState.from_json(text, path / STATE_FILE)))
        except (OSError, UnicodeDecodeError, InputError):
            continue  # removed, on a disk that is not there, or of a newer version
    return sorted(found, key=lambda one: -one.state.saved_at)


def remember_project(project: Project, folder: Path | None = None) -> None:
    """Note that a project was used."""
    parent = folder or projects_folder()
    parent.mkdir(parents=True, exist_ok=True)
    names = list(dict.fromkeys([str(project.folder), *_listed(parent)]))[:_MOST]
    with atomic_path(parent / "recent.json", overwrite=True) as temporary:
        temporary.write_text(json.dumps(names, indent=1), encoding="utf-8")


def _listed(parent: Path) -> list[str]:
    try:
        found = json.loads((parent / "recent.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []
