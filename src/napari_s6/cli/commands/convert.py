"""`napari-s6 convert`."""

import argparse
from pathlib import Path

import xarray as xr

from napari_s6.cli.inputs import check_output, reading, reporting, say, stoppable
from napari_s6.errors import InputError
from napari_s6.survey.record import survey_record


def convert(options: argparse.Namespace) -> None:
    """Write a survey in another format, a block at a time."""
    from napari_s6.facies.record import facies_record
    from napari_s6.formats.convert import convert_volume
    from napari_s6.formats.open import open_volume

    out = Path(options.out).expanduser()
    check_output(out, options.overwrite, options.seismic)
    # Dead traces are found on the way.
    volume = open_volume(options.seismic, reading(options), scan_dead=False)
    if _holds_facies(volume) or facies_record(volume).scheme is not None:
        raise InputError(f"{options.seismic}: holds facies; use napari-s6 export")
    with stoppable() as token, reporting("converting", token) as progress:
        convert_volume(volume, out, overwrite=options.overwrite, progress=progress)
    for note in filter(None, [survey_record(volume).notes]):
        say(f"note: {note}")
    print(out)


def _holds_facies(volume: xr.DataArray) -> bool:
    """Whether a SEG-Y file's text header says that it holds facies of ours."""
    from napari_s6.facies.conventions import scheme_of_text
    from napari_s6.formats.segy.text import file_text

    return (
        survey_record(volume).is_segy and scheme_of_text(file_text(survey_record(volume).source))[0]
    )
