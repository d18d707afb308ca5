"""Amplitudes of any survey brought to the scale the network expects."""

from dataclasses import asdict, dataclass

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.survey.volume import live_traces

CLIP_PERCENTILE = 99.5
TRACES = 1000


@dataclass(frozen=True)
class Normalisation:
    """Clip at ``clip`` and divide by ``scale``, both in the survey's own amplitudes."""

    clip: float | None
    scale: float

    def __call__(self, amplitudes: np.ndarray) -> np.ndarray:
        """Normalised float32 amplitudes; what is not a number becomes 0."""
        values = np.nan_to_num(np.asarray(amplitudes, np.float32), posinf=0.0, neginf=0.0)
        if self.clip is not None:
            values = np.clip(values, -self.clip, self.clip)
        return values / np.float32(self.scale)

    def undo(self, values: np.ndarray) -> np.ndarray:
        """Amplitudes of the survey from normalised ones."""
        return np.asarray(values, np.float32) * np.float32(self.scale)

    def as_dict(self) -> dict[str, float | None]:
        """Plain values for JSON."""
        return asdict(self)


AS_DELIVERED = Normalisation(None, 1.0)


def sample_traces(volume: xr.DataArray, count: int = TRACES) -> np.ndarray:
    """Read at most ``count`` live traces, spread evenly over the survey: (traces, samples)."""
    iline, xline = np.nonzero(live_traces(volume))
    if not len(iline):
        raise InputError(f"{volume.attrs.get('source', 'the survey')}: no live trace to learn from")
    chosen = np.unique(np.linspace(0, len(iline) - 1, min(count, len(iline))).round().astype(int))
    at = {"iline": iline[chosen], "xline": xline[chosen]}
    points = {dim: xr.DataArray(index, dims="trace") for dim, index in at.items()}
    traces = volume.variable.isel({dim: p.variable for dim, p in points.items()})
    return np.asarray(traces.transpose("trace", ...).values)


def fit_normalisation(volume: xr.DataArray) -> Normalisation:
    """Clip at the 99.5th percentile of the absolute amplitudes, scale by the RMS of what is left.

    Raises
    ------
    InputError
        If the survey has no live trace or only zeros.
    """
    amplitudes = np.nan_to_num(sample_traces(volume).astype(np.float32), posinf=0.0, neginf=0.0)
    clip = float(np.percentile(np.abs(amplitudes), CLIP_PERCENTILE))
    clipped = np.clip(amplitudes, -clip, clip)
    scale = float(np.sqrt(np.mean(np.square(clipped, dtype=np.float64))))
    if scale == 0:
        raise InputError(
            f"{volume.attrs.get('source', 'the survey')}: every sample read is 0, nothing to learn"
        )
    return Normalisation(clip, scale)
