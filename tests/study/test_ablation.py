"""Variants of the settings, measured on labelled lines that are held back in turn."""

import json

import numpy as np
import pytest

from napari_s6.cli.main import main
from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.files import save_facies
from napari_s6.facies.scheme import F3
from napari_s6.formats.save import save_volume
from napari_s6.learn.config import TrainConfig
from napari_s6.study import ablation
from napari_s6.study.ablation import VARIANTS, Row, as_markdown
from napari_s6.survey.synthetic import make_survey

from .conftest import options


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ablation")
    survey, truth = make_survey((66, 70, 32))
    codes = np.full(truth.shape, UNLABELLED, np.uint8)
    codes[[10, 50]] = truth.values[[10, 50]]
    save_volume(survey, folder / "survey.sgy", sample_format="float32")
    save_facies(codes, folder / "labels.sgy", scheme=F3, volume=survey)
    variants = {"alone": {"model": "unconstrained"}, "taught": {"consistency": 1.0}}
    (folder / "variants.json").write_text(json.dumps(variants))
    return folder


@pytest.fixture
def arguments(files):
    paths = [str(files / "survey.sgy"), "--labels", str(files / "labels.sgy")]
    given = options()
    given = given[: given.index("--threads")]
    chosen = ["--lines", "iline:110,150", "--variants", str(files / "variants.json")]
    return ["study", "ablation", *paths, *chosen, *given, "--device", "cpu"]


def test_each_line_is_held_back_in_turn_and_finished_runs_are_kept(
    arguments, tmp_path, monkeypatch, capsys
):
    out = tmp_path / "out"
    assert main([*arguments, "--only", "alone", "-o", str(out)]) == 0
    first = json.loads((out / "ablation.json").read_text())
    assert [(row["variant"], row["held_back"]) for row in first] == [
        ("alone", "iline:110"),
        ("alone", "iline:150"),
    ]
    assert all(0 <= row["mean_iou"] <= 1 and row["steps"] == 8 for row in first)
    trained = []
    train_run = ablation.train_run

    def counted(volume, targets, config):
        trained.append([str(section) for section in targets.sections])
        return train_run(volume, targets, config)

    monkeypatch.setattr(ablation, "train_run", counted)
    assert main([*arguments, "-o", str(out)]) == 0
    assert trained == [["iline:150"], ["iline:110"]]  # the second variant's only
    rows = json.loads((out / "ablation.json").read_text())
    assert rows[:2] == first
    assert len(rows) == 4
    table = (out / "ablation.md").read_text()
    assert "| alone |" in table
    assert "| taught |" in table
    capsys.readouterr()
    assert main([*arguments, "--set", "noise=0.5", "-o", str(out)]) == 2
    assert "other settings" in capsys.readouterr().err


def test_gains_are_paired_by_line_and_seed():
    def row(variant, line, seed, iou):
        return Row(variant, {}, line, seed, iou, (), 1, 2.0)

    rows = [row("a", "iline 1", 0, 0.5), row("a", "iline 2", 0, 0.7)]
    rows += [row("b", "iline 1", 0, 0.6), row("b", "iline 2", 0, 0.8), row("b", "iline 2", 1, 0.1)]
    table = as_markdown(rows).splitlines()
    assert table[2].startswith("| a | 0.600 ± 0.141 |  | 2 |")
    assert table[3].startswith("| b | 0.500 ± 0.361 | +0.100 | 3 |")


@pytest.mark.parametrize("name", VARIANTS)
def test_the_variants_are_settings_that_exist_and_change_something(name):
    config = TrainConfig.named("fast", **VARIANTS[name])
    assert (config == TrainConfig.named("fast")) == (name == "constrained")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--lines", "iline:110"], "at least two"),
        (["--only", "nothing"], "choose among alone, taught"),
        (["--repeats", "0"], "1 or more"),
    ],
)
def test_what_cannot_be_tried_is_said(arguments, tmp_path, capsys, more, message):
    if more[0] == "--lines":
        place = arguments.index("--lines")
        arguments = arguments[:place] + arguments[place + 2 :]
    assert main([*arguments, *more, "-o", str(tmp_path / "out")]) == 2
    assert message in capsys.readouterr().err


def test_a_file_of_variants_that_is_none_is_refused(files, arguments, tmp_path, capsys):
    broken = tmp_path / "broken.json"
    broken.write_text("[1, 2]")
    assert main([*arguments, "--variants", str(broken), "-o", str(tmp_path / "out")]) == 2
    assert "broken.json" in capsys.readouterr().err
