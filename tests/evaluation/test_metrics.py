import json

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference_metrics

from napari_s6.errors import InputError
from napari_s6.evaluation.metrics import Scores, confusion, evaluate_facies
from napari_s6.facies.scheme import F3
from napari_s6.facies.sections import Section
from napari_s6.survey.volume import make_volume


def labels_of(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Voxels with the given confusion matrix."""
    truth, guess = np.indices(table.shape)
    return np.repeat(truth, table.ravel()), np.repeat(guess, table.ravel())


def agree_with_scikit_learn(table: np.ndarray) -> None:
    truth, guess = labels_of(table)
    scores = Scores.from_confusion(table)
    np.testing.assert_array_equal(confusion(truth, guess, len(table)), table)
    present = np.unique(truth)
    assert list(scores.present) == present.tolist()
    iou = reference_metrics.jaccard_score(truth, guess, labels=present, average=None)
    recall = reference_metrics.recall_score(truth, guess, labels=present, average=None)
    frequency = np.bincount(truth)[present]
    close = pytest.approx
    assert scores.iou[present] == close(iou, abs=1e-9)
    assert scores.accuracy[present] == close(recall, abs=1e-9)
    assert scores.mean_iou == close(iou.mean(), abs=1e-9)
    assert scores.mean_class_accuracy == close(recall.mean(), abs=1e-9)
    accuracy = reference_metrics.accuracy_score(truth, guess)
    assert scores.pixel_accuracy == close(accuracy, abs=1e-9)
    weighted = np.average(iou, weights=frequency)
    assert scores.frequency_weighted_iou == close(weighted, abs=1e-9)
    assert np.isnan(np.delete(scores.iou, present)).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 7), st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_scores_agree_with_scikit_learn(n_classes: int, seed: int, empty: float) -> None:
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 40, (n_classes, n_classes))
    table[rng.random(table.shape) < empty] = 0
    if table.any():
        agree_with_scikit_learn(table)


@pytest.mark.parametrize(
    "table",
    [
        [[5]],
        [[0, 5], [0, 0]],  # one class, always taken for one that is absent
        [[0, 5], [5, 0]],  # never right
        [[3, 0, 0], [0, 0, 0], [0, 0, 2]],  # one class in neither
        [[3, 1, 0], [0, 0, 0], [0, 2, 2]],  # one class only predicted
        np.eye(6, dtype=int),
    ],
)
def test_degenerate_tables_agree_with_scikit_learn(table) -> None:
    agree_with_scikit_learn(np.asarray(table))


def test_nothing_to_compare_is_undefined_and_null_in_json() -> None:
    scores = Scores.from_confusion(np.zeros((3, 3), int))
    assert np.isnan([scores.mean_iou, scores.pixel_accuracy, scores.frequency_weighted_iou]).all()
    found = json.loads(json.dumps(scores.as_dict(), allow_nan=False))
    assert found["mean_iou"] is None
    assert found["per_class"] == {}


def test_missing_predictions_are_errors() -> None:
    scores = Scores.from_confusion(np.diag([6, 2]), missed=np.array([0, 2]))
    assert scores.iou.tolist() == [1.0, 0.5]
    assert scores.accuracy.tolist() == [1.0, 0.5]
    assert scores.pixel_accuracy == 0.8
    assert scores.voxels == 10


def test_means_over_some_classes_keep_all_false_positives() -> None:
    table = np.array([[10, 10, 0], [0, 20, 0], [0, 0, 5]])
    scores = Scores.from_confusion(table, classes=[1, 2], names=["a", "b", "c"])
    assert scores.per_class == {
        "b": {"iou": pytest.approx(20 / 30), "accuracy": 1.0},
        "c": {"iou": 1.0, "accuracy": 1.0},
    }
    assert scores.mean_iou == pytest.approx((20 / 30 + 1) / 2)
    assert scores.pixel_accuracy == 1.0
    assert scores.frequency_weighted_iou == pytest.approx((20 / 30 * 20 + 5) / 25)


def test_unlabelled_voxels_are_not_counted() -> None:
    truth = np.array([0, 255, 1], np.uint8)
    assert confusion(truth, np.array([0, 1, 0]), 2).tolist() == [[1, 0], [1, 0]]
    with pytest.raises(ValueError, match="not below 2"):
        confusion(truth, np.array([0, 1, 2]), 2)


def facies(codes, iline, xline, twt, **attrs) -> xr.DataArray:
    return make_volume(
        np.asarray(codes, np.uint8), iline=iline, xline=xline, samples=twt, attrs=attrs
    )


@pytest.fixture
def truth() -> xr.DataArray:
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 4, (5, 6, 8))
    codes[0] = 255
    return facies(codes, 100 + np.arange(5), 300 + np.arange(6), 4.0 * np.arange(8))


def test_grids_are_matched_by_line_number_and_time(truth) -> None:
    # A crop, its inlines the other way round, with times and lines the reference lacks.
    wide = np.full((7, 4, 10), 3, np.uint8)
    wide[0:4, :, 2:] = truth.values[4:0:-1, 1:5, :]
    guess = facies(wide, 104 - np.arange(7), 301 + np.arange(4), 4.0 * np.arange(-2, 8))
    scores = evaluate_facies(guess, truth, live=guess)
    assert scores.pixel_accuracy == 1.0
    assert scores.voxels == 4 * 4 * 8
    assert scores.names == ("Facies 0", "Facies 1", "Facies 2", "Facies 3")


def test_dead_traces_never_count(truth) -> None:
    guess = truth.copy()
    guess.values[2:4] = 1  # wrong on what is not live
    live = truth.assign_coords(live=(("iline", "xline"), np.ones((5, 6), bool)))
    live.coords["live"].values[2:4] = False
    assert evaluate_facies(guess, truth, live=live).pixel_accuracy == 1.0
    assert evaluate_facies(guess, truth).pixel_accuracy < 1.0
    guess.values[2:4] = 255  # where nothing is predicted at all, there was no data
    assert evaluate_facies(guess, truth).pixel_accuracy == 1.0
    scores = evaluate_facies(guess, truth, live=truth)
    assert scores.pixel_accuracy == pytest.approx(0.5)  # now the reference says it was live
    assert scores.missed.sum() == 2 * 6 * 8


def test_sections_are_pooled_and_limit_what_counts(truth) -> None:
    guess = truth.copy()
    guess.values[1] = (guess.values[1] + 1) % 4
    sections = [Section("iline", 102), Section("xline", 301)]
    scores = evaluate_facies(guess, truth, sections=sections)
    assert scores.voxels == 6 * 8 + 4 * 8
    assert scores.pixel_accuracy == pytest.approx(1 - 8 / 80)
    with pytest.raises(InputError, match="iline:99: the survey has no such line"):
        evaluate_facies(guess, truth, sections=[Section("iline", 99)])
    with pytest.raises(InputError, match="no live voxel is labelled"):
        evaluate_facies(guess, truth, sections=[Section("iline", 100)])


def test_names_come_from_the_scheme(truth) -> None:
    guess = truth.copy()
    guess.attrs["facies_scheme"] = F3.model_dump_json()
    recorded = evaluate_facies(guess, truth).as_dict()
    assert list(recorded["per_class"]) == list(F3.names[:4])
    assert np.shape(recorded["confusion"]) == (6, 6)
    truth.values[4, 0, 0] = 9
    with pytest.raises(InputError, match="holds code 9, but the scheme has 6 facies, 0 to 5"):
        evaluate_facies(guess, truth, scheme=F3)
    with pytest.raises(InputError, match="classes 2-12: the facies are 0 to 9"):
        evaluate_facies(truth, truth, classes=range(2, 13))
