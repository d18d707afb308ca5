"""A project where a file is asked for: its survey, its labels, its model, its prediction."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xarray as xr

from napari_s6.errors import InputError
from napari_s6.facies.record import update_facies_record
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.project.folder import Project
from napari_s6.project.state import LabelsEntry, ModelEntry, PredictionEntry, SurveyEntry
from napari_s6.project.store import STATE_FILE
from napari_s6.project.surveys import find_survey
from napari_s6.survey.reading import Reading


def is_project(path: str | os.PathLike[str]) -> bool:
    """Return whether a path is the folder of a project."""
    return (Path(path).expanduser() / STATE_FILE).is_file()


def chosen_survey(project: Project) -> SurveyEntry:
    """Return the survey that is worked on, the last one if none was chosen.

    Raises
    ------
    InputError
        If there is none.
    """
    entry: SurveyEntry = _chosen(project, "survey", project.state.surveys)
    return entry


def chosen_labels(project: Project) -> LabelsEntry:
    """Return the label layer that is worked on, as `chosen_survey`."""
    entry: LabelsEntry = _chosen(project, "labels", project.state.present_labels)
    return entry


def chosen_model(project: Project) -> ModelEntry:
    """Return the model that predicts, as `chosen_survey`."""
    entry: ModelEntry = _chosen(project, "model", project.state.models)
    return entry


def chosen_prediction(project: Project) -> PredictionEntry:
    """Return the prediction that is looked at, as `chosen_survey`."""
    entry: PredictionEntry = _chosen(project, "prediction", project.state.predictions)
    return entry


def survey_file(project: Project) -> tuple[Path, Reading]:
    """Return where the survey's file is, and how it is read."""
    entry = chosen_survey(project)
    return find_survey(project, entry), Reading.from_dict(entry.reading)


def labels_on_survey(project: Project, survey: xr.DataArray) -> xr.DataArray:
    """Return the chosen labels as a lazy volume on the survey's grid, with their scheme.

    Raises
    ------
    InputError
        If there are none, or the survey has another shape than when they were painted.
    """
    entry = chosen_labels(project)
    volume = project.labels(entry.id).lazily_on(survey)
    return update_facies_record(volume, scheme=entry.scheme, convention="codes")


def model_folder(project: Project) -> Path:
    """Return the folder of the chosen model."""
    return project.folder / chosen_model(project).folder


def prediction_folder(project: Project) -> Path:
    """Return the Zarr folder of the chosen prediction."""
    return project.folder / chosen_prediction(project).folder


def lost_models(project: Project) -> list[tuple[Path, FaciesScheme, int]]:
    """Return (folder, scheme, steps) of whole models in the project that its state does not name.

    Training goes on in the project's folder, and may have been ended before it could be noted.
    """
    named = {one.folder for one in project.state.models}
    found = []
    for folder in sorted((project.folder / "models").glob("*")):
        if f"models/{folder.name}" in named or not (folder / "model.safetensors").is_file():
            continue
        try:
            record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
            scheme = FaciesScheme.model_validate(record["scheme"])
            found.append((folder, scheme, int(record["step"])))
        except (OSError, ValueError, KeyError, TypeError):
            continue  # cut short before it was a model
    return found


def _chosen(project: Project, role: str, entries: Sequence[Any]) -> Any:
    if not entries:
        raise InputError(f"{project.folder}: holds no {role} yet")
    id = project.state.chosen.get(role)
    return next((one for one in entries if one.id == id), entries[-1])
