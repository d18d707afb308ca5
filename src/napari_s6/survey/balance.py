"""Amplitude balancing (automatic gain control), for looking at sections whose gain is uneven."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from napari_s6.survey.amplitudes import sample_traces
from napari_s6.survey.volume import live_traces, vertical_dim

#: Of the survey's level: what is weaker than this is noise, and not brought up any further.
FLOOR = 0.01
#: Samples read to balance one time slice; of a larger survey every n-th trace gives the gain.
SLICE_SAMPLES = 2_000_000


@dataclass(frozen=True)
class Balance:
    """Sliding RMS balancing along traces.

    A sample x(t) is shown as ``level * x(t) / (r(t) + FLOOR * level)``, where r(t) is the root
    mean square of the samples in a window centred on t. At the ends of a trace the window is
    cut off there; samples that are zero (mutes) or not finite don't count.

    Attributes
    ----------
    half
        The window reaches this many samples to either side.
    level
        RMS that balanced amplitudes have, more or less; the survey's own, so that amplitudes keep
        their size.
    """

    half: int
    level: float

    @classmethod
    def of(cls, volume: xr.DataArray, window: float) -> "Balance":
        """Balance a volume's traces over ``window`` ms (m, ft), its level from a thousand traces.

        Raises
        ------
        ValueError
            If the window is not positive.
        """
        if not window > 0:
            raise ValueError(f"a window of {window} is none")
        samples = volume[vertical_dim(volume)].values
        interval = float(np.median(np.diff(samples))) if len(samples) > 1 else 1.0
        traces = sample_traces(volume).astype(np.float64)
        counted = traces[np.isfinite(traces) & (traces != 0)]
        level = float(np.sqrt(np.mean(counted**2))) if counted.size else 1.0
        return cls(max(1, round(window / interval / 2)), level)

    def traces(self, traces: np.ndarray) -> np.ndarray:
        """Balance traces of any number of dimensions, samples along the last; float32."""
        power, count = self._windowed(traces)
        return self._apply(traces, power, count)

    def slice(self, volume: xr.DataArray, sample: int) -> np.ndarray:
        """Read one time slice of a volume, balanced: float32 (inlines, crosslines).

        Reads the samples in the window at every trace or, where that would be more than
        ``SLICE_SAMPLES``, at every n-th inline and crossline, between which the power of the
        traces is interpolated: it changes less from trace to trace than along one.
        """
        vertical = vertical_dim(volume)
        values = np.asarray(volume.variable[{vertical: sample}].values)
        window = slice(max(0, sample - self.half), sample + self.half + 1)
        length = len(range(*window.indices(volume.sizes[vertical])))
        live = live_traces(volume)
        if int(live.sum()) * length <= SLICE_SAMPLES:
            power, count = np.zeros(live.shape), np.zeros(live.shape)
            inline, crossline = (xr.Variable("trace", n) for n in np.nonzero(live))
            power[live], count[live] = _power(
                volume.variable[{"iline": inline, "xline": crossline, vertical: window}]
                .transpose("trace", vertical)
                .values
            )
        else:
            step = int(np.ceil(np.sqrt(live.size * length / SLICE_SAMPLES)))
            inlines, crosslines = (_every(n, step) for n in live.shape)
            coarse = _power(
                volume.variable[{"iline": inlines, "xline": crosslines, vertical: window}].values
            )
            power, count = (
                _refined(of * live[np.ix_(inlines, crosslines)], inlines, crosslines, live.shape)
                for of in coarse
            )
        return self._apply(values, power, count)

    def _windowed(self, traces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sums of squares, and how many samples they are of, in the window around each sample."""
        squares, counted = _squares(traces)
        length = traces.shape[-1]
        first = np.maximum(np.arange(length) - self.half, 0)
        end = np.minimum(np.arange(length) + self.half + 1, length)
        sums = []
        for values in (squares, counted):
            total = np.zeros((*values.shape[:-1], length + 1))
            np.cumsum(values, axis=-1, out=total[..., 1:])
            sums.append(np.maximum(total[..., end] - total[..., first], 0))
        return sums[0], sums[1]

    def _apply(self, values: np.ndarray, power: np.ndarray, count: np.ndarray) -> np.ndarray:
        rms = np.sqrt(power / np.maximum(count, 1e-6))
        gain = self.level / (rms + FLOOR * self.level)
        balanced: np.ndarray = (values * gain).astype(np.float32)
        return balanced


def _squares(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Squares of the samples that count, and which they are; both of the values' shape."""
    finite = np.isfinite(values) if values.dtype.kind == "f" else None
    squares = np.square(values, dtype=np.float64)
    if finite is not None and not finite.all():
        squares[~finite] = 0
    return squares, squares > 0


def _power(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sum of squares along the last axis, and of how many samples."""
    squares, counted = _squares(values)
    return squares.sum(-1), counted.sum(-1).astype(float)


def _every(size: int, step: int) -> np.ndarray:
    """Every ``step``-th position, and the last one."""
    return np.unique(np.append(np.arange(0, size, step), size - 1))


def _refined(
    coarse: np.ndarray, rows: np.ndarray, columns: np.ndarray, shape: tuple[int, ...]
) -> np.ndarray:
    """Interpolate linearly between the rows and columns at which values are known."""
    for axis, (known, size) in enumerate(zip((rows, columns), shape, strict=True)):
        at = np.arange(size)
        upper = np.clip(np.searchsorted(known, at), 1, max(1, len(known) - 1))
        upper = np.minimum(upper, len(known) - 1)
        lower = np.maximum(upper - 1, 0)
        gap = np.maximum(known[upper] - known[lower], 1)
        share = np.expand_dims((at - known[lower]) / gap, 1 - axis)
        coarse = coarse.take(lower, axis) * (1 - share) + coarse.take(upper, axis) * share
    return coarse
