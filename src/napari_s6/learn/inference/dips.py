"""How reflections dip in a section, so that what is known of a trace can be carried along them.

The dip is the least-squares one of the gradient: across the traces the amplitude changes by minus
the dip times what it changes downwards. Sums of both products over a neighbourhood, in which every
cell weighs alike whatever its amplitudes, give the dip of a cell.

All sums are of whole numbers. They are exact, so that a dip does not depend on the device, nor on
the sections that are computed together with it.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

CELL = 4
"""Traces, and samples, of a cell; the network itself sees no finer."""

SMOOTH = 5
"""Traces and samples of the running mean that amplitudes go through, twice: a Gaussian of 2."""

BALANCE = 5
"""Cells over which gradients are brought to one size."""

AROUND = (5, 7)
"""Cells, across and down, that a dip is the mean of; twice as well."""

STEEPEST = 8.0
"""Samples a trace."""

FEWEST = 0.01
"""Share of gradients below which a cell is told to be flat, rather than anything."""

LEVELS = 256
LARGEST_PART = 16383
"""Amplitudes are rounded to this part of their mean size, and cut off at so many parts."""

BALANCED = 1 << 16


@torch.inference_mode()
def dips(parts: Tensor, live: Tensor) -> Tensor:
    """Return by how many samples reflections descend from one trace to the next.

    Parameters
    ----------
    parts
        Amplitudes as `whole_numbers`, (sections, traces, samples), a multiple of `CELL` of traces;
        0 on dead ones.
    live
        Which traces hold data, boolean (sections, traces).

    Returns
    -------
    Tensor
        float64 (sections, cells across, cells down), between -`STEEPEST` and `STEEPEST`.
    """
    smooth = parts
    for dim in (1, 2):
        for _ in range(2):
            smooth = sum_around(smooth, SMOOTH, dim)
    across, down = _change(smooth, 1), _change(smooth, 2)
    weight = live[:, :, None]
    both = _cells((across * down) * weight)
    steep = _cells((down * down) * weight)
    size = sum_around(steep, BALANCE, 1)
    size = sum_around(size, BALANCE, 2).double() / BALANCE**2
    cells = live.unflatten(1, (-1, CELL)).any(dim=2).sum(dim=1) * steep.shape[2]
    usual = steep.sum(dim=(1, 2)).double() / cells.clamp_min(1)
    size = size + (1e-3 * usual + 1)[:, None, None]
    both, steep = (
        _mean_around(((BALANCED * one.double()) / size).round().to(torch.int64))
        for one in (both, steep)
    )
    dip = both.double() / (steep.double() + FEWEST * BALANCED)
    return dip.neg().clamp(-STEEPEST, STEEPEST)


def whole_numbers(amplitudes: Tensor, live: Tensor) -> Tensor:
    """Amplitudes as int64, in parts of the power of two that is next to their mean size."""
    values = amplitudes.double()
    count = (live.sum(dim=1) * values.shape[2]).clamp_min(1)
    mean = values.abs().sum(dim=(1, 2)) / count
    unit = torch.exp2(mean.clamp_min(1e-30).log2().round())[:, None, None]
    parts = (values / unit * LEVELS).round()
    return parts.clamp(-LARGEST_PART, LARGEST_PART).to(torch.int64)


def sum_around(values: Tensor, width: int, dim: int) -> Tensor:
    """Sums over ``width`` neighbours, an odd number; beyond the ends there is nothing."""
    half, size = width // 2, values.shape[dim]
    total = F.pad(values, (0, 0) * (values.ndim - 1 - dim) + (half + 1, half)).cumsum(dim)
    return total.narrow(dim, width, size) - total.narrow(dim, 0, size)


def _mean_around(values: Tensor) -> Tensor:
    cells = values.shape[1]
    values = F.pad(values, (0, 0, 0, AROUND[0] // 2))  # as if the section went on, without data
    for dim, width in ((1, AROUND[0]), (2, AROUND[1])):
        for _ in range(2):
            values = sum_around(values, width, dim)
    return values[:, :cells] // (AROUND[0] * AROUND[1]) ** 2


def _change(values: Tensor, dim: int) -> Tensor:
    """Twice the gradient along an axis; none at its ends."""
    inner = values.shape[dim] - 2
    if inner < 1:
        return torch.zeros_like(values)
    change = values.narrow(dim, 2, inner) - values.narrow(dim, 0, inner)
    return F.pad(change, (0, 0) * (values.ndim - 1 - dim) + (1, 1))


def _cells(values: Tensor) -> Tensor:
    """Sums over cells; the last ones down may be smaller."""
    short = -values.shape[2] % CELL
    padded = F.pad(values, (0, short))
    sums: Tensor = padded.unflatten(2, (-1, CELL)).unflatten(1, (-1, CELL)).sum(dim=(2, 4))
    return sums
