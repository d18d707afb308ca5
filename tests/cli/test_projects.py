"""A project takes the place of a survey, labels, a model and a prediction."""

import json
from pathlib import Path

import numpy as np
import pytest

from napari_s6.cli.main import main
from napari_s6.facies.painted import PaintedTraces
from napari_s6.facies.scheme import F3
from napari_s6.formats.open import open_volume
from napari_s6.formats.save import save_volume
from napari_s6.project.folder import Project
from napari_s6.project.surveys import note_survey
from napari_s6.survey.synthetic import make_survey

SMALL = ["--steps", "2", "--set", "decoder_channels=8", "--set", "crop_traces=32"]
SMALL += ["--set", "crop_samples=32", "--set", "batch_size=4", "--device", "cpu"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A survey with a painted line; a model trained and a prediction made by the commands."""
    folder = tmp_path_factory.mktemp("work")
    volume, truth = make_survey((6, 70, 40))
    path = save_volume(volume, folder / "small.sgy")
    live = np.zeros((6, 70), bool)
    live[2] = True
    with Project.create(folder / "north.s6") as opened:
        survey = note_survey(opened, path)
        opened.save_labels(
            PaintedTraces.from_volume(truth, live),
            survey=survey.id,
            name="Facies",
            scheme=F3,
            summary="1 of 6 inlines",
        )
    north = str(folder / "north.s6")
    assert main(["train", north, *SMALL]) == 0
    assert main(["predict", north, "--orientation", "inline", "--device", "cpu"]) == 0
    return folder / "north.s6"


def test_training_and_predicting_are_kept_in_the_project(project: Path) -> None:
    state = Project(project, write=False).state
    [model], [prediction], [labels] = state.models, state.predictions, state.labels
    assert (model.steps, model.finished, model.labels) == (2, True, labels.id)
    assert prediction.model == model.id
    assert prediction.digest == labels.digest
    assert state.chosen == {"model": model.id, "prediction": prediction.id}


def test_info_lists_what_it_holds(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", str(project)]) == 0
    told = capsys.readouterr().out
    for text in ("project       north", "small.sgy", "1 of 6 inlines", "2 steps", "Prediction 1"):
        assert text in told
    assert main(["info", str(project), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "north"


def test_its_prediction_is_exported_with_the_headers_of_its_survey(
    project: Path, tmp_path: Path
) -> None:
    assert main(["export", str(project), "-o", str(tmp_path / "facies.sgy")]) == 0
    exported = open_volume(tmp_path / "facies.sgy", scan_dead=False)
    survey = open_volume(project.parent / "small.sgy")
    np.testing.assert_array_equal(exported["iline"], survey["iline"])
    np.testing.assert_array_equal(exported["xline"], survey["xline"])


def test_its_prediction_is_compared_with_its_labels(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    north = str(project)
    assert main(["evaluate", north, "--reference", north, "--lines", "iline:102"]) == 0
    assert "mean IoU" in capsys.readouterr().out


def test_its_model_predicts_another_survey(project: Path, tmp_path: Path) -> None:
    other = save_volume(make_survey((4, 66, 40), seed=3)[0], tmp_path / "other.npy")
    out = tmp_path / "facies.npy"
    words = ["predict", str(project), str(other), "-o", str(out), "--device", "cpu"]
    assert main([*words, "--orientation", "inline"]) == 0
    assert open_volume(out).shape == (4, 66, 40)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["train", "survey.sgy"], "give -o RUN, or a project"),
        (["train", "survey.sgy", "-o", "run"], "give --labels LABELS, or a project"),
        (["predict", "run"], "give the SEISMIC"),
        (["predict", "run", "survey.sgy"], "give -o OUT, or a project"),
        (["info", "nowhere.s6"], "holds no project"),
    ],
)
def test_what_is_missing_is_told(
    words: list[str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    save_volume(make_survey((4, 6, 16))[0], tmp_path / "survey.sgy")
    assert main(words) == 2
    assert told in capsys.readouterr().err


def test_a_project_that_a_window_has_is_read_but_not_added_to(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Project(project):
        assert main(["export", str(project), "-o", str(tmp_path / "facies.npy")]) == 0
        assert main(["train", str(project), *SMALL]) == 2
    assert "open for reading only" in capsys.readouterr().err
