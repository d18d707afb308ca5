"""A project's surveys are found again where they were moved to."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from napari_s6.errors import InputError
from napari_s6.formats.open import open_volume
from napari_s6.formats.save import save_volume
from napari_s6.project.fingerprint import Fingerprint
from napari_s6.project.folder import Project
from napari_s6.project.surveys import (
    find_survey,
    note_survey,
    note_volume,
    open_noted_survey,
    relocate_survey,
)
from napari_s6.survey.reading import Reading
from napari_s6.survey.synthetic import make_survey


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return save_volume(make_survey((6, 8, 30))[0], tmp_path / "work" / "small.sgy")


@pytest.fixture
def project(survey: Path):
    with Project.create(survey.parent / "north.s6") as opened:
        yield opened


def test_a_survey_is_opened_as_it_was_read(project: Project, survey: Path) -> None:
    entry = note_survey(project, survey, Reading.from_dict({"crop": "iline:101-103"}))
    assert open_noted_survey(project, entry).sizes["iline"] == 3
    assert note_survey(project, survey, Reading.from_dict({"crop": "iline:101-103"})) == entry
    assert len(project.state.surveys) == 1


def test_a_survey_that_moved_with_its_project_is_found(
    project: Project, survey: Path, tmp_path: Path
) -> None:
    note_survey(project, survey)
    project.close()
    shutil.move(survey.parent, tmp_path / "elsewhere")
    with Project(tmp_path / "elsewhere" / "north.s6") as moved:
        assert find_survey(moved, moved.state.surveys[0]) == tmp_path / "elsewhere" / "small.sgy"


def test_a_survey_that_is_gone_is_asked_for(project: Project, survey: Path, tmp_path: Path) -> None:
    entry = note_survey(project, survey)
    shutil.move(survey, tmp_path / "other name.sgy")
    with pytest.raises(InputError, match="no longer there; choose where"):
        find_survey(project, entry)
    moved = relocate_survey(project, entry, tmp_path / "other name.sgy")
    assert find_survey(project, moved) == tmp_path / "other name.sgy"


def test_another_file_is_not_taken_for_it(project: Project, survey: Path, tmp_path: Path) -> None:
    entry = note_survey(project, survey)
    volume = make_survey((6, 8, 30), seed=5)[0]
    other = save_volume(volume, tmp_path / "small.sgy")
    with pytest.raises(InputError, match="is not the file"):
        relocate_survey(project, entry, other)
    shutil.copy(other, survey)
    with pytest.raises(InputError, match="has changed since"):
        find_survey(project, entry)
    assert relocate_survey(project, entry, survey, changed=True).path == str(survey)


def test_folders_have_fingerprints(tmp_path: Path) -> None:
    volume = make_survey((6, 8, 30))[0]
    one = save_volume(volume, tmp_path / "a.zarr")
    shutil.copytree(one, tmp_path / "b.zarr")
    other = save_volume(volume.astype(np.float64), tmp_path / "c.zarr")
    assert Fingerprint.of(one) == Fingerprint.of(tmp_path / "b.zarr") != Fingerprint.of(other)
    with pytest.raises(InputError, match="cannot be read"):
        Fingerprint.of(tmp_path / "nothing")


def test_an_open_survey_is_noted_by_its_file(project: Project, survey: Path) -> None:
    reading = Reading.from_dict({"crop": "iline:101-103"})
    entry = note_volume(project, open_volume(survey, reading))
    assert entry == note_survey(project, survey, reading)


def test_a_survey_of_no_file_is_stored_in_the_project(project: Project) -> None:
    volume = make_survey((6, 8, 30))[0]
    entry = note_volume(project, volume, "Made")
    assert note_volume(project, volume.copy(), "Again") == entry
    assert note_volume(project, open_noted_survey(project, entry)) == entry
    assert note_volume(project, volume * 2, "Louder") != entry
    np.testing.assert_array_equal(open_noted_survey(project, entry).values, volume.values)
    project.remove("surveys", entry.id)
    assert [path.name for path in (project.folder / "surveys").iterdir()] == ["Louder.zarr"]
