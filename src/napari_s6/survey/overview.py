"""A survey at a glance: the map of its traces, and a histogram of its amplitudes."""

import numpy as np
import xarray as xr

from napari_s6.survey.volume import live_traces

BINS = 64
_ROWS, _COLUMNS = 20, 60
_SHADES = " .:*#"


def trace_map(volume: xr.DataArray, rows: int = _ROWS, columns: int = _COLUMNS) -> np.ndarray:
    """Share of nodes with data in each cell of a coarse map, 0 to 1.

    Returns
    -------
    numpy.ndarray
        Up to (``rows``, ``columns``), inlines downwards and crosslines to the right in the
        order of the volume's axes.
    """
    live = live_traces(volume)
    row, column = (_edges(n, most) for n, most in zip(live.shape, (rows, columns), strict=True))
    counts = np.add.reduceat(live.astype(np.int64), row[:-1], axis=0)
    counts = np.add.reduceat(counts, column[:-1], axis=1)
    shares: np.ndarray = counts / (np.diff(row)[:, None] * np.diff(column)[None, :])
    return shares


def drawn(shares: np.ndarray) -> list[str]:
    """A map as lines of characters: blank where there is no data, ``#`` where all is there."""
    inside = np.clip(np.ceil(shares * (len(_SHADES) - 2)), 0, len(_SHADES) - 2).astype(int)
    shade = np.where(shares >= 1, len(_SHADES) - 1, inside)
    return ["".join(_SHADES[s] for s in row).rstrip() for row in shade]


def histogram(samples: np.ndarray, bins: int = BINS) -> tuple[list[int], list[float]]:
    """Counts and edges of the finite amplitudes, between their 0.1 and 99.9 percentiles.

    Values beyond count in the outermost bins; both lists are empty if nothing is finite.
    """
    finite = samples[np.isfinite(samples)].astype(np.float64)
    if not finite.size:
        return [], []
    low, high = np.percentile(finite, (0.1, 99.9))
    largest = max(abs(low), abs(high))
    if high - low <= 1e-9 * largest or low == high:
        # All alike, or too alike for bins that floating point can tell apart.
        margin = max(0.5, 1e-6 * largest)
        low, high = low - margin, high + margin
    counts, edges = np.histogram(np.clip(finite, low, high), bins, (low, high))
    return counts.tolist(), edges.tolist()


def _edges(size: int, most: int) -> np.ndarray:
    return np.unique(np.linspace(0, size, min(size, most) + 1).astype(np.int64))
