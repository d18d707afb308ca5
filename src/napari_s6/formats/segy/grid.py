"""From trace headers to a grid: which trace lies on which inline and crossline.

The grid's axes hold every line number that occurs, sorted ascending, so that holes, ragged edges,
lines in any order and steps larger than one need no special case.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from napari_s6.errors import InputError
from napari_s6.formats.segy.gathers import refuse_gathers
from napari_s6.formats.segy.layout import SegyLayout, line_width
from napari_s6.formats.segy.setups import HOW_TO_GIVE
from napari_s6.survey.header_bytes import STANDARD, HeaderBytes

if TYPE_CHECKING:
    from napari_s6.formats.segy.guess import Candidate

__all__ = ["HOLE", "FoundGrid", "HeaderBytes", "TraceGrid", "find_grid", "scan_grid"]

HOLE = -1
_DELAY = 109
# A sparse survey (ten lines of F3) has 80 cells a trace; wrong bytes or noise have thousands.
_CELLS_PER_TRACE = 400
_CELLS_ALWAYS_ALLOWED = 4_000_000


@dataclass(frozen=True, eq=False)
class TraceGrid:
    """The grid of a SEG-Y file.

    Attributes
    ----------
    iline, xline
        Line numbers that occur, ascending, int64.
    trace
        (inlines, crosslines) int32: the number of the trace at each node, -1 where there is none.
    duplicates
        Traces whose node was taken by an earlier trace.
    row, column
        (traces,) int32: the node of every trace of the file, duplicates included.
    delays
        Least and greatest delay (bytes 109-110), as stored.
    """

    iline: np.ndarray
    xline: np.ndarray
    trace: np.ndarray
    duplicates: int
    row: np.ndarray
    column: np.ndarray
    delays: tuple[int, int]


@dataclass(frozen=True, eq=False)
class FoundGrid:
    """A grid, where the line numbers were, who said so, and what is to be told about it."""

    grid: TraceGrid
    where: HeaderBytes
    origin: Literal["standard", "given", "guessed"]
    notes: tuple[str, ...] = ()


def find_grid(
    layout: SegyLayout,
    data: np.ndarray,
    where: HeaderBytes | None,
    guess: bool | None = None,
) -> FoundGrid:
    """Build the grid from given header bytes, the standard's or, if these fail, a guess.

    Parameters
    ----------
    where
        Positions given by the user, None for the standard's.
    guess
        True to guess in any case, False never to, None if the standard's make no grid.

    Raises
    ------
    InputError
        If no header bytes make a grid. It names those that would, where the user gave others.
    """
    from napari_s6.formats.segy.guess import coordinate_bytes, rank_header_bytes

    start = where or STANDARD
    if guess:
        candidates = rank_header_bytes(layout, data, first=start)
        if not candidates:
            scan_grid(layout, data, start)  # says what the file is, if it can
            raise InputError(
                f"{layout.path}: no header fields make a grid better than others; give the bytes "
                f"of inline and crossline {HOW_TO_GIVE}"
            )
        return _guessed(layout, data, candidates, f"lines read from {candidates[0].where}")
    try:
        grid = scan_grid(layout, data, start)
    except InputError as failure:
        candidates = rank_header_bytes(layout, data, first=start)
        if not candidates:
            raise
        if where is not None or guess is False:
            listed = ", ".join(str(c) for c in candidates[:3])
            raise InputError(f"{failure}; a grid is made by {listed}") from failure
        told = (
            f"bytes {start.iline}/{start.xline} make no grid; lines read from {candidates[0].where}"
        )
        return _guessed(layout, data, candidates, told)
    if where is not None:
        return FoundGrid(grid, where, "given")
    places = coordinate_bytes(layout, data, (start.iline, start.xline))
    if places is None or places == (start.x, start.y):
        return FoundGrid(grid, start, "standard")
    x, y = places
    note = f"bytes {start.x}/{start.y} hold no coordinates; X and Y read from {x}/{y}"
    return FoundGrid(grid, replace(start, x=x, y=y), "standard", (note,))


def _guessed(
    layout: SegyLayout, data: np.ndarray, candidates: Sequence["Candidate"], told: str
) -> FoundGrid:
    listed = ", ".join(str(c) for c in candidates[:4])
    where = candidates[0].where
    rank = f"the best of {len(candidates)} guesses" if len(candidates) > 1 else "the only guess"
    note = f"{told} (inline/crossline/X/Y), {rank}: {listed}"
    return FoundGrid(scan_grid(layout, data, where), where, "guessed", (note,))


def scan_grid(layout: SegyLayout, data: np.ndarray, where: HeaderBytes) -> TraceGrid:
    """Build the grid of a file from the line numbers in its trace headers.

    Parameters
    ----------
    data
        The file's bytes, as mapped by ``layout.map_bytes()``.

    Raises
    ------
    InputError
        If the headers don't make a grid: no line numbers, pre-stack gathers, absurd numbers.
    """
    lines = [(byte, line_width(byte)) for byte in (where.iline, where.xline)]
    inlines, crosslines, delays = layout.copy_fields(data, [*lines, (_DELAY, 2)])
    iline, row = _lines(inlines)
    xline, column = _lines(crosslines)
    cells = len(iline) * len(xline)
    if cells > max(_CELLS_ALWAYS_ALLOWED, _CELLS_PER_TRACE * layout.n_traces):
        raise InputError(
            f"{layout.path}: bytes {where.iline}/{where.xline} give a grid of {len(iline)} inlines "
            f"x {len(xline)} crosslines for {layout.n_traces} traces; give the bytes that hold the "
            f"inline and crossline numbers {HOW_TO_GIVE}"
        )
    node = row.astype(np.int64) * len(xline) + column
    trace = np.full(cells, HOLE, np.int32)
    # Assigned last to first, so that the first of several traces at a node stays.
    trace[node[::-1]] = np.arange(layout.n_traces - 1, -1, -1, dtype=np.int32)
    duplicates = layout.n_traces - int(np.count_nonzero(trace != HOLE))
    starts = int(delays.min()), int(delays.max())
    grid = TraceGrid(iline, xline, trace.reshape(len(iline), -1), duplicates, row, column, starts)
    refuse_gathers(layout, data, where, duplicates)
    return grid


def _lines(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct numbers, ascending, and each trace's position among them.

    A table over the range of numbers where that is short: sorting half a million traces takes
    ten times as long.
    """
    low, high = int(numbers.min()), int(numbers.max())
    if high - low >= 4 * len(numbers) + 1024:
        lines, position = np.unique(numbers, return_inverse=True)
        return lines.astype(np.int64), position.astype(np.int32)
    offset = (numbers.astype(np.int64) - low).astype(np.intp)
    occurs = np.zeros(high - low + 1, bool)
    occurs[offset] = True
    lookup = np.cumsum(occurs, dtype=np.int32) - 1
    return np.flatnonzero(occurs).astype(np.int64) + low, lookup[offset]
