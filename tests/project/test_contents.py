"""What a project gives where a survey, labels, a model or a prediction is asked for."""

from pathlib import Path

import numpy as np
import pytest

from napari_s6.errors import InputError
from napari_s6.facies.painted import PaintedTraces
from napari_s6.facies.record import facies_record
from napari_s6.facies.scheme import F3
from napari_s6.formats.open import open_volume
from napari_s6.formats.save import save_volume
from napari_s6.project.contents import (
    is_project,
    labels_on_survey,
    model_folder,
    prediction_folder,
    survey_file,
)
from napari_s6.project.folder import Project
from napari_s6.project.surveys import note_survey
from napari_s6.survey.synthetic import make_survey


@pytest.fixture
def project(tmp_path: Path):
    volume, truth = make_survey((6, 8, 30))
    path = save_volume(volume, tmp_path / "small.sgy")
    with Project.create(tmp_path / "north.s6") as opened:
        survey = note_survey(opened, path)
        live = np.zeros((6, 8), bool)
        live[2] = True
        painted = PaintedTraces.from_volume(truth, live)
        opened.save_labels(painted, survey=survey.id, name="Facies", scheme=F3)
        yield opened


def test_survey_and_labels_are_those_that_were_kept(project: Project) -> None:
    path, reading = survey_file(project)
    survey = open_volume(path, reading)
    labels = labels_on_survey(project, survey)
    truth = make_survey((6, 8, 30))[1]
    np.testing.assert_array_equal(labels[2], truth[2])
    assert (labels[3] == 255).all()
    np.testing.assert_array_equal(labels[:, 4, 7:20], labels.values[:, 4, 7:20])
    np.testing.assert_array_equal(labels[[5, 2]].values, labels.values[[5, 2]])
    assert int(labels[2, 3, 4]) == int(truth[2, 3, 4])
    assert facies_record(labels).scheme == F3
    assert project.state.labels[0].scheme == F3


def test_labels_need_the_survey_as_it_was(project: Project) -> None:
    path, reading = survey_file(project)
    with pytest.raises(InputError, match="as it was when they were painted"):
        labels_on_survey(project, open_volume(path, reading)[1:])


def test_what_is_not_there_is_told(project: Project) -> None:
    with pytest.raises(InputError, match="holds no model yet"):
        model_folder(project)
    with pytest.raises(InputError, match="holds no prediction yet"):
        prediction_folder(project)


def test_the_chosen_one_is_given(project: Project) -> None:
    painted = PaintedTraces((6, 8, 30), np.array([0]), np.zeros((1, 30), np.uint8))
    first = project.state.labels[0]
    project.save_labels(painted, survey=first.survey, name="Other", scheme=F3)
    survey = open_volume(survey_file(project)[0])
    assert (labels_on_survey(project, survey)[2] == 255).all()
    project.set(chosen={"labels": first.id})
    assert not (labels_on_survey(project, survey)[2] == 255).all()


def test_a_project_is_known_by_its_state(project: Project, tmp_path: Path) -> None:
    assert is_project(project.folder)
    assert not is_project(tmp_path)
