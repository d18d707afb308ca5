"""What a project holds, as small frozen values that are written into one JSON file.

Everything large lies in files beside it, which these values name. Such a file is never changed once
it is named: what is saved anew gets a new file, and the state changes over to it in one step.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from napari_s6.errors import InputError
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.project.fingerprint import Fingerprint
from napari_s6.project.moments import when

#: Raised whenever an older version could not read what this one writes.
PROJECT_FORMAT = 1


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SurveyEntry(_Value):
    """A survey: where its file is, how it is read, and how it is known again.

    Attributes
    ----------
    path, beside
        Absolute, and as seen from the folder that holds the project, so that both can be moved
        together.
    reading
        See `napari_s6.survey.reading.Reading.as_dict`.
    stored
        A folder of the project that holds the survey itself, where it came from no file.
    """

    id: str
    name: str
    path: str = ""
    beside: str = ""
    reading: dict[str, Any] = Field(default_factory=dict)
    fingerprint: Fingerprint
    stored: str = ""


class LabelsEntry(_Value):
    """A label layer: its painted traces, and what was decided about it.

    Attributes
    ----------
    file
        The painted traces (see `napari_s6.project.arrays`).
    digest
        Changes with the paint; results remember the one that they were made from.
    check_only
        Painted lines that are not trained on, such as ``"iline:130"``.
    deleted_at
        Seconds since 1970; such a layer can be restored.
    """

    id: str
    survey: str
    name: str
    scheme: FaciesScheme
    file: str
    digest: str
    summary: str
    saved_at: float
    check_only: tuple[str, ...] = ()
    deleted_at: float | None = None


class HorizonEntry(_Value):
    """A horizon on a survey's grid."""

    id: str
    survey: str
    name: str
    file: str
    colour: str = ""


class ModelEntry(_Value):
    """A trained model in a folder of the project.

    Attributes
    ----------
    labels, digest
        The label layer that it learnt from, as it was then; empty for a model from elsewhere.
    finished
        Whether training went to its end.
    """

    id: str
    name: str
    folder: str
    scheme: FaciesScheme
    created_at: float
    steps: int
    finished: bool
    labels: str = ""
    digest: str = ""
    note: str = ""


class PredictionEntry(_Value):
    """A prediction of a survey, facies and confidence, and what it was made from."""

    id: str
    survey: str
    name: str
    folder: str
    scheme: FaciesScheme
    created_at: float
    model: str = ""
    labels: str = ""
    digest: str = ""
    note: str = ""


class Action(_Value):
    """Something that was done, with the command that does it again."""

    at: float
    text: str
    command: tuple[str, ...] = ()


class ProjectState(_Value):
    """All that a project knows; `napari_s6.project.folder.Project` changes it.

    Examples
    --------
    >>> ProjectState(name="north").entry("labels", "none") is None
    True
    """

    format: int = PROJECT_FORMAT
    name: str
    saved_at: float = 0.0
    surveys: tuple[SurveyEntry, ...] = ()
    labels: tuple[LabelsEntry, ...] = ()
    horizons: tuple[HorizonEntry, ...] = ()
    models: tuple[ModelEntry, ...] = ()
    predictions: tuple[PredictionEntry, ...] = ()
    settings: dict[str, Any] = Field(default_factory=dict)
    view: dict[str, Any] = Field(default_factory=dict)
    chosen: dict[str, str] = Field(default_factory=dict)
    actions: tuple[Action, ...] = ()

    def entry(self, kind: str, id: str) -> Any:
        """Return the entry of a kind ("surveys", "labels", ...) with this id, or None."""
        return next((one for one in getattr(self, kind) if one.id == id), None)

    def with_entry(self, kind: str, entry: Any) -> Self:
        """Return a state in which an entry is new or stands for the former one of its id."""
        others: tuple[Any, ...] = getattr(self, kind)
        if any(one.id == entry.id for one in others):
            changed = tuple(entry if one.id == entry.id else one for one in others)
        else:
            changed = (*others, entry)
        return self.model_copy(update={kind: changed})

    def without(self, kind: str, id: str) -> Self:
        """Return a state without an entry."""
        kept = tuple(one for one in getattr(self, kind) if one.id != id)
        return self.model_copy(update={kind: kept})

    @property
    def present_labels(self) -> tuple[LabelsEntry, ...]:
        """The label layers that were not deleted."""
        return tuple(one for one in self.labels if one.deleted_at is None)

    def as_text(self) -> str:
        """Return what the project holds, a line for each thing."""
        lines = [f"project       {self.name}, saved {when(self.saved_at)}"]
        lines += [f"survey        {one.name}: {one.path or one.stored}" for one in self.surveys]
        for one in self.labels:
            gone = " (deleted)" if one.deleted_at is not None else ""
            lines.append(f"labels        {one.name}{gone}: {one.summary}, {when(one.saved_at)}")
        lines += [f"horizon       {one.name}" for one in self.horizons]
        for model in self.models:
            how = "" if model.finished else ", stopped"
            lines.append(
                f"model         {model.name}: {model.steps} steps{how}, {when(model.created_at)}"
                f"{_noted(model.note)}"
            )
        for made in self.predictions:
            lines.append(
                f"prediction    {made.name}: {made.scheme.n_classes} facies, "
                f"{when(made.created_at)}{_noted(made.note)}"
            )
        return "\n".join(lines)

    def files(self) -> Iterable[str]:
        """Yield the names, in the project's folder, of all files and folders that it holds."""
        yield from (survey.stored for survey in self.surveys if survey.stored)
        yield from (labels.file for labels in self.labels)
        yield from (horizon.file for horizon in self.horizons)
        yield from (model.folder for model in self.models)
        yield from (prediction.folder for prediction in self.predictions)

    def as_json(self) -> str:
        """Return the state as text."""
        return json.dumps(self.model_dump(mode="json"), indent=1)

    @classmethod
    def from_json(cls, text: str, path: Path) -> Self:
        """Read a state, bringing up one of an older version.

        Raises
        ------
        InputError
            If it is of a newer version, or is none; ``path`` is the file it came from.
        """
        try:
            found = json.loads(text)
            number = int(found["format"])
        except (ValueError, TypeError, KeyError) as error:
            raise InputError(f"{path}: holds no project ({type(error).__name__})") from error
        if number > PROJECT_FORMAT:
            raise InputError(
                f"{path}: was written by a newer version (format {number}, this one knows "
                f"{PROJECT_FORMAT}); update napari-s6 to open it"
            )
        for step in range(number, PROJECT_FORMAT):
            found = _BRING_UP[step](found)
        try:
            return cls.model_validate(found)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise InputError(f"{path}: holds no project ({where}: {first['msg']})") from error


def _noted(note: str) -> str:
    return f" ({note})" if note else ""


#: What turns the JSON of each format into that of the next.
_BRING_UP: dict[int, Any] = {}
