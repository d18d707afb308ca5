"""Horizons read from files, or derived from facies, in the background."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.horizons.files import read_horizons
from napari_s6.horizons.model import Horizon
from napari_s6.plugin.files.export import layer_codes
from napari_s6.plugin.jobs.job import JobToken


@dataclass(frozen=True, eq=False)
class Found:
    """Horizons of one file or layer, and what there is to say, such as why there are none."""

    horizons: tuple[Horizon, ...]
    remark: str = ""


def read_files(
    paths: Sequence[str | Path], volume: xr.DataArray, token: JobToken
) -> Iterator[Found]:
    """Read horizon files; one that cannot be read does not keep the others from it."""
    for number, path in enumerate(paths, 1):
        try:
            yield Found(tuple(read_horizons(path, volume)))
        except InputError as error:
            yield Found((), str(error))
        token.progress(number / len(paths))


def derive(
    values: Any, name: str, volume: xr.DataArray, scheme: FaciesScheme, token: JobToken
) -> Iterator[Found]:
    """Take the boundaries of a label layer's facies as horizons.

    Parameters
    ----------
    values
        The layer's array, in its own order of axes, 0 = unlabelled.
    name
        The layer's, which the horizons' names tell in brackets.
    """
    from napari_s6.horizons.export import horizons_from_facies

    codes = layer_codes(values, volume, token.progress)
    found, disordered = horizons_from_facies(codes, volume, scheme)
    there = [horizon for horizon in found if np.isfinite(horizon.z).any()]
    yield Found(tuple(Horizon(f"{h.name} ({name})", h.z, h.notes) for h in there))
    if not there:
        yield Found((), f"{name}: no facies follow each other there")
    if disordered:
        yield Found(
            (),
            f"{name}: facies are out of order on {disordered:,} traces; their boundaries keep the "
            "thicknesses there",
        )
