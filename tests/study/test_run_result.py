"""What a run leaves, and which voxels are counted where."""

import json

import numpy as np
import pytest
from sklearn.metrics import jaccard_score

from napari_s6.errors import InputError
from napari_s6.study.confusion import ConfusionMatrix, count_confusion, scores_of, views
from napari_s6.study.plan import Run
from napari_s6.study.run_result import RunResult, read_run_results, write_run_result


def _tally(right, wrong):
    """Two classes of which the first is ``right`` times met and ``wrong`` times mistaken."""
    return ConfusionMatrix(np.array([[right, wrong], [0, right]]), np.zeros(2, np.int64))


CONFUSIONS = {
    "test1": {"iline": _tally(3, 1), "xline": _tally(5, 2), "fused": _tally(4, 0)},
    "test2": {"xline": _tally(7, 3), "fused": _tally(6, 1)},
}


def test_views_count_what_they_say():
    """Pooled are the single passes; fused counts each voxel once and is no part of it."""
    found = {name: one.confusion.tolist() for name, one in views(CONFUSIONS).items()}
    assert found == {
        "pooled": [[15, 6], [0, 15]],
        "test1": [[8, 3], [0, 8]],
        "test2": [[7, 3], [0, 7]],
        "iline": [[3, 1], [0, 3]],
        "xline": [[12, 5], [0, 12]],
        "fused": [[10, 1], [0, 10]],
    }


def test_pooled_and_fused_differ_where_the_passes_disagree():
    """Each pass errs on half of the voxels; averaged, they are right everywhere."""
    truth = np.array([[0, 0, 1, 1]], np.uint8)
    live = np.ones(1, bool)
    iline = count_confusion(truth, np.array([[0, 1, 1, 1]]), 2, live)
    xline = count_confusion(truth, np.array([[0, 0, 0, 1]]), 2, live)
    fused = count_confusion(truth, truth, 2, live)
    found = views({"test1": {"iline": iline, "xline": xline, "fused": fused}})
    pooled = found["pooled"]
    both = np.concatenate([truth[0], truth[0]])
    guess = np.array([0, 1, 1, 1, 0, 0, 0, 1])
    expected = jaccard_score(both, guess, average="macro")
    from napari_s6.evaluation.metrics import Scores

    assert Scores.from_confusion(pooled.confusion).mean_iou == pytest.approx(expected, abs=1e-12)
    assert Scores.from_confusion(found["fused"].confusion).mean_iou == 1.0
    assert pooled.confusion.sum() == 2 * found["fused"].confusion.sum()


def test_dead_traces_and_voxels_without_a_label_do_not_count():
    truth = np.array([[0, 1], [1, 255], [0, 0]], np.uint8)
    codes = np.array([[0, 0], [255, 1], [1, 1]], np.uint8)
    found = count_confusion(truth, codes, 2, np.array([True, True, False]))
    assert found.confusion.tolist() == [[1, 0], [1, 0]]
    assert found.missed.tolist() == [0, 1]
    with pytest.raises(InputError, match="code 1, but the scheme has 1"):
        count_confusion(truth, codes, 1, np.ones(3, bool))


def test_means_are_over_the_classes_of_the_study(plan):
    confusion = np.diag([5, 0, 0, 0, 0, 0])
    confusion[1] = [0, 3, 1, 0, 0, 0]
    found = ConfusionMatrix(confusion, np.zeros(6, np.int64))
    some = plan.model_copy(update={"classes": (1, 2)})
    assert scores_of(found, some).mean_iou == pytest.approx(0.75)
    assert scores_of(found, some, all_classes=True).mean_iou == pytest.approx(0.875)


def _result(run):
    history = {"steps": 3, "curve": [(1, 0.1 + 0.2, None)], "validation": [], "best_step": None}
    sections = {"labelled": ["iline:3"], "unlabelled": 4}
    return RunResult(run, CONFUSIONS, sections, history, {"seconds": 1.5}, {"a/b": np.arange(3)})


def test_a_run_is_done_when_its_json_is_there(plan, tmp_path):
    run = plan.runs()[0]
    path = write_run_result(tmp_path, _result(run))
    assert sorted(p.name for p in path.parent.iterdir()) == [f"{run.name}.json", f"{run.name}.npz"]
    read = read_run_results(tmp_path, plan)
    assert list(read) == [run]
    assert read[run].as_json() == _result(run).as_json()
    path.unlink()
    assert not read_run_results(tmp_path, plan)


def test_half_a_file_is_named(plan, tmp_path):
    run = plan.runs()[0]
    path = write_run_result(tmp_path, _result(run))
    path.write_text(path.read_text()[:100])
    with pytest.raises(InputError, match="no result of a run"):
        read_run_results(tmp_path, plan)
    path.write_text(json.dumps({"format": 99}))
    with pytest.raises(InputError, match="another version"):
        read_run_results(tmp_path, plan)


def test_names_of_runs_tell_them_apart():
    runs = [Run(arm="constrained", repeat=0, share=s) for s in (2.0, 2.5, 20.0, None)]
    assert len({run.name for run in runs}) == 4
