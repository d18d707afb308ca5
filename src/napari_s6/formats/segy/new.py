"""SEG-Y headers made from a volume's coordinates, for volumes that did not come from SEG-Y."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from napari_s6.formats.segy.binary import BINARY_BYTES, TRACE_HEADER, TWO_BYTE_FIELDS
from napari_s6.formats.segy.text import insert_lines, text_header
from napari_s6.survey.record import survey_record

# Two-byte fields of the binary header that we set, counted from its own first byte.
_SORTED_BY_CDP = 2
_LIVE, _DEAD = 1, 2


def set_fields(
    block: np.ndarray, order_mark: str, fields: Mapping[int, int | np.ndarray], *, width: int = 2
) -> None:
    """Set header fields in place.

    Parameters
    ----------
    block
        Headers as bytes, shape (headers, length).
    order_mark
        ``">"`` or ``"<"``.
    fields
        1-based position within the header -> a value, or one for each header.
    width
        Size of the fields in bytes, 2 (stored unsigned where positive) or 4.
    """
    for byte, value in fields.items():
        numbers = np.broadcast_to(np.asarray(value, np.int64), len(block))
        wrapped = (numbers & (2 ** (8 * width) - 1)).astype(f"{order_mark}u{width}")
        block[:, byte - 1 : byte - 1 + width] = wrapped.view(np.uint8).reshape(-1, width)


def new_file_head(
    fields: Mapping[str, int],
    format_code: int,
    text: Sequence[str],
    recorded: Sequence[str] = (),
    located: bool = False,
) -> bytes:
    """Text and binary header (3600 bytes, big endian, revision 1) of a post-stack file.

    ``recorded`` are the lines of an earlier text header, which stay; ``located`` says that trace
    headers hold X and Y.
    """
    binary = np.zeros((1, BINARY_BYTES), np.uint8)
    set_fields(binary, ">", {1: 1, 5: 1}, width=4)
    set_fields(
        binary,
        ">",
        {
            13: 1,
            17: fields["interval"],
            21: fields["count"],
            25: format_code,
            29: _SORTED_BY_CDP,
            55: 1,
            301: 0x0100,
            303: 1,
        },
    )
    places = (
        "X BYTES 181-184, Y BYTES 185-188, COMPUTED FROM THE LINE NUMBERS"
        if located
        else "NO COORDINATES: MADE FROM AN ARRAY"
    )
    lines = [*text, "INLINE BYTES 189-192, CROSSLINE BYTES 193-196", places]
    return insert_lines(text_header(recorded), lines) + binary.tobytes()


def new_trace_headers(
    volume: xr.DataArray,
    row: np.ndarray,
    column: np.ndarray,
    number: np.ndarray,
    fields: Mapping[str, int],
) -> np.ndarray:
    """Headers of traces at the given nodes of a volume, (traces, 240) bytes, big endian."""
    headers = np.zeros((len(row), TRACE_HEADER), np.uint8)
    iline = np.asarray(volume["iline"].values)[row]
    xline = np.asarray(volume["xline"].values)[column]
    live = np.asarray(volume["live"].values, bool)[row, column]
    wide: dict[int, Any] = {1: number + 1, 5: number + 1, 9: iline, 21: xline}
    wide |= {189: iline, 193: xline}
    scalar, places = _coordinates(volume, iline, xline)
    wide |= places
    narrow: dict[int, Any] = {27 + 2: np.where(live, _LIVE, _DEAD), 71: scalar}
    narrow |= {
        109: fields["start"],
        115: fields["count"],
        117: fields["interval"],
        215: fields["scalar"],
    }
    assert TWO_BYTE_FIELDS.issuperset(narrow)
    set_fields(headers, ">", wide, width=4)
    set_fields(headers, ">", narrow)
    return headers


def _coordinates(
    volume: xr.DataArray, iline: np.ndarray, xline: np.ndarray
) -> tuple[int, dict[int, np.ndarray]]:
    """The coordinate scalar, and X and Y as trace headers hold them; none without an affine."""
    affine = survey_record(volume).affine
    if affine is None:
        return 1, {}
    x, y = affine.xy(iline, xline)
    # The finest division with which the whole survey fits four bytes, the same for all traces.
    corners = np.abs(np.stack(affine.xy(*np.meshgrid(*_line_ends(volume)))))
    divisor = next((d for d in (100, 10) if corners.max() * d < 2**31), 1)
    x, y = (np.rint(divisor * values).astype(np.int64) for values in (x, y))
    return (-divisor if divisor > 1 else 1), {73: x, 77: y, 181: x, 185: y}


def _line_ends(volume: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
    return volume["iline"].values[[0, -1]], volume["xline"].values[[0, -1]]
