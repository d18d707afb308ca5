"""The 3200-byte text header of a SEG-Y file: 40 lines of 80 characters, EBCDIC or ASCII."""

import os
import re
from collections.abc import Sequence
from typing import Literal

Codec = Literal["cp037", "latin-1"]

LINE = 80
LINES = 40
# How files written by us say that their vertical axis is no time: SEG-Y has no field for it.
DEPTH_MARK = "VERTICAL AXIS: DEPTH"
_BLANK = re.compile(r"[Cc]?\s*\d{0,2}[\s\x00]*")


def detect_codec(text: bytes) -> Codec:
    """Tell EBCDIC from ASCII by which of the two the blanks and letters are."""
    ebcdic = text.count(b"\x40") + sum(text.count(bytes([b])) for b in range(0xC1, 0xEA))
    ascii_ = text.count(b"\x20") + sum(text.count(bytes([b])) for b in range(0x61, 0x7B))
    # 0x40 is a blank in EBCDIC and '@' in ASCII; capitals of ASCII are rare signs in EBCDIC.
    ascii_ += sum(text.count(bytes([b])) for b in range(0x41, 0x5B))
    return "latin-1" if ascii_ > ebcdic else "cp037"


def text_lines(text: bytes) -> list[str]:
    """The 40 lines of a text header, unprintable characters as blanks, right ends stripped."""
    decoded = text.decode(detect_codec(text))
    clean = "".join(c if c.isprintable() else " " for c in decoded)
    return [clean[i * LINE : (i + 1) * LINE].rstrip() for i in range(LINES)]


def file_text(path: str | os.PathLike[str]) -> list[str]:
    """The lines of a SEG-Y file's text header."""
    with open(path, "rb") as file:
        return text_lines(file.read(LINES * LINE))


def blank_line_numbers(text: bytes) -> list[int]:
    """Positions of the lines that hold nothing, or only their ``C nn``."""
    decoded = text.decode(detect_codec(text))
    lines = [decoded[i * LINE : (i + 1) * LINE] for i in range(LINES)]
    return [i for i, line in enumerate(lines) if _BLANK.fullmatch(line)]


def insert_lines(text: bytes, lines: Sequence[str]) -> bytes:
    """Write lines into blank ones of a text header; all other bytes stay as they are.

    Lines that find no blank place are left out: what the source says is worth more.
    """
    codec = detect_codec(text)
    out = bytearray(text)
    for number, line in zip(blank_line_numbers(text), lines, strict=False):
        card = f"C{number + 1:2d} {line}"[:LINE].ljust(LINE)
        out[number * LINE : (number + 1) * LINE] = card.encode(codec, errors="replace")
    return bytes(out)


def text_header(lines: Sequence[str] = ()) -> bytes:
    """An EBCDIC text header of 40 lines, numbered and empty where none is given."""
    numbered = [f"C{i + 1:2d}" for i in range(LINES)]
    written = [*lines[:LINES], *numbered[len(lines) :]]
    return "".join(line[:LINE].ljust(LINE) for line in written).encode("cp037", errors="replace")
