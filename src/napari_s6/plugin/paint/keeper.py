"""Paint goes into a project from the first stroke on, and is there again the next day."""

import threading
from pathlib import Path

import xarray as xr
from psygnal import Signal

from napari_s6.facies.painted import PaintedTraces
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.project.folder import Project
from napari_s6.project.recent import new_untitled, remember_project
from napari_s6.project.state import LabelsEntry
from napari_s6.project.surveys import note_volume

#: Seconds between two writings of paint that changed.
INTERVAL = 20.0


class ProjectKeeper:
    """Hold the project that a window works in; the first stroke begins an untitled one.

    Parameters
    ----------
    folder
        Of untitled projects; None for the usual place.

    Signals
    -------
    changed
        Another project is worked in. Sent by whichever thread began it.
    """

    changed = Signal()

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.project: Project | None = None
        self._beginning = threading.RLock()

    def need_project(self) -> Project:
        """Return a project that can be written, an untitled one if there is none yet.

        What is changed in a project that another window holds goes into an untitled copy of it.

        Raises
        ------
        InputError
            If none can be made.
        """
        with self._beginning:
            if self.project is not None and not self.project.read_only:
                return self.project
            begun = new_untitled(self.folder)
            if self.project is not None:
                begun.take_over(self.project)
            self.work_in(begun)
            return begun

    def work_in(self, project: Project | None) -> None:
        """Work in another project; the one before is let go."""
        with self._beginning:
            before, self.project = self.project, project
        if before is not None and before is not project:
            before.close()
        if project is not None and not project.read_only:
            remember_project(project, self.folder)
        self.changed.emit()

    def keep(
        self,
        painted: PaintedTraces,
        volume: xr.DataArray,
        *,
        name: str,
        scheme: FaciesScheme,
        summary: str,
        id: str,
    ) -> LabelsEntry:
        """Write a layer's paint; for any thread.

        Parameters
        ----------
        id
            Of its entry in the project, which is made the first time.

        Raises
        ------
        InputError
            If it cannot be written.
        """
        project = self.need_project()
        survey = note_volume(project, volume)
        return project.save_labels(
            painted, survey=survey.id, name=name, scheme=scheme, summary=summary, id=id
        )

    def close(self) -> None:
        """Let the project go; everything has been written."""
        if self.project is not None:
            self.project.close()
