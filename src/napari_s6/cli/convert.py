"""`napari-s6 convert`."""

import argparse
from pathlib import Path

import xarray as xr

from napari_s6.cli.inputs import check_output, crop_of, reading, reporting, say, stoppable
from napari_s6.errors import InputError


def convert(options: argparse.Namespace) -> None:
    """Write a survey in another format, a block at a time."""
    from napari_s6.facies.files import recorded_scheme
    from napari_s6.formats.convert import convert_volume
    from napari_s6.formats.open import open_volume

    out = Path(options.out).expanduser()
    check_output(out, options.overwrite, options.seismic)
    # Dead traces are found on the way.
    volume = open_volume(
        options.seismic, crop=crop_of(options), scan_dead=False, **reading(options)
    )
    if _holds_facies(volume) or recorded_scheme(volume) is not None:
        raise InputError(f"{options.seismic}: holds facies; use napari-s6 export")
    with stoppable() as token, reporting("converting", token) as progress:
        convert_volume(volume, out, overwrite=options.overwrite, progress=progress)
    for note in filter(None, [volume.attrs.get("notes")]):
        say(f"note: {note}")
    print(out)


def _holds_facies(volume: xr.DataArray) -> bool:
    """Whether a SEG-Y file's text header says that it holds facies of ours."""
    from napari_s6.facies.conventions import scheme_of_text
    from napari_s6.formats.segy.text import file_text

    return (
        volume.attrs.get("source_format") == "SEG-Y"
        and (scheme_of_text(file_text(volume.attrs["source"]))[0])
    )
