"""A project's surveys: noted with a fingerprint, found again where they were moved to."""

import hashlib
import json
import os
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.formats.open import open_volume
from napari_s6.formats.save import save_volume
from napari_s6.project.fingerprint import Fingerprint
from napari_s6.project.folder import Project, seen_from
from napari_s6.project.state import SurveyEntry
from napari_s6.survey.dead import drop_dead
from napari_s6.survey.reading import Reading
from napari_s6.survey.record import survey_record

#: Traces of a survey in memory that tell it from others.
_TRACES = 32


def note_survey(
    project: Project, path: str | os.PathLike[str], reading: Reading | None = None, name: str = ""
) -> SurveyEntry:
    """Note a survey in a project; one that is there already, read the same way, is returned.

    Raises
    ------
    InputError
        If its file cannot be read.
    """
    absolute = Path(path).expanduser().absolute()
    fingerprint, how = Fingerprint.of(absolute), (reading or Reading()).as_dict()
    return _known(project, fingerprint, how) or _put(
        project,
        name=name or absolute.name,
        path=str(absolute),
        beside=seen_from(str(absolute), project.folder),
        reading=how,
        fingerprint=fingerprint,
    )


def note_volume(project: Project, volume: xr.DataArray, name: str = "") -> SurveyEntry:
    """Note an open survey by its file; one that came from no file is stored in the project.

    Raises
    ------
    InputError
        If its file cannot be read, or it cannot be stored.
    """
    known = find_volume(project, volume)
    if known is not None:
        return known
    record = survey_record(volume)
    if _has_file(volume):
        return note_survey(project, record.source, _reading_of(volume), name)
    path = project.free_path("surveys", f"{name or 'survey'}.zarr")
    save_volume(volume, path)
    return _put(
        project,
        name=name or path.stem,
        fingerprint=volume_fingerprint(volume),
        stored=f"surveys/{path.name}",
    )


def find_volume(project: Project, volume: xr.DataArray) -> SurveyEntry | None:
    """Return the entry of an open survey, None if the project does not know it."""
    source = survey_record(volume).source
    for one in project.state.surveys:
        if one.stored and source == str(project.folder / one.stored):
            return one
    if not _has_file(volume):
        return _known(project, volume_fingerprint(volume), {})
    return _known(project, Fingerprint.of(source), _reading_of(volume).as_dict())


def volume_fingerprint(volume: xr.DataArray) -> Fingerprint:
    """Return what tells a survey in memory from others: its axes and some of its traces."""
    digest = hashlib.blake2b(digest_size=16)
    for dim in volume.dims:
        digest.update(np.ascontiguousarray(volume[dim].values, np.float64).data)
    inlines, crosslines, _ = volume.shape
    for trace in np.linspace(0, inlines * crosslines - 1, _TRACES).astype(int):
        samples = volume.variable[trace // crosslines, trace % crosslines].values
        digest.update(np.ascontiguousarray(samples, np.float64).data)
    return Fingerprint(size=volume.nbytes, digest=digest.hexdigest())


def _has_file(volume: xr.DataArray) -> bool:
    source = survey_record(volume).source
    return bool(source) and Path(source).exists()


def _reading_of(volume: xr.DataArray) -> Reading:
    return Reading.from_dict(json.loads(survey_record(volume).reading or "{}"))


def _known(
    project: Project, fingerprint: Fingerprint, reading: dict[str, Any]
) -> SurveyEntry | None:
    same = (one for one in project.state.surveys if one.fingerprint == fingerprint)
    return next((one for one in same if one.reading == reading), None)


def _put(project: Project, **told: Any) -> SurveyEntry:
    entry = SurveyEntry(id=uuid.uuid4().hex[:12], **told)
    project.put_survey(entry)
    return entry


def find_survey(project: Project, entry: SurveyEntry) -> Path:
    """Return where a survey's file is now: where it was, or where it moved with the project.

    Raises
    ------
    InputError
        If it is at neither place; `relocate_survey` takes the new one.
    """
    if entry.stored:
        return project.folder / entry.stored
    there = Path(entry.path)
    beside = Path(os.path.normpath(project.folder.parent / entry.beside)) if entry.beside else there
    near = project.folder.parent / there.name
    for path in dict.fromkeys([there, beside, near]):
        if path.exists() and Fingerprint.of(path) == entry.fingerprint:
            return path
    if there.exists():
        raise InputError(
            f"{there}: has changed since it was used in {project.folder.name}; choose the file as "
            "it was, or take this one on purpose"
        )
    raise InputError(f"{there}: is no longer there; choose where {entry.name} is now")


def relocate_survey(
    project: Project, entry: SurveyEntry, path: str | os.PathLike[str], *, changed: bool = False
) -> SurveyEntry:
    """Note where a survey is now.

    Parameters
    ----------
    changed
        Take the file although it is not the same as before.

    Raises
    ------
    InputError
        If it is another file, or cannot be read.
    """
    absolute = Path(path).expanduser().absolute()
    fingerprint = Fingerprint.of(absolute)
    if fingerprint != entry.fingerprint and not changed:
        raise InputError(
            f"{absolute}: is not the file that {entry.name} was (its size or samples differ); "
            "choose another"
        )
    moved = entry.model_copy(
        update={
            "path": str(absolute),
            "beside": seen_from(str(absolute), project.folder),
            "fingerprint": fingerprint,
        }
    )
    project.put_survey(moved)
    return moved


def open_noted_survey(project: Project, entry: SurveyEntry) -> xr.DataArray:
    """Open a survey of a project as it was read when it was noted.

    Raises
    ------
    InputError
        If its file is not found or cannot be read.
    """
    path = find_survey(project, entry)
    return drop_dead(open_volume(path, Reading.from_dict(entry.reading)))
