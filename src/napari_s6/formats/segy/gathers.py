"""Telling stacked surveys from pre-stack and shot files, by what trace headers say of recording."""

import numpy as np

from napari_s6.errors import InputError
from napari_s6.formats.segy.layout import SegyLayout
from napari_s6.formats.segy.setups import HOW_TO_GIVE
from napari_s6.survey.header_bytes import HeaderBytes

_FIELD_RECORD, _TRACE_IN_RECORD, _OFFSET = 9, 13, 37
_SOURCE, _RECEIVER = (73, 77), (81, 85)


def kind_of_gathers(layout: SegyLayout, data: np.ndarray) -> str | None:
    """Say what unstacked kind a file is, as ``"a pre-stack file of 3 offsets"``; None if unclear.

    Offsets that differ, sources that stay while receivers move, or field records in which the
    traces are counted anew are what recorded and sorted data have and stacked data have not.
    """
    offsets = len(np.unique(layout.header_field(data, _OFFSET)))
    shots = shots_in(layout, data)
    if shots:
        return f"a shot-sorted file of {shots} shots"
    if offsets > 1:
        return f"a pre-stack file of {offsets} offsets"
    return None


def shots_in(layout: SegyLayout, data: np.ndarray) -> int:
    """Number of shots in a file sorted by shots, 0 if nothing says that it is."""
    if layout.n_traces < 4:
        return 0
    return shots_by_position(layout, data) or records_in(layout, data)


def shots_by_position(layout: SegyLayout, data: np.ndarray) -> int:
    """Number of sources that stay while receivers move, 0 if they don't."""
    source, receiver = (_moves(layout, data, fields) for fields in (_SOURCE, _RECEIVER))
    return source + 1 if 0 < source <= receiver / 4 else 0


def records_in(layout: SegyLayout, data: np.ndarray) -> int:
    """Number of field records in which traces are counted anew, up or down; 0 if none are."""
    record = layout.header_field(data, _FIELD_RECORD)
    number = layout.header_field(data, _TRACE_IN_RECORD)
    changes = record[1:] != record[:-1]
    records = int(changes.sum()) + 1
    if not 1 < records <= layout.n_traces / 4:
        return 0
    rising, falling = number[1:] > number[:-1], number[1:] < number[:-1]
    counted = max(int((way & ~changes).sum()) for way in (rising, falling))
    return records if counted >= 0.9 * int((~changes).sum()) else 0


def _moves(layout: SegyLayout, data: np.ndarray, fields: tuple[int, int]) -> int:
    moved = np.zeros(layout.n_traces - 1, bool)
    for byte in fields:
        values = layout.header_field(data, byte)
        moved |= values[1:] != values[:-1]
    return int(moved.sum())


def refuse_gathers(
    layout: SegyLayout, data: np.ndarray, where: HeaderBytes, duplicates: int
) -> None:
    """Raise for files in which most traces share a node: pre-stack, shots, or wrong bytes.

    Raises
    ------
    InputError
        Which says what the file is and what to do with it.
    """
    if layout.n_traces == 1 or 2 * duplicates < layout.n_traces:
        return
    places = f"bytes {where.iline}/{where.xline}"
    n_nodes = layout.n_traces - duplicates
    shared = (
        f"hold the same line numbers in all {layout.n_traces} traces"
        if n_nodes == 1
        else f"give {n_nodes} inline/crossline pairs for {layout.n_traces} traces"
    )
    kind = kind_of_gathers(layout, data)
    if kind is not None:
        raise InputError(
            f"{layout.path}: {kind} ({places} {shared}); facies need stacked data: stack it, or "
            "take one trace for each inline and crossline"
        )
    raise InputError(
        f"{layout.path}: {places} {shared}, so these are no line numbers or the file holds "
        f"gathers; give the bytes of inline and crossline {HOW_TO_GIVE}, or stack it first"
    )
