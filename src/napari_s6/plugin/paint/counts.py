"""How much of a label layer is painted, kept up to date stroke by stroke."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from napari_s6.facies.attribution import attribute
from napari_s6.facies.sections import valid_lines
from napari_s6.facies.targets import PaintedFraction
from napari_s6.plugin.canvas.array import AXES

#: Above this many voxels a full count takes long enough to be seen: do it off the GUI thread.
QUICK_VOXELS = 8_000_000


class PaintTally:
    """Counts of painted voxels and traces that follow napari's edit history.

    A full count of a survey takes a good part of a second; a stroke changes a small box of it. So
    the counts are taken once and then corrected with what napari records about each stroke (the
    values before and after), which costs a millisecond or two however large the survey is.

    Parameters
    ----------
    values
        The label layer's array, 0 = unpainted, in the layer's own order of axes. Not copied.
    live
        Boolean (inlines, crosslines): traces with data. Paint elsewhere is not counted as painted.
    axes
        The layer's axes that hold inlines, crosslines and samples.

    Attributes
    ----------
    voxels
        int64 (256,): painted voxels of each layer value, dead traces included.
    """

    def __init__(self, values: np.ndarray, live: np.ndarray, axes: Sequence[int] = AXES) -> None:
        self._values = values.transpose(tuple(axes))
        self._axes = tuple(axes)
        self._live = live
        valid = valid_lines(live)
        self._valid = valid
        self._of_inlines = int(np.count_nonzero(valid["iline"]))
        self._of_crosslines = int(np.count_nonzero(valid["xline"]))
        self._of_voxels = int(np.count_nonzero(live)) * self._values.shape[2]
        self.voxels = np.zeros(256, np.int64)
        self._traces = np.zeros(live.shape, bool)
        self._stale: list[list[list[int]]] = []

    def recount(self) -> "PaintTally":
        """Count everything anew, inline by inline; may run in any thread."""
        voxels = np.zeros(256, np.int64)
        traces = np.zeros(self._live.shape, bool)
        for i in range(len(self._values)):
            section = np.ascontiguousarray(self._values[i])
            painted = section.any(axis=1)
            if painted.any():
                traces[i] = painted
                voxels += np.bincount(section[painted].ravel(), minlength=256)
        voxels[0] = 0
        self.voxels, self._traces, self._stale = voxels, traces, []
        return self

    def apply(self, item: Iterable[Any], *, undone: bool = False) -> None:
        """Correct the counts for one item of napari's edit history (one stroke).

        napari records ``(indices, before, after)`` tuples, and from 0.9 on also boxes with a
        mask. ``undone`` takes the item back.
        """
        sign = -1 if undone else 1
        for atom in item:
            before, after, box = _changes(atom, self._axes)
            self.voxels -= sign * np.bincount(before, minlength=256)
            self.voxels += sign * np.bincount(after, minlength=256)
            self._stale.append(box)
        self.voxels[0] = 0

    @property
    def traces(self) -> np.ndarray:
        """Boolean (inlines, crosslines): traces with any paint.

        Looked up when asked for: napari tells of some edits before it makes them.
        """
        if self._stale:
            first, end = np.min(self._stale, axis=0)[:, 0], np.max(self._stale, axis=0)[:, 1]
            around = slice(first[0], end[0]), slice(first[1], end[1])
            self._traces[around] = self._values[around].any(axis=2)
            self._stale = []
        return self._traces

    @property
    def painted(self) -> PaintedFraction:
        """Painted sections (as training will attribute them) and voxels, out of what could be."""
        counts_for = attribute(self.traces, self._live)
        return PaintedFraction(
            inlines=int(np.count_nonzero(counts_for["iline"].any(axis=1) & self._valid["iline"])),
            of_inlines=self._of_inlines,
            crosslines=int(
                np.count_nonzero(counts_for["xline"].any(axis=0) & self._valid["xline"])
            ),
            of_crosslines=self._of_crosslines,
            voxels=int(self.voxels.sum()),
            of_voxels=self._of_voxels,
        )


def _changes(atom: Any, axes: Sequence[int]) -> tuple[np.ndarray, np.ndarray, list[list[int]]]:
    """Return (values before, values after, [[first, end) of inlines, of crosslines])."""
    if hasattr(atom, "slice_key"):
        before = np.asarray(atom.old_values).ravel()
        box = [[atom.slice_key[axis].start, atom.slice_key[axis].stop] for axis in axes[:2]]
        return before, np.full(before.shape, atom.new_value, before.dtype), box
    indices, before, after = atom
    before = np.asarray(before).ravel()
    lines = (np.asarray(indices[axis]) for axis in axes[:2])
    box = [[int(line.min()), int(line.max()) + 1] for line in lines]
    return before, np.broadcast_to(np.asarray(after).ravel(), before.shape), box
