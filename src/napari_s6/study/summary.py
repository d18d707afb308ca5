"""Means, spreads and paired differences over the repeats of a study."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from napari_s6.evaluation.metrics import Scores
from napari_s6.learn.config import ModelKind
from napari_s6.study.confusion import ConfusionMatrix, scores_of, views
from napari_s6.study.plan import Run, StudyPlan
from napari_s6.study.run_result import RunResult

CONFIDENCE = 0.95

Score = Callable[[Scores], float]


@dataclass(frozen=True)
class Spread:
    """Mean and sample standard deviation (NaN for a single value) of ``count`` values."""

    mean: float
    deviation: float
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Over the values that are defined."""
        known = np.array([value for value in values if not math.isnan(value)])
        if not known.size:
            return cls(math.nan, math.nan, 0)
        deviation = float(known.std(ddof=1)) if len(known) > 1 else math.nan
        return cls(float(known.mean()), deviation, len(known))

    def __str__(self) -> str:
        if not self.count:
            return "–"
        spread = "" if math.isnan(self.deviation) else f" ± {self.deviation:.3f}"
        return f"{self.mean:.3f}{spread}"


@dataclass(frozen=True)
class PairedDifference:
    """Mean of the differences within pairs, with a confidence interval from Student's t.

    ``low`` and ``high`` are NaN for fewer than two pairs.
    """

    mean: float
    low: float
    high: float
    pairs: int

    @classmethod
    def of(cls, first: Sequence[float], second: Sequence[float]) -> "PairedDifference":
        """Second minus first, over the pairs of which both are defined."""
        from scipy import stats

        differences = np.asarray(second, float) - np.asarray(first, float)
        differences = differences[~np.isnan(differences)]
        count = len(differences)
        if not count:
            return cls(math.nan, math.nan, math.nan, 0)
        mean = float(differences.mean())
        if count == 1:
            return cls(mean, math.nan, math.nan, 1)
        error = float(differences.std(ddof=1)) / math.sqrt(count)
        reach = float(stats.t.ppf(0.5 + CONFIDENCE / 2, count - 1)) * error
        return cls(mean, mean - reach, mean + reach, count)

    @property
    def interval(self) -> str:
        """The interval as text."""
        return "–" if math.isnan(self.low) else f"{self.low:+.3f} to {self.high:+.3f}"

    def __str__(self) -> str:
        return "–" if not self.pairs else f"{self.mean:+.3f}"


class StudyResults:
    """The finished runs of a study, asked for by share, model, view and score."""

    def __init__(self, plan: StudyPlan, run_results: Mapping[Run, RunResult]) -> None:
        self.plan = plan
        self.run_results = dict(run_results)
        self._views = {run: views(one.confusions) for run, one in self.run_results.items()}

    @property
    def shares(self) -> tuple[float | None, ...]:
        """Shares of labels, the largest first; (None,) where there are none."""
        return self.plan.shares or (None,)

    @property
    def view_names(self) -> list[str]:
        """Names of the views that any run has, ``pooled`` first."""
        return list(dict.fromkeys(name for found in self._views.values() for name in found))

    def runs(self, share: float | None, arm: ModelKind) -> list[Run]:
        """Finished runs of one cell of the table, by repeat."""
        return [run for run in self.run_results if run.share == share and run.arm == arm]

    def spread(
        self, share: float | None, arm: ModelKind, score: Score, view: str = "pooled"
    ) -> Spread:
        """A score over the repeats."""
        return Spread.of([score(self._scores(run, view)) for run in self.runs(share, arm)])

    def gap(self, share: float | None, score: Score, view: str = "pooled") -> PairedDifference:
        """Constrained minus unconstrained, over repeats of which both are done."""
        first, second = (
            {run.repeat: score(self._scores(run, view)) for run in self.runs(share, arm)}
            for arm in ("unconstrained", "constrained")
        )
        both = sorted(first.keys() & second.keys())
        return PairedDifference.of([first[k] for k in both], [second[k] for k in both])

    def confusion(
        self, share: float | None, arm: ModelKind, view: str = "pooled"
    ) -> ConfusionMatrix:
        """All repeats of one cell added up."""
        return sum(
            (self._views[run][view] for run in self.runs(share, arm)),
            start=ConfusionMatrix.nothing(self.plan.scheme.n_classes),
        )

    def _scores(self, run: Run, view: str) -> Scores:
        found = self._views[run].get(view, ConfusionMatrix.nothing(self.plan.scheme.n_classes))
        return scores_of(found, self.plan)


def mean_iou(scores: Scores) -> float:
    """The headline."""
    return scores.mean_iou


def mean_iou_of_all(scores: Scores) -> float:
    """Mean IoU of all classes of the reference, whichever the study's means are over."""
    known = scores.iou[~np.isnan(scores.iou)]
    return float(known.mean()) if known.size else math.nan


def accuracy_of(code: int) -> Score:
    """Accuracy (recall) of one class."""
    return lambda scores: float(scores.accuracy[code])


def iou_of(code: int) -> Score:
    """IoU of one class."""
    return lambda scores: float(scores.iou[code])
