"""The vertical axis of a SEG-Y file: its interval and start, from headers that may disagree.

Headers hold the interval in thousandths of a unit and the start in that unit, normally
microseconds and milliseconds. The unit itself stands nowhere a reader could rely on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from napari_s6.errors import InputError
from napari_s6.formats.segy.binary import BinaryHeader
from napari_s6.formats.segy.text import DEPTH_MARK
from napari_s6.survey.reading import Reading, Unit
from napari_s6.survey.volume import Domain

_FEET = 2  # measurement system, binary header bytes 3255-3256
_SIGN = 1 << 15


@dataclass(frozen=True, eq=False)
class VerticalAxis:
    """Times in ms or depths in m or ft, increasing, and what they are."""

    samples: np.ndarray
    domain: Domain
    units: Literal["ms", "m", "ft"]


def read_interval(binary: BinaryHeader, header: bytes) -> tuple[float, float, tuple[str, ...]]:
    """Sample interval and start as the headers state them, and how contradictions were settled.

    Parameters
    ----------
    binary
        The file's binary header.
    header
        The first trace's header, 240 bytes.

    Returns
    -------
    tuple
        Interval (ms, or whatever the unit is) and start in the same unit, and notes.
    """
    order = binary.order
    in_trace, trace_note = _plausible(int.from_bytes(header[116:118], order), 0)
    interval, note = _plausible(binary.field(3217, signed=False), in_trace)
    start = float(int.from_bytes(header[108:110], order, signed=True))
    scalar = int.from_bytes(header[214:216], order, signed=True)
    if binary.revision >= 1 and abs(scalar) in (10, 100, 1000, 10000):
        start = start * scalar if scalar > 0 else start / -scalar
    notes = [note] if note else []
    exact = binary.exact_interval()
    if exact is not None:
        return exact / 1000, start, tuple(notes)
    if interval == 0 and in_trace:
        notes.append(f"binary header states no sample interval; {in_trace} of the first trace used")
        notes += [trace_note] if trace_note else []
        interval = in_trace
    elif interval == 0:
        notes.append("no header states a sample interval; 4 (ms, m or ft) assumed")
        interval = 4000
    elif in_trace not in (0, interval):
        notes.append(
            f"sample interval {interval} in the binary header, {in_trace} in the first trace; "
            f"{interval} used"
        )
    return interval / 1000, start, tuple(notes)


def _plausible(stored: int, other: int) -> tuple[int, str]:
    """An interval as it was meant: unsigned, unless that is odd and its negative is not.

    -4000 reads as 61536 unsigned; 40000 (depth in mm) must stay what it is.
    """
    if stored < _SIGN:
        return stored, ""
    negated = 2 * _SIGN - stored
    if other == negated or (negated % 250 == 0 and stored % 250):
        return negated, f"negative sample interval {-negated}; {negated} used"
    return stored, ""


def vertical_axis(
    interval: float,
    start: float,
    n_samples: int,
    *,
    reading: Reading,
    text: Sequence[str],
    feet: bool,
) -> VerticalAxis:
    """Times or depths of a file's samples.

    Parameters
    ----------
    interval, start
        As read from the headers.
    reading
        Its domain, else its unit, else our own mark in the text header say what the axis is; its
        interval and start count more than the headers'.
    text
        Lines of the text header.
    feet
        Whether the binary header's measurement system is feet.
    """
    domain = reading.domain
    unit = reading.unit or _unit(domain, text, feet)
    if domain is not None and (unit in ("ms", "s")) != (domain == "twt"):
        raise InputError(f"unit {unit}: does not go with {domain}; leave one of the two out")
    step = interval if reading.interval is None else reading.interval
    first = start if reading.start is None else reading.start
    scale = 1000.0 if unit == "s" else 1.0
    samples = scale * (first + step * np.arange(n_samples))
    if unit in ("m", "ft"):
        return VerticalAxis(samples, "depth", unit)
    return VerticalAxis(samples, "twt", "ms")


def _unit(domain: Domain | None, text: Sequence[str], feet: bool) -> Unit:
    marks = [line for line in text if DEPTH_MARK in line]
    if domain == "twt" or (domain is None and not marks):
        return "ms"
    if marks:
        return "ft" if f"{DEPTH_MARK} (FT)" in marks[0] else "m"
    return "ft" if feet else "m"


def measured_in_feet(binary: BinaryHeader) -> bool:
    """Whether the binary header says that lengths are in feet."""
    return binary.field(3255) == _FEET
