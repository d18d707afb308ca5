"""Test the predictions without learning as a study tests its runs."""

import numpy as np
import xarray as xr

from napari_s6.evaluation.baselines import Baseline, without_learning
from napari_s6.study.confusion import ConfusionMatrices, ConfusionMatrix, count_confusion
from napari_s6.study.data import StudyData, TestSet, line_targets, live_along, truth_of
from napari_s6.study.plan import StudyPlan


def baseline_confusions(plan: StudyPlan, data: StudyData) -> dict[str, ConfusionMatrices]:
    """What the labels of the training lines predict without any learning, tallied as a run is.

    They follow line numbers. In another survey than the trained one, a trace takes what is
    predicted for the nearest inline and crossline of that one; empty where its samples are others.
    """
    samples = data.volume.shape[2]
    if any(test.volume.shape[2] != samples for test in data.tests):
        return {}
    targets = line_targets(plan, data)
    return {
        baseline.name: {
            test.name: _baseline_confusion(plan, data.volume, baseline, test) for test in data.tests
        }
        for baseline in without_learning(data.volume, targets)
    }


def _baseline_confusion(
    plan: StudyPlan, volume: xr.DataArray, baseline: Baseline, test: TestSet
) -> dict[str, ConfusionMatrix]:
    n_classes = plan.scheme.n_classes
    found: dict[str, ConfusionMatrix] = {}
    inlines, crosslines = (
        _nearest(volume[dim].values, test.volume[dim].values) for dim in ("iline", "xline")
    )
    for section in test.sections:
        index = section.index(test.volume)
        if section.orientation == "iline":
            codes = baseline.codes(np.full(len(crosslines), inlines[index]), crosslines)
        else:
            codes = baseline.codes(inlines, np.full(len(inlines), crosslines[index]))
        here = count_confusion(
            truth_of(test, section), codes, n_classes, live_along(test.volume, section)
        )
        so_far = found.get(section.orientation, ConfusionMatrix.nothing(n_classes))
        found[section.orientation] = so_far + here
    return found


def _nearest(numbers: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Positions of the nearest of ``numbers``."""
    nearest: np.ndarray = np.abs(np.asarray(numbers)[:, None] - np.asarray(wanted)[None, :]).argmin(
        axis=0
    )
    return nearest
