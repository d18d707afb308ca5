"""Amplitudes of any survey brought to the scale the network expects."""

from dataclasses import asdict, dataclass

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.survey.amplitudes import sample_traces
from napari_s6.survey.record import survey_record

CLIP_PERCENTILE = 99.5


@dataclass(frozen=True)
class Normalisation:
    """Clip at ``clip`` and divide by ``scale``, both in the survey's own amplitudes."""

    clip: float | None
    scale: float

    def __call__(self, amplitudes: np.ndarray) -> np.ndarray:
        """Normalised float32 amplitudes; NaN and infinity become 0, the amplitude of silence."""
        with np.errstate(over="ignore"):  # float64 beyond float32: infinite, so 0 as well
            values = np.asarray(amplitudes).astype(np.float32, copy=False)
        values = np.nan_to_num(values, posinf=0.0, neginf=0.0)
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


def fit_normalisation(volume: xr.DataArray) -> Normalisation:
    """Clip at the 99.5th percentile of the absolute amplitudes, scale by the RMS of what is left.

    Samples that are not finite don't count.

    Raises
    ------
    InputError
        If the survey has no live trace, no finite sample or only zeros.
    """
    source = survey_record(volume).name
    amplitudes = sample_traces(volume)
    if not amplitudes.size:
        raise InputError(f"{source}: no live trace to learn from; choose another survey")
    amplitudes = amplitudes[np.isfinite(amplitudes)].astype(np.float64)
    if not amplitudes.size:
        raise InputError(f"{source}: no finite sample to learn from; choose another survey")
    clip = float(np.percentile(np.abs(amplitudes), CLIP_PERCENTILE))
    clipped = np.clip(amplitudes, -clip, clip)
    scale = float(np.sqrt(np.mean(np.square(clipped))))
    if scale == 0:
        raise InputError(f"{source}: every sample read is 0, nothing to learn from")
    return Normalisation(clip, scale)
