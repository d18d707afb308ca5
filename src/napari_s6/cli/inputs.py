"""What the options of several commands name: surveys, labels and schemes."""

import argparse
from typing import TYPE_CHECKING, Any

from napari_s6.cli.messages import is_verbose, say_more
from napari_s6.cli.projects import is_project_path, project_to_read
from napari_s6.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

    from napari_s6.facies.scheme import FaciesScheme
    from napari_s6.survey.reading import Reading


def open_survey(path: str, options: argparse.Namespace) -> "xr.DataArray":
    """Open a survey, or that of a project, as the options say, with its dead traces known."""
    from napari_s6.formats.open import open_volume
    from napari_s6.survey.dead import drop_dead
    from napari_s6.survey.record import survey_record

    where, reading = survey_at(path, options)
    volume = open_volume(where, reading)
    if is_verbose():
        say_more(f"{path}: {dict(volume.sizes)}, {volume.dtype}")
        if survey_record(volume).notes:
            say_more(f"{path}: {survey_record(volume).notes}")
    return volume if survey_record(volume).dead_scanned else drop_dead(volume)


def survey_at(path: str, options: argparse.Namespace) -> "tuple[str | Path, Reading]":
    """Return a survey's file and how it is read; of a project, as it was, but for the options."""
    given = reading_of(options)
    if not is_project_path(path):
        return path, given
    from napari_s6.project.contents import survey_file
    from napari_s6.survey.reading import Reading

    file, kept = survey_file(project_to_read(path))
    return file, Reading.from_dict({**kept.as_dict(), **given.as_dict()})


def reading_of(options: argparse.Namespace, *, cropped: bool = True) -> "Reading":
    """Return how a file is to be read; labels are read whole, and then placed."""
    from napari_s6.survey.crop import parse_crop
    from napari_s6.survey.header_bytes import STANDARD, HeaderBytes
    from napari_s6.survey.reading import Reading

    where: Any = options.header_bytes
    separate = HeaderBytes(options.iline_byte, options.xline_byte)
    if where is None and separate != STANDARD:
        where = separate
    crop = getattr(options, "crop", []) if cropped else []
    return Reading(
        header_bytes=where,
        interval=options.sample_interval,
        start=options.start,
        n_samples=options.sample_count,
        unit=options.unit,
        coordinate_scalar=options.coordinate_scalar,
        crop=parse_crop(crop) if crop else None,
    )


def scheme_given(options: argparse.Namespace) -> "FaciesScheme | None":
    """Return the scheme of ``--scheme``, found by name or in a file; None if none is given."""
    if options.scheme is None:
        return None
    from napari_s6.facies.scheme import find_scheme

    return find_scheme(options.scheme)


def labels_on(
    path: str, volume: "xr.DataArray", options: argparse.Namespace, scheme: "FaciesScheme | None"
) -> "xr.DataArray":
    """Open a label file, or the labels of a project, on a survey's grid."""
    if is_project_path(path):
        from napari_s6.project.contents import labels_on_survey

        return labels_on_survey(project_to_read(path), volume)
    from napari_s6.facies.files import open_labels_on_survey

    return open_labels_on_survey(
        path,
        volume,
        n_classes=scheme.n_classes if scheme else None,
        convention=options.convention,
        reading=reading_of(options, cropped=False),
    )


def facies_of(
    path: str, options: argparse.Namespace, scheme: "FaciesScheme | None"
) -> "xr.DataArray":
    """Open facies, or the prediction of a project, on their own grid."""
    from napari_s6.facies.files import open_facies

    return open_facies(
        prediction_at(path),
        n_classes=scheme.n_classes if scheme else None,
        convention=options.convention,
        reading=reading_of(options, cropped=False),
    )


def prediction_at(path: str) -> str:
    """Return the file of facies that a path names; of a project, its prediction."""
    if not is_project_path(path):
        return path
    from napari_s6.project.contents import prediction_folder

    return str(prediction_folder(project_to_read(path)))


def scheme_for(facies: "xr.DataArray", scheme: "FaciesScheme | None") -> "FaciesScheme":
    """Return the scheme asked for, else the one the file records, else numbered facies."""
    from napari_s6.facies.record import facies_record
    from napari_s6.facies.scheme import generic
    from napari_s6.survey.record import survey_record

    chosen = scheme or facies_record(facies).scheme
    if chosen is not None:
        return chosen
    found = facies_record(facies).codes_found
    if not found:
        raise InputError(
            f"{survey_record(facies).source or 'labels'}: names no facies and is too large (or too "
            "empty) to tell their number; give --scheme"
        )
    return generic(max(found) + 1, first=0)


def reference_of(
    path: str, options: argparse.Namespace, scheme: "FaciesScheme | None"
) -> "xr.DataArray":
    """Open facies that are taken for true on their own grid; of a project, its labels."""
    if not is_project_path(path):
        return facies_of(path, options, scheme)
    return labels_on(path, open_survey(path, options), options, scheme)
