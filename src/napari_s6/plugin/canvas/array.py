"""A volume as napari slices it: upright sections, read one at a time, nothing where no trace is."""

from typing import Any, Self

import numpy as np
import xarray as xr

from napari_s6.survey.amplitudes import amplitude_limit
from napari_s6.survey.volume import live_traces

#: Positions, among a layer's axes, of inline, crossline and sample. A layer's axes are (inline,
#: sample, crossline) so that a section stands upright in any viewer, however it was opened.
#: ``layer_array.transpose(AXES)`` is (inline, crossline, sample), and the other way round too.
AXES: tuple[int, int, int] = (0, 2, 1)

#: Bytes of a survey that are read at once to draw it as a solid in 3-D.
LARGEST_BLOCK = 512 * 2**20


class LayerArray:
    """Give napari an array, (inlines, samples, crosslines), of which it reads what it shows.

    A subclass says in ``_part`` what a selection holds. It is never written to by napari, and
    duplicating a layer shares it.

    napari asks for the whole when it turns to 3-D. Where that is larger than `LARGEST_BLOCK`, it
    gets one empty voxel; ``numpy.asarray`` reads the whole in any case.

    Parameters
    ----------
    volume
        The survey, (inlines, crosslines, samples), that the layer lies on; gives the shape.
    dtype
        Of what is read.
    """

    ndim = 3

    def __init__(self, volume: xr.DataArray, dtype: Any) -> None:
        inlines, crosslines, samples = volume.shape
        self.shape: tuple[int, int, int] = (inlines, samples, crosslines)
        self.dtype = np.dtype(dtype)

    def _part(self, inline: Any, sample: Any, crossline: Any) -> np.ndarray:
        """Return what an integer or a slice of each axis selects, axes as the layer's are."""
        raise NotImplementedError

    def _points(self, *key: Any) -> np.ndarray:
        """Return single voxels, as numpy does: arrays (or numbers) that belong together."""
        points = np.broadcast_arrays(
            *(np.arange(n)[k] for k, n in zip(key, self.shape, strict=True))
        )
        values = [self._part(*map(int, at)) for at in zip(*(p.flat for p in points), strict=True)]
        return np.array(values, self.dtype).reshape(points[0].shape)

    @property
    def size(self) -> int:
        """Number of voxels."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def nbytes(self) -> int:
        """Bytes that the whole would take in memory."""
        return self.size * int(self.dtype.itemsize)

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        return f"{type(self).__name__}(shape={self.shape}, dtype={self.dtype})"

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        whole = self._part(slice(None), slice(None), slice(None))
        return whole if dtype is None else whole.astype(dtype, copy=False)

    def __getitem__(self, key: Any) -> np.ndarray:
        inline, sample, crossline = _three(key)
        if any(isinstance(k, list | np.ndarray) for k in (inline, sample, crossline)):
            return self._points(inline, sample, crossline)
        if self._is_too_large(inline, sample, crossline):
            return np.full((1, 1, 1), np.nan if self.dtype.kind == "f" else 0, self.dtype)
        return self._part(inline, sample, crossline)

    def _is_too_large(self, *key: Any) -> bool:
        """Whether a key asks for a block, rather than a section, of too many bytes."""
        if not all(isinstance(k, slice) for k in key):
            return False
        sides = [len(range(*k.indices(n))) for k, n in zip(key, self.shape, strict=True)]
        return bool(np.prod(sides, dtype=np.int64) * self.dtype.itemsize > LARGEST_BLOCK)


class VolumeArray(LayerArray):
    """A seismic volume as napari slices it.

    A slice reads that slice of the volume and nothing else. Traces that do not exist come as NaN,
    which napari leaves transparent; then the type is float32. Volumes without holes keep their
    type, except that float64 becomes float32, the most that a screen shows.

    Parameters
    ----------
    volume
        Dimensions (iline, xline, twt or depth), in memory or lazy.
    """

    def __init__(self, volume: xr.DataArray) -> None:
        self.volume = volume
        self._live = live_traces(volume)
        self._has_holes = not self._live.all()
        small = volume.dtype.kind in "iu" and volume.dtype.itemsize <= 2
        shown = volume.dtype.newbyteorder("=") if small and not self._has_holes else np.float32
        super().__init__(volume, shown)

    def over(self, volume: xr.DataArray) -> "VolumeArray":
        """The same look at another volume."""
        return VolumeArray(volume)

    def limit(self, percentile: float) -> float:
        """Percentile of the absolute amplitudes shown, from a thousand traces."""
        return amplitude_limit(self.volume, percentile)

    def _amplitudes(self, inline: Any, crossline: Any, sample: Any) -> np.ndarray:
        """Read part of the volume, in its own order of axes."""
        return np.asarray(self.volume.variable[inline, crossline, sample].values)

    def _part(self, inline: Any, sample: Any, crossline: Any) -> np.ndarray:
        values = self._amplitudes(inline, crossline, sample)
        if self._has_holes:
            values = self._blank_holes(values, inline, crossline)
        elif values.dtype != self.dtype:
            values = values.astype(self.dtype)
        if isinstance(sample, slice) and isinstance(crossline, slice):
            values = np.swapaxes(values, -1, -2)
        return values

    def _blank_holes(self, values: np.ndarray, inline: Any, crossline: Any) -> np.ndarray:
        dead = np.logical_not(self._live[inline, crossline])
        values = values.astype(np.float32)
        if dead.any():
            values[dead] = np.nan
        return values

    def _points(self, *key: Any) -> np.ndarray:
        """Read single voxels, indexed as numpy does: arrays (or numbers) that belong together."""
        points = np.broadcast_arrays(
            *(np.arange(n)[k] for k, n in zip(key, self.shape, strict=True))
        )
        inline, sample, crossline = (xr.Variable(("point",), p.ravel()) for p in points)
        values = self.volume.variable[inline, crossline, sample].values.astype(self.dtype)
        if self._has_holes:
            values[~self._live[inline.values, crossline.values]] = np.nan
        return values.reshape(points[0].shape)


def _three(key: Any) -> tuple[Any, Any, Any]:
    """Fill a numpy-style key up to three axes."""
    key = key if isinstance(key, tuple) else (key,)
    if any(k is Ellipsis for k in key):
        at = next(n for n, k in enumerate(key) if k is Ellipsis)
        key = key[:at] + (slice(None),) * (4 - len(key)) + key[at + 1 :]
    key = key + (slice(None),) * (3 - len(key))
    if len(key) != 3:
        raise IndexError(f"{len(key)} indices for a volume of 3 axes")
    return key[0], key[1], key[2]
