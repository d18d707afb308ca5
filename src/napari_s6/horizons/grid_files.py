"""Grid files of mapping programs: IRAP classic (ROXAR text) and CPS-3 (ASCII), both ways.

IRAP classic begins with ``-996 ROWS DX DY``, ``XMIN XMAX YMIN YMAX``, ``COLUMNS ROTATION X0 Y0``
and seven zeros; values follow row by row from the origin, 9999900 where undefined. CPS-3 begins
with lines that have keywords: ``FSASCI`` (which holds the undefined value), ``FSLIMI`` (the
extent), ``FSNROW`` (rows, columns), ``FSXINC`` (distances) and ``->`` with a name; values follow
column by column from the west, each from the north to the south. CPS-3 knows no rotation.

One more format is two functions here and an entry in `GRID_FORMATS`: the command line and the
docks take their choices from there.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from napari_s6.errors import InputError
from napari_s6.horizons.map_grid import MOST_NODES, MapGrid
from napari_s6.survey.atomic import atomic_path

_IRAP_UNDEFINED, _CPS3_UNDEFINED = 9999900.0, 1e30


@dataclass(frozen=True)
class GridFormat:
    """Say how a kind of grid file is called, recognised, read and written.

    Attributes
    ----------
    name
        What selects it on the command line and in functions.
    label
        What people call one file of it.
    suffixes
        What its files' names end in, first that of the files written here.
    recognises
        Takes the beginning of a file, without leading blanks, and returns whether it is of this
        kind.
    read
        Takes a file's text; raises ValueError or IndexError if it is damaged.
    lines
        Takes a grid and the name of what it shows, and returns the lines of a file; None if the
        format is only read.
    turns
        Whether its grids may be turned against X and Y.
    """

    name: str
    label: str
    suffixes: tuple[str, ...]
    recognises: Callable[[str], bool]
    read: Callable[[str], MapGrid]
    lines: Callable[[MapGrid, str], Iterator[str]] | None = None
    turns: bool = True

    @property
    def writes(self) -> bool:
        """Whether grids of this kind can be written."""
        return self.lines is not None


def grid_format_of(path: str | os.PathLike[str]) -> GridFormat | None:
    """Return the format that a file begins like, None for any other file or none at all."""
    try:
        with open(path, "rb") as file:
            begin = file.read(4096).decode("utf-8-sig", errors="replace").lstrip()
    except OSError:
        return None
    return next((one for one in GRID_FORMATS.values() if one.recognises(begin)), None)


def writable_grid_formats() -> list[GridFormat]:
    """Return the formats in which grids can be written; the first is the usual one."""
    return [one for one in GRID_FORMATS.values() if one.writes]


def grid_format_to_write(name: str) -> GridFormat:
    """Return the format called ``name``.

    Raises
    ------
    InputError
        If there is none that can be written.
    """
    names = [one.name for one in writable_grid_formats()]
    if name not in names:
        raise InputError(f"grid format {name!r}: choose one of {', '.join(names)}")
    return GRID_FORMATS[name]


def grid_format_labels() -> str:
    """Return what the formats that can be read are called, as in "an A grid or B grid"."""
    *others, last = [one.label for one in GRID_FORMATS.values()]
    return f"{', '.join(others)} or {last}" if others else last


def read_grid(path: str | os.PathLike[str]) -> MapGrid:
    """Read a grid in one of `GRID_FORMATS`.

    Raises
    ------
    InputError
        If the file can't be read, is of none of these formats, or is damaged.
    """
    path = Path(path).expanduser().absolute()
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give a grid file") from None
    kind = grid_format_of(path)
    if kind is None:
        raise InputError(f"{path}: is no {grid_format_labels()} in text form")
    try:
        return kind.read(text)
    except (ValueError, IndexError) as error:
        raise InputError(f"{path}: is no whole {kind.label} ({error})") from None


def write_grid(
    grid: MapGrid,
    out: str | os.PathLike[str],
    kind: str,
    *,
    name: str = "",
    overwrite: bool = False,
) -> Path:
    """Write a grid; values have four decimals.

    Parameters
    ----------
    kind
        Name of one of `writable_grid_formats`.
    name
        What the map shows, for formats that keep it.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    InputError
        If the format cannot be written, or ``out`` exists or cannot be written.
    ValueError
        If the format knows no rotation, and the grid is turned.
    """
    chosen = grid_format_to_write(kind)
    if not chosen.turns and (grid.rotation or grid.dy < 0):
        raise ValueError(f"a {chosen.label} knows no rotation; make the grid upright")
    assert chosen.lines is not None
    out = Path(out).expanduser().absolute()
    with atomic_path(out, overwrite=overwrite) as temporary, temporary.open("w") as file:
        file.writelines(f"{line}\n" for line in chosen.lines(grid, name))
    return out


def _is_irap(begin: str) -> bool:
    return begin.split(maxsplit=1)[:1] in (["-996"], ["-996.0"])


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
    yield f"-996 {rows} {grid.dx:.6f} {grid.dy:.6f}"
    yield f"{grid.x0:.4f} {x1:.4f} {grid.y0:.4f} {y1:.4f}"
    yield f"{columns} {grid.rotation % 360:.8f} {grid.x0:.4f} {grid.y0:.4f}"
    yield "0 0 0 0 0 0 0"
    yield from _in_rows(grid.values.T.ravel(), f"{_IRAP_UNDEFINED:.4f}", 6)


def _is_cps3(begin: str) -> bool:
    return begin.upper().split(maxsplit=1)[:1] == ["FSASCI"]


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


#: The formats by name, the usual one first.
GRID_FORMATS: Mapping[str, GridFormat] = {
    one.name: one
    for one in (
        GridFormat(
            name="irap",
            label="IRAP classic grid",
            suffixes=(".irap", ".gri", ".grd"),
            recognises=_is_irap,
            read=_read_irap,
            lines=_irap_lines,
        ),
        GridFormat(
            name="cps3",
            label="CPS-3 grid",
            suffixes=(".cps3", ".cps"),
            recognises=_is_cps3,
            read=_read_cps3,
            lines=_cps3_lines,
            turns=False,
        ),
    )
}
