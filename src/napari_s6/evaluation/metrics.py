"""How well predicted facies agree with reference labels.

All scores come from one confusion matrix n[t, p] of voxels with reference t and prediction p, as
in the public benchmark (Alaudah et al. 2019), with C classes that occur in the reference:

- pixel accuracy            sum_t n[t, t] / sum n
- accuracy of class t       n[t, t] / sum_p n[t, p] (recall)
- mean class accuracy       its mean over the C classes
- IoU of class t            n[t, t] / (sum_p n[t, p] + sum_t' n[t', t] - n[t, t])
- mean IoU                  its mean over the C classes
- frequency-weighted IoU    its mean weighted by sum_p n[t, p]

A class that the reference lacks counts in no mean; predicting it is an error of the class that was
there. So is predicting nothing where the reference has a facies. Dead traces never count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.matching import NOWHERE, match_lines, on_grid
from napari_s6.facies.record import facies_record
from napari_s6.facies.scheme import FaciesScheme, generic
from napari_s6.facies.sections import Section
from napari_s6.survey.record import survey_record
from napari_s6.survey.volume import ORIENTATIONS, live_traces, read_section

_CODES = UNLABELLED + 1


@dataclass(frozen=True, eq=False)
class Scores:
    """Agreement of a prediction with a reference; see the module for the formulas.

    Attributes
    ----------
    names
        Names of all classes, by code.
    classes
        Codes of the classes that the means are over.
    confusion
        int64 (classes, classes): voxels by reference (rows) and prediction (columns).
    missed
        int64 (classes,): voxels of each reference class for which no class was predicted.
    iou, accuracy
        float64 (classes,), NaN for classes that the reference lacks.
    """

    names: tuple[str, ...]
    classes: tuple[int, ...]
    confusion: np.ndarray
    missed: np.ndarray
    iou: np.ndarray
    accuracy: np.ndarray

    @classmethod
    def from_confusion(
        cls,
        confusion: np.ndarray,
        *,
        missed: np.ndarray | None = None,
        names: Sequence[str] | None = None,
        classes: Sequence[int] | None = None,
    ) -> "Scores":
        """Compute the scores of a confusion matrix.

        Parameters
        ----------
        confusion
            Integer (C, C), rows the reference.
        missed
            Integer (C,): reference voxels without a prediction; none if absent.
        names
            Names of the C classes; their numbers if absent.
        classes
            Codes to take the means over; all if absent. Voxels of other reference classes still
            count against the IoU of a class predicted there.
        """
        confusion = np.asarray(confusion, np.int64)
        n_classes = len(confusion)
        misses = np.zeros(n_classes, np.int64) if missed is None else np.asarray(missed, np.int64)
        right = np.diag(confusion).astype(float)
        in_reference = (confusion.sum(axis=1) + misses).astype(float)
        union = in_reference + confusion.sum(axis=0) - right
        absent = in_reference == 0
        with np.errstate(invalid="ignore", divide="ignore"):
            iou = np.where(absent, np.nan, right / union)
            accuracy = np.where(absent, np.nan, right / in_reference)
        return cls(
            names=tuple(names) if names is not None else tuple(str(k) for k in range(n_classes)),
            classes=tuple(range(n_classes)) if classes is None else tuple(sorted(set(classes))),
            confusion=confusion,
            missed=misses,
            iou=iou,
            accuracy=accuracy,
        )

    @property
    def present(self) -> tuple[int, ...]:
        """Codes of the counted classes that occur in the reference."""
        return tuple(k for k in self.classes if not np.isnan(self.iou[k]))

    @property
    def voxels(self) -> int:
        """Reference voxels of the counted classes."""
        return int(self._frequency().sum())

    @property
    def pixel_accuracy(self) -> float:
        """Share of the counted voxels that are right; NaN if there are none."""
        rows = list(self.present)
        if not rows:
            return float("nan")
        return float(np.diag(self.confusion)[rows].sum() / self._frequency().sum())

    @property
    def mean_class_accuracy(self) -> float:
        """Mean recall over the counted classes; NaN if there are none."""
        return _mean(self.accuracy[list(self.present)])

    @property
    def mean_iou(self) -> float:
        """Mean intersection over union of the counted classes; NaN if there are none."""
        return _mean(self.iou[list(self.present)])

    @property
    def frequency_weighted_iou(self) -> float:
        """IoU weighted by how often each class occurs in the reference; NaN if there are none."""
        if not self.present:
            return float("nan")
        return float(np.average(self.iou[list(self.present)], weights=self._frequency()))

    @property
    def per_class(self) -> dict[str, dict[str, float]]:
        """IoU and accuracy by name, of the counted classes that occur in the reference."""
        return {
            self.names[k]: {"iou": float(self.iou[k]), "accuracy": float(self.accuracy[k])}
            for k in self.present
        }

    def as_dict(self) -> dict[str, Any]:
        """Return everything in types that JSON has (undefined scores as None)."""
        return {
            "pixel_accuracy": _or_none(self.pixel_accuracy),
            "mean_class_accuracy": _or_none(self.mean_class_accuracy),
            "mean_iou": _or_none(self.mean_iou),
            "frequency_weighted_iou": _or_none(self.frequency_weighted_iou),
            "per_class": self.per_class,
            "confusion": self.confusion.tolist(),
            "not_predicted": self.missed.tolist(),
            "names": list(self.names),
            "classes": list(self.classes),
            "voxels": self.voxels,
        }

    def as_text(self) -> str:
        """Return a table for a terminal."""
        width = max([len(self.names[k]) for k in self.present] + [len("frequency-weighted IoU")])
        lines = [
            f"{'mean IoU':{width}}  {self.mean_iou:.3f}",
            f"{'mean class accuracy':{width}}  {self.mean_class_accuracy:.3f}",
            f"{'pixel accuracy':{width}}  {self.pixel_accuracy:.3f}",
            f"{'frequency-weighted IoU':{width}}  {self.frequency_weighted_iou:.3f}",
            "",
            f"{'facies':{width}}    IoU  accuracy",
        ]
        lines += [
            f"{self.names[k]:{width}}  {self.iou[k]:.3f}     {self.accuracy[k]:.3f}"
            for k in self.present
        ]
        return "\n".join(lines)

    def _frequency(self) -> np.ndarray:
        counts: np.ndarray = (self.confusion.sum(axis=1) + self.missed)[list(self.present)]
        return counts


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else float("nan")


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else value


def confusion(truth: np.ndarray, prediction: np.ndarray, n_classes: int) -> np.ndarray:
    """Count voxels by reference and predicted class.

    Parameters
    ----------
    truth, prediction
        Codes of equal shape. Where ``truth`` is 255 (unlabelled) nothing is counted.

    Returns
    -------
    numpy.ndarray
        int64 (n_classes, n_classes), rows the reference.

    Raises
    ------
    ValueError
        If a counted code is not below ``n_classes``.
    """
    counts = np.asarray(truth) != UNLABELLED
    rows = np.asarray(truth)[counts].astype(np.int64)
    columns = np.asarray(prediction)[counts].astype(np.int64)
    for codes in (rows, columns):
        if codes.size and (codes.min() < 0 or codes.max() >= n_classes):
            raise ValueError(
                f"codes run from {codes.min()} to {codes.max()}, not below {n_classes}"
            )
    table = np.bincount(rows * n_classes + columns, minlength=n_classes**2)
    return table.reshape(n_classes, n_classes)


def evaluate_facies(
    prediction: xr.DataArray,
    reference: xr.DataArray,
    *,
    live: xr.DataArray | None = None,
    sections: Sequence[Section] | None = None,
    classes: Sequence[int] | None = None,
    scheme: FaciesScheme | None = None,
) -> Scores:
    """Compare a facies volume with reference labels, matched by line number and time.

    Parameters
    ----------
    prediction, reference
        uint8 codes, 255 where there are none; the grids may differ (see `facies.matching.on_grid`).
    live
        The seismic volume (or any other): only its ``live`` traces count, and none that it lacks.
        Without it, a trace counts if the prediction holds any facies on it.
    sections
        Sections of the reference to compare, pooled; without them, every voxel of the reference
        once.
    classes
        Codes to take the means over; all that occur in the reference if absent.
    scheme
        Names of the classes; without it those recorded with either volume, else numbers.

    Raises
    ------
    InputError
        If the volumes have nothing in common, a section is not in the reference, nothing is
        labelled there, or the reference holds a code outside the scheme.
    """
    predicted = on_grid(prediction, reference)
    alive = None if live is None else _live_on(reference, live)
    table = np.zeros(_CODES * _CODES, np.int64)
    for section in sections if sections is not None else _all_inlines(reference):
        index = section.index(reference)
        truth = read_section(reference, section.orientation, index)
        guess = read_section(predicted, section.orientation, index)
        if alive is None:
            counts = (guess != UNLABELLED).any(axis=1)
        else:
            counts = alive[index] if section.orientation == "iline" else alive[:, index]
        # Truth and guess fit one 16-bit number: one pass counts all pairs.
        pairs = truth[counts].astype(np.uint16) * np.uint16(_CODES) + guess[counts]
        table += np.bincount(pairs.ravel(), minlength=_CODES * _CODES)
    return _scores_of(table.reshape(_CODES, _CODES), prediction, reference, classes, scheme)


def _all_inlines(reference: xr.DataArray) -> list[Section]:
    return [Section("iline", int(line)) for line in reference["iline"].values]


def _live_on(reference: xr.DataArray, volume: xr.DataArray) -> np.ndarray:
    """Return the live map of a volume on the reference's lines, False where it has none."""
    rows, columns = (
        match_lines(np.asarray(volume[dim].values), np.asarray(reference[dim].values))
        for dim in ORIENTATIONS
    )
    found = (rows != NOWHERE)[:, None] & (columns != NOWHERE)[None, :]
    live: np.ndarray = live_traces(volume)[np.ix_(rows, columns)] & found
    return live


def _scores_of(
    table: np.ndarray,
    prediction: xr.DataArray,
    reference: xr.DataArray,
    classes: Sequence[int] | None,
    scheme: FaciesScheme | None,
) -> Scores:
    names = _names(table, prediction, reference, scheme)
    n_classes = len(names)
    source = survey_record(reference).source or "reference"
    labelled = table[:UNLABELLED]
    if not labelled.any():
        raise InputError(
            f"{source}: no live voxel is labelled on the lines that are compared; choose lines "
            "that carry labels"
        )
    outside = np.flatnonzero(labelled[n_classes:].any(axis=1))
    if outside.size:
        raise InputError(
            f"{source}: holds code {n_classes + int(outside[0])}, but the scheme has {n_classes} "
            f"facies, 0 to {n_classes - 1}; give the scheme of the reference"
        )
    if classes is not None and not all(0 <= k < n_classes for k in classes):
        raise InputError(
            f"classes {min(classes)}-{max(classes)}: the facies are 0 to {n_classes - 1}; choose "
            "among them"
        )
    return Scores.from_confusion(
        labelled[:n_classes, :n_classes],
        missed=labelled[:n_classes, n_classes:].sum(axis=1),
        names=names,
        classes=classes,
    )


def _names(
    table: np.ndarray,
    prediction: xr.DataArray,
    reference: xr.DataArray,
    scheme: FaciesScheme | None,
) -> tuple[str, ...]:
    if scheme is not None:
        return scheme.names
    for volume in (reference, prediction):
        if recorded := facies_record(volume).scheme:
            return recorded.names
    used = np.flatnonzero(table.any(axis=1) | table.any(axis=0))
    n_classes = int(max(used[used != UNLABELLED], default=0)) + 1
    return generic(n_classes, first=0).names
