"""A few traces that stand for all: what the amplitudes of a large volume are like."""

import numpy as np
import xarray as xr

from napari_s6.survey.slabs import in_bricks
from napari_s6.survey.volume import live_traces

_LINES, _RUN = 40, 8


def sample_traces(volume: xr.DataArray, count: int = 1000) -> np.ndarray:
    """Read up to ``count`` live traces spread evenly over the survey.

    They lie on at most forty inlines, and in stores of bricks side by side a few at a time, so that
    few bricks are read.

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
    run = _RUN if in_bricks(volume) else 1
    traces = []
    for line, weight in zip(lines, weights, strict=True):
        chosen = _evenly(column[row == line], share * weight, run)
        traces.append(np.asarray(volume.isel(iline=int(line), xline=chosen)))
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


def _evenly(positions: np.ndarray, count: int, run: int = 1) -> np.ndarray:
    """Up to ``count`` of the positions, evenly spread in runs of neighbours of length ``run``."""
    if len(positions) <= count:
        return positions
    starts = np.linspace(0, len(positions) - run, max(1, count // run)).round().astype(int)
    return positions[np.unique(starts[:, None] + np.arange(run))]
