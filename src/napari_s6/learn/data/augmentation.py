"""Harder views of unlabelled sections: hidden blocks, noise, and parts of one in another."""

import torch
from torch import Tensor


def hide(amplitude: Tensor, share: float, block: int) -> Tensor:
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


def boxes(batch: int, samples: int, traces: int, device: torch.device) -> Tensor:
    """One box for each element, boolean (batch, 1, samples, traces): half the traces, all depths.

    Boxes hold whole traces, so that what lies above and below what stays as it is in the earth.
    """
    start = torch.randint(0, max(1, traces - traces // 2 + 1), (batch, 1), device=device)
    trace = torch.arange(traces, device=device)
    inside = (trace >= start) & (trace < start + traces // 2)
    return inside[:, None, None, :].expand(batch, 1, samples, traces)


def exchange(values: Tensor, where: Tensor) -> Tensor:
    """Replace the box of each element by the same box of the element before it.

    ``values`` (batch, ..., samples, traces), ``where`` boolean (batch, 1, samples, traces).
    """
    where = where if values.dim() == where.dim() else where[:, 0]
    return torch.where(where, values.roll(1, 0), values)
