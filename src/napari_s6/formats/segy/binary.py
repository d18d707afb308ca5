"""The fixed parts of a SEG-Y file: sizes, field widths, and the fields of its binary header."""

from collections.abc import Iterator
from typing import Literal

import numpy as np

ByteOrder = Literal["big", "little"]
#: A trace header field: its 1-based position and its width in bytes.
Field = tuple[int, Literal[2, 4]]
TEXT_BYTES = 3200
BINARY_BYTES = 400
FIRST_TRACE = TEXT_BYTES + BINARY_BYTES
TRACE_HEADER = 240
IBM_FLOAT = 1
# Two-byte trace header fields of the standard, by their 1-based position; the rest are four.
TWO_BYTE_FIELDS = frozenset(
    [29, 31, 33, 35, 69, 71, *range(89, 180, 2), 201, 203, 209, 211, 213, 215, 217, 223, 229]
)


class BinaryHeader:
    """Fields of the 3600 bytes before the traces, read in a given byte order."""

    def __init__(self, head: bytes, byte_order: ByteOrder) -> None:
        self._head = head
        self.order = byte_order

    def field(self, byte: int, size: int = 2, *, signed: bool = True) -> int:
        """Integer at a 1-based file position."""
        return int.from_bytes(self._head[byte - 1 : byte - 1 + size], self.order, signed=signed)

    @property
    def format_code(self) -> int:
        """Sample format code."""
        return self.field(3225)

    @property
    def revision(self) -> int:
        """Major revision; 0 where the field holds rubbish, as it may in revision 0."""
        major = self._head[3500] if self.order == "big" else self._head[3501]
        # Some writers store a plain 1 instead of the fixed-point 1.0.
        major = major or (self._head[3501] if self.order == "big" else self._head[3500])
        return major if major in (1, 2) else 0

    def exact_interval(self) -> float | None:
        """Sample interval of revision 2's double precision field, if it holds a plausible one."""
        if self.revision < 2:
            return None
        value = float(
            np.frombuffer(self._head[3272:3280], ">f8" if self.order == "big" else "<f8")[0]
        )
        return value if 1e-3 <= value <= 1e7 else None

    def sample_counts(self) -> Iterator[tuple[int, str]]:
        """Candidate sample counts of the binary header, the most credible first."""
        # The 4-byte field came with revision 2, and some writers fill it without saying so.
        extended = (self.field(3269, 4), "bytes 3269-3272")
        plain = (self.field(3221, signed=False), "bytes 3221-3222")
        yield from (extended, plain) if self.revision >= 2 else (plain, extended)
