"""`napari-s6 export`: write facies in another format, as horizons or grids, or count them."""

import argparse
from typing import TYPE_CHECKING

from napari_s6.cli.command import Command
from napari_s6.cli.facies_options import add_convention, add_scheme
from napari_s6.cli.input_options import add_header_bytes
from napari_s6.cli.inputs import (
    facies_of,
    open_survey,
    prediction_at,
    reading_of,
    scheme_for,
    scheme_given,
)
from napari_s6.cli.messages import say
from napari_s6.cli.names import Names
from napari_s6.cli.output_options import (
    add_overwrite,
    add_sample_format,
    check_output,
    volume_suffixes,
)
from napari_s6.cli.paths import typed_path
from napari_s6.cli.projects import is_project_path
from napari_s6.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

    from napari_s6.facies.scheme import FaciesScheme

HORIZON_SUFFIXES = (".txt", ".dat", ".xyz")
"""Exported facies of these names are written as horizons, their boundaries."""


def _add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("facies", metavar="FACIES", help="a prediction, labels, or a project")
    command.add_argument(
        "-o",
        "--out",
        metavar="OUT",
        help=f"{volume_suffixes()}, or {HORIZON_SUFFIXES[0]}: horizons between facies",
    )
    command.add_argument(
        "--statistics", metavar="FOLDER", help="write how much of each facies there is, and where"
    )
    command.add_argument(
        "--grids", metavar="FOLDER", help="write the horizons between facies as grids in X and Y"
    )
    command.add_argument(
        "--grid-format",
        metavar="FORMAT",
        choices=Names(_grid_formats),
        help="of --grids and of thickness maps: %(choices)s; --grids takes the first by default",
    )
    command.add_argument(
        "--seismic", metavar="SEISMIC", help="survey whose grid and SEG-Y headers are used"
    )
    add_sample_format(command)
    add_overwrite(command)
    add_scheme(command)
    add_convention(command)
    add_header_bytes(command)


def _grid_formats() -> list[str]:
    from napari_s6.horizons.grid_files import writable_grid_formats

    return [one.name for one in writable_grid_formats()]


def _run(options: argparse.Namespace) -> None:
    if not (options.out or options.statistics or options.grids):
        raise InputError("export: give -o OUT, --grids FOLDER, --statistics FOLDER or several")
    if options.grid_format and not (options.statistics or options.grids):
        raise InputError("--grid-format: is for --grids FOLDER and --statistics FOLDER; give one")
    out = typed_path(options.out) if options.out else None
    if out is not None:
        check_output(out, options.overwrite, options.facies, HORIZON_SUFFIXES)
    facies, survey, scheme = _opened(options)
    if out is not None:
        _write_facies(facies, survey, scheme, out, options)
        print(out)
    if options.grids:
        _write_grids(facies, survey, scheme, options)
    if options.statistics:
        _write_statistics(facies, survey, scheme, options)


def _opened(
    options: argparse.Namespace,
) -> "tuple[xr.DataArray, xr.DataArray, FaciesScheme]":
    """Return the facies, the survey whose grid they are on, and their scheme."""
    from napari_s6.facies.files import open_labels_on_survey

    scheme = scheme_given(options)
    if options.seismic is None and is_project_path(options.facies):
        options.seismic = options.facies  # its headers and coordinates go along
    if options.seismic:
        survey = open_survey(options.seismic, options)
        facies = open_labels_on_survey(
            prediction_at(options.facies),
            survey,
            n_classes=scheme.n_classes if scheme else None,
            convention=options.convention,
            reading=reading_of(options, cropped=False),
        )
    else:
        facies = survey = facies_of(options.facies, options, scheme)
    return facies, survey, scheme_for(facies, scheme)


def _write_facies(
    facies: "xr.DataArray",
    survey: "xr.DataArray",
    scheme: "FaciesScheme",
    out: "Path",
    options: argparse.Namespace,
) -> None:
    from napari_s6.facies.files import save_facies
    from napari_s6.horizons.export import export_horizons

    if out.suffix.lower() in HORIZON_SUFFIXES:
        export_horizons(facies, out, scheme=scheme, volume=survey, overwrite=options.overwrite)
        return
    save_facies(
        facies,
        out,
        scheme=scheme,
        volume=survey,
        sample_format=options.sample_format,
        overwrite=options.overwrite,
    )


def _write_grids(
    facies: "xr.DataArray",
    survey: "xr.DataArray",
    scheme: "FaciesScheme",
    options: argparse.Namespace,
) -> None:
    from napari_s6.horizons.export import horizons_from_facies, write_horizon_grids

    horizons, disordered = horizons_from_facies(facies, survey, scheme)
    if disordered:
        say(f"note: facies are out of order on {disordered} traces, where thicknesses are kept")
    kind = options.grid_format or _grid_formats()[0]
    folder, note = write_horizon_grids(
        horizons, survey, options.grids, kind, overwrite=options.overwrite
    )
    if note:
        say(f"note: {note}")
    print(folder)


def _write_statistics(
    facies: "xr.DataArray",
    survey: "xr.DataArray",
    scheme: "FaciesScheme",
    options: argparse.Namespace,
) -> None:
    from napari_s6.horizons.statistics import facies_statistics, write_statistics

    found = facies_statistics(facies, survey, scheme)
    folder = options.statistics
    out, note = write_statistics(
        found, survey, scheme, folder, grids=options.grid_format, overwrite=options.overwrite
    )
    if note:
        say(f"note: {note}")
    print(out)


COMMAND = Command(
    "export",
    "Write facies in another format.",
    (
        "napari-s6 export facies.zarr --seismic survey.sgy -o facies.sgy",
        "napari-s6 export facies.sgy --grids horizons --statistics statistics",
    ),
    _add_options,
    _run,
)
