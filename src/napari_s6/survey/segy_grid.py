"""From trace headers to a grid: which trace lies on which inline and crossline.

The grid's axes hold every line number that occurs, sorted ascending, so that holes, ragged edges,
lines in any order and steps larger than one need no special case.
"""

from dataclasses import dataclass

import numpy as np

from napari_s6.errors import InputError
from napari_s6.survey.segy_layout import TRACE_HEADER, SegyLayout

HOLE = -1
# A sparse survey (ten lines of F3) has 80 cells a trace; wrong bytes or noise have thousands.
_CELLS_PER_TRACE = 400
_CELLS_ALWAYS_ALLOWED = 4_000_000


@dataclass(frozen=True)
class HeaderBytes:
    """Where trace headers hold line numbers and coordinates (1-based positions)."""

    iline: int = 189
    xline: int = 193
    x: int = 181
    y: int = 185

    def __post_init__(self) -> None:
        for name, byte in vars(self).items():
            if not 1 <= byte <= TRACE_HEADER - 3:
                raise InputError(
                    f"{name} byte {byte}: trace header positions run from 1 to {TRACE_HEADER - 3}"
                )


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
    """

    iline: np.ndarray
    xline: np.ndarray
    trace: np.ndarray
    duplicates: int
    row: np.ndarray
    column: np.ndarray


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
    inlines = _native(layout.header_field(data, where.iline))
    crosslines = _native(layout.header_field(data, where.xline))
    iline, row = _lines(inlines)
    xline, column = _lines(crosslines)
    cells = len(iline) * len(xline)
    if cells > max(_CELLS_ALWAYS_ALLOWED, _CELLS_PER_TRACE * layout.n_traces):
        raise InputError(
            f"{layout.path}: bytes {where.iline}/{where.xline} give a grid of {len(iline)} inlines "
            f"x {len(xline)} crosslines for {layout.n_traces} traces; give the bytes that hold the "
            "inline and crossline numbers"
        )
    node = row.astype(np.int64) * len(xline) + column
    trace = np.full(cells, HOLE, np.int32)
    # Assigned last to first, so that the first of several traces at a node stays.
    trace[node[::-1]] = np.arange(layout.n_traces - 1, -1, -1, dtype=np.int32)
    duplicates = layout.n_traces - int(np.count_nonzero(trace != HOLE))
    grid = TraceGrid(iline, xline, trace.reshape(len(iline), -1), duplicates, row, column)
    _refuse_gathers(layout, data, where, grid)
    return grid


def _native(field: np.ndarray) -> np.ndarray:
    """Copy a header field out of the file, in native byte order."""
    return field.astype(field.dtype.newbyteorder("="))


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


def _refuse_gathers(
    layout: SegyLayout, data: np.ndarray, where: HeaderBytes, grid: TraceGrid
) -> None:
    """Raise for files in which most traces share a node: pre-stack, shots, or wrong bytes."""
    if layout.n_traces == 1 or 2 * grid.duplicates < layout.n_traces:
        return
    places = f"bytes {where.iline}/{where.xline}"
    n_nodes = layout.n_traces - grid.duplicates
    if n_nodes == 1:
        raise InputError(
            f"{layout.path}: {places} hold the same line numbers in all {layout.n_traces} traces "
            "(a shot or pre-stack file, or other bytes); stack it, or give the bytes that hold "
            "inline and crossline"
        )
    offsets = np.unique(_native(layout.header_field(data, 37)))
    kind = (
        f"a pre-stack file of {len(offsets)} offsets; stack it first"
        if len(offsets) > 1
        else "gathers or repeated lines; give the bytes that hold inline and crossline"
    )
    raise InputError(
        f"{layout.path}: {layout.n_traces} traces share {n_nodes} inline/crossline pairs at "
        f"{places}: {kind}"
    )
