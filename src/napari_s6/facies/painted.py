"""How much of a survey is painted, counted once and then corrected section by section."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from napari_s6.facies.attribution import attribute
from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.conventions import Convention
from napari_s6.facies.sections import valid_lines
from napari_s6.facies.targets import PaintedFraction
from napari_s6.survey.volume import Orientation, live_traces

_VALUES = 256


@dataclass(frozen=True, eq=False)
class PaintedSummary:
    """What is painted on live traces.

    Attributes
    ----------
    fraction
        Painted inlines, crosslines (as training attributes paint to them) and voxels, out of
        what could be.
    voxels
        Painted voxels by code of the facies, for the codes that occur.
    """

    fraction: PaintedFraction
    voxels: dict[int, int]
    _counts: "_Counts" = field(repr=False)

    @property
    def shares(self) -> dict[int, float]:
        """Share of each facies in what is painted."""
        total = sum(self.voxels.values())
        return {code: count / total for code, count in self.voxels.items()}


def painted_summary(
    values: np.ndarray,
    volume: xr.DataArray,
    previous: PaintedSummary | None = None,
    *,
    changed: Sequence[tuple[Orientation, int]] | None = None,
    convention: Convention = "layer",
) -> PaintedSummary:
    """Count what is painted.

    Parameters
    ----------
    values
        uint8 (inlines, crosslines, samples) on the volume's grid: a label layer's array, or codes
        with ``convention="codes"``.
    volume
        The survey; only its live traces are used.
    previous
        The summary of the same array before some sections changed; it is used up. Then only
        ``changed`` is read, which takes milliseconds where a full count takes tenths of a second.
    changed
        Sections that may have changed since, as (orientation, position along it). All paint that
        changed must lie on them.

    Raises
    ------
    ValueError
        If only one of ``previous`` and ``changed`` is given, or the shapes differ.
    """
    if values.shape != volume.shape:
        raise ValueError(f"paint has shape {values.shape}, the survey {volume.shape}")
    if (previous is None) != (changed is None):
        raise ValueError("previous and changed belong together")
    if previous is None or changed is None:
        counts = _Counts(live_traces(volume), volume.shape[2])
        sections: Sequence[tuple[Orientation, int]]
        sections = [("iline", i) for i in range(values.shape[0])]
    else:
        counts, sections = previous._counts, changed
    nothing = 0 if convention == "layer" else UNLABELLED
    for orientation, index in sections:
        section = values[index] if orientation == "iline" else values[:, index]
        counts.replace(orientation, index, section, nothing)
    first = 1 if convention == "layer" else 0
    voxels = {k - first: n for k, n in enumerate(counts.voxels.tolist()) if n}
    return PaintedSummary(counts.fraction(), voxels, counts)


class _Counts:
    """Painted samples of every trace by value, and their sums.

    A map of traces is made for each value when it first occurs; it takes as much memory as four
    of the survey's time slices do in paint.
    """

    def __init__(self, live: np.ndarray, n_samples: int) -> None:
        self.live = live
        self.valid = valid_lines(live)
        self.n_samples = n_samples
        self.voxels = np.zeros(_VALUES, np.int64)
        self.by_value: dict[int, np.ndarray] = {}

    def replace(
        self, orientation: Orientation, index: int, section: np.ndarray, nothing: int
    ) -> None:
        """Count one section anew and put its counts in the place of the old ones."""
        live = self.live[index] if orientation == "iline" else self.live[:, index]
        labelled = section != nothing
        painted = np.flatnonzero(labelled.any(axis=1) & live)
        # Trace and value make one number, so that one pass counts all pairs.
        pairs = section[painted].astype(np.int32)
        pairs += np.arange(len(painted), dtype=np.int32)[:, None] * _VALUES
        table = np.bincount(pairs.ravel(), minlength=len(painted) * _VALUES)
        table = table.reshape(len(painted), _VALUES)
        table[:, nothing] = 0
        for value in {*np.flatnonzero(table.any(axis=0)).tolist(), *self.by_value}:
            if value not in self.by_value:
                self.by_value[value] = np.zeros(self.live.shape, np.uint32)
            counted = self.by_value[value]
            line = counted[index] if orientation == "iline" else counted[:, index]
            self.voxels[value] -= int(line.sum(dtype=np.int64))
            line[...] = 0
            line[painted] = table[:, value]
            self.voxels[value] += int(table[:, value].sum())

    def fraction(self) -> PaintedFraction:
        painted = np.zeros(self.live.shape, bool)
        for counted in self.by_value.values():
            painted |= counted > 0
        counts_for = attribute(painted, self.live)
        inlines = counts_for["iline"].any(axis=1) & self.valid["iline"]
        crosslines = counts_for["xline"].any(axis=0) & self.valid["xline"]
        return PaintedFraction(
            inlines=int(np.count_nonzero(inlines)),
            of_inlines=int(np.count_nonzero(self.valid["iline"])),
            crosslines=int(np.count_nonzero(crosslines)),
            of_crosslines=int(np.count_nonzero(self.valid["xline"])),
            voxels=int(self.voxels.sum()),
            of_voxels=int(np.count_nonzero(self.live)) * self.n_samples,
        )
