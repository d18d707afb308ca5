"""`napari-s6 convert`: write a survey in another format, a block at a time."""

import argparse
from typing import TYPE_CHECKING

from napari_s6.cli.command import Command
from napari_s6.cli.input_options import add_crop, add_header_bytes
from napari_s6.cli.inputs import reading_of
from napari_s6.cli.messages import say
from napari_s6.cli.output_options import add_overwrite, check_output, volume_suffixes
from napari_s6.cli.paths import typed_path
from napari_s6.cli.stopping import reporting, stoppable
from napari_s6.errors import InputError

if TYPE_CHECKING:
    import xarray as xr


def _add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("seismic", metavar="SEISMIC", help="the survey")
    command.add_argument("out", metavar="OUT", help=volume_suffixes())
    add_overwrite(command)
    add_crop(command)
    add_header_bytes(command)


def _run(options: argparse.Namespace) -> None:
    from napari_s6.facies.record import facies_record
    from napari_s6.formats.convert import convert_volume
    from napari_s6.formats.open import open_volume
    from napari_s6.survey.record import survey_record

    out = typed_path(options.out)
    check_output(out, options.overwrite, options.seismic)
    # Dead traces are found on the way.
    volume = open_volume(options.seismic, reading_of(options), scan_dead=False)
    if _holds_facies(volume) or facies_record(volume).scheme is not None:
        raise InputError(f"{options.seismic}: holds facies; use napari-s6 export")
    with stoppable() as token, reporting("converting", token) as progress:
        convert_volume(volume, out, overwrite=options.overwrite, progress=progress)
    for note in filter(None, [survey_record(volume).notes]):
        say(f"note: {note}")
    print(out)


def _holds_facies(volume: "xr.DataArray") -> bool:
    """Return whether a SEG-Y file's text header says that it holds facies of ours."""
    from napari_s6.facies.conventions import scheme_of_text
    from napari_s6.formats.segy.text import file_text
    from napari_s6.survey.record import survey_record

    record = survey_record(volume)
    return record.is_segy and scheme_of_text(file_text(record.source))[0]


COMMAND = Command(
    "convert",
    "Write a survey in another format, such as Zarr for large ones.",
    (
        "napari-s6 convert survey.sgy survey.zarr",
        "napari-s6 convert survey.sgy part.sgy --crop iline:100-300 --crop samples:400-1800",
    ),
    _add_options,
    _run,
)
