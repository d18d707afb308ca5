"""Count what was predicted against the reference, and pool the counts of a study's tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from napari_s6.errors import InputError
from napari_s6.evaluation.metrics import Scores
from napari_s6.facies.codes import UNLABELLED
from napari_s6.study.plan import StudyPlan
from napari_s6.survey.volume import ORIENTATIONS

FUSED = "fused"
"""Both passes averaged: every voxel counts once."""


@dataclass(frozen=True)
class ConfusionMatrix:
    """What was found where: ``confusion`` rows are the reference, ``missed`` got no facies."""

    confusion: np.ndarray
    missed: np.ndarray

    @classmethod
    def nothing(cls, n_classes: int) -> "ConfusionMatrix":
        """No voxel counted yet."""
        return cls(np.zeros((n_classes, n_classes), np.int64), np.zeros(n_classes, np.int64))

    def __add__(self, other: "ConfusionMatrix") -> "ConfusionMatrix":
        return ConfusionMatrix(self.confusion + other.confusion, self.missed + other.missed)


ConfusionMatrices = Mapping[str, Mapping[str, ConfusionMatrix]]
"""By what is tested on (a test volume, a line), then by how: ``iline``, ``xline``, ``fused``."""


def count_confusion(
    truth: np.ndarray, codes: np.ndarray, n_classes: int, live: np.ndarray
) -> ConfusionMatrix:
    """Count reference against prediction on the live traces of a section, (traces, samples).

    Raises
    ------
    InputError
        If the reference holds a code outside the scheme.
    """
    truth, codes = np.asarray(truth)[live], np.asarray(codes)[live]
    labelled = truth != UNLABELLED
    if labelled.any() and int(truth[labelled].max()) >= n_classes:
        raise InputError(
            f"labels: hold code {int(truth[labelled].max())}, but the scheme has {n_classes} "
            "facies; give the scheme of the labels"
        )
    found = labelled & (codes != UNLABELLED)
    pairs = truth[found].astype(np.int64) * n_classes + codes[found]
    table = np.bincount(pairs, minlength=n_classes**2).reshape(n_classes, n_classes)
    missed = np.bincount(truth[labelled & ~found], minlength=n_classes)
    return ConfusionMatrix(table.astype(np.int64), missed.astype(np.int64))


def sum_of(found: Sequence[ConfusionMatrix], n_classes: int) -> ConfusionMatrix:
    """Return the sum of confusion matrices."""
    return sum(found, start=ConfusionMatrix.nothing(n_classes))


def views(confusions: ConfusionMatrices) -> dict[str, ConfusionMatrix]:
    """The voxels that different groups report a mean IoU of.

    ``pooled`` are all sections of all tests in both orientations, as one matrix: the headline.
    Each test and each orientation alone follow; ``fused`` averages the two passes, so that every
    voxel counts once.
    """
    single = [
        (part, how, one)
        for part, ways in confusions.items()
        for how, one in ways.items()
        if how != FUSED
    ]
    fused = [ways[FUSED] for ways in confusions.values() if FUSED in ways]
    found = {"pooled": _sum([one for _, _, one in single])}
    if len(confusions) > 1:
        found |= {
            name: _sum([one for part, _, one in single if part == name]) for name in confusions
        }
    ways = [o for o in ORIENTATIONS if any(how == o for _, how, _ in single)]
    if len(ways) > 1:
        found |= {name: _sum([one for _, how, one in single if how == name]) for name in ways}
    if fused:
        found[FUSED] = _sum(fused)
    return found


def _sum(confusions: Sequence[ConfusionMatrix]) -> ConfusionMatrix:
    return sum(confusions[1:], start=confusions[0])


def scores_of(matrix: ConfusionMatrix, plan: StudyPlan, *, all_classes: bool = False) -> Scores:
    """The scores of a matrix, with means over the study's classes."""
    return Scores.from_confusion(
        matrix.confusion,
        missed=matrix.missed,
        names=plan.scheme.names,
        classes=None if all_classes else plan.classes,
    )
