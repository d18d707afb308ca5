"""Predictions too large for memory: a Zarr array on disk, written and shown section by section."""

import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import xarray as xr

from napari_s6.plugin.canvas.array import LayerArray

#: Share of the free memory that a survey's prediction and confidence may take together.
SHARE_OF_MEMORY = 0.4
#: Lines in a chunk, both ways, and sections in a slab; a chunk holds whole traces.
THICKNESS = 32
#: Slabs of `THICKNESS` sections that are held back until they are complete (sections come from the
#: one in view outwards, so two slabs grow at a time).
HELD = 3


def free_memory() -> int:
    """Bytes that can be taken without swapping."""
    return int(psutil.virtual_memory().available)


def needs_disk(volume: xr.DataArray) -> bool:
    """Whether the prediction and the confidence of a survey, a byte each, belong on disk."""
    return 2 * volume.size > SHARE_OF_MEMORY * free_memory()


class SectionFile(LayerArray):
    """A uint8 volume in a Zarr array, in a layer's order of axes for those who read it.

    A section cuts through every chunk on its way, so writing section by section would rewrite each
    chunk `THICKNESS` times. Sections are therefore gathered in slabs and written chunk by chunk.

    Parameters
    ----------
    volume
        The survey; gives the shape.
    path
        The Zarr folder, replaced if it exists.

    Attributes
    ----------
    stored
        The Zarr array, (inlines, crosslines, samples), which lacks what is held back.
    """

    def __init__(self, volume: xr.DataArray, path: Path) -> None:
        import zarr

        super().__init__(volume, np.uint8)
        inlines, crosslines, samples = volume.shape
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self.stored = zarr.open_array(
            str(path),
            mode="w",
            shape=volume.shape,
            chunks=(min(THICKNESS, inlines), min(THICKNESS, crosslines), samples),
            dtype="uint8",
            fill_value=0,
        )
        self._lock = threading.RLock()
        self._slabs: OrderedDict[tuple[int, int], np.ndarray] = OrderedDict()

    def write(self, axis: int, index: int, section: np.ndarray) -> None:
        """Write inline (axis 0) or crossline (axis 1) ``index``: uint8 (traces, samples)."""
        with self._lock:
            if any(held_axis != axis for held_axis, _ in self._slabs):
                self.flush()  # slabs across each other would overwrite each other's sections
            slab = self._slab(axis, index // THICKNESS)
            slab[_at(axis, index % THICKNESS)] = section

    def read(self, axis: int, index: int) -> np.ndarray:
        """Return inline (axis 0) or crossline (axis 1) ``index``: uint8 (traces, samples)."""
        with self._lock:
            slab = self._slabs.get((axis, index // THICKNESS))
            if slab is not None:
                return np.array(slab[_at(axis, index % THICKNESS)])
            return np.asarray(self.stored[_at(axis, index)])

    def flush(self) -> None:
        """Write the slabs that are held back."""
        with self._lock:
            while self._slabs:
                self._store(*self._slabs.popitem(last=False))

    def in_volume_order(self) -> "InVolumeOrder":
        """Return the same array with axes (inline, crossline, sample), sections only."""
        return InVolumeOrder(self)

    def _part(self, inline: Any, sample: Any, crossline: Any) -> np.ndarray:
        if isinstance(inline, int | np.integer):
            return np.asarray(self.read(0, int(inline)).T[sample, crossline])
        if isinstance(crossline, int | np.integer):
            return np.asarray(self.read(1, int(crossline))[inline, sample])
        with self._lock:
            values = np.asarray(self.stored[inline, crossline, sample])
        return np.swapaxes(values, -1, -2) if isinstance(sample, slice) else values

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        self.flush()
        return super().__array__(dtype, copy)

    def _slab(self, axis: int, number: int) -> np.ndarray:
        slab = self._slabs.get((axis, number))
        if slab is None:
            slab = np.array(
                self.stored[_at(axis, slice(number * THICKNESS, (number + 1) * THICKNESS))]
            )
            self._slabs[axis, number] = slab
            if len(self._slabs) > HELD:
                self._store(*self._slabs.popitem(last=False))
        self._slabs.move_to_end((axis, number))
        return slab

    def _store(self, place: tuple[int, int], slab: np.ndarray) -> None:
        axis, number = place
        self.stored[_at(axis, slice(number * THICKNESS, (number + 1) * THICKNESS))] = slab


class InVolumeOrder:
    """A `SectionFile` as prediction writes it: ``out[i] = ...`` and ``out[:, j] = ...``."""

    dtype = np.dtype(np.uint8)

    def __init__(self, file: SectionFile) -> None:
        self._file = file

    def __setitem__(self, key: Any, section: np.ndarray) -> None:
        self._file.write(*_axis_and_index(key), section)

    def __getitem__(self, key: Any) -> np.ndarray:
        return self._file.read(*_axis_and_index(key))


def _axis_and_index(key: Any) -> tuple[int, int]:
    return (1, int(key[1])) if isinstance(key, tuple) else (0, int(key))


def _at(axis: int, where: Any) -> tuple[Any, ...]:
    return (where,) if axis == 0 else (slice(None), where)
