"""Horizons of a survey, read from text or from grids."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.facies.matching import NOWHERE
from napari_s6.horizons.grid_files import GRID_FORMATS, grid_format_of, read_grid
from napari_s6.horizons.map_grid import on_traces
from napari_s6.horizons.model import Horizon
from napari_s6.horizons.text import TEXT_SUFFIXES, HorizonColumns, read_columns, undefined_as_nan
from napari_s6.survey.record import need_affine
from napari_s6.survey.volume import vertical_dim

#: What a file's columns may be, as `columns` of `read_horizons` names them.
_BY_LINES = ("iline", "xline", "z")
_BY_POINTS = ("x", "y", "z")
#: What the names of horizon files usually end in.
FILE_SUFFIXES = tuple(
    dict.fromkeys(
        [*TEXT_SUFFIXES, *(suffix for one in GRID_FORMATS.values() for suffix in one.suffixes)]
    )
)


def read_horizons(
    path: str | os.PathLike[str],
    volume: xr.DataArray,
    *,
    columns: Sequence[str] | None = None,
    undefined: float | None = None,
    scale: float | None = None,
) -> list[Horizon]:
    """Read a file of one or more horizons onto a survey's grid.

    Points beside the survey are left out; several at one trace are averaged. Between the nodes of
    a grid values are interpolated.

    Parameters
    ----------
    path
        Text with ``IL XL Z`` or ``X Y Z`` in any of the variants of `horizons.text`, or both;
        or a grid in one of `horizons.grid_files.GRID_FORMATS`.
    volume
        The survey; X and Y need one whose headers hold coordinates.
    columns
        Names of the file's columns among iline, xline, x, y and z, others being left out; what
        the file says or its numbers suggest where absent.
    undefined
        One more number that means undefined, besides 1e30, -999.25, 9999900 and NaN.
    scale
        What Z is multiplied by. Without it, Z that is negative throughout is turned about, and
        seconds are turned into milliseconds; ``notes`` say so.

    Raises
    ------
    InputError
        If the file holds no such columns, or nothing of it lies in the survey.
    """
    path = Path(path).expanduser().absolute()
    if grid_format_of(path) is not None:
        return [_from_grid(path, volume, undefined, scale)]
    return [
        _on_grid(path, table, volume, columns, undefined, scale) for table in read_columns(path)
    ]


def _from_grid(
    path: Path, volume: xr.DataArray, undefined: float | None, scale: float | None
) -> Horizon:
    grid = read_grid(path)
    grid.values[...] = undefined_as_nan(grid.values, undefined)
    z = on_traces(grid, volume, f"{path.name} with X and Y")
    points = int(np.isfinite(grid.values).sum())
    if not np.isfinite(z).any():
        raise InputError(
            f"{path}: no trace of the survey lies within its {points} defined nodes; check the "
            "survey and its coordinates"
        )
    factor, note = (scale, "") if scale is not None else _suggested_scale(z, volume)
    kind = grid_format_of(path)
    told = [f"read from a {kind.label}"] if kind else []
    return Horizon(path.stem, z * factor, tuple(filter(None, (*told, note))), points)


def _on_grid(
    path: Path,
    table: HorizonColumns,
    volume: xr.DataArray,
    columns: Sequence[str] | None,
    undefined: float | None,
    scale: float | None,
) -> Horizon:
    values = table.values()
    names = tuple(columns) if columns else _columns_of(table, values, volume)
    place = {name: k for k, name in enumerate(names) if k < values.shape[1]}
    if "z" not in place or not ({"iline", "xline"} <= set(place) or {"x", "y"} <= set(place)):
        raise InputError(
            f"{path}: columns {', '.join(names)} are not enough; a horizon has iline, xline, z or "
            "x, y, z"
        )
    z = undefined_as_nan(values[:, place["z"]], undefined)
    if "iline" in place and "xline" in place:
        iline, xline = values[:, place["iline"]], values[:, place["xline"]]
    else:
        affine = need_affine(volume, f"{path.name} with X and Y")
        iline, xline = affine.lines(values[:, place["x"]], values[:, place["y"]])
    row = _nearest(np.asarray(volume["iline"].values), iline)
    column = _nearest(np.asarray(volume["xline"].values), xline)
    inside = (row != NOWHERE) & (column != NOWHERE)
    if not inside.any():
        raise InputError(
            f"{path}: none of its {len(z)} points lies on a trace of the survey (inlines "
            f"{volume['iline'].values.min()} to {volume['iline'].values.max()}); check the columns "
            f"({', '.join(names)}) and the survey"
        )
    notes = [f"{int((~inside).sum()):,} points beside the survey"] if not inside.all() else []
    used = inside & ~np.isnan(z)
    grid = _averaged(row[used], column[used], z[used], volume.shape[:2])
    factor, note = (scale, "") if scale is not None else _suggested_scale(grid, volume)
    told = tuple(filter(None, (*notes, note)))
    return Horizon(table.name, grid * factor, told, int(np.isfinite(z).sum()))


def _columns_of(table: HorizonColumns, values: np.ndarray, volume: xr.DataArray) -> tuple[str, ...]:
    """Columns as the file names them, or else as the first two columns' numbers suggest."""
    named = set(table.columns)
    if "z" in named and ({"iline", "xline"} <= named or {"x", "y"} <= named):
        return table.columns
    first = _nearest(np.asarray(volume["iline"].values), values[:, 0])
    second = _nearest(np.asarray(volume["xline"].values), values[:, 1])
    whole = bool((values[:, :2] == np.rint(values[:, :2])).all())
    if not whole or not ((first != NOWHERE) & (second != NOWHERE)).any():
        return _BY_POINTS if values.shape[1] < 5 else ("x", "y", "z", "", "")
    return _BY_LINES if values.shape[1] < 5 else ("iline", "xline", "x", "y", "z")


def _nearest(axis: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Position on an axis of the line nearest to each number, -1 beyond half a step from any."""
    order = np.argsort(axis)
    lines = axis[order].astype(float)
    step = float(np.diff(lines).min()) if len(lines) > 1 else 1.0
    after = np.clip(np.searchsorted(lines, numbers), 1, max(1, len(lines) - 1))
    after = np.minimum(after, len(lines) - 1)
    before = np.maximum(after - 1, 0)
    nearest = np.where(numbers - lines[before] <= lines[after] - numbers, before, after)
    near = np.abs(lines[nearest] - numbers) <= 0.5 * step
    return np.where(near, order[nearest], NOWHERE)


def _averaged(
    row: np.ndarray, column: np.ndarray, z: np.ndarray, shape: tuple[int, ...]
) -> np.ndarray:
    node = row * shape[1] + column
    size = shape[0] * shape[1]
    count = np.bincount(node, minlength=size)
    total = np.bincount(node, weights=z, minlength=size)
    grid = np.full(size, np.nan)
    np.divide(total, count, out=grid, where=count > 0)
    return grid.reshape(shape[:2])


def _suggested_scale(z: np.ndarray, volume: xr.DataArray) -> tuple[float, str]:
    """Factor that brings Z into the survey's range, where one of the usual ones is needed."""
    defined = z[~np.isnan(z)]
    samples = np.asarray(volume[vertical_dim(volume)].values, float)
    if not defined.size or samples[-1] <= 0:
        return 1.0, ""
    sign = -1.0 if defined.max() < 0 <= samples[0] else 1.0
    seconds = vertical_dim(volume) == "twt" and np.abs(defined).max() <= samples[-1] / 500
    factor = sign * (1000.0 if seconds and samples[-1] >= 100 else 1.0)
    told = [] if sign > 0 else ["Z counts upwards in the file"]
    if abs(factor) > 1:
        told.append("Z is in seconds in the file")
    return factor, "; ".join(told)
