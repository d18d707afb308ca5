"""Probabilities of the first orientation, kept until the sections of the second cross them."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from napari_s6.learn.data.sections import LiveSection
from napari_s6.learn.inference.prefetch import to_device
from napari_s6.survey.scratch import scratch_array

SCRATCH_IN_MEMORY = 2 << 30
"""Bytes of first-pass probabilities held in memory; more go to a temporary file."""

SHARE_ON_DEVICE = 0.5
"""Of a CUDA device's free memory, what they may take there."""


class FirstPass:
    """Probabilities of one orientation's sections in 1/255: on the device, in memory or in a file.

    Parameters
    ----------
    live
        Traces with data, (sections, traces) of this orientation.
    indices
        The sections that will be predicted.
    """

    def __init__(
        self,
        live: np.ndarray,
        indices: Sequence[int],
        n_samples: int,
        n_classes: int,
        device: torch.device,
        file: Path,
    ) -> None:
        self._live, self._device = live, device
        self._seen = live.sum(axis=1, dtype=np.float32)
        self._rows = np.full(live.shape[0], -1)
        self._rows[list(indices)] = np.arange(len(indices))
        # A trace's probabilities lie together: a crossing section finds them in one piece.
        shape = (len(indices), live.shape[1], n_classes, n_samples)
        self._probabilities = _room(shape, device, file)

    @property
    def near(self) -> bool:
        """Whether they are kept where they are computed."""
        return self._probabilities.device == self._device

    @torch.inference_mode()
    def remember(self, section: LiveSection, quantised: Tensor) -> None:
        """Keep what was found on a section: see `quantised`, (classes, traces, samples)."""
        row = self._probabilities[self._rows[section.index]]
        row[section.first : section.stop] = quantised[:, : section.traces].transpose(0, 1)

    @torch.inference_mode()
    def average(self, sections: Sequence[LiveSection], probabilities: Tensor) -> None:
        """Average probabilities of crossing sections with those kept, in place.

        ``probabilities`` is (sections, classes, traces, samples). Both are weighted by the live
        traces that their sections saw; where nothing crosses, they stay.
        """
        traces = probabilities.shape[2]
        rows = np.zeros((len(sections), traces), np.int64)
        weight = np.zeros((len(sections), traces), np.float32)
        for k, section in enumerate(sections):
            lines = np.arange(section.first, section.stop)
            crossing = (self._rows[lines] >= 0) & self._live[lines, section.index]
            rows[k, : section.traces] = np.where(crossing, self._rows[lines], 0)
            seen = self._seen[lines]
            share = seen / (seen + np.float32(self._live[:, section.index].sum()))
            weight[k, : section.traces] = np.where(crossing, share, 0.0)
        across = torch.tensor([section.index for section in sections])[:, None]
        where = self._probabilities.device
        kept = self._probabilities[
            to_device(torch.from_numpy(rows), where), to_device(across, where)
        ]
        theirs = to_device(torch.from_numpy(weight), self._device)[:, None, :, None]
        found = to_device(kept, self._device).permute(0, 2, 1, 3).float()
        probabilities.mul_(1 - theirs).addcmul_(found, theirs / 255)


@torch.inference_mode()
def quantised(probabilities: Tensor) -> Tensor:
    """Probabilities in 1/255, uint8."""
    return (255 * probabilities).round_().to(torch.uint8)


def _room(shape: tuple[int, ...], device: torch.device, file: Path) -> Tensor:
    """Zeros in uint8: on a CUDA device with room for them, in memory, or in a file."""
    size = math.prod(shape)
    if device.type == "cuda" and size <= SHARE_ON_DEVICE * torch.cuda.mem_get_info(device)[0]:
        try:
            return torch.zeros(shape, dtype=torch.uint8, device=device)
        except torch.OutOfMemoryError:
            pass  # fragmented, or others were faster: the host has room
    if size <= SCRATCH_IN_MEMORY:
        return torch.zeros(shape, dtype=torch.uint8)
    return torch.from_numpy(scratch_array(file, shape))
