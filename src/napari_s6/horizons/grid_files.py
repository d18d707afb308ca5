"""Grid files of mapping programs: IRAP classic (ROXAR text) and CPS-3 (ASCII), both ways.

IRAP classic begins with ``-996 ROWS DX DY``, ``XMIN XMAX YMIN YMAX``, ``COLUMNS ROTATION X0 Y0``
and seven zeros; values follow row by row from the origin, 9999900 where undefined. CPS-3 begins
with lines that have keywords: ``FSASCI`` (which holds the undefined value), ``FSLIMI`` (the
extent), ``FSNROW`` (rows, columns), ``FSXINC`` (distances) and ``->`` with a name; values follow
column by column from the west, each from the north to the south. CPS-3 knows no rotation.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import numpy as np

from napari_s6.errors import InputError
from napari_s6.horizons.map_grid import MOST_NODES, MapGrid
from napari_s6.survey.atomic import atomic_path

GridFormat = Literal["irap", "cps3"]

#: How the formats are called, and the suffix of files that are written.
FORMAT_NAMES: dict[GridFormat, str] = {"irap": "IRAP classic grid", "cps3": "CPS-3 grid"}
SUFFIXES: dict[GridFormat, str] = {"irap": ".irap", "cps3": ".cps3"}
_IRAP_MARK, _IRAP_UNDEFINED, _CPS3_UNDEFINED = -996, 9999900.0, 1e30


def grid_format(path: str | os.PathLike[str]) -> GridFormat | None:
    """Which grid format a file begins like, None for any other file or none at all."""
    try:
        with open(path, "rb") as file:
            begin = file.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n").split(maxsplit=1)
    except OSError:
        return None
    if begin and begin[0] in (b"-996", b"-996.0"):
        return "irap"
    return "cps3" if begin and begin[0].upper() == b"FSASCI" else None


def read_grid(path: str | os.PathLike[str]) -> MapGrid:
    """Read an IRAP classic or CPS-3 grid.

    Raises
    ------
    InputError
        If the file can't be read, is neither, or is damaged.
    """
    path = Path(path).expanduser().absolute()
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give a grid file") from None
    kind = grid_format(path)
    if kind is None:
        raise InputError(f"{path}: is neither an IRAP classic nor a CPS-3 grid in text form")
    try:
        return _READERS[kind](text)
    except (ValueError, IndexError) as error:
        raise InputError(f"{path}: is no whole {FORMAT_NAMES[kind]} ({error})") from None


def write_grid(
    grid: MapGrid,
    out: str | os.PathLike[str],
    kind: GridFormat,
    *,
    name: str = "",
    overwrite: bool = False,
) -> Path:
    """Write a grid; values have four decimals.

    Parameters
    ----------
    name
        What the map shows; CPS-3 keeps it.

    Raises
    ------
    InputError
        If ``out`` exists or cannot be written.
    ValueError
        If the format knows no rotation, and the grid is turned.
    """
    out = Path(out).expanduser().absolute()
    lines = _WRITERS[kind](grid, name)
    with atomic_path(out, overwrite=overwrite) as temporary, temporary.open("w") as file:
        file.writelines(f"{line}\n" for line in lines)
    return out


def _read_irap(text: str) -> MapGrid:
    words = text.split()
    head = [float(word) for word in words[:19]]
    if len(head) < 19:
        raise ValueError("its header is cut short")
    rows, dx, dy = _count(head[1]), head[2], head[3]
    columns, rotation, x0, y0 = _count(head[8]), *head[9:12]
    values = _values(words[19:], columns * rows, dx, dy)
    values[values >= _IRAP_UNDEFINED] = np.nan
    return MapGrid(values.reshape(rows, columns).T, x0, y0, dx, dy, rotation)


def _irap_lines(grid: MapGrid, name: str) -> Iterator[str]:
    columns, rows = grid.values.shape
    # The extent before the grid is turned, as other programs write it.
    x1, y1 = grid.x0 + (columns - 1) * grid.dx, grid.y0 + (rows - 1) * grid.dy
    yield f"{_IRAP_MARK} {rows} {grid.dx:.6f} {grid.dy:.6f}"
    yield f"{grid.x0:.4f} {x1:.4f} {grid.y0:.4f} {y1:.4f}"
    yield f"{columns} {grid.rotation % 360:.8f} {grid.x0:.4f} {grid.y0:.4f}"
    yield "0 0 0 0 0 0 0"
    yield from _in_rows(grid.values.T.ravel(), f"{_IRAP_UNDEFINED:.4f}", 6)


def _read_cps3(text: str) -> MapGrid:
    head: dict[str, list[str]] = {}
    lines = text.splitlines()
    body = 0
    for number, line in enumerate(lines):
        words = line.split()
        if words and words[0].upper().startswith("FS"):
            head[words[0].upper()] = words[1:]
        elif words and not line.lstrip().startswith(("->", "!")):
            body = number
            break
    missing = [key for key in ("FSLIMI", "FSNROW") if key not in head]
    if missing:
        raise ValueError(f"it has no {missing[0]}")
    rows, columns = (_count(float(word)) for word in head["FSNROW"][:2])
    x0, x1, y0, y1 = (float(word) for word in head["FSLIMI"][:4])
    if "FSXINC" in head:
        dx, dy = (float(word) for word in head["FSXINC"][:2])
    else:
        dx, dy = (x1 - x0) / max(columns - 1, 1), (y1 - y0) / max(rows - 1, 1)
    words = " ".join(lines[body:]).split() if body else []
    values = _values(words, columns * rows, dx, dy)
    undefined = _number(head["FSASCI"][4:5])
    if undefined is not None:
        values[np.isclose(values, undefined, rtol=1e-6, atol=0)] = np.nan
    values[np.abs(values) >= _CPS3_UNDEFINED / 10] = np.nan
    return MapGrid(values.reshape(columns, rows)[:, ::-1], x0, y0, dx, dy)


def _cps3_lines(grid: MapGrid, name: str) -> Iterator[str]:
    if grid.rotation or grid.dy < 0:
        raise ValueError("CPS-3 knows no rotation; make the grid upright")
    columns, rows = grid.values.shape
    x1, y1 = grid.x0 + (columns - 1) * grid.dx, grid.y0 + (rows - 1) * grid.dy
    known = grid.values[np.isfinite(grid.values)]
    low, high = (known.min(), known.max()) if known.size else (_CPS3_UNDEFINED,) * 2
    yield 'FSASCI 0 1 "COMPUTED" 0 1.0E+30 0'
    yield "FSATTR 0 0"
    yield f"FSLIMI {grid.x0:.4f} {x1:.4f} {grid.y0:.4f} {y1:.4f} {low:.4f} {high:.4f}"
    yield f"FSNROW {rows} {columns}"
    yield f"FSXINC {grid.dx:.6f} {grid.dy:.6f}"
    yield f"->{name or 'map'}"
    yield from _in_rows(grid.values[:, ::-1].ravel(), "1.0E+30", 5)


_READERS: dict[GridFormat, Callable[[str], MapGrid]] = {"irap": _read_irap, "cps3": _read_cps3}
_WRITERS: dict[GridFormat, Callable[[MapGrid, str], Iterator[str]]] = {
    "irap": _irap_lines,
    "cps3": _cps3_lines,
}


def _count(number: float) -> int:
    if number != int(number) or not 1 <= number <= MOST_NODES:
        raise ValueError(f"{number:g} is no number of rows or columns")
    return int(number)


def _values(words: list[str], expected: int, dx: float, dy: float) -> np.ndarray:
    if len(words) != expected:
        raise ValueError(f"its header promises {expected} values, it holds {len(words)}")
    if not (np.isfinite([dx, dy]).all() and dx and dy):
        raise ValueError(f"its nodes are {dx:g} and {dy:g} apart")
    return np.array(words, np.float64)


def _number(words: list[str]) -> float | None:
    try:
        return float(words[0]) if words else None
    except ValueError:
        return None


def _in_rows(values: np.ndarray, undefined: str, count: int) -> Iterator[str]:
    for start in range(0, len(values), count):
        part = values[start : start + count].tolist()
        # NaN is the one number that differs from itself.
        yield " ".join(f"{value:.4f}" if value == value else undefined for value in part)
