"""Facies as a sequence of layers: in every trace, from the top down, in the scheme's order.

Rock intervals between horizons lie so. What a network gives each sample by itself need not: it
leaves islands, and layers out of their order. Here the likeliest layering as a whole is found
instead, trace by trace, from probabilities that neighbouring traces share.

All sums are of whole numbers. They are exact, so that the result does not depend on the device,
nor on the order of summation, and equal alternatives stay equal.
"""

import math

import torch
from torch import Tensor

ACROSS = 61
"""Traces whose log probabilities are summed: wide enough to carry a layer across a gap."""

SHARE = 0.1
"""They are no more than this share of a section: more would level the relief of a short one."""

LEAST = 1e-4

STEPS = 1 << 14
"""Log probabilities are rounded to this part of a nat."""


def reach(traces: int) -> int:
    """Over how many traces log probabilities are summed in a section of so many."""
    return max(1, min(ACROSS, round(SHARE * traces)))


@torch.inference_mode()
def layered(chances: Tensor, live: Tensor | None = None, across: int | None = None) -> Tensor:
    """Return the likeliest codes that never decrease downwards.

    The sum of log probabilities along a trace is maximised exactly, by dynamic programming over
    where each layer begins; a layer may be missing, and is where it is no likelier than the one
    above it.

    Parameters
    ----------
    chances
        Probabilities, (sections, classes, traces, samples).
    live
        Which traces count for their neighbours, boolean (sections, traces); all if None.
    across
        Traces over which log probabilities are summed first; `reach` of the section by default.

    Returns
    -------
    Tensor
        uint8 (sections, traces, samples).
    """
    if chances.device.type == "mps":  # which lacks a running maximum of whole numbers
        alive = None if live is None else live.cpu()
        return layered(chances.cpu(), alive, across).to(chances.device)
    sections, classes, traces, samples = chances.shape
    evidence = chances.clamp_min(LEAST).log_().mul_(STEPS).round_().to(_whole(traces))
    gain = evidence[:, :-1] - evidence[:, 1:]
    lead = torch.zeros(
        (sections, classes - 1, traces, samples + 1), dtype=torch.int64, device=chances.device
    )
    across = min(reach(traces) if across is None else across, traces)
    if across > 1:
        if live is not None:
            gain.mul_(live[:, None, :, None])
        _sum_over(gain, across, lead[..., 1:])
    else:
        lead[..., 1:] = gain
    # Lead and position in one number: the running maximum finds both, the deepest of equals.
    room = 1 << samples.bit_length()
    lead[..., 1:].mul_(room).add_(1).cumsum_(dim=-1)
    best: list[Tensor] = []
    for k in range(classes - 1):
        here = (best[-1] & -room).add_(lead[:, k]) if k else lead[:, k]
        best.append(here.cummax(dim=-1).values)
    codes = torch.zeros((sections, traces, samples), dtype=torch.uint8, device=chances.device)
    end = torch.full((sections, traces, 1), samples, dtype=torch.int64, device=chances.device)
    down = torch.arange(samples, device=chances.device)
    for most in reversed(best):
        end = most.gather(-1, end) & (room - 1)
        codes += down >= end
    return codes


def _whole(traces: int) -> torch.dtype:
    """Whole numbers that hold the log probabilities of so many traces, summed."""
    return torch.int32 if -math.log(LEAST) * STEPS * traces < 2**31 else torch.int64


def _sum_over(values: Tensor, across: int, out: Tensor) -> None:
    """Sums over ``across`` neighbouring traces; beyond the ends there is nothing."""
    traces = values.shape[2]
    total = values.cumsum(dim=2, dtype=values.dtype)
    before, after = across // 2 + 1, across - across // 2 - 1
    out[:, :, : traces - after] = total[:, :, after:]
    out[:, :, traces - after :] = total[:, :, -1:]
    out[:, :, before:] -= total[:, :, : traces - before]
