"""A volume as napari slices it, with amplitudes balanced for the eye: what is in view, no more."""

from typing import Any

import numpy as np
import xarray as xr

from napari_s6.plugin.canvas.array import VolumeArray
from napari_s6.survey.amplitudes import limit_of, sample_traces
from napari_s6.survey.balance import SLICE_SAMPLES, Balance


class BalancedArray(VolumeArray):
    """A `VolumeArray` whose slices are balanced as they are read.

    A section is balanced trace by trace; a time slice reads the samples around it. The volume
    itself, which is what trains, predicts and is exported, is left as it is.

    Parameters
    ----------
    volume
        Dimensions (iline, xline, twt or depth), in memory or lazy.
    window
        Length of the sliding window in ms (m, ft).
    """

    def __init__(self, volume: xr.DataArray, window: float) -> None:
        super().__init__(volume)
        self.window = window
        self.balance = Balance.of(volume, window)
        self.dtype = np.dtype(np.float32)

    def over(self, volume: xr.DataArray) -> "BalancedArray":
        """The same look at another volume."""
        return BalancedArray(volume, self.window)

    def limit(self, percentile: float) -> float:
        """Percentile of the absolute balanced amplitudes, from a thousand traces."""
        return limit_of(self.balance.traces(sample_traces(self.volume)), percentile)

    def _amplitudes(self, inline: Any, crossline: Any, sample: Any) -> np.ndarray:
        if isinstance(inline, slice) and isinstance(crossline, slice):
            return self._block(inline, crossline, sample)
        traces = super()._amplitudes(inline, crossline, slice(None))
        return self.balance.traces(traces)[..., sample]

    def _block(self, inline: slice, crossline: slice, sample: Any) -> np.ndarray:
        """Read traces side by side: by time slices if few samples are asked for.

        napari asks for a section as a block that is one line, or one sample, thick.
        """
        inlines, crosslines, samples = self.volume.shape
        rows = range(inlines)[inline]
        of_a_row = len(range(crosslines)[crossline]) * samples
        wanted = range(samples)[sample] if isinstance(sample, slice) else [range(samples)[sample]]
        if len(wanted) * SLICE_SAMPLES < len(rows) * of_a_row or not isinstance(sample, slice):
            slices = [self.balance.slice(self.volume, k)[inline, crossline] for k in wanted]
            return np.stack(slices, axis=-1) if isinstance(sample, slice) else slices[0]
        step = max(1, SLICE_SAMPLES // max(1, of_a_row))
        parts = [
            self.balance.traces(
                super(BalancedArray, self)._amplitudes(part, crossline, slice(None))
            )
            for part in (list(rows[k : k + step]) for k in range(0, len(rows), step))
        ]
        if not parts:
            return np.empty((0, len(range(crosslines)[crossline]), len(wanted)), np.float32)
        return np.concatenate([part[..., sample] for part in parts])

    def _points(self, *key: Any) -> np.ndarray:
        """Single voxels: their whole traces are read and balanced."""
        inline, sample, crossline = np.broadcast_arrays(
            *(np.arange(n)[k] for k, n in zip(key, self.shape, strict=True))
        )
        rows, columns = (xr.Variable("point", k.ravel()) for k in (inline, crossline))
        traces = super()._amplitudes(rows, columns, slice(None))
        values = self.balance.traces(traces)[np.arange(rows.size), sample.ravel()]
        values[~self._live[rows.values, columns.values]] = np.nan
        return np.reshape(values, inline.shape)
