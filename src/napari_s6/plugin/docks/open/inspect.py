"""Looking at a seismic file before it is loaded, and loading it, as jobs for the background.

Nothing here touches a widget or a layer: a job yields what it found, and the *Open seismic* dock
shows it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.formats.info import SurveyInfo, describe_volume
from napari_s6.formats.open import is_scanned_at_once, open_volume
from napari_s6.formats.segy.binary import TEXT_BYTES
from napari_s6.formats.segy.setups import HOW_TO_GIVE
from napari_s6.formats.segy.text import detect_codec, text_lines
from napari_s6.plugin.files.reader import LayerData, facies_layer, looks_like_facies
from napari_s6.plugin.jobs.job import JobToken
from napari_s6.survey.crop import Crop
from napari_s6.survey.dead import drop_dead
from napari_s6.survey.reading import Reading
from napari_s6.survey.record import survey_record, update_survey_record
from napari_s6.survey.volume import live_traces


@dataclass(frozen=True, eq=False)
class Inspection:
    """Hold what a file was found to hold.

    ``recorded`` (inlines, crosslines) is where there is a trace, dead or not; ``facies`` says
    whether the samples are facies codes. ``text`` are all lines of the text header, ``encoding`` is
    its character set (both empty for files without one).
    """

    path: Path
    reading: Reading
    volume: xr.DataArray
    info: SurveyInfo
    recorded: np.ndarray
    facies: bool
    text: tuple[str, ...] = ()
    encoding: str = ""

    @property
    def is_segy(self) -> bool:
        """Whether the file has SEG-Y headers."""
        return self.info.format == "SEG-Y"

    @property
    def dead(self) -> np.ndarray:
        """Where traces are known to be dead, (inlines, crosslines)."""
        return np.asarray(self.recorded & ~live_traces(self.volume))

    def with_live(self, live: np.ndarray, *, whole: bool) -> "Inspection":
        """The same file, now that the dead traces of the whole, or of a part, are known."""
        volume = self.volume.assign_coords(live=(("iline", "xline"), live))
        dead = int((self.recorded & ~live).sum())
        if whole:
            update_survey_record(volume, dead_scanned=True, dead_traces=dead)
        info = replace(self.info, live=int(live.sum()), dead=dead)
        return replace(self, volume=volume, info=info)


@dataclass(frozen=True, eq=False)
class Loaded:
    """A layer's data and options, the survey that it lies on, and what is to be told about it."""

    layer: LayerData
    volume: xr.DataArray
    note: str


@dataclass(frozen=True)
class Refused:
    """The file cannot be opened; ``message`` names it, what is wrong, and the remedy."""

    message: str


def inspect_file(path: Path, reading: Reading, token: JobToken) -> Iterator[Inspection | Refused]:
    """Describe a file from its headers and a thousand traces; small ones again without dead traces.

    The first look of a survey as large as F3 takes a fraction of a second.
    """
    try:
        volume = open_volume(path, reading, scan_dead=False)
        facies = looks_like_facies(volume)
        text, encoding = _text_header(volume)
        recorded = live_traces(volume)
        found = Inspection(
            path, reading, volume, describe_volume(volume), recorded, facies, text, encoding
        )
        yield found
        if not facies and is_scanned_at_once(volume) and not survey_record(volume).dead_scanned:
            volume = drop_dead(volume, token.progress)
            yield replace(found, volume=volume, info=describe_volume(volume))
    except InputError as error:
        yield Refused(in_words_of_the_dock(str(error), path))


def load_layer(
    found: Inspection, crop: Crop, surveys: Sequence[xr.DataArray], token: JobToken
) -> Iterator[Loaded | Refused]:
    """Make a layer's data of a file that was looked at, as napari's *Open* would.

    Parameters
    ----------
    crop
        The part of the seismic to load; facies are laid on a survey's grid and not cropped.
    surveys
        The surveys in the viewer, on whose grid facies may lie, the preferred first.
    """
    from napari_s6.plugin.canvas.layers import volume_layer_data

    try:
        if found.facies:
            reading = found.reading if found.is_segy else Reading()
            layer, note = facies_layer(found.path, (*surveys, found.volume), reading)
            yield Loaded(layer, found.volume, note)
            return
        part = crop.apply(found.volume)
        if is_scanned_at_once(part):
            part = drop_dead(part, token.progress)
        yield Loaded(volume_layer_data(part, found.path.name), part, "")
    except InputError as error:
        yield Refused(in_words_of_the_dock(str(error), found.path))


def in_words_of_the_dock(message: str, path: Path) -> str:
    """Name a file without its folders, and the boxes of the dock rather than options."""
    message = message.replace(HOW_TO_GIVE, "under Header bytes")
    return message.replace(str(path.expanduser().absolute()), path.name)


def _text_header(volume: xr.DataArray) -> tuple[tuple[str, ...], str]:
    record = survey_record(volume)
    if not record.is_segy:
        return (), ""
    with open(record.source, "rb") as file:
        text = file.read(TEXT_BYTES)
    return tuple(text_lines(text)), "EBCDIC" if detect_codec(text) == "cp037" else "ASCII"
