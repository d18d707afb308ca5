"""The protocol for few lines."""

import json

import numpy as np
import pytest

from napari_s6.cli.commands.study.lines import lines_plan
from napari_s6.cli.main import main
from napari_s6.cli.parser import build_parser
from napari_s6.evaluation.metrics import evaluate_facies
from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.files import save_facies
from napari_s6.facies.scheme import F3, generic
from napari_s6.formats.save import save_volume
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.training.dataset import HeldOut
from napari_s6.learn.training.run import TrainingRun
from napari_s6.study import protocol
from napari_s6.study.baseline_confusions import baseline_confusions
from napari_s6.study.confusion import scores_of, views
from napari_s6.study.data import line_targets, open_study_data
from napari_s6.study.plan import StudyPlan, open_study
from napari_s6.study.run_result import read_run_results
from napari_s6.study.training import RunFailedError
from napari_s6.survey.synthetic import make_survey

from .conftest import options


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A survey and labels of two inlines and two crosslines, as SEG-Y."""
    folder = tmp_path_factory.mktemp("lines")
    survey, truth = make_survey((66, 70, 32))
    codes = np.full(truth.shape, UNLABELLED, np.uint8)
    codes[[10, 50]] = truth.values[[10, 50]]
    codes[:, [20, 60]] = truth.values[:, [20, 60]]
    save_volume(survey, folder / "survey.sgy", sample_format="float32")
    save_facies(codes, folder / "labels.sgy", scheme=F3, volume=survey)
    return folder


@pytest.fixture(scope="module")
def arguments(files):
    paths = [str(files / "survey.sgy"), "--labels", str(files / "labels.sgy")]
    lines = ["--train-lines", "iline:110,150", "--test-lines", "xline:320,360"]
    return ["study", "lines", *paths, *lines, *options()]


@pytest.fixture(scope="module")
def done(arguments, tmp_path_factory):
    out = tmp_path_factory.mktemp("study") / "lines"
    assert main([*arguments, "--classes", "1-4", "--repeats", "2", "-o", str(out)]) == 0
    return out


def test_each_test_line_is_measured_on_its_own_section(done):
    plan = open_study(done)
    run_results = read_run_results(done, plan)
    assert [str(run) for run in run_results] == [
        "unconstrained, repeat 1",
        "constrained, repeat 1",
        "unconstrained, repeat 2",
        "constrained, repeat 2",
    ]
    for result in run_results.values():
        found = views(result.confusions)
        assert set(found) == {"pooled", "xline:320", "xline:360"}
        assert found["xline:320"].confusion.sum() == 66 * 32
        assert found["pooled"].confusion.sum() == 2 * 66 * 32
        assert result.sections["labelled"] == ["iline:110", "iline:150"]


def test_the_report_stands_beside_what_needs_no_learning(done):
    plan = open_study(done)
    text = (done / "report.md").read_text(encoding="utf-8")
    baselines = baseline_confusions(plan, open_study_data(plan))
    assert len(baselines) == 3
    for name, confusions in baselines.items():
        scores = scores_of(views(confusions)["pooled"], plan)
        row = next(line for line in text.splitlines() if line.startswith(f"| {name} |"))
        assert f"| {scores.mean_iou:.3f} |" in row
    assert "classes 1-4" in text
    assert "did not feed the reconstruction" in text
    assert (done / "figures" / "sections-xline-320.png").is_file()
    assert "95 % interval" in (done / "report.html").read_text(encoding="utf-8")


def _fed(arguments, tmp_path, monkeypatch, *more):
    """Lines that feed the reconstruction in a study of one run."""
    fed = []

    class Listening(TrainingRun):
        def __init__(self, *given, **named):
            super().__init__(*given, **named)
            assert isinstance(named["held"], HeldOut)
            volume = self.volume
            fed.extend(
                f"{one.orientation}:{int(volume[one.orientation].values[one.index])}"
                for one in self.sampler.unlabelled
            )

    monkeypatch.setattr("napari_s6.learn.training.train.TrainingRun", Listening)
    out = tmp_path / "study"
    few = ["--repeats", "1", "--arms", "constrained", "--steps", "1", *more]
    assert main([*arguments, *few, "-o", str(out)]) == 0
    return fed, (out / "report.md").read_text(encoding="utf-8")


def test_test_lines_feed_nothing(arguments, tmp_path, monkeypatch):
    fed, _ = _fed(arguments, tmp_path, monkeypatch)
    assert len(fed) == 66 + 70 - 2
    assert not {"xline:320", "xline:360"} & set(fed)


def test_unless_the_protocol_is_transductive_and_says_so(arguments, tmp_path, monkeypatch):
    fed, text = _fed(arguments, tmp_path, monkeypatch, "--transductive")
    assert len(fed) == 66 + 70
    assert "transductive protocol, not the paper's" in text


def test_a_benchmark_folder_is_tested_on_its_test_volumes(benchmark, tmp_path):
    out = tmp_path / "study"
    lines = ["study", "lines", str(benchmark), "--train-lines", "iline:145,160", *options()]
    assert main([*lines, "--repeats", "1", "--steps", "2", "-o", str(out)]) == 0
    plan = open_study(out)
    for result in read_run_results(out, plan).values():
        assert set(result.confusions) == {"test1", "test2"}
        assert result.confusions["test1"]["iline"].confusion.sum() == 40 * 40 * 32
    baselines = json.loads((out / "baselines.json").read_text())
    assert len(baselines) == 3
    assert all(
        set(found) == set(views(result.confusions)) - {"fused"} for found in baselines.values()
    )


def test_baselines_reach_other_surveys_by_the_nearest_line(benchmark):
    """With one labelled inline, its labels are what is copied to every inline of test1."""
    settings = TrainConfig.named("fast")
    plan = StudyPlan(
        kind="lines",
        seismic=str(benchmark),
        scheme=F3,
        settings=settings,
        train_lines=("iline:150",),
    )
    data = open_study_data(plan)
    copied = baseline_confusions(plan, data)["boundaries of iline 150 copied everywhere"]
    template = data.labels.sel(iline=150).values
    truth = data.tests[0].labels.values
    right = (truth == template[None]).sum()
    confusion = copied["test1"]["iline"].confusion
    assert confusion.sum() == truth.size
    assert np.trace(confusion) == right


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (["--test-lines", "iline:110"], "iline:110: is both trained and tested on"),
        (["--test-lines", "xline:999"], "xline:999: the survey has no such line"),
        (["--test-lines", "xline:330"], "xline:330: has no labels of its own"),
        (["--train-lines", "line 7"], "lines 'line 7'"),
        (["--classes", "2-9"], "--classes 2-9: the facies are 0 to 5"),
    ],
)
def test_lines_that_cannot_be_used_are_named(arguments, tmp_path, capsys, change, expected):
    out = tmp_path / "study"
    assert main([*arguments, *change, "-o", str(out)]) == 2
    assert expected in capsys.readouterr().err.strip().splitlines()[-1]
    assert not out.exists()


def test_a_run_that_breaks_off_does_not_end_the_others(arguments, tmp_path, monkeypatch, capsys):
    run_one = protocol.run_one

    def sometimes(plan, run, **more):
        if run.arm == "unconstrained":
            raise RunFailedError("out of luck")
        return run_one(plan, run, **more)

    monkeypatch.setattr("napari_s6.study.execution.run_one", sometimes)
    out = tmp_path / "study"
    assert main([*arguments, "--repeats", "1", "--steps", "1", "-o", str(out)]) == 1
    assert "1 of 2 runs broke off; unconstrained, repeat 1: out of luck" in capsys.readouterr().err
    assert "1 of 2 runs are done" in (out / "report.md").read_text(encoding="utf-8")


@pytest.mark.realdata
def test_without_learning_the_real_lines_give_the_known_numbers(test_data):
    """Trained on inlines 130 and 459, tested on crosslines 327, 575 and 889, intervals 2-9."""
    lines = test_data / "f3-lines"
    plan = StudyPlan(
        kind="lines",
        seismic=str(lines / "f3_lines.sgy"),
        labels=str(lines / "f3_lines_labels.sgy"),
        scheme=generic(10, first=0),
        classes=tuple(range(2, 10)),
        settings=TrainConfig.named("fast"),
        train_lines=("iline:130,459",),
        test_lines=("xline:327,575,889",),
    )
    data = open_study_data(plan)
    found = [views(t)["pooled"] for t in baseline_confusions(plan, data).values()]
    iou = [scores_of(matrix, plan).mean_iou for matrix in found]
    assert iou == pytest.approx([0.549, 0.692, 0.843], abs=6e-4)
    assert len(line_targets(plan, data).sections) == 2
    # The same voxels as `napari-s6 evaluate` counts.
    reference = data.labels
    scores = evaluate_facies(
        reference,
        reference,
        live=data.volume,
        sections=[section for test in data.tests for section in test.sections],
    )
    assert scores.confusion.sum() == found[0].confusion.sum()


def test_the_survey_is_read_as_the_other_commands_read_it(files, tmp_path):
    """Odd header bytes and intervals, and a part of the survey: kept with the plan."""
    folder = tmp_path / "odd"
    folder.mkdir()
    for name in ("survey.sgy", "labels.sgy"):
        whole = bytearray((files / name).read_bytes())
        n_samples = int.from_bytes(whole[3220:3222], "big")
        size = {1: 4, 5: 4, 8: 1}[int.from_bytes(whole[3224:3226], "big")]
        for at in range(3600, len(whole), 240 + n_samples * size):
            # Swapped, so that the standard's bytes make a grid, but a wrong one.
            whole[at + 188 : at + 192], whole[at + 192 : at + 196] = (
                whole[at + 192 : at + 196], whole[at + 188 : at + 192],
            )  # fmt: skip
        (folder / name).write_bytes(whole)
    arguments = [str(folder / "survey.sgy"), "--labels", str(folder / "labels.sgy")]
    arguments += ["--train-lines", "iline:110,150", "--test-lines", "xline:320"]
    arguments += ["--header-bytes", "193,189", "--sample-interval", "2", "--start", "100"]
    arguments += ["--crop", "samples:100-150", "-o", str(tmp_path / "out"), *options()]
    asked = build_parser().parse_args(["study", "lines", *arguments])
    asked.words = arguments
    plan = lines_plan(asked)
    again = StudyPlan.model_validate_json(plan.model_dump_json())
    data = open_study_data(again)
    straight = make_survey((66, 70, 32))[0]
    assert data.volume["twt"].values.tolist() == [100.0 + 2 * k for k in range(26)]
    np.testing.assert_array_equal(data.volume.values, straight.values[:, :, :26])
    np.testing.assert_array_equal(data.volume["iline"], straight["iline"])
    assert (data.labels.sel(iline=110).values != UNLABELLED).all()
