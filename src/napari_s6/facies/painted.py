"""The traces of a survey that carry labels: what paint, label files and training targets share.

Of a large survey a few sections are painted. Only their traces are kept, a row of codes each, so
that no array of the survey's size is made between the brush and the loss.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.facies.codes import UNLABELLED
from napari_s6.survey.lazy import Key, LazyArray
from napari_s6.survey.volume import Orientation

_BLOCK_CODES = 1 << 24


@dataclass(frozen=True, eq=False)
class PaintedTraces:
    """Hold the labels of some traces of a survey; all others are unlabelled.

    Parameters
    ----------
    shape
        (inlines, crosslines, samples) of the survey.
    positions
        int64 (traces,), ascending: where each trace lies in the flattened (inlines, crosslines).
    codes
        uint8 (traces, samples): facies codes, 255 where unlabelled. Not copied.

    Raises
    ------
    ValueError
        If the three do not fit together.

    Examples
    --------
    >>> import numpy as np
    >>> painted = PaintedTraces((2, 3, 4), np.array([1, 5]), np.array([[0] * 4, [7] * 4], np.uint8))
    >>> painted.section("xline", 2)
    array([[255, 255, 255, 255],
           [  7,   7,   7,   7]], dtype=uint8)
    """

    shape: tuple[int, int, int]
    positions: np.ndarray = field(repr=False)
    codes: np.ndarray = field(repr=False)

    def __post_init__(self) -> None:
        inlines, crosslines, samples = self.shape
        if self.codes.shape != (len(self.positions), samples):
            raise ValueError(
                f"codes have shape {self.codes.shape}, not {(len(self.positions), samples)}"
            )
        if self.codes.dtype != np.uint8:
            raise ValueError(f"codes are {self.codes.dtype}, not uint8")
        if len(self.positions) and (
            (np.diff(self.positions) <= 0).any()
            or self.positions[0] < 0
            or self.positions[-1] >= inlines * crosslines
        ):
            raise ValueError("positions do not ascend within the survey")

    @classmethod
    def from_volume(
        cls, labels: xr.DataArray | np.ndarray, live: np.ndarray | None = None
    ) -> "PaintedTraces":
        """Copy the labelled traces out of a label volume, which is read an inline at a time.

        Parameters
        ----------
        labels
            Facies codes (inlines, crosslines, samples), 255 where unlabelled.
        live
            Boolean (inlines, crosslines): look at these traces only.

        Raises
        ------
        InputError
            If the volume holds a number that is no code.
        """
        shape = (labels.shape[0], labels.shape[1], labels.shape[2])
        asked = np.ones(shape[:2], bool) if live is None else live
        # Reserved for a fully painted survey, but pages that are never written take no memory.
        codes = np.empty((int(np.count_nonzero(asked)), shape[2]), np.uint8)
        positions: list[np.ndarray] = []
        found = 0
        for inline in np.flatnonzero(asked.any(axis=1)):
            section = _codes_of_inline(labels, int(inline), asked[inline])
            crosslines = np.flatnonzero((section != UNLABELLED).any(axis=1) & asked[inline])
            codes[found : found + len(crosslines)] = section[crosslines]
            positions.append(inline * shape[1] + crosslines)
            found += len(crosslines)
        kept = codes[:found]
        return cls(
            shape,
            np.concatenate(positions) if positions else np.zeros(0, np.int64),
            kept.copy() if found < len(codes) // 2 else kept,
        )

    @cached_property
    def mask(self) -> np.ndarray:
        """Which traces are held: boolean (inlines, crosslines)."""
        return np.asarray(self._rows >= 0)

    @cached_property
    def voxels(self) -> np.ndarray:
        """How many samples of each trace are labelled: int64 (traces,)."""
        counts = [np.count_nonzero(block != UNLABELLED, axis=1) for _, block in self._blocks()]
        return np.concatenate(counts) if counts else np.zeros(0, np.int64)

    def labelled(self, live: np.ndarray) -> "PaintedTraces":
        """Return those of the traces that are live and carry a label; no copy if all do.

        ``live`` is boolean (inlines, crosslines).
        """
        kept = (self.voxels > 0) & live.ravel()[self.positions]
        if kept.all():
            return self
        return PaintedTraces(self.shape, self.positions[kept], self.codes[kept])

    def beyond(self, n_classes: int) -> tuple[int, int] | None:
        """Return (inline's position, code) of the first code that a scheme does not have.

        None if all codes are below ``n_classes``.
        """
        for first, block in self._blocks():
            wrong = (block >= n_classes) & (block != UNLABELLED)
            if wrong.any():
                row = first + int(np.flatnonzero(wrong.any(axis=1))[0])
                return int(self.positions[row]) // self.shape[1], int(block[wrong][0])
        return None

    def section(self, orientation: Orientation, index: int) -> np.ndarray:
        """Return all labels on a line: uint8 (traces, samples), 255 where unlabelled.

        ``index`` is the line's position along its axis of the survey.
        """
        rows = self._rows[index] if orientation == "iline" else self._rows[:, index]
        held = rows >= 0
        labels = np.full((len(rows), self.shape[2]), UNLABELLED, np.uint8)
        labels[held] = self.codes[rows[held]]
        return labels

    def part(self, inlines: Any, crosslines: Any, samples: Any) -> np.ndarray:
        """Return a part of the labels: uint8, 255 where unlabelled.

        Each axis takes an integer, which takes the axis away, a slice or an array of positions.
        """
        rows = self._rows[inlines][..., crosslines]
        held = rows >= 0
        found = self.codes[rows[held]][:, samples]
        part = np.full((*rows.shape, *found.shape[1:]), UNLABELLED, np.uint8)
        part[held] = found
        return part

    def lazily_on(self, survey: xr.DataArray) -> xr.DataArray:
        """Return the labels as a volume on a survey's grid, of which only what is read is made.

        Raises
        ------
        InputError
            If the survey has another shape.
        """
        if survey.shape != self.shape:
            raise InputError(
                f"labels of {self.shape} traces and samples do not lie on a survey of "
                f"{survey.shape}; open the survey as it was when they were painted"
            )
        return _PaintedArray(self).on(survey, "facies")

    def as_volume(self) -> np.ndarray:
        """Return the labels as a new dense array: uint8 of ``shape``, 255 where unlabelled.

        For small surveys, pictures and tests: this is what the class is there to avoid.
        """
        volume = np.full(self.shape, UNLABELLED, np.uint8)
        volume.reshape(-1, self.shape[2])[self.positions] = self.codes
        return volume

    @cached_property
    def _rows(self) -> np.ndarray:
        """The row of ``codes`` that holds each trace, -1 for none: int32 (inlines, crosslines)."""
        rows = np.full(self.shape[0] * self.shape[1], -1, np.int32)
        rows[self.positions] = np.arange(len(self.positions), dtype=np.int32)
        return rows.reshape(self.shape[:2])

    def _blocks(self) -> Iterator[tuple[int, np.ndarray]]:
        """Yield (first row, codes) of blocks small enough to compare as a whole."""
        step = max(1, _BLOCK_CODES // max(1, self.shape[2]))
        for first in range(0, len(self.codes), step):
            yield first, self.codes[first : first + step]


class _PaintedArray(LazyArray):
    """Painted traces as a lazy array."""

    def __init__(self, painted: PaintedTraces) -> None:
        self.shape, self.dtype = painted.shape, np.dtype(np.uint8)
        self.painted = painted

    def _read(self, key: Key) -> np.ndarray:
        return self.painted.part(*key)


def _codes_of_inline(
    labels: xr.DataArray | np.ndarray, inline: int, asked: np.ndarray
) -> np.ndarray:
    """Read one inline of a label volume as uint8 (crosslines, samples), right where asked for."""
    values = np.asarray(labels[inline])
    if values.dtype == np.uint8:
        return values
    with np.errstate(invalid="ignore"):
        codes = values.astype(np.uint8)
    wrong = (codes != values) & asked[:, None]
    if wrong.any():
        raise InputError(
            f"labels hold {values[wrong][0]:g} on the inline at position {inline}, which is no "
            "facies code; codes count from 0, and 255 is unlabelled"
        )
    return codes
