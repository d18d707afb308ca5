"""Vertical sections as the network wants them: normalised, trimmed to their live extent, cut."""

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from napari_s6.learn.data.normalise import Normalisation
from napari_s6.learn.network.network import STRIDE
from napari_s6.survey.volume import Orientation, live_traces, read_section, vertical_dim


def round_up(size: int) -> int:
    """The next multiple of the network's stride."""
    return -(-size // STRIDE) * STRIDE


def reflected(start: int, size: int, length: int) -> np.ndarray:
    """Indices ``start .. start + size`` into an axis of ``length``, reflected at its ends.

    Reflection leaves the end sample out; where the axis is too short to reflect once, the end
    sample is repeated.
    """
    index = np.arange(start, start + size)
    index = np.where(index < 0, -index, index)
    index = np.where(index >= length, 2 * (length - 1) - index, index)
    return np.clip(index, 0, length - 1)


@dataclass(frozen=True)
class Window:
    """A rectangle of a section; it may overhang the section's live extent."""

    section: "LiveSection"
    trace: int
    sample: int
    traces: int
    samples: int


class LiveSection:
    """One vertical section between its first and its last live trace."""

    def __init__(self, survey: "SectionStore", orientation: Orientation, index: int) -> None:
        self.survey = survey
        self.orientation = orientation
        self.index = index
        live = survey.live if orientation == "iline" else survey.live.T
        live_at = np.flatnonzero(live[index])
        if not len(live_at):
            raise ValueError(f"{orientation} at {index} has no live trace")
        self.first = int(live_at[0])
        self.stop = int(live_at[-1]) + 1
        self.live = torch.from_numpy(live[index, self.first : self.stop].copy())

    @property
    def traces(self) -> int:
        """Traces between the first and the last live one."""
        return self.stop - self.first

    def amplitudes(self) -> Tensor:
        """Normalised amplitudes (traces, samples), float16, on the store's device."""
        return self.survey.amplitudes(self.orientation, self.index, self.first, self.stop)


class SectionStore:
    """A survey's sections, normalised once and kept on the device while they fit.

    Where ``whole`` is set, the survey is on the device as float16 (iline, xline, samples), and
    sections are views of it.

    Parameters
    ----------
    volume
        The survey, in memory or not: one section is read at a time.
    budget
        Bytes of sections kept; the least recently used go first.
    """

    def __init__(
        self,
        volume: xr.DataArray,
        normalisation: Normalisation,
        device: torch.device,
        budget: int,
    ) -> None:
        self.volume = volume
        self.normalisation = normalisation
        self.device = device
        self.live = live_traces(volume)
        self.n_samples = volume.sizes[vertical_dim(volume)]
        self.whole: Tensor | None = None
        self._budget = budget
        self._held = 0
        self._kept: OrderedDict[tuple[str, int], Tensor] = OrderedDict()

    def amplitudes(self, orientation: Orientation, index: int, first: int, stop: int) -> Tensor:
        """Normalised float16 amplitudes of one section's traces ``first:stop``."""
        if self.whole is not None:
            if orientation == "iline":
                return self.whole[index, first:stop]
            return self.whole[first:stop, index]
        key = (orientation, index)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        section = read_section(self.volume, orientation, index)[first:stop]
        tensor = torch.from_numpy(self.normalised(section)).to(self.device)
        self._kept[key] = tensor
        self._held += tensor.nbytes
        while self._held > self._budget and len(self._kept) > 1:
            self._held -= self._kept.popitem(last=False)[1].nbytes
        return tensor

    def normalised(self, amplitudes: np.ndarray) -> np.ndarray:
        """Normalised float16 amplitudes from the survey's own."""
        # Outside float16's range only as delivered; they saturate, not overflow.
        normalised: np.ndarray = np.clip(self.normalisation(amplitudes), -6e4, 6e4).astype(
            np.float16
        )
        return normalised


def cut(values: Tensor, window: Window) -> Tensor:
    """Cut a window out of (traces, samples) as (samples, traces), reflected where it overhangs."""
    n_traces, n_samples = values.shape
    inside = (
        window.trace >= 0
        and window.trace + window.traces <= n_traces
        and window.sample >= 0
        and window.sample + window.samples <= n_samples
    )
    if inside:
        return values[
            window.trace : window.trace + window.traces,
            window.sample : window.sample + window.samples,
        ].T
    across = torch.from_numpy(reflected(window.trace, window.traces, n_traces)).to(values.device)
    down = torch.from_numpy(reflected(window.sample, window.samples, n_samples)).to(values.device)
    return values[across][:, down].T


def covered(window: Window) -> tuple[Tensor, Tensor]:
    """Which samples and which traces of a window hold data, as two boolean vectors."""
    section = window.section
    trace = torch.arange(window.trace, window.trace + window.traces)
    sample = torch.arange(window.sample, window.sample + window.samples)
    inside = (trace >= 0) & (trace < section.traces)
    valid = inside & section.live[trace.clamp(0, section.traces - 1)]
    return (sample >= 0) & (sample < section.survey.n_samples), valid


def whole(section: LiveSection) -> Window:
    """The smallest window of multiples of 16 that holds the whole section."""
    traces, samples = round_up(section.traces), round_up(section.survey.n_samples)
    return Window(section, 0, 0, traces, samples)
