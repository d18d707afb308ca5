"""The text of horizon files: columns of numbers in the variants that programs write.

Known are OpendTect (``IL XL Z`` or ``X Y Z``, several horizons told apart by a quoted name in the
first column, ``# 1: Inline`` headers), Petrel and IRAP points (``X Y Z``, a ``BEGIN HEADER`` block,
rows of 999 between parts), Charisma (``INLINE : 130 XLINE : 300 X Y Z``), and tables with a line of
column names, separated by blanks, commas, semicolons or tabs, as DUG Insight writes.
"""

import re
from array import array
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from napari_s6.errors import InputError

#: What the names of such files usually end in.
TEXT_SUFFIXES = (".txt", ".dat", ".xyz", ".csv", ".asc", ".hor")
UNDEFINED = (-999.25, 9999900.0)
#: Any larger number is undefined, 1e30 and the largest single precision number among them.
_LARGEST = 1e20
_COMMENT = ("#", "!", "//", "@", "EOB", "EOD")
_COLUMN = re.compile(r"#\s*(\d+)\s*:\s*(\S.*)")
_HORIZON = re.compile(r"#\s*horizon\s*(?:name)?\s*:\s*(.+)", re.I)
_BEGINS_NUMBER = frozenset("0123456789+-.")
_SEPARATOR = re.compile(r"[,;\t\s]+")
_QUOTED = re.compile(r'^\s*"([^"]*)"')
_NAMES = {
    "iline": "iline", "inline": "iline", "il": "iline", "inl": "iline",
    "xline": "xline", "crossline": "xline", "xl": "xline", "crl": "xline",
    "x": "x", "easting": "x", "xcoordinate": "x", "xcoord": "x", "cdpx": "x",
    "y": "y", "northing": "y", "ycoordinate": "y", "ycoord": "y", "cdpy": "y",
    "z": "z", "time": "z", "twt": "z", "depth": "z", "tvdss": "z", "t": "z",
}  # fmt: skip


@dataclass
class HorizonColumns:
    """One horizon's rows as numbers, and what its columns are called, as far as the file says."""

    name: str
    columns: tuple[str, ...]
    width: int
    numbers: "array[float]" = field(default_factory=lambda: array("d"))

    def values(self) -> np.ndarray:
        """float64 (points, columns), with the numbers that mean undefined as they are."""
        return np.array(self.numbers, np.float64).reshape(-1, self.width)


def read_columns(path: Path) -> list[HorizonColumns]:
    """Read a text file of horizons, one table for each.

    Raises
    ------
    InputError
        If the file can't be read, is no text, or its rows differ in their number of columns.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give a text file") from None
    if b"\0" in raw[:4096]:
        raise InputError(f"{path}: is no text; give horizons as IL XL Z or X Y Z")
    reader = _Reader(path)
    for number, line in enumerate(raw.decode("utf-8-sig", errors="replace").splitlines(), 1):
        reader.take(line.strip(), number)
    tables = list(reader.tables.values())
    if not tables:
        raise InputError(f"{path}: holds no rows of numbers; give horizons as IL XL Z or X Y Z")
    return tables


class _Reader:
    """Goes through the lines of a file, keeping the names of columns and of the horizon."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tables: dict[str, HorizonColumns] = {}
        self.name = path.stem
        self.columns: dict[int, str] = {}
        self.in_header = False
        self.width = 0

    def take(self, line: str, number: int) -> None:
        # Nearly all lines of a large file are numbers and blanks, and need no closer look.
        plain = None if self.in_header else _plain_numbers(line)
        if plain is not None:
            self._add(plain, [], self.name, number)
            return
        if self._is_header(line):
            return
        numbers, words = _split(line)
        if len(numbers) < 3:
            self._take_names(line)
            return
        quoted = _QUOTED.match(line)
        alone = words[0] if len(words) == 1 else ""
        self._add(numbers, words, quoted[1] if quoted else alone or self.name, number)

    def _add(self, numbers: list[float], words: list[str], name: str, line: int) -> None:
        if numbers[0] == numbers[1] == numbers[2] == 999:
            return  # IRAP's end of a part
        if self.width and len(numbers) != self.width:
            raise InputError(
                f"{self.path}: line {line} has {len(numbers)} numbers, those before it "
                f"{self.width}; give the same columns throughout"
            )
        self.width = len(numbers)
        table = self.tables.get(name)
        if table is None:
            columns = tuple(words) if len(words) >= 2 else self._column_names()
            table = self.tables[name] = HorizonColumns(name, columns, self.width)
        table.numbers.extend(numbers)

    def _is_header(self, line: str) -> bool:
        """Comments and header blocks, of which the names of columns and horizons are kept."""
        if line.upper() in ("BEGIN HEADER", "END HEADER"):
            self.in_header = line.upper() == "BEGIN HEADER"
            return True
        if self.in_header:
            self.columns[len(self.columns)] = line
            return True
        if not line.startswith(_COMMENT):
            return not line
        if match := _COLUMN.match(line):
            self.columns[int(match[1]) - 1] = match[2]
        elif match := _HORIZON.match(line):
            self.name = match[1].strip().strip('"')
        else:
            self._take_names(line.lstrip("#!@/ "))
        return True

    def _take_names(self, line: str) -> None:
        """Keep a line of column names, if it is one."""
        words = [word for word in _SEPARATOR.split(line) if word]
        if len([word for word in words if _known(word)]) >= 3:
            self.columns = dict(enumerate(words))

    def _column_names(self) -> tuple[str, ...]:
        return tuple(_known(self.columns.get(k, "")) for k in range(self.width))


def _plain_numbers(line: str) -> list[float] | None:
    """Numbers of a row of three or more numbers between blanks; None for any other line."""
    if line[:1] not in _BEGINS_NUMBER:
        return None
    try:
        numbers = [float(part) for part in line.split()]
    except ValueError:
        return None
    return numbers if len(numbers) >= 3 else None


def _split(line: str) -> tuple[list[float], list[str]]:
    """Numbers of a row, and its words: names of the numbers that follow, or the horizon's name."""
    numbers, words = [], []
    for part in _SEPARATOR.split(_QUOTED.sub("", line).replace(":", " ").strip()):
        try:
            numbers.append(float(part))
        except ValueError:
            known = _known(part)
            words.append(known or part)
    if len(words) >= 2 and "iline" in words and "xline" in words:
        return numbers, ["iline", "xline", *(["x", "y", "z"] if len(numbers) > 4 else ["z"])]
    return numbers, [word for word in words if word][:1]


def _known(name: str) -> str:
    plain = re.sub(r"[\s_.\-]|\(.*\)|\[.*\]", "", name).strip('"').lower()
    return _NAMES.get(plain, "")


def undefined_as_nan(z: np.ndarray, undefined: float | None = None) -> np.ndarray:
    """Z with NaN where it holds a number that means undefined, one more of which may be given."""
    marks = UNDEFINED if undefined is None else (*UNDEFINED, undefined)
    bad = ~(np.abs(z) < _LARGEST)
    for mark in marks:
        bad |= np.isclose(z, mark, rtol=1e-9, atol=0)
    return np.where(bad, np.nan, z)
