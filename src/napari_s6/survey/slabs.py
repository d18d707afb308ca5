"""Chunked arrays read a slab of sections at a time, the last slab of each direction kept.

A section cuts through chunks that hold its neighbours too. Who goes through a survey section by
section, as an interpreter, a training or a prediction does, would decode each chunk as many times
as it is thick.
"""

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from xarray.core import indexing

from napari_s6.survey.lazy import Key, LazyArray, backing_array

#: A slab is a 128th of the volume, between these bounds; three may be held, one of each direction.
SMALLEST_SLAB, LARGEST_SLAB = 32 * 2**20, 256 * 2**20
_SHARE = 128


class SlabArray(LazyArray):
    """A Zarr array of three axes for xarray; what is read of sections is read slab by slab.

    Parameters
    ----------
    array
        Zarr array, its chunks or inner chunks in ``array.chunks``.
    slab_bytes
        Most that one slab may hold; None takes a 128th of the array, 32 to 256 MB.
    """

    def __init__(self, array: Any, slab_bytes: int | None = None) -> None:
        self.array = array
        self.shape: tuple[int, ...] = tuple(array.shape)
        self.dtype = np.dtype(array.dtype)
        self.slab_bytes = slab_bytes
        size = int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize
        most = slab_bytes or min(max(size // _SHARE, SMALLEST_SLAB), LARGEST_SLAB)
        self._thickness = tuple(
            _divisor(chunk, most * n // max(1, size))
            for chunk, n in zip(array.chunks, self.shape, strict=True)
        )
        self._held: dict[int, tuple[int, np.ndarray]] = {}
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.array, self.slab_bytes)

    def _read(self, key: Key) -> np.ndarray:
        """Read an outer selection: an integer, a slice or an array of positions for each axis."""
        key = tuple(_as_run(k, n) for k, n in zip(key, self.shape, strict=True))
        axis = self._across(key)
        if axis is None:
            return self._direct(key)
        wanted = key[axis]
        if not isinstance(wanted, slice):
            start, slab = self._slab(axis, int(wanted))
            return _outer(slab, _with(key, axis, int(wanted) - start)).copy()
        parts, at = [], wanted.start
        while at < wanted.stop:
            start, slab = self._slab(axis, at)
            stop = min(wanted.stop, start + slab.shape[axis])
            parts.append(_outer(slab, _with(key, axis, slice(at - start, stop - start))))
            at = stop
        # The axis' place in the result: integers before it are gone.
        place = sum(isinstance(k, slice | np.ndarray) for k in key[:axis])
        return np.concatenate(parts, place)

    def _across(self, key: Key) -> int | None:
        """The axis that a selection of whole sections cuts, None if it is no such selection."""
        counts = [_count(k) for k in key]
        for axis in np.argsort(counts, kind="stable"):
            others = [k for k in range(3) if k != axis]
            covered = np.prod([counts[k] / self.shape[k] for k in others])
            is_run = not isinstance(key[axis], np.ndarray) and _is_plain(key[axis])
            few = 0 < counts[axis] < self._thickness[axis]
            if is_run and few and covered >= 0.5:
                return int(axis)
        return None

    def _slab(self, axis: int, position: int) -> tuple[int, np.ndarray]:
        """The slab that holds a position: where it starts, and its samples."""
        chunk, thickness = self.array.chunks[axis], self._thickness[axis]
        start = position // chunk * chunk + position % chunk // thickness * thickness
        with self._lock:
            held = self._held.get(axis)
        if held is not None and held[0] == start:
            return held
        with self._lock:
            self._held.pop(axis, None)  # before the next is read: never two of one direction
        stop = min(start + thickness, self.shape[axis])
        slab = self._direct(_with((slice(None),) * 3, axis, slice(start, stop)))
        with self._lock:
            self._held[axis] = start, slab
        return start, slab

    def _direct(self, key: Key) -> np.ndarray:
        if any(isinstance(k, np.ndarray) for k in key):
            return np.asarray(self.array.oindex[key])
        return np.asarray(self.array[key])


def in_bricks(volume: xr.DataArray) -> bool:
    """Whether a volume's samples are read in bricks of a Zarr array."""
    data = backing_array(volume)
    while isinstance(data, indexing.LazilyIndexedArray | indexing.MemoryCachedArray):
        data = data.array
    return isinstance(data, SlabArray)


def _divisor(chunk: int, most: int) -> int:
    """The largest divisor of a chunk's length that is at most ``most``, at least 1."""
    return next(n for n in range(max(1, min(chunk, most)), 0, -1) if chunk % n == 0)


def _as_run(key: Any, size: int) -> Any:
    """Positions that follow one another as a slice with both ends; others as they are."""
    if isinstance(key, slice):
        return slice(*key.indices(size))
    if isinstance(key, np.ndarray) and len(key) and np.all(np.diff(key) == 1):
        return slice(int(key[0]), int(key[-1]) + 1, 1)
    return key


def _is_plain(key: Any) -> bool:
    return not isinstance(key, slice) or key.step in (None, 1)


def _count(key: Any) -> int:
    if isinstance(key, slice):
        return len(range(key.start, key.stop, key.step))
    return len(key) if isinstance(key, np.ndarray) else 1


def _with(key: Sequence[Any], axis: int, other: Any) -> Key:
    return (*key[:axis], other, *key[axis + 1 :])


def _outer(values: np.ndarray, key: Key) -> np.ndarray:
    """Select along each axis by itself, the last first so that integers shift no other axis."""
    for axis in reversed(range(len(key))):
        values = values[(slice(None),) * axis + (key[axis],)]
    return values
