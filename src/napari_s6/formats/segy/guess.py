"""Guessing where line numbers are: header fields ranked by how good a grid they make.

Line numbers recur: each inline number stands in many traces, and so does each crossline number,
but hardly a pair of them. In a sorted file one stays while the other proceeds in even steps.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from napari_s6.formats.segy.gathers import records_in, shots_by_position
from napari_s6.formats.segy.layout import SegyLayout, line_field
from napari_s6.survey.header_bytes import HeaderBytes

# In the order in which, other things equal, they are believed. Counters of traces (1, 13, 25) and
# coordinates are no candidates; bytes 181 and 185 are, where coordinates stand elsewhere.
_FIELDS = (189, 193, 5, 21, 9, 17, 181, 185, 197, 201, 205, 209, 213, 217, 221, 225, 229, 233, 237)
_USUAL = ((189, 193), (5, 21), (9, 21), (17, 21), (181, 185), (213, 217), (221, 225))
_GOOD_ENOUGH = 0.45
_LARGEST_LINE = 10_000_000


@dataclass(frozen=True)
class Candidate:
    """A pair of header fields, and how well it makes a grid (1 is perfect).

    ``inlines`` and ``crosslines`` count distinct numbers, ``unique`` is the share of traces that
    have a node of their own, ``filled`` the share of the grid's nodes that have a trace, and
    ``regular`` the share of steps that go on evenly along a line.
    """

    where: HeaderBytes
    score: float
    inlines: int
    crosslines: int
    unique: float
    filled: float
    regular: float

    def __str__(self) -> str:
        place = f"{self.where.iline}/{self.where.xline}"
        return f"{place} ({self.inlines} x {self.crosslines}, score {self.score:.2f})"


def rank_header_bytes(
    layout: SegyLayout, data: np.ndarray, *, first: HeaderBytes | None = None
) -> list[Candidate]:
    """Rank pairs of trace header fields by how well they make a grid, the best first.

    Parameters
    ----------
    data
        The file's bytes, as mapped by ``layout.map_bytes()``.
    first
        Where coordinates are taken from, and the pair preferred among equals.

    Returns
    -------
    list of Candidate
        Those good enough to be used; empty for pre-stack and shot files.
    """
    if layout.n_traces < 2 or not _looks_stacked(layout, data):
        return []
    fields = _usable_fields(layout, data)
    found = []
    for one, other in combinations(fields, 2):
        low, high = sorted((one, other))
        found.append(_rate(low, high, fields[low], fields[high]))
    chosen = [c for c in found if c is not None and c.score >= _GOOD_ENOUGH]
    if records_in(layout, data):
        chosen = [c for c in chosen if not _may_be_shots(c)]
    if not chosen and (line := _line_of_cdps(layout, fields)) is not None:
        chosen.append(line)
    usual = [(first.iline, first.xline)] if first else []
    chosen.sort(key=lambda c: (-round(c.score, 2), _rank(c, [*usual, *_USUAL])))
    return [_with_coordinates(layout, data, c) for c in chosen]


def _looks_stacked(layout: SegyLayout, data: np.ndarray) -> bool:
    offsets = layout.header_field(data, 37)
    return bool((offsets == offsets[0]).all()) and not shots_by_position(layout, data)


def _may_be_shots(found: Candidate) -> bool:
    """Whether field records or source points, each over other ensembles, look like lines."""
    return bool({found.where.iline, found.where.xline} & {9, 17}) and found.filled < 0.9


def _usable_fields(layout: SegyLayout, data: np.ndarray) -> dict[int, np.ndarray]:
    """Fields that vary within the range of line numbers, each content once."""
    coordinates_elsewhere = _varies(layout.header_field(data, 73))
    usable: dict[int, np.ndarray] = {}
    for byte in _FIELDS:
        if byte in (181, 185) and not coordinates_elsewhere:
            continue
        view = line_field(layout, data, byte)
        if not _varies(view):
            continue
        values = view.astype(np.int64)
        if abs(values).max() > _LARGEST_LINE:
            continue
        if not any(np.array_equal(values, other) for other in usable.values()):
            usable[byte] = values
    return usable


def _rate(low: int, high: int, inline: np.ndarray, crossline: np.ndarray) -> Candidate | None:
    """Rate one pair of fields, None if it cannot be one of line numbers."""
    n = len(inline)
    n_inlines, n_crosslines = _distinct(inline), _distinct(crossline)
    # Numbers that hardly ever recur count traces.
    if max(n_inlines, n_crosslines) > 0.9 * n:
        return None
    span = int(crossline.max() - crossline.min()) + 1
    node = (inline - inline.min()) * span + crossline - crossline.min()
    nodes = _distinct(node)
    unique, filled = nodes / n, nodes / (n_inlines * n_crosslines)
    regular = _regularity(inline, crossline)
    score = unique * (0.5 * regular + 0.5 * filled) if unique > 0.8 else 0.0
    where = HeaderBytes(low, high)
    return Candidate(where, score, n_inlines, n_crosslines, unique, filled, regular)


def _line_of_cdps(layout: SegyLayout, fields: dict[int, np.ndarray]) -> Candidate | None:
    """A 2-D line: the ensemble number goes on from trace to trace and no line number varies."""
    cdp = fields.get(21)
    if cdp is None or _distinct(cdp) < layout.n_traces:
        return None
    regular = _regularity(np.zeros_like(cdp), cdp)
    if regular <= 0.5:
        return None
    return Candidate(
        HeaderBytes(189, 21), 0.5 + 0.5 * regular, 1, layout.n_traces, 1.0, 1.0, regular
    )


def _distinct(values: np.ndarray) -> int:
    low, span = int(values.min()), int(values.max() - values.min()) + 1
    if span > 4 * len(values) + 1024:
        return len(np.unique(values))
    occurs = np.zeros(span, bool)
    occurs[values - low] = True
    return int(np.count_nonzero(occurs))


def _regularity(inline: np.ndarray, crossline: np.ndarray) -> float:
    """Share of steps in which one number stays and the other goes on by its commonest step.

    As many steps from line to line as there are lines are left out of the count.
    """
    steps = inline[1:] - inline[:-1], crossline[1:] - crossline[:-1]
    even = _commonest(steps[1][steps[0] == 0]) + _commonest(steps[0][steps[1] == 0])
    turns = int(((steps[0] != 0) & (steps[1] != 0)).sum())
    lines = _distinct(inline) + _distinct(crossline)
    return even / max(1, len(inline) - 1 - min(turns, lines))


def _commonest(steps: np.ndarray) -> int:
    """How often the commonest step other than 0 occurs."""
    counts = np.unique(steps[steps != 0], return_counts=True)[1]
    return int(counts.max(initial=0))


def _rank(candidate: Candidate, usual: Sequence[tuple[int, int]]) -> int:
    pair = (candidate.where.iline, candidate.where.xline)
    return usual.index(pair) if pair in usual else len(usual) + _FIELDS.index(pair[1])


def _with_coordinates(layout: SegyLayout, data: np.ndarray, found: Candidate) -> Candidate:
    places = coordinate_bytes(layout, data, (found.where.iline, found.where.xline))
    if places is None:
        return found
    return replace(found, where=replace(found.where, x=places[0], y=places[1]))


def coordinate_bytes(
    layout: SegyLayout, data: np.ndarray, taken: Sequence[int]
) -> tuple[int, int] | None:
    """Where X and Y are: the first usual fields that vary and don't hold line numbers."""
    for x, y in ((181, 185), (73, 77), (81, 85)):
        if x in taken or y in taken:
            continue
        if any(_varies(layout.header_field(data, byte)) for byte in (x, y)):
            return x, y
    return None


def _varies(view: np.ndarray) -> bool:
    """Whether a field differs between traces; the first ones mostly tell."""
    return bool((view[:256] != view[0]).any() or (view != view[0]).any())
