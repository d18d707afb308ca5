"""Facies volumes on another survey's grid: matched by line number and time, read when asked for."""

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.record import facies_record
from napari_s6.survey.lazy import LazyArray
from napari_s6.survey.record import survey_record
from napari_s6.survey.volume import ORIENTATIONS, vertical_dim

NOWHERE = -1
_Decode = Callable[[np.ndarray], np.ndarray]


class FaciesArray(LazyArray):
    """uint8 codes that are read from ``source``, decoded and placed when somebody looks.

    Parameters
    ----------
    source
        Any 3-D volume, lazy or not.
    decode
        Turns what ``source`` holds into codes.
    present
        Boolean map over the source's first two axes; elsewhere the codes are 255.
    where
        For each axis, the position in ``source`` of each position here, -1 for none (255).
    """

    __slots__ = ("decode", "dtype", "present", "shape", "source", "where")

    def __init__(
        self,
        source: xr.DataArray,
        decode: _Decode,
        present: np.ndarray | None = None,
        where: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None,
    ) -> None:
        self.source = source
        self.decode = decode
        self.present = present
        self.where = where or tuple(np.arange(size) for size in source.shape)
        self.shape = tuple(len(positions) for positions in self.where)
        self.dtype = np.dtype(np.uint8)

    def _read(self, key: tuple[Any, ...]) -> np.ndarray:
        asked = [positions[k] for positions, k in zip(self.where, key, strict=True)]
        shape = tuple(np.size(a) for a in asked if np.ndim(a))
        axes = [np.atleast_1d(a) for a in asked]
        found = [axis != NOWHERE for axis in axes]
        out = np.full([len(axis) for axis in axes], UNLABELLED, np.uint8)
        if all(mask.any() for mask in found):
            taken = [axis[mask] for axis, mask in zip(axes, found, strict=True)]
            part = self.source[tuple(_as_slice(t) for t in taken)]
            codes = self.decode(np.asarray(part.values))
            if self.present is not None:
                codes[~self.present[np.ix_(taken[0], taken[1])]] = UNLABELLED
            if all(mask.all() for mask in found):
                out = codes
            else:
                out[np.ix_(*found)] = codes
        return out.reshape(shape)


def _as_slice(positions: np.ndarray) -> slice | np.ndarray:
    """Positions as a slice where they are neighbours: files read those without gathering."""
    first, last = int(positions[0]), int(positions[-1])
    if last - first == len(positions) - 1 and np.all(np.diff(positions) == 1):
        return slice(first, last + 1)
    return positions


def on_grid(facies: xr.DataArray, volume: xr.DataArray) -> xr.DataArray:
    """Return codes on the grid of ``volume``, matched by line number and time.

    A trace takes the facies of the same inline and crossline, a sample those of the nearest time
    within half the facies' sampling interval; what has no counterpart is 255. Nothing is read
    until it is asked for. Facies whose file has no line numbers are matched by position and must
    have the volume's shape.

    Raises
    ------
    InputError
        If the two have nothing in common.
    """
    name = survey_record(facies).source or "labels"
    counted = facies_record(facies).counted
    if counted and facies.shape != volume.shape:
        raise InputError(
            f"{name}: has shape {facies.shape} and no line numbers, the survey has shape "
            f"{volume.shape}; give labels of the same shape, or a format that keeps line numbers"
        )
    if counted:
        where = tuple(np.arange(size) for size in volume.shape)
    else:
        where = _matches(facies, volume, name)
    array = FaciesArray(facies, _as_codes, None, (where[0], where[1], where[2]))
    return array.on(volume, "facies", facies.attrs)


def _as_codes(values: np.ndarray) -> np.ndarray:
    return np.array(values, np.uint8)


def _matches(facies: xr.DataArray, volume: xr.DataArray, name: str) -> tuple[np.ndarray, ...]:
    where = [
        match_lines(np.asarray(facies[dim].values), np.asarray(volume[dim].values))
        for dim in ORIENTATIONS
    ]
    for dim, positions in zip(ORIENTATIONS, where, strict=True):
        if not (positions != NOWHERE).any():
            raise InputError(
                f"{name}: its {dim} numbers {_span(facies[dim])} are not among the survey's "
                f"{_span(volume[dim])}; check the survey and the header bytes of the line numbers"
            )
    vertical = vertical_dim(volume)
    if vertical_dim(facies) != vertical:
        raise InputError(
            f"{name}: is in {vertical_dim(facies)}, the survey in {vertical}; give labels in "
            f"{vertical}"
        )
    samples = match_samples(
        np.asarray(facies[vertical].values, float), np.asarray(volume[vertical].values, float)
    )
    if not (samples != NOWHERE).any():
        raise InputError(
            f"{name}: its {vertical} {_span(facies[vertical])} lies outside the survey's "
            f"{_span(volume[vertical])}; check the start time"
        )
    return (*where, samples)


def match_lines(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Return the position in ``ours`` of each of ``their`` line numbers, -1 where absent."""
    order = np.argsort(ours, kind="stable")
    place = np.searchsorted(ours[order], theirs)
    candidates = order[np.minimum(place, len(ours) - 1)]
    return np.where(ours[candidates] == theirs, candidates, NOWHERE)


def match_samples(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Return the position in ``ours`` of the sample nearest to each of ``theirs``, or -1.

    -1 where the nearest is more than half our sampling interval away. Both increase.
    """
    after = np.clip(np.searchsorted(ours, theirs), 1, max(1, len(ours) - 1))
    before = after - 1
    after = np.minimum(after, len(ours) - 1)
    nearest = np.where(theirs - ours[before] <= ours[after] - theirs, before, after)
    step = (ours[-1] - ours[0]) / (len(ours) - 1) if len(ours) > 1 else 0.0
    near = np.abs(ours[nearest] - theirs) <= 0.5 * step + 1e-6 * max(step, 1.0)
    return np.where(near, nearest, NOWHERE)


def _span(coordinate: xr.DataArray) -> str:
    return f"{coordinate.values.min():g} to {coordinate.values.max():g}"
