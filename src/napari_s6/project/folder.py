"""A project as a folder ``NAME.s6``: label layers, horizons, models and predictions kept in it."""

import os
import shutil
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from napari_s6.facies.painted import PaintedTraces
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.project.arrays import (
    paint_digest,
    read_horizon,
    read_painted,
    write_horizon,
    write_painted,
)
from napari_s6.project.state import (
    Action,
    HorizonEntry,
    LabelsEntry,
    ModelEntry,
    PredictionEntry,
    ProjectState,
    SurveyEntry,
)
from napari_s6.project.store import STATE_FILE, SUFFIX, ProjectStore
from napari_s6.survey.atomic import atomic_path


class Project(ProjectStore):
    """An interpretation project, open for writing or, where another has it, for reading.

    Its parameters and its state are those of `ProjectStore`.

    Examples
    --------
    >>> project = Project.create("north.s6")
    >>> project.state.name, project.read_only, Project("north.s6").read_only
    ('north', False, True)
    >>> project.close()
    """

    # -- label layers ---------------------------------------------------------------------------

    def save_labels(
        self,
        painted: PaintedTraces,
        *,
        survey: str,
        name: str,
        scheme: FaciesScheme,
        summary: str = "",
        id: str = "",
    ) -> LabelsEntry:
        """Write a label layer: over what it was before, if there is one of its ``id``."""
        before: LabelsEntry | None = self.state.entry("labels", id)
        file = self.new_file("labels", ".npz", lambda path: write_painted(path, painted))
        told: dict[str, Any] = {
            "survey": survey,
            "name": name,
            "scheme": scheme,
            "file": file,
            "digest": paint_digest(painted),
            "summary": summary,
            "saved_at": time.time(),
            "deleted_at": None,
        }
        entry = before.model_copy(update=told) if before else LabelsEntry(id=id or new_id(), **told)
        self.put("labels", entry)
        return entry

    def labels(self, id: str) -> PaintedTraces:
        """Read the painted traces of a label layer."""
        return read_painted(self.folder / self.need("labels", id).file)

    def delete_labels(self, id: str) -> None:
        """Mark a label layer as deleted; `restore_labels` brings it back."""
        self.put("labels", self.need("labels", id).model_copy(update={"deleted_at": time.time()}))

    def restore_labels(self, id: str) -> LabelsEntry:
        """Bring a deleted label layer back."""
        entry: LabelsEntry = self.need("labels", id).model_copy(update={"deleted_at": None})
        self.put("labels", entry)
        return entry

    def set_check_only(self, id: str, lines: Sequence[str]) -> None:
        """Say which painted lines are not trained on but kept to check the results."""
        entry = self.need("labels", id)
        self.put("labels", entry.model_copy(update={"check_only": tuple(lines)}))

    # -- horizons -------------------------------------------------------------------------------

    def save_horizon(
        self, z: np.ndarray, *, survey: str, name: str, colour: str = "", id: str = ""
    ) -> HorizonEntry:
        """Write a horizon, (inlines, crosslines) in the survey's unit, NaN where undefined."""
        file = self.new_file("horizons", ".npz", lambda path: write_horizon(path, z))
        entry = HorizonEntry(id=id or new_id(), survey=survey, name=name, file=file, colour=colour)
        self.put("horizons", entry)
        return entry

    def horizon(self, id: str) -> np.ndarray:
        """Read a horizon."""
        return read_horizon(self.folder / self.need("horizons", id).file)

    # -- models and predictions -----------------------------------------------------------------

    def new_model_folder(self, name: str) -> Path:
        """Return a path, not taken yet, that a model may be trained into; see `add_model`."""
        return self.free_path("models", name)

    def add_model(
        self,
        folder: Path,
        *,
        scheme: FaciesScheme,
        steps: int,
        finished: bool,
        labels: str = "",
        digest: str = "",
        name: str = "",
    ) -> ModelEntry:
        """Note a model whose folder is in the project; one from elsewhere is copied in first."""
        self.need_writing()
        if folder.absolute().parent != self.folder / "models":
            inside = self.free_path("models", folder.name)
            with atomic_path(inside) as temporary:
                shutil.copytree(folder, temporary)
            folder = inside
        entry = ModelEntry(
            id=new_id(),
            name=name or folder.name,
            folder=f"models/{folder.name}",
            scheme=scheme,
            created_at=time.time(),
            steps=steps,
            finished=finished,
            labels=labels,
            digest=digest,
        )
        self.put("models", entry)
        return entry

    def add_prediction(
        self,
        write: Callable[[Path], Any],
        *,
        survey: str,
        name: str,
        scheme: FaciesScheme,
        model: str = "",
    ) -> PredictionEntry:
        """Keep a prediction beside the former ones.

        Parameters
        ----------
        write
            Writes a Zarr folder with the variables ``facies`` and ``confidence`` at the path that
            it is given.
        model
            Id of the model that predicted; the paint that it learnt from is noted too.
        """
        self.need_writing()
        path = self.free_path("predictions", f"{name}.zarr")
        write(path)
        made: ModelEntry | None = self.state.entry("models", model)
        entry = PredictionEntry(
            id=new_id(),
            survey=survey,
            name=name,
            folder=f"predictions/{path.name}",
            scheme=scheme,
            created_at=time.time(),
            model=model,
            labels=made.labels if made else "",
            digest=made.digest if made else "",
        )
        self.put("predictions", entry)
        return entry

    def out_of_date(self, result: ModelEntry | PredictionEntry) -> str:
        """Return why a result no longer fits the labels that it came from, "" if it does."""
        if not result.labels:
            return ""
        labels: LabelsEntry | None = self.state.entry("labels", result.labels)
        if labels is None or labels.deleted_at is not None:
            return "its labels were deleted"
        if labels.scheme.names != result.scheme.names:
            return "the facies have changed since"
        return "the paint has changed since" if labels.digest != result.digest else ""

    def annotate(
        self, kind: str, id: str, *, name: str | None = None, note: str | None = None
    ) -> None:
        """Give a label layer, horizon, model or prediction another name, or results a note."""
        told = {"name": name, "note": note}
        changes = {key: value for key, value in told.items() if value is not None}
        self.put(kind, self.need(kind, id).model_copy(update=changes))

    def remove(self, kind: str, id: str) -> None:
        """Take an entry out and remove its files; this cannot be undone."""
        self.need(kind, id)
        self.commit(lambda state: state.without(kind, id))

    # -- the rest -------------------------------------------------------------------------------

    def put_survey(self, entry: Any) -> None:
        """Hold a survey, a new one or one whose file was moved (see `project.surveys`)."""
        self.put("surveys", entry)

    def set(self, **changes: Any) -> None:
        """Change plain parts of the state: ``settings``, ``view``, ``chosen``."""
        self.commit(lambda state: ProjectState.model_validate({**dict(state), **changes}))

    def note_action(self, text: str, command: Sequence[str] = ()) -> None:
        """Keep what was done, with the command that does it again."""
        action = Action(at=time.time(), text=text, command=tuple(command))
        self.commit(lambda state: state.model_copy(update={"actions": (*state.actions, action)}))

    def save_as(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> "Project":
        """Copy the project to another folder, whole or not at all, and open that one.

        Raises
        ------
        InputError
            If something is in the way, or it cannot be written.
        """
        path = Path(folder).expanduser().absolute()
        if path.suffix != SUFFIX:
            path = path.with_name(path.name + SUFFIX)
        with atomic_path(path, overwrite=overwrite, keep=[self.folder]) as temporary:
            shutil.copytree(self.folder, temporary, ignore=shutil.ignore_patterns(".*"))
            state = self.state.model_copy(
                update={"name": path.stem, "surveys": self.surveys_seen_from(path)}
            )
            (temporary / STATE_FILE).write_text(state.as_json(), encoding="utf-8")
        return Project(path)

    def take_over(self, other: "Project") -> None:
        """Copy all that another project holds into this one, which holds nothing yet."""
        for folder in other.folder.iterdir():
            if folder.is_dir() and not folder.name.startswith("."):
                shutil.copytree(folder, self.folder / folder.name, dirs_exist_ok=True)
        name = self.state.name
        self.commit(
            lambda _: other.state.model_copy(
                update={"name": name, "surveys": other.surveys_seen_from(self.folder)}
            )
        )

    def surveys_seen_from(self, folder: Path) -> tuple[SurveyEntry, ...]:
        """Return the surveys as a project in another folder notes them."""
        return tuple(
            one.model_copy(update={"beside": seen_from(one.path, folder)}) if one.path else one
            for one in self.state.surveys
        )


def new_id() -> str:
    """Return an id that no entry has."""
    return uuid.uuid4().hex[:12]


def seen_from(path: str, project: Path) -> str:
    """Return a path as seen from the folder that holds the project, "" from another drive."""
    try:
        return Path(os.path.relpath(path, project.parent)).as_posix()
    except ValueError:
        return ""
