"""Where things lie in a SEG-Y file: byte order, sample format, headers and traces.

Written against the SEG-Y standard, revisions 0 to 2. The file's size decides between headers that
contradict each other: trace headers often claim another sample count than the file holds, and
some files are little endian without saying so.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Literal

import numpy as np

from napari_s6.errors import InputError
from napari_s6.formats.segy.axis import measured_in_feet, read_interval
from napari_s6.formats.segy.binary import (
    FIRST_TRACE,
    IBM_FLOAT,
    TEXT_BYTES,
    TRACE_HEADER,
    TWO_BYTE_FIELDS,
    BinaryHeader,
    ByteOrder,
    Field,
)

_BLOCK_BYTES = 4 * 2**20

# code -> (numpy type on disk without its byte order, what people call it)
SAMPLE_FORMATS: dict[int, tuple[str, str]] = {
    1: ("u4", "IBM float"),
    2: ("i4", "int32"),
    3: ("i2", "int16"),
    5: ("f4", "float32"),
    6: ("f8", "float64"),
    8: ("i1", "int8"),
    9: ("i8", "int64"),
    10: ("u4", "uint32"),
    11: ("u2", "uint16"),
    12: ("u8", "uint64"),
    16: ("u1", "uint8"),
}


@dataclass(frozen=True)
class SegyLayout:
    """How one SEG-Y file is laid out.

    Attributes
    ----------
    path
        The file, absolute.
    byte_order
        ``"big"`` (the standard) or ``"little"``.
    format_code
        Sample format code of the binary header (bytes 3225-3226).
    n_samples
        Samples per trace.
    first_trace
        Offset of the first trace in bytes: after the text, binary and extended headers.
    n_traces
        Traces in the file, from its size.
    interval
        Sample interval in ms (or in metres, if the vertical axis is depth).
    start
        Time (or depth) of the first sample, from the first trace's delay.
    revision
        Major revision of the standard the file claims.
    feet
        Whether the file says that lengths are in feet.
    notes
        What was contradictory, and how it was settled.
    """

    path: Path
    byte_order: ByteOrder
    format_code: int
    n_samples: int
    first_trace: int
    n_traces: int
    interval: float
    start: float
    revision: int
    feet: bool
    notes: tuple[str, ...]

    @property
    def order_mark(self) -> Literal[">", "<"]:
        """numpy's mark of the byte order."""
        return ">" if self.byte_order == "big" else "<"

    @property
    def disk_dtype(self) -> np.dtype[Any]:
        """Type of a sample as stored (IBM floats as unsigned integers)."""
        return np.dtype(SAMPLE_FORMATS[self.format_code][0]).newbyteorder(self.order_mark)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of a sample in memory: native byte order, IBM floats as float32."""
        if self.format_code == IBM_FLOAT:
            return np.dtype(np.float32)
        return np.dtype(SAMPLE_FORMATS[self.format_code][0])

    @property
    def format_name(self) -> str:
        """The sample format in words, such as ``"int16"`` or ``"IBM float"``."""
        return SAMPLE_FORMATS[self.format_code][1]

    @property
    def trace_bytes(self) -> int:
        """Length of a trace with its header."""
        return TRACE_HEADER + self.n_samples * self.disk_dtype.itemsize

    @property
    def sample_bytes(self) -> int:
        """Size of all samples, without headers."""
        return self.n_traces * self.n_samples * self.disk_dtype.itemsize

    def map_bytes(self) -> np.memmap:
        """Map the whole file, read-only, as bytes."""
        return np.memmap(self.path, np.uint8, "r")

    def header_field(
        self, data: np.ndarray, byte: int, *, width: Literal[2, 4] | None = None
    ) -> np.ndarray:
        """View one trace header field of every trace, by its 1-based position, without reading.

        ``width`` in bytes is the standard's, unless given.
        """
        kind = f"i{width or (2 if byte in TWO_BYTE_FIELDS else 4)}"
        return np.ndarray(
            (self.n_traces,),
            np.dtype(self.order_mark + kind),
            buffer=data,
            offset=self.first_trace + byte - 1,
            strides=(self.trace_bytes,),
        )

    def copy_fields(self, data: np.ndarray, fields: Sequence[Field]) -> list[np.ndarray]:
        """Copy trace header fields, each a position and a width, in native byte order.

        All in one pass: a file larger than memory is read from the disk for each pass.
        """
        views = [self.header_field(data, byte, width=width) for byte, width in fields]
        copies = [np.empty(self.n_traces, v.dtype.newbyteorder("=")) for v in views]
        step = max(1, _BLOCK_BYTES // self.trace_bytes)
        for start in range(0, self.n_traces, step):
            for copied, view in zip(copies, views, strict=True):
                copied[start : start + step] = view[start : start + step]
        return copies

    def headers(self, data: np.ndarray) -> np.ndarray:
        """View the trace headers as bytes, shape (traces, 240)."""
        return self._view(data, np.dtype(np.uint8), TRACE_HEADER, 0)

    def samples(self, data: np.ndarray) -> np.ndarray:
        """View the samples as stored, shape (traces, samples)."""
        return self._view(data, self.disk_dtype, self.n_samples, TRACE_HEADER)

    def _view(self, data: np.ndarray, dtype: np.dtype[Any], count: int, skip: int) -> np.ndarray:
        return np.ndarray(
            (self.n_traces, count),
            dtype,
            buffer=data,
            offset=self.first_trace + skip,
            strides=(self.trace_bytes, dtype.itemsize),
        )


def line_width(byte: int) -> Literal[2, 4]:
    """Width of a field that holds line numbers: from byte 181 on always four bytes.

    Revision 0 left these bytes to the user, and who keeps line numbers there uses four for each,
    whatever revision 1 put there later.
    """
    return 2 if byte in TWO_BYTE_FIELDS and byte < 181 else 4


def line_field(layout: SegyLayout, data: np.ndarray, byte: int) -> np.ndarray:
    """View a field as a line number."""
    return layout.header_field(data, byte, width=line_width(byte))


def read_layout(path: str | os.PathLike[str], n_samples: int | None = None) -> SegyLayout:
    """Find out how a SEG-Y file is laid out, reading only its first headers.

    ``n_samples`` is the count of samples per trace that is known better than the headers'.

    Raises
    ------
    InputError
        If the file is missing, not SEG-Y, cut short, or in a sample format that cannot be read.
    """
    path = Path(path).expanduser().absolute()
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(FIRST_TRACE + 64 * TEXT_BYTES + TRACE_HEADER)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; give a SEG-Y file that can be read") from error
    if size < FIRST_TRACE + TRACE_HEADER + 1:
        raise InputError(
            f"{path}: {size} bytes are too few for a SEG-Y file (3600 of headers and a trace); "
            "copy the file again"
        )
    found = next(_consistent_layouts(head, size, n_samples), None)
    if found is None and n_samples is not None:
        raise _explain_given_count(path, head, size, n_samples)
    if found is None:
        raise _explain_failure(path, head, size)
    order, code, n_samples, first_trace, notes = found
    binary = BinaryHeader(head, order)
    if binary.revision >= 2 and binary.field(3507, 4) > 0:
        raise InputError(
            f"{path}: revision 2 with {binary.field(3507, 4)} additional trace headers per trace, "
            "which cannot be read; write it again without them"
        )
    with path.open("rb") as file:
        file.seek(first_trace)
        interval, start, time_notes = read_interval(binary, file.read(TRACE_HEADER))
    itemsize = np.dtype(SAMPLE_FORMATS[code][0]).itemsize
    return SegyLayout(
        path=path,
        byte_order=order,
        format_code=code,
        n_samples=n_samples,
        first_trace=first_trace,
        n_traces=(size - first_trace) // (TRACE_HEADER + n_samples * itemsize),
        interval=interval,
        start=start,
        revision=binary.revision,
        feet=measured_in_feet(binary),
        notes=(*notes, *time_notes),
    )


def _consistent_layouts(
    head: bytes, size: int, given: int | None = None
) -> Iterator[tuple[ByteOrder, int, int, int, tuple[str, ...]]]:
    """Yield layouts that account for every byte of the file, the most credible first."""
    orders: tuple[ByteOrder, ByteOrder] = ("big", "little")
    for order in orders:
        binary = BinaryHeader(head, order)
        code = binary.format_code
        if code not in SAMPLE_FORMATS:
            continue
        itemsize = np.dtype(SAMPLE_FORMATS[code][0]).itemsize
        counts = _sample_counts(head, binary) if given is None else [(given, "the count given")]
        for first_trace, (n_samples, where) in product(_first_trace_offsets(head, binary), counts):
            traces, rest = divmod(size - first_trace, TRACE_HEADER + max(n_samples, 0) * itemsize)
            if n_samples <= 0 or traces < 1 or rest:
                continue
            yield order, code, n_samples, first_trace, _sample_count_notes(binary, n_samples, where)


def _first_trace_offsets(head: bytes, binary: BinaryHeader) -> list[int]:
    """Candidate offsets of the first trace."""
    extended = binary.field(3505)
    offsets = []
    if binary.revision >= 2 and (stated := binary.field(3521, 8)) >= FIRST_TRACE:
        offsets.append(stated)
    if extended > 0:
        offsets.append(FIRST_TRACE + extended * TEXT_BYTES)
    elif extended == -1 and (count := _count_until_end_text(head)):
        offsets.append(FIRST_TRACE + count * TEXT_BYTES)
    offsets.append(FIRST_TRACE)
    return list(dict.fromkeys(offsets))


def _count_until_end_text(head: bytes) -> int:
    """Number of extended text headers up to the one that says it is the last, or 0."""
    for number, start in enumerate(range(FIRST_TRACE, len(head) - TEXT_BYTES + 1, TEXT_BYTES)):
        stanza = head[start : start + TEXT_BYTES]
        for codec in ("cp037", "latin-1"):
            if "((seg:endtext))" in stanza.decode(codec).replace(" ", "").lower():
                return number + 1
    return 0


def _sample_counts(head: bytes, binary: BinaryHeader) -> list[tuple[int, str]]:
    """Candidate sample counts and where they stand, the most credible first."""
    trace = int.from_bytes(head[FIRST_TRACE + 114 : FIRST_TRACE + 116], binary.order, signed=False)
    return [*binary.sample_counts(), (trace, "the first trace's header")]


def _sample_count_notes(binary: BinaryHeader, n_samples: int, where: str) -> tuple[str, ...]:
    stated = next(binary.sample_counts())[0]
    if stated == n_samples:
        return ()
    return (f"binary header states {stated} samples; {n_samples} of {where} fit the file size",)


def _explain_given_count(path: Path, head: bytes, size: int, given: int) -> InputError:
    """Say which sample count the file's size agrees with, instead of the one given."""
    fitting = next(_consistent_layouts(head, size), None)
    hint = f"{fitting[2]} do" if fitting else "leave it to the headers"
    return InputError(
        f"{path}: sample count {given}: the file's {size} bytes are no whole number of such "
        f"traces; {hint}"
    )


def _explain_failure(path: Path, head: bytes, size: int) -> InputError:
    """Say in one line why no layout accounts for the file."""
    binary = BinaryHeader(head, "big")
    little = BinaryHeader(head, "little")
    if binary.format_code not in SAMPLE_FORMATS and little.format_code in SAMPLE_FORMATS:
        binary = little
    code = binary.format_code
    if code in (4, 7, 15):
        return InputError(
            f"{path}: sample format {code} cannot be read; convert the file to IEEE or IBM floats"
        )
    if code not in SAMPLE_FORMATS:
        return InputError(
            f"{path}: not SEG-Y (sample format code {code} in bytes 3225-3226); "
            "give a SEG-Y, .npy, Zarr or NetCDF file"
        )
    n_samples = next(binary.sample_counts())[0]
    if n_samples <= 0:
        return InputError(
            f"{path}: not SEG-Y, or without a sample count (bytes 3221-3222 hold {n_samples}); "
            "correct the binary header"
        )
    trace = TRACE_HEADER + n_samples * np.dtype(SAMPLE_FORMATS[code][0]).itemsize
    traces, rest = divmod(size - _first_trace_offsets(head, binary)[0], trace)
    return InputError(
        f"{path}: after {max(traces, 0)} whole traces of {n_samples} samples {rest} bytes are left "
        "over, so the file is cut short or its sample count is wrong; copy it again"
    )
