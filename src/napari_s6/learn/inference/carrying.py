"""Evidence carried along the reflections of a section, from every trace to its neighbours.

What is known of a trace holds for the same reflection in the next one, as long as it goes on: at
faults, at the flanks of salt and in noise the two traces no longer look alike along the dip, and
nothing passes.

All sums are of whole numbers: see `learn.dips`.
"""

import torch
from torch import Tensor

from napari_s6.learn.inference.dips import CELL, dips, sum_around, whole_numbers

REACH = 250.0
"""Traces in which evidence that is carried along a reflection fades to 1/e."""

SHARE = 0.25
"""It is no more than this share of a section's traces."""

ALIKE = (0.2, 0.5)
"""Correlations of neighbouring cells at which nothing passes, and from which all does."""

WINDOW = 33
"""Samples, an odd number, that are correlated."""

PARTS = 1 << 8
"""Of a sample, in which evidence is shifted, and of one, to which it fades in a cell."""


def carried(evidence: Tensor, seismic: Tensor, live: Tensor) -> Tensor:
    """Evidence of each cell together with that of all others along the reflections through it.

    Parameters
    ----------
    evidence
        int64 (sections, cells, kinds, samples), below 2^40.
    seismic
        (sections, traces, samples), `CELL` traces a cell; 0 on dead ones.
    live
        Which traces hold data, boolean (sections, traces).
    """
    if evidence.shape[3] < 2:
        return evidence
    source, here, below = _steps(seismic, live)
    total = evidence.clone()
    # Rightwards and leftwards together: the second half is the section in mirror image.
    both = torch.cat([evidence, evidence.flip(1)])
    moving = torch.zeros_like(both[:, 0])
    shape = moving.shape
    for cell in range(1, evidence.shape[1]):
        moving += both[:, cell - 1]
        place = source[:, cell - 1, None].expand(shape)
        lower = moving.gather(2, place + 1).mul_(below[:, cell - 1, None])
        moving = moving.gather(2, place).mul_(here[:, cell - 1, None])
        moving.add_(lower).floor_divide_(PARTS)
        right, left = moving.chunk(2)
        total[:, cell] += right
        total[:, -1 - cell] += left
    return total


def _steps(seismic: Tensor, live: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """How evidence comes to each cell from the one before it, and then from the one after it.

    The upper of the two samples that a reflection lies between there, and the weights of both,
    int64 (2 sections, cells - 1, samples).
    """
    parts, samples = whole_numbers(seismic, live), seismic.shape[2]
    fine = _enlarged(dips(parts, live), samples)
    fall = (PARTS * CELL * (fine[:, 1:] + fine[:, :-1]) / 2).round().to(torch.int64)
    fall = torch.cat([fall, -fall.flip(1)])
    places = PARTS * torch.arange(samples, device=fall.device)
    place = (places - fall).clamp(0, PARTS * (samples - 1))
    source = (place // PARTS).clamp(max=samples - 2)
    part = place - PARTS * source
    passing = _going_on(parts, live, source, part)
    passing = (passing * _fading(live).repeat(2)[:, None, None]).round().to(torch.int64)
    below = part * passing // PARTS
    return source, passing - below, below


def _enlarged(dip: Tensor, samples: int) -> Tensor:
    """Dips of cells, (sections, cells across, cells down), at every sample."""
    places = torch.arange(samples, device=dip.device)
    spot = ((2 * places - CELL + 1).double() / (2 * CELL)).clamp(0, dip.shape[2] - 1)
    upper = spot.long()
    lower = (upper + 1).clamp(max=dip.shape[2] - 1)
    part = spot - upper
    return dip[:, :, upper] * (1 - part) + dip[:, :, lower] * part


def _fading(live: Tensor) -> Tensor:
    """To how many of `PARTS` evidence fades from one cell to the next, float64 (sections,)."""
    places = torch.arange(1, live.shape[1] + 1, device=live.device)
    traces = (live * places).amax(dim=1).double()
    return PARTS * torch.exp(-CELL / (SHARE * traces).clamp(min=1.0, max=REACH))


def _going_on(parts: Tensor, live: Tensor, source: Tensor, part: Tensor) -> Tensor:
    """How far reflections go on from cell to cell, 0 to 1: float64 as ``source``.

    Cells without a live trace let everything pass.
    """
    stack = parts.unflatten(1, (-1, CELL)).sum(dim=2)
    stack = torch.cat([stack, stack.flip(1)])
    here, before = stack[:, 1:], stack[:, :-1]
    above, below = before.gather(2, source), before.gather(2, source + 1)
    there = (above * (PARTS - part) + below * part) // PARTS
    alike, size, other = (
        sum_around(one, WINDOW, 2).double() for one in (here * there, here * here, there * there)
    )
    least, most = ALIKE
    correlation = alike / (size * other).clamp_min(1.0).sqrt()
    passing = ((correlation - least) / (most - least)).clamp(0, 1)
    known = live.unflatten(1, (-1, CELL)).any(dim=2)
    known = torch.cat([known, known.flip(1)])
    return passing.masked_fill_(~(known[:, 1:] & known[:, :-1])[:, :, None], 1.0)
