"""Whether labels show facies as layers: in every trace, from the top down, in the scheme's order.

Rock intervals between horizons lie so; `learn.layering` predicts them so.
"""

import itertools
from collections.abc import Iterable

import numpy as np

from napari_s6.facies.codes import UNLABELLED


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
    found: np.ndarray = (known & (codes < deepest)).any(axis=1)
    return found
