"""Other structures from the same rocks: sections tilted, folded and stretched with their labels."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Warp:
    """A smooth vertical displacement of a window, from random numbers between -1 and 1.

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
        """A random warp."""
        return cls(strength, *(float(value) for value in stream.uniform(-1, 1, 5)))

    def sources(self, samples: int, traces: int) -> Tensor:
        """Sample that each place takes its content from, float32 (samples, traces)."""
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
