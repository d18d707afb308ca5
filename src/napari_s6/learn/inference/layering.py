"""Facies as a sequence of layers: in every trace, from the top down, in the scheme's order.

Rock intervals between horizons lie so. What a network gives each sample by itself need not: it
leaves islands, and layers out of their order. Here the likeliest layering as a whole is found
instead. What is known of a trace holds for the same reflection in its neighbours, so that
evidence is carried along the dips of the section first, fading with the distance.

All sums are of whole numbers. They are exact, so that the result does not depend on the device,
nor on the order of summation, and equal alternatives stay equal.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from napari_s6.learn.inference.carrying import carried
from napari_s6.learn.inference.dips import CELL

LEAST = 1e-4

STEPS = 1 << 12
"""Log probabilities are rounded to this part of a nat."""


@torch.inference_mode()
def layered(probabilities: Tensor, amplitudes: Tensor, live: Tensor | None = None) -> Tensor:
    """Return the likeliest codes that never decrease downwards.

    The sum of log probabilities along a trace is maximised exactly, by dynamic programming over
    where each layer begins; a layer may be missing, and is where it is no likelier than the one
    above it. It is found for cells of `CELL` traces, with the boundaries interpolated between
    their centres.

    Parameters
    ----------
    probabilities
        Probabilities, (sections, classes, traces, samples).
    amplitudes
        Seismic of the same sections, (sections, traces, samples): it says where reflections go.
    live
        Which traces count, boolean (sections, traces); all if None.

    Returns
    -------
    Tensor
        uint8 (sections, traces, samples).
    """
    if (
        probabilities.device.type == "mps"
    ):  # which lacks float64 and a running maximum of whole numbers
        live_on_cpu = None if live is None else live.cpu()
        return layered(probabilities.cpu(), amplitudes.cpu(), live_on_cpu).to(probabilities.device)
    traces = probabilities.shape[2]
    if live is None:
        live = torch.ones(
            probabilities.shape[0], traces, dtype=torch.bool, device=probabilities.device
        )
    # Whole cells, and one without data: what lies beyond a section's end makes no difference.
    beyond = -traces % CELL + CELL
    live = F.pad(live, (0, beyond))
    seismic = F.pad(amplitudes, (0, 0, 0, beyond)).masked_fill(~live[:, :, None], 0.0)
    gain = _gains(F.pad(probabilities, (0, 0, 0, beyond)), live)
    ends = _ends(carried(gain, seismic, live))
    return _codes(ends, traces, probabilities.shape[3])


def _gains(probabilities: Tensor, live: Tensor) -> Tensor:
    """What each cell has for a facies against the next one.

    int64 (sections, cells, classes - 1, samples): log probabilities of the mean over live traces,
    as often as there are live ones.
    """
    weight = live.to(probabilities.dtype).unflatten(1, (-1, CELL))
    count = weight.sum(dim=2)
    mean = (probabilities.unflatten(2, (-1, CELL)) * weight[:, None, :, :, None]).sum(dim=3)
    mean /= count.clamp_min(1)[:, None, :, None]
    evidence = mean.clamp_min(LEAST).log_().mul_(STEPS).round_().to(torch.int64)
    evidence *= count.to(torch.int64)[:, None, :, None]
    gains: Tensor = (evidence[:, :-1] - evidence[:, 1:]).transpose(1, 2).contiguous()
    return gains


def _ends(gain: Tensor) -> Tensor:
    """Where each layer but the last ends in every cell, int64 (sections, classes - 1, cells)."""
    sections, cells, boundaries, samples = gain.shape
    lead = torch.zeros(
        (boundaries, sections, cells, samples + 1), dtype=torch.int64, device=gain.device
    )
    # Lead and position in one number: the running maximum finds both, the deepest of equals.
    room = 1 << samples.bit_length()
    torch.cumsum(gain.mul_(room).add_(1).permute(2, 0, 1, 3), dim=-1, out=lead[..., 1:])
    best: list[Tensor] = []
    for k in range(boundaries):
        here = (best[-1] & -room).add_(lead[k]) if k else lead[k]
        best.append(here.cummax(dim=-1).values)
    end = torch.full((sections, cells, 1), samples, dtype=torch.int64, device=gain.device)
    ends = []
    for most in reversed(best):
        end = most.gather(-1, end) & (room - 1)
        ends.append(end[..., 0])
    if not ends:
        return torch.zeros((sections, 0, cells), dtype=torch.int64, device=gain.device)
    return torch.stack(ends[::-1], dim=1)


def _codes(ends: Tensor, traces: int, samples: int) -> Tensor:
    """Codes of every trace, its boundaries between those of the cells on either side."""
    place = 2 * torch.arange(traces, device=ends.device) - CELL + 1
    left = (place // (2 * CELL)).clamp(min=0)
    part = (place - 2 * CELL * left).clamp(min=0)
    between = ends[:, :, left] * (2 * CELL - part) + ends[:, :, left + 1] * part
    edges = (between + CELL) // (2 * CELL)
    codes = torch.zeros((ends.shape[0], traces, samples), dtype=torch.uint8, device=ends.device)
    down = torch.arange(samples, device=ends.device)
    for k in range(edges.shape[1]):
        codes += down >= edges[:, k, :, None]
    return codes
