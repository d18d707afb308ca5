"""Horizons from the boundaries of facies, written as text that interpretation systems import."""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import xarray as xr

from napari_s6 import __version__
from napari_s6.errors import InputError
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.horizons.grid_files import grid_format_to_write, write_grid
from napari_s6.horizons.map_grid import survey_grid
from napari_s6.horizons.model import Horizon, fill_gaps, horizons_of
from napari_s6.survey.atomic import atomic_path
from napari_s6.survey.axis_labels import unit_name
from napari_s6.survey.record import survey_record
from napari_s6.survey.volume import live_traces, vertical_dim


def horizons_from_facies(
    codes: Any, volume: xr.DataArray, scheme: FaciesScheme
) -> tuple[list[Horizon], int]:
    """Boundaries of facies that follow each other from the top down in the order of their codes.

    Parameters
    ----------
    codes
        uint8 (inlines, crosslines, samples) on the survey's grid, 255 where there is none; read an
        inline at a time.

    Returns
    -------
    tuple
        One horizon for the top of each facies but the first, half-way between samples; NaN where
        the trace is not live or has no facies, and where the boundary is above the first or below
        the last sample. Where a facies is missing its top is the next one's. And the number of
        traces on which facies are out of order, whose boundaries keep the thicknesses instead.

    Raises
    ------
    InputError
        If the scheme has one facies only.
    """
    if scheme.n_classes < 2:
        raise InputError(
            f"scheme {scheme.name!r} has one facies, and so no boundary; give one with more"
        )
    samples = np.asarray(volume[vertical_dim(volume)].values, float)
    live = live_traces(volume)
    tops = np.full((scheme.n_classes - 1, *live.shape), np.nan)
    disordered = 0
    for row in np.flatnonzero(live.any(1)):
        columns = np.flatnonzero(live[row])
        section = np.asarray(codes[int(row)])[columns]
        filled = fill_gaps(section)
        disordered += int((filled[:, 1:] < filled[:, :-1]).any(1).sum())
        tops[:, row, columns] = horizons_of(section, samples, scheme.n_classes).T
    tops[(tops < samples[0]) | (tops > samples[-1])] = np.nan
    named = [f"Top {facies.name}" for facies in scheme.classes[1:]]
    return [Horizon(name, z) for name, z in zip(named, tops, strict=True)], disordered


def write_horizons(
    horizons: Sequence[Horizon],
    volume: xr.DataArray,
    out: str | os.PathLike[str],
    *,
    notes: Sequence[str] = (),
    overwrite: bool = False,
) -> Path:
    """Write horizons as text with the columns IL XL X Y Z, 1e30 where undefined.

    Parameters
    ----------
    out
        A file (with a suffix), which holds the horizons one after another, each after a line that
        names it; or a folder to make (without a suffix), with one file for each.
    notes
        More comment lines for the head.

    Returns
    -------
    pathlib.Path
        What was written.

    Raises
    ------
    InputError
        If ``out`` exists or cannot be written.
    """
    out = Path(out).expanduser().absolute()
    with atomic_path(
        out, overwrite=overwrite, keep=survey_record(volume).source_files
    ) as temporary:
        if out.suffix:
            with temporary.open("w", encoding="utf-8") as file:
                _write(file, horizons, volume, notes)
        else:
            temporary.mkdir()
            for horizon, name in zip(horizons, _file_names(horizons), strict=True):
                with (temporary / name).open("w", encoding="utf-8") as file:
                    _write(file, [horizon], volume, notes)
    return out


def _file_names(horizons: Sequence[Horizon], suffix: str = ".txt") -> Iterator[str]:
    for number, horizon in enumerate(horizons, 1):
        plain = re.sub(r"[^\w.-]+", "_", horizon.name).strip("_") or "horizon"
        yield f"{number:02d}_{plain}{suffix}"


def write_horizon_grids(
    horizons: Sequence[Horizon],
    volume: xr.DataArray,
    out: str | os.PathLike[str],
    kind: str,
    *,
    overwrite: bool = False,
) -> tuple[Path, str]:
    """Write a folder of horizons as grids in X and Y, one file for each.

    Parameters
    ----------
    out
        A folder to make.
    kind
        Name of one of `horizons.grid_files.writable_grid_formats`.

    Returns
    -------
    tuple
        The folder, and a note if values had to be interpolated (see `write_map`).

    Raises
    ------
    InputError
        If the survey has no map coordinates, or ``out`` exists or cannot be written.
    """
    out = Path(out).expanduser().absolute()
    suffix = grid_format_to_write(kind).suffixes[0]
    note = ""
    with atomic_path(out, overwrite=overwrite, keep=survey_record(volume).source_files) as folder:
        folder.mkdir()
        for horizon, name in zip(horizons, _file_names(horizons, suffix), strict=True):
            note = write_map(horizon.z, volume, folder / name, kind, name=horizon.name)
    return out, note


def write_map(
    values: np.ndarray,
    volume: xr.DataArray,
    out: Path,
    kind: str,
    *,
    name: str,
    overwrite: bool = False,
) -> str:
    """Write a map of a survey's traces as a grid in X and Y.

    Parameters
    ----------
    values
        (inlines, crosslines), NaN where undefined.
    kind
        Name of one of `horizons.grid_files.writable_grid_formats`.
    name
        What the map shows.

    Returns
    -------
    str
        A note if values had to be interpolated, because the format knows no rotation or the
        survey's lines are not at right angles; else nothing.
    """
    chosen = grid_format_to_write(kind)
    grid, own = survey_grid(values, volume, upright=not chosen.turns)
    write_grid(grid, out, kind, name=name, overwrite=overwrite)
    if own:
        return ""
    why = "needs lines at right angles" if chosen.turns else "knows no rotation"
    return f"values are interpolated between the survey's traces: a {chosen.label} {why}"


def _write(
    file: TextIO, horizons: Sequence[Horizon], volume: xr.DataArray, notes: Sequence[str]
) -> None:
    affine = survey_record(volume).affine
    row, column = np.nonzero(live_traces(volume))
    iline = np.asarray(volume["iline"].values)[row]
    xline = np.asarray(volume["xline"].values)[column]
    if affine is None:
        places = [f"{il} {xl} 1e30 1e30" for il, xl in zip(iline, xline, strict=True)]
    else:
        x, y = affine.xy(iline, xline)
        places = [
            f"{il} {xl} {a:.2f} {b:.2f}" for il, xl, a, b in zip(iline, xline, x, y, strict=True)
        ]
    vertical = vertical_dim(volume)
    head = [
        f"written by napari-s6 {__version__}",
        f"from {Path(survey_record(volume).source or 'a survey').name}",
        f"Z is {vertical} in {unit_name(volume)}, increasing downwards; 1e30 is undefined",
        *([] if affine is not None else ["the survey has no coordinates: X and Y are undefined"]),
        *filter(None, [survey_record(volume).crs_text]),
        *notes,
        *(f"{k}: {name}" for k, name in enumerate(("Inline", "Crossline", "X", "Y", "Z"), 1)),
    ]
    file.writelines(f"# {line}\n" for line in head)
    for horizon in horizons:
        file.write(f"# horizon: {horizon.name}\n")
        depths = horizon.z[row, column].tolist()
        # NaN is the one number that differs from itself.
        file.writelines(
            f"{place} {z:.4f}\n" if z == z else f"{place} 1e30\n"
            for place, z in zip(places, depths, strict=True)
        )


def export_horizons(
    codes: Any,
    out: str | os.PathLike[str],
    *,
    scheme: FaciesScheme,
    volume: xr.DataArray,
    overwrite: bool = False,
) -> Path:
    """Write the boundaries of facies as horizons: `horizons_from_facies` and `write_horizons`."""
    horizons, disordered = horizons_from_facies(codes, volume, scheme)
    notes = (
        [f"facies are out of order on {disordered} traces, where thicknesses are kept"]
        if disordered
        else []
    )
    return write_horizons(horizons, volume, out, notes=notes, overwrite=overwrite)
