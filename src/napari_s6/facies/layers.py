"""Facies as a sequence of layers: in every trace, from the top down, in the scheme's order.

Rock intervals between horizons lie so. What a network gives each sample by itself need not: it
leaves islands, and layers out of their order. Here the likeliest layering as a whole is found
instead, trace by trace, from probabilities that neighbouring traces share.
"""

import itertools
from collections.abc import Iterable

import numpy as np
from scipy.ndimage import uniform_filter1d

from napari_s6.facies.codes import UNLABELLED

ACROSS = 61
"""Traces whose log probabilities are averaged: wide enough to carry a layer across a gap."""

SHARE = 0.1
"""They are no more than this share of a section: more would level the relief of a short one."""

LEAST = 1e-4


def layered(
    chances: np.ndarray, live: np.ndarray | None = None, across: int | None = None
) -> np.ndarray:
    """Return the likeliest codes that never decrease downwards.

    The sum of log probabilities along a trace is maximised exactly, by dynamic programming over
    where each layer begins; a layer may be missing.

    Parameters
    ----------
    chances
        Probabilities, (classes, traces, samples).
    live
        Which traces count for their neighbours, boolean (traces,); all if None.
    across
        Traces over which log probabilities are averaged first; by default 61, or a tenth of the
        section if that is less.

    Returns
    -------
    numpy.ndarray
        uint8 (traces, samples).
    """
    classes, traces, samples = chances.shape
    if across is None:
        across = max(1, min(ACROSS, round(SHARE * traces)))
    evidence = np.log(np.maximum(chances, LEAST, dtype=np.float32))
    if across > 1:
        weight = np.ones(traces, np.float32) if live is None else live.astype(np.float32)
        reach = min(across, traces)
        total = uniform_filter1d(weight, reach, mode="constant")
        evidence = uniform_filter1d(
            evidence * weight[None, :, None], reach, axis=1, mode="constant"
        ) / np.maximum(total, 1e-6).reshape(1, -1, 1)
    so_far = np.zeros((classes, traces, samples + 1), np.float64)
    np.cumsum(evidence, axis=2, dtype=np.float64, out=so_far[:, :, 1:])
    best = so_far[0]
    begins = np.empty((classes, traces, samples + 1), np.int32)
    for k in range(1, classes):
        lead = best - so_far[k]
        most = np.maximum.accumulate(lead, axis=1)
        where = np.where(lead >= most, np.arange(samples + 1), 0)
        begins[k] = np.maximum.accumulate(where, axis=1)
        best = so_far[k] + most
    codes = np.zeros((traces, samples), np.uint8)
    end = np.full(traces, samples)
    down = np.arange(samples)
    for k in range(classes - 1, 0, -1):
        begin = begins[k][np.arange(traces), end]
        codes[(down >= begin[:, None]) & (down < end[:, None])] = k
        end = begin
    return codes


def lie_in_order(sections: Iterable[np.ndarray]) -> bool:
    """Whether labels show that facies lie in the scheme's order, the smallest code on top.

    ``sections`` are uint8 (traces, samples), 255 where unlabelled. True if no trace is out of
    order, and each facies is seen on some trace together with the next one that is painted.
    """
    seen: set[int] = set()
    together: set[tuple[int, int]] = set()
    for codes in sections:
        if out_of_order(codes).any():
            return False
        present = sorted(int(code) for code in np.unique(codes) if code != UNLABELLED)
        seen.update(present)
        holds = {code: (codes == code).any(axis=1) for code in present}
        together |= {
            (a, b) for a, b in itertools.combinations(present, 2) if (holds[a] & holds[b]).any()
        }
    return len(seen) > 1 and all(pair in together for pair in itertools.pairwise(sorted(seen)))


def out_of_order(codes: np.ndarray) -> np.ndarray:
    """Which traces hold a code above a smaller one: boolean (traces,), from (traces, samples)."""
    known = codes != UNLABELLED
    deepest = np.maximum.accumulate(np.where(known, codes, 0), axis=1)
    return (known & (codes < deepest)).any(axis=1)
