"""Intervals and the horizons between them.

Facies that follow each other from the top down, code 0 above code 1 and so on, can be told either
by the interval each sample is in or by the horizons where one interval ends and the next begins.
Horizon k of C - 1 is the top of interval k + 1; where an interval is missing, its top and its
base are at one time.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from napari_s6.facies.codes import UNLABELLED
from napari_s6.survey.axis_labels import unit_name
from napari_s6.survey.volume import live_traces


@dataclass(frozen=True, eq=False)
class Horizon:
    """One horizon on a survey's grid.

    Attributes
    ----------
    name
        Its name in the file, or the file's.
    z
        float64 (inlines, crosslines): time or depth in the survey's unit, NaN where undefined.
    notes
        How the file was read, where that was not plain.
    points
        Rows or nodes with a value that its file has, None if it is from no file.
    """

    name: str
    z: np.ndarray
    notes: tuple[str, ...] = ()
    points: int | None = None

    def summary(self, volume: xr.DataArray) -> str:
        """How many of the survey's live traces it is on, and from where to where it goes.

        "on 563 of 651 traces, 612 to 1180 ms (Z counts upwards in the file)"
        """
        z = self.z[live_traces(volume)]
        known = z[np.isfinite(z)]
        text = f"on {known.size:,} of {z.size:,} traces"
        if known.size:
            text += f", {known.min():.5g} to {known.max():.5g} {unit_name(volume)}"
        return text + (f" ({'; '.join(self.notes)})" if self.notes else "")


def fill_gaps(codes: np.ndarray) -> np.ndarray:
    """Give each unlabelled sample of a trace the label above it, or else the one below.

    Parameters
    ----------
    codes
        uint8 (traces, samples), 255 where unlabelled. Traces without any label stay as they are.
    """
    labelled = codes != UNLABELLED
    if labelled.all():
        return codes
    n_samples = codes.shape[1]
    above = np.maximum.accumulate(np.where(labelled, np.arange(n_samples), -1), axis=1)
    first = np.argmax(labelled, axis=1)
    return np.take_along_axis(codes, np.where(above >= 0, above, first[:, None]), axis=1)


def tops_of(codes: np.ndarray, n_classes: int) -> np.ndarray:
    """Return the horizons of a section as positions along its traces.

    Parameters
    ----------
    codes
        uint8 (traces, samples), 255 where unlabelled.

    Returns
    -------
    numpy.ndarray
        float64 (traces, ``n_classes`` - 1): the sample at which interval k + 1 or a later one
        begins, that is the number of samples in intervals up to k, so that a trace out of order
        keeps its thicknesses. NaN on traces without labels.
    """
    filled = fill_gaps(codes)
    below = [np.count_nonzero(filled < k, axis=1) for k in range(1, n_classes)]
    tops = np.stack(below, axis=1).astype(float) if below else np.zeros((len(codes), 0))
    tops[~(codes != UNLABELLED).any(axis=1)] = np.nan
    return tops


def codes_between(tops: np.ndarray, n_samples: int) -> np.ndarray:
    """Return the codes of a section from its horizons as positions; the inverse of `tops_of`.

    Positions need not be whole; a sample belongs to the interval below a horizon if it is at or
    below it. Traces with a NaN horizon are unlabelled (255).
    """
    samples = np.arange(n_samples)
    codes = np.zeros((len(tops), n_samples), np.uint8)
    for top in tops.T:
        codes += samples[None, :] >= top[:, None]
    codes[np.isnan(tops).any(axis=1)] = UNLABELLED
    return codes


def horizons_of(codes: np.ndarray, samples: np.ndarray, n_classes: int) -> np.ndarray:
    """Return the horizons of a section as times or depths.

    Parameters
    ----------
    codes
        uint8 (traces, samples), 255 where unlabelled.
    samples
        Time (ms) or depth (m) of each sample, evenly spaced.

    Returns
    -------
    numpy.ndarray
        float64 (traces, ``n_classes`` - 1), half-way between the last sample above and the first
        one below; NaN on traces without labels.
    """
    step = _step(samples)
    depths: np.ndarray = samples[0] + (tops_of(codes, n_classes) - 0.5) * step
    return depths


def intervals_between(horizons: np.ndarray, samples: np.ndarray) -> np.ndarray:
    """Return the codes of a section from its horizons as times; the inverse of `horizons_of`.

    Parameters
    ----------
    horizons
        (traces, horizons) in the unit of ``samples``, from the top down; NaN where undefined,
        which leaves the trace unlabelled.
    """
    return codes_between((horizons - samples[0]) / _step(samples), len(samples))


def _step(samples: np.ndarray) -> float:
    return float(samples[1] - samples[0]) if len(samples) > 1 else 1.0
