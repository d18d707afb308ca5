"""Horizons in and out as text, and facies between horizons."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

from napari_s6.errors import InputError
from napari_s6.facies.codes import MAX_CLASSES, UNLABELLED
from napari_s6.facies.grids import NOWHERE, lazy_volume
from napari_s6.facies.horizon_text import HorizonTable, read_tables, undefined_as_nan
from napari_s6.survey.geometry import need_affine
from napari_s6.survey.volume import live_traces, vertical_dim

#: What a file's columns may be, as `columns` of `read_horizons` names them.
LINES = ("iline", "xline", "z")
POINTS = ("x", "y", "z")


@dataclass(frozen=True, eq=False)
class Horizon:
    """One horizon on a survey's grid.

    Attributes
    ----------
    name
        Its name in the file, or the file's.
    z
        float64 (inlines, crosslines): time or depth in the survey's unit, NaN where undefined.
    notes
        How the file was read, where that was not plain.
    """

    name: str
    z: np.ndarray
    notes: tuple[str, ...] = ()


def read_horizons(
    path: str | os.PathLike[str],
    volume: xr.DataArray,
    *,
    columns: Sequence[str] | None = None,
    undefined: float | None = None,
    scale: float | None = None,
) -> list[Horizon]:
    """Read a text file of one or more horizons onto a survey's grid.

    Points beside the survey are left out; several at one trace are averaged.

    Parameters
    ----------
    path
        ``IL XL Z`` or ``X Y Z`` in any of the variants of `facies.horizon_text`, or both.
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
    return [_on_grid(path, table, volume, columns, undefined, scale) for table in read_tables(path)]


def _on_grid(
    path: Path,
    table: HorizonTable,
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
    notes = [f"{int((~inside).sum())} points beside the survey"] if not inside.all() else []
    used = inside & ~np.isnan(z)
    grid = _averaged(row[used], column[used], z[used], volume.shape[:2])
    factor, note = (scale, "") if scale is not None else _suggested_scale(grid, volume)
    return Horizon(table.name, grid * factor, tuple(filter(None, (*notes, note))))


def _columns_of(table: HorizonTable, values: np.ndarray, volume: xr.DataArray) -> tuple[str, ...]:
    """Columns as the file names them, or else as the first two columns' numbers suggest."""
    named = set(table.columns)
    if "z" in named and ({"iline", "xline"} <= named or {"x", "y"} <= named):
        return table.columns
    first = _nearest(np.asarray(volume["iline"].values), values[:, 0])
    second = _nearest(np.asarray(volume["xline"].values), values[:, 1])
    whole = bool((values[:, :2] == np.rint(values[:, :2])).all())
    if not whole or not ((first != NOWHERE) & (second != NOWHERE)).any():
        return POINTS if values.shape[1] < 5 else ("x", "y", "z", "", "")
    return LINES if values.shape[1] < 5 else ("iline", "xline", "x", "y", "z")


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


def top_down(horizons: Sequence[Horizon]) -> list[Horizon]:
    """Horizons in the order in which they lie, by their median Z."""
    depth = [float(np.nanmedian(h.z)) if np.isfinite(h.z).any() else np.inf for h in horizons]
    return [horizons[k] for k in np.argsort(depth, kind="stable")]


def labels_from_horizons(
    volume: xr.DataArray, horizons: Sequence[Horizon], facies: Sequence[int | None]
) -> xr.DataArray:
    """Fill the survey with facies between horizons.

    Parameters
    ----------
    volume
        The survey.
    horizons
        From the top down; where two cross, the deeper one in this order wins.
    facies
        One code more than there are horizons: above the first, between each two, below the last;
        None leaves that interval unlabelled.

    Returns
    -------
    xarray.DataArray
        uint8 codes on the survey's grid, 255 where unlabelled: on traces that are not live, and
        above and below a horizon that is undefined there, up to the next that is defined. Computed
        where it is looked at.

    Raises
    ------
    InputError
        If the numbers of facies and horizons don't go together.
    """
    if not horizons or len(facies) != len(horizons) + 1:
        raise InputError(
            f"{len(facies)} facies for {len(horizons)} horizons: give one facies more than "
            "horizons, from the top down"
        )
    wrong = [code for code in facies if code is not None and not 0 <= code < MAX_CLASSES]
    if wrong:
        raise InputError(f"facies code {wrong[0]}: codes run from 0 to {MAX_CLASSES - 1}")
    for horizon in horizons:
        if horizon.z.shape != volume.shape[:2]:
            raise ValueError(f"{horizon.name} has shape {horizon.z.shape}, not the survey's")
    codes = [UNLABELLED if code is None else code for code in facies]
    stack = np.stack([horizon.z for horizon in horizons])
    stack[:, ~live_traces(volume)] = np.nan
    samples = np.asarray(volume[vertical_dim(volume)].values, float)
    names = ", ".join(horizon.name for horizon in horizons)
    attrs = {**volume.attrs, "facies_note": f"facies between the horizons {names}"}
    array = _Between(stack, samples, np.asarray(codes, np.uint8))
    return lazy_volume(array, volume, attrs)


class _Between(BackendArray):
    """Codes between horizons, for the samples asked for.

    ``tops`` is (horizons, inlines, crosslines), NaN where undefined; ``codes`` one more.
    """

    __slots__ = ("codes", "dtype", "samples", "shape", "tops")

    def __init__(self, tops: np.ndarray, samples: np.ndarray, codes: np.ndarray) -> None:
        self.tops, self.samples, self.codes = tops, samples, codes
        self.shape = (*tops.shape[1:], len(samples))
        self.dtype = np.dtype(np.uint8)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> np.ndarray:
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.OUTER, self._read
        )

    def _read(self, key: tuple[Any, ...]) -> np.ndarray:
        rows, columns, depth = key
        tops = self.tops[:, rows][..., columns]
        samples = self.samples[depth]
        defined = ~np.isnan(tops)
        shape = (*tops.shape[1:], *np.shape(samples))
        flat = tops.reshape(len(tops), -1)
        known = defined.reshape(len(tops), -1)
        out = np.empty((flat.shape[1], np.size(samples)), np.uint8)
        out[...] = np.where(known[0], self.codes[0], UNLABELLED)[:, None]
        for k, top in enumerate(flat):
            below = top[:, None] <= np.atleast_1d(samples)[None, :]
            last = k + 1 == len(flat)
            code = np.where(last or known[min(k + 1, len(flat) - 1)], self.codes[k + 1], UNLABELLED)
            out = np.where(below, np.broadcast_to(code, len(top))[:, None], out)
        return out.astype(np.uint8).reshape(shape)
