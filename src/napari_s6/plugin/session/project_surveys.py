"""A project's surveys opened in the background."""

from collections.abc import Iterator
from dataclasses import dataclass

import xarray as xr

from napari_s6.errors import InputError
from napari_s6.plugin.jobs.job import JobToken
from napari_s6.project.folder import Project
from napari_s6.project.state import SurveyEntry
from napari_s6.project.surveys import open_noted_survey


@dataclass(frozen=True)
class SurveyRead:
    """A survey of the project is open."""

    entry: SurveyEntry
    volume: xr.DataArray


@dataclass(frozen=True)
class SurveyMissing:
    """A survey of the project cannot be opened."""

    message: str


@dataclass(frozen=True)
class AllRead:
    """All surveys that could be opened are."""


def read_surveys(
    project: Project, there: set[str], _token: JobToken
) -> Iterator[SurveyRead | SurveyMissing | AllRead]:
    """Open the surveys of a project that are not ``there`` already, in a job's thread."""
    for entry in project.state.surveys:
        if entry.id in there:
            continue
        try:
            yield SurveyRead(entry, open_noted_survey(project, entry))
        except InputError as error:
            yield SurveyMissing(str(error))
    yield AllRead()
