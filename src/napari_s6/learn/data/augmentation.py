"""Augmentation: other structures from the same rocks, and harder views of unlabelled sections.

A `Warp` tilts, folds and stretches a section with its labels; blocks are hidden from an unlabelled
section, noise is added to it, and parts of another are put into it.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


def hide_blocks(amplitude: Tensor, share: float, block: int) -> Tensor:
    """Set about ``share`` of the ``block`` x ``block`` squares to zero, the mean amplitude.

    ``amplitude`` (batch, 1, samples, traces); the squares are drawn for each element anew.
    """
    if not share:
        return amplitude
    batch, _, samples, traces = amplitude.shape
    cells = torch.rand(batch, 1, -(-samples // block), -(-traces // block), device=amplitude.device)
    hidden = (cells < share).repeat_interleave(block, 2).repeat_interleave(block, 3)
    return amplitude.masked_fill(hidden[:, :, :samples, :traces], 0.0)


def add_noise(amplitude: Tensor, level: float) -> Tensor:
    """Add white noise of ``level`` times the survey's RMS amplitude, which is one."""
    return amplitude + level * torch.randn_like(amplitude) if level else amplitude


def random_boxes(batch: int, samples: int, traces: int, device: torch.device) -> Tensor:
    """Draw one box for each element: half the traces, all samples.

    Boolean (batch, 1, samples, traces).

    Boxes hold whole traces, so that what lies above and below what stays as it is in the earth.
    """
    start = torch.randint(0, max(1, traces - traces // 2 + 1), (batch, 1), device=device)
    trace = torch.arange(traces, device=device)
    inside = (trace >= start) & (trace < start + traces // 2)
    return inside[:, None, None, :].expand(batch, 1, samples, traces)


def exchange_boxes(values: Tensor, where: Tensor) -> Tensor:
    """Replace the box of each element by the same box of the element before it.

    ``values`` (batch, ..., samples, traces), ``where`` boolean (batch, 1, samples, traces).
    """
    where = where if values.dim() == where.dim() else where[:, 0]
    return torch.where(where, values.roll(1, 0), values)


@dataclass(frozen=True)
class Warp:
    """Hold a smooth vertical displacement of a window, as random numbers between -1 and 1.

    ``strength`` is the largest displacement that each part can reach, as a share of the window's
    height: ``tilt`` lifts one side and lowers the other, ``fold`` bends along a cosine of at least
    the window's width beginning at ``phase``, ``shift`` moves all, ``stretch`` pulls from the
    middle.
    """

    strength: float
    tilt: float
    fold: float
    phase: float
    shift: float
    stretch: float

    @classmethod
    def drawn(cls, stream: np.random.Generator, strength: float) -> "Warp":
        """Draw a random warp."""
        return cls(strength, *(float(value) for value in stream.uniform(-1, 1, 5)))

    def sources(self, samples: int, traces: int) -> Tensor:
        """Return the sample that each place takes its content from, float32 (samples, traces)."""
        across = torch.linspace(-1, 1, traces)
        down = torch.arange(samples, dtype=torch.float32)
        reach = self.strength * samples
        move = self.tilt * across + self.shift
        move = move + self.fold * torch.cos(math.pi * (across / 2 + self.phase))
        pulled = self.stretch * 2 * reach * (down / max(samples - 1, 1) - 0.5)
        return down[:, None] + reach * move[None, :] + pulled[:, None]


def resample(image: Tensor, sources: Tensor) -> Tensor:
    """Interpolate (samples, traces) between samples; beyond its ends it is reflected."""
    last = len(image) - 1
    inside = last - (sources.abs() - last).abs() if last else torch.zeros_like(sources)
    inside = inside.clamp(0, last)
    above = inside.floor().long()
    share = inside - above
    below = (above + 1).clamp(max=last)
    return image.gather(0, above) * (1 - share) + image.gather(0, below) * share


def relabel(labels: Tensor, sources: Tensor, outside: int | bool) -> Tensor:
    """Take the nearest sample's value of (samples, traces); ``outside`` beyond its ends."""
    nearest = sources.round().long()
    there = (nearest >= 0) & (nearest < len(labels))
    taken = labels.gather(0, nearest.clamp(0, len(labels) - 1))
    return taken.masked_fill(~there, outside)
