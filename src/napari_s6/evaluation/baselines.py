"""What needs no learning: three predictions that a network must beat to have earned its time.

They use the labels of the training sections alone, never the seismic. The second and third follow
the horizons of the training lines of one orientation, the one that has more of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.sections import Section
from napari_s6.facies.targets import Targets
from napari_s6.horizons.model import codes_between, tops_of
from napari_s6.survey.lazy import LazyArray
from napari_s6.survey.volume import ORIENTATIONS, Orientation

#: A trace shows its horizons if at least this share of its samples is labelled.
MIN_LABELLED_SAMPLES = 0.5


@dataclass(frozen=True, eq=False)
class Baseline:
    """A prediction without learning.

    ``codes(inlines, crosslines)`` returns uint8 (traces, samples) for the traces at paired
    positions of the survey's grid.
    """

    name: str
    shape: tuple[int, int, int]
    codes: Callable[[np.ndarray, np.ndarray], np.ndarray]

    def section(self, orientation: Orientation, index: int) -> np.ndarray:
        """Return the prediction for one section: uint8 (traces, samples)."""
        across = np.arange(self.shape[1 if orientation == "iline" else 0])
        along = np.full(len(across), index)
        return self.codes(along, across) if orientation == "iline" else self.codes(across, along)

    def volume(self, like: xr.DataArray) -> xr.DataArray:
        """Return the prediction as a uint8 volume with the coordinates of ``like``.

        It is lazy: what is read is predicted then.
        """
        return _BaselineArray(self).on(like, "facies")


class _BaselineArray(LazyArray):
    """The codes of a baseline, for whichever part of the survey is asked for."""

    __slots__ = ("baseline", "dtype", "shape")

    def __init__(self, baseline: Baseline) -> None:
        self.baseline = baseline
        self.shape = baseline.shape
        self.dtype = np.dtype(np.uint8)

    def _read(self, key: tuple[Any, ...]) -> np.ndarray:
        rows, columns = (np.arange(n)[k] for n, k in zip(self.shape[:2], key[:2], strict=True))
        inlines, crosslines = np.meshgrid(rows, columns, indexing="ij")
        codes = self.baseline.codes(inlines.ravel(), crosslines.ravel())[:, key[2]]
        return codes.reshape((*np.shape(rows), *np.shape(columns), *codes.shape[1:]))


def without_learning(volume: xr.DataArray, targets: Targets) -> list[Baseline]:
    """Return the baselines that the labels allow: two, or three if two lines are parallel."""
    found = [most_frequent_by_depth(targets)]
    lines = _training_lines(volume, targets)
    if lines is not None:
        found.append(copied_boundaries(volume, targets))
        if len(lines.numbers) > 1:
            found.append(interpolated_boundaries(volume, targets))
    return found


def most_frequent_by_depth(targets: Targets) -> Baseline:
    """Predict at each depth the facies that is most frequent there in the training labels.

    A depth without labels takes the nearest one's; of equally frequent facies the upper one.
    """
    counts = np.zeros((targets.volume_shape[2], targets.n_classes), np.int64)
    for section in targets.sections:
        labels = targets.section_labels(section)
        for k in range(targets.n_classes):
            counts[:, k] += np.count_nonzero(labels == k, axis=0)
    known = np.flatnonzero(counts.any(axis=1))
    depths = np.arange(len(counts))
    nearest = known[np.abs(depths[:, None] - known[None, :]).argmin(axis=1)]
    column = counts.argmax(axis=1).astype(np.uint8)[nearest]

    def codes(inlines: np.ndarray, crosslines: np.ndarray) -> np.ndarray:
        return np.broadcast_to(column, (len(inlines), len(column))).copy()

    return Baseline("most frequent facies of each depth", targets.volume_shape, codes)


def copied_boundaries(volume: xr.DataArray, targets: Targets) -> Baseline:
    """Predict everywhere the horizons of the first training line."""
    lines = _need_lines(volume, targets)

    def codes(inlines: np.ndarray, crosslines: np.ndarray) -> np.ndarray:
        across = crosslines if lines.orientation == "iline" else inlines
        return codes_between(lines.tops[0, across], targets.volume_shape[2])

    name = f"boundaries of {lines.orientation} {lines.numbers[0]:g} copied everywhere"
    return Baseline(name, targets.volume_shape, codes)


def interpolated_boundaries(volume: xr.DataArray, targets: Targets) -> Baseline:
    """Predict horizons interpolated linearly in line number between parallel training lines.

    Beyond the outermost lines they go on with the slope between those two.

    Raises
    ------
    InputError
        If fewer than two parallel lines carry labels.
    """
    lines = _need_lines(volume, targets)
    if len(lines.numbers) < 2:
        raise InputError("labels: interpolated boundaries need two parallel lines; label another")
    numbers = np.asarray(volume[lines.orientation].values, float)

    def codes(inlines: np.ndarray, crosslines: np.ndarray) -> np.ndarray:
        if lines.orientation == "iline":
            tops = lines.interpolated(numbers[inlines], crosslines)
        else:
            tops = lines.interpolated(numbers[crosslines], inlines)
        return codes_between(tops, targets.volume_shape[2])

    name = f"boundaries interpolated between {len(lines.numbers)} {lines.orientation}s"
    return Baseline(name, targets.volume_shape, codes)


@dataclass(frozen=True, eq=False)
class _Lines:
    """Horizons of parallel training lines: ``tops`` (lines, traces, horizons), lines ascending."""

    orientation: Orientation
    numbers: np.ndarray
    tops: np.ndarray

    def interpolated(self, at: np.ndarray, traces: np.ndarray) -> np.ndarray:
        """Horizons at paired line numbers and traces, (n, horizons)."""
        numbers = self.numbers
        upper = np.clip(np.searchsorted(numbers, at), 1, len(numbers) - 1)
        lower = upper - 1
        outside = (at < numbers[0]) | (at > numbers[-1])
        lower, upper = np.where(outside, 0, lower), np.where(outside, len(numbers) - 1, upper)
        # The outermost pair alone would send the horizons of two neighbouring lines off steeply.
        start = np.where(at > numbers[-1], upper, lower)
        slope = (self.tops[upper, traces] - self.tops[lower, traces]) / (
            numbers[upper] - numbers[lower]
        )[:, None]
        tops: np.ndarray = self.tops[start, traces] + slope * (at - numbers[start])[:, None]
        return tops


def _need_lines(volume: xr.DataArray, targets: Targets) -> _Lines:
    lines = _training_lines(volume, targets)
    if lines is None:
        raise InputError(
            "labels: boundaries need traces that are labelled over half their length; label some "
            "from top to bottom"
        )
    return lines


def _training_lines(volume: xr.DataArray, targets: Targets) -> _Lines | None:
    """Read the horizons of the training sections of the orientation that has more of them."""
    found: dict[Orientation, list[tuple[Section, np.ndarray]]] = {}
    for orientation in ORIENTATIONS:
        chosen = [s for s in targets.sections if s.orientation == orientation]
        tops = [(s, _tops_along(targets, s)) for s in chosen]
        found[orientation] = [(s, t) for s, t in tops if t is not None]
    orientation = max(ORIENTATIONS, key=lambda o: len(found[o]))
    lines = found[orientation]
    if not lines:
        return None
    numbers = np.array([float(s.line) for s, _ in lines])
    return _Lines(orientation, numbers, np.stack([t for _, t in lines]))


def _tops_along(targets: Targets, section: Section) -> np.ndarray | None:
    """Horizons of every trace of a section; a trace without takes those of the nearest with."""
    labels = targets.section_labels(section)
    known = np.flatnonzero((labels != UNLABELLED).mean(axis=1) >= MIN_LABELLED_SAMPLES)
    if not known.size:
        return None
    tops = tops_of(labels[known], targets.n_classes)
    traces = np.arange(len(labels))
    after = np.clip(np.searchsorted(known, traces), 0, len(known) - 1)
    before = np.maximum(after - 1, 0)
    nearer = np.abs(traces - known[before]) < np.abs(known[after] - traces)
    return tops[np.where(nearer, before, after)]
