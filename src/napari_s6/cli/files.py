"""`napari-s6 info`, `evaluate`, `export`, `fetch` and `demo`."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr

from napari_s6.cli.inputs import (
    check_output,
    facies_of,
    named_scheme,
    open_survey,
    reading,
    say,
    scheme_for,
)
from napari_s6.errors import InputError
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.facies.sections import parse_lines

if TYPE_CHECKING:
    from napari_s6.formats.info import SurveyInfo

HORIZON_SUFFIXES = (".txt", ".dat", ".xyz")
"""Exported facies of these names are written as horizons, their boundaries."""


def info(options: argparse.Namespace) -> None:
    """Say what a seismic file holds."""
    from napari_s6.formats.info import describe

    found = describe(options.path, reading(options))
    if options.save_header_bytes:
        _save_header_bytes(options.save_header_bytes, found)
    print(json.dumps(found.as_dict(), indent=2) if options.json else found.as_text())


def _save_header_bytes(name: str, found: "SurveyInfo") -> None:
    from napari_s6.formats.segy.setups import HeaderBytes, save_setup

    if not found.header_bytes:
        raise InputError(f"--save-header-bytes {name}: {found.path} has no trace headers")
    where = HeaderBytes(*found.header_bytes)
    say(f"header bytes {where} saved in {save_setup(name, where)}")


def evaluate(options: argparse.Namespace) -> None:
    """Compare predicted facies with reference labels, beside what needs no learning."""
    from napari_s6.evaluation.comparison import compare, parse_classes

    scheme = named_scheme(options.scheme)
    prediction = facies_of(options.prediction, options, scheme)
    reference = facies_of(options.reference, options, scheme)
    survey = open_survey(options.seismic, options) if options.seismic else None
    comparison = compare(
        prediction,
        reference,
        survey=survey,
        sections=parse_lines(options.lines, reference) if options.lines else None,
        baseline_sections=(
            parse_lines(options.baseline_lines, reference) if options.baseline_lines else None
        ),
        classes=parse_classes(options.classes) if options.classes else None,
        scheme=scheme,
    )
    print(json.dumps(comparison.as_dict(), indent=2) if options.json else comparison.as_text())


def export(options: argparse.Namespace) -> None:
    """Write facies in another format, or on another survey's grid."""
    from napari_s6.facies.files import open_labels_on_survey, save_facies

    if not (options.out or options.statistics or options.grids):
        raise InputError("export: give -o OUT, --grids FOLDER, --statistics FOLDER or several")
    if options.grid_format and not (options.statistics or options.grids):
        raise InputError("--grid-format: is for --grids FOLDER and --statistics FOLDER; give one")
    out = Path(options.out).expanduser() if options.out else None
    if out is not None:
        check_output(out, options.overwrite, options.facies, HORIZON_SUFFIXES)
    scheme = named_scheme(options.scheme)
    if options.seismic:
        survey = open_survey(options.seismic, options)
        facies = open_labels_on_survey(
            options.facies,
            survey,
            n_classes=scheme.n_classes if scheme else None,
            convention=options.convention,
            reading=reading(options, cropped=False),
        )
    else:
        facies = survey = facies_of(options.facies, options, scheme)
    chosen = scheme_for(facies, scheme)
    if out is not None and out.suffix.lower() in HORIZON_SUFFIXES:
        from napari_s6.horizons.export import export_horizons

        export_horizons(facies, out, scheme=chosen, volume=survey, overwrite=options.overwrite)
    elif out is not None:
        save_facies(
            facies,
            out,
            scheme=chosen,
            volume=survey,
            sample_format=options.sample_format,
            overwrite=options.overwrite,
        )
    if out is not None:
        print(out)
    if options.grids:
        _write_grids(facies, survey, chosen, options)
    if options.statistics:
        _write_statistics(facies, survey, chosen, options)


def _write_grids(
    facies: xr.DataArray, survey: xr.DataArray, scheme: FaciesScheme, options: argparse.Namespace
) -> None:
    from napari_s6.horizons.export import horizons_from_facies, write_horizon_grids
    from napari_s6.horizons.grid_files import writable_grid_formats

    horizons, disordered = horizons_from_facies(facies, survey, scheme)
    if disordered:
        say(f"note: facies are out of order on {disordered} traces, where thicknesses are kept")
    kind = options.grid_format or writable_grid_formats()[0].name
    folder, note = write_horizon_grids(
        horizons, survey, options.grids, kind, overwrite=options.overwrite
    )
    if note:
        say(f"note: {note}")
    print(folder)


def _write_statistics(
    facies: xr.DataArray, survey: xr.DataArray, scheme: FaciesScheme, options: argparse.Namespace
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


def fetch(options: argparse.Namespace) -> None:
    """Download the public benchmark, and show how far it is."""
    from tqdm import tqdm

    from napari_s6.formats.fetch import F3_MD5, F3_URL, default_folder, fetch_f3

    folder = options.to or default_folder()
    checksum = options.checksum or (F3_MD5 if options.url is None else None)
    if checksum is None:
        say("note: what another address sends is not checked; give --checksum to do so")
    with tqdm(unit="B", unit_scale=True, disable=None, desc="fetching") as bar:

        def progress(done: int, total: int | None) -> None:
            bar.total = total
            bar.update(done - bar.n)

        found = fetch_f3(folder, options.url or F3_URL, checksum=checksum, progress=progress)
    print(found)


def demo(options: argparse.Namespace) -> int:
    """Run the main job on the built-in sample."""
    from napari_s6.cli.demo import run_demo

    return run_demo(Path(options.out), headless=options.headless)
