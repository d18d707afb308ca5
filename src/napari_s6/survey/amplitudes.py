"""A few traces that stand for all: what the amplitudes of a large volume are like."""

import numpy as np
import xarray as xr

from napari_s6.survey.volume import live_traces

_LINES = 40


def sample_traces(volume: xr.DataArray, count: int = 1000) -> np.ndarray:
    """Read up to ``count`` live traces spread evenly over the survey.

    They lie on at most forty inlines, so that stores with large chunks are not read whole.

    Returns
    -------
    numpy.ndarray
        (traces, samples) in the volume's own type; empty if no trace is live.
    """
    row, column = np.nonzero(live_traces(volume))
    if not len(row):
        return np.empty((0, volume.shape[2]), volume.dtype)
    # Evenly among traces, not among lines: in a survey of a few whole lines most of the other
    # orientation's lines hold a handful of traces.
    lines, weights = np.unique(row[_evenly(np.arange(len(row)), _LINES)], return_counts=True)
    share = max(1, count // int(weights.sum()))
    traces = [
        np.asarray(volume.isel(iline=int(line), xline=_evenly(column[row == line], share * weight)))
        for line, weight in zip(lines, weights, strict=True)
    ]
    return np.concatenate(traces)[:count]


def amplitude_limit(volume: xr.DataArray, percentile: float = 99.0) -> float:
    """Percentile of the absolute amplitudes, from a thousand traces; 1 if all are zero.

    The symmetric limit for showing a volume. Samples that are not finite don't count.
    """
    return limit_of(sample_traces(volume), percentile)


def limit_of(samples: np.ndarray, percentile: float) -> float:
    """Percentile of the absolute value of these samples; the largest if it is 0, 1 if all are."""
    size = np.abs(samples[np.isfinite(samples)].astype(np.float64))
    limit = float(np.percentile(size, percentile)) if size.size else 0.0
    return limit or float(size.max(initial=0.0)) or 1.0


def _evenly(positions: np.ndarray, count: int) -> np.ndarray:
    """Up to ``count`` of the positions, evenly spread from the first to the last."""
    if len(positions) <= count:
        return positions
    return positions[np.linspace(0, len(positions) - 1, count).round().astype(int)]
