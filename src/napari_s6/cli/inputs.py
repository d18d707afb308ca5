"""What the command line's options name: surveys, labels, schemes, outputs, and the wish to stop."""

import argparse
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from napari_s6.errors import InputError
from napari_s6.facies.scheme import FaciesScheme, find_scheme, generic
from napari_s6.formats.open import open_volume
from napari_s6.survey.record import survey_record

if TYPE_CHECKING:
    from napari_s6.learn.control import Token
    from napari_s6.survey.reading import Reading
    from napari_s6.survey.record import Progress


def say(text: str) -> None:
    """Print progress where it does not mix with results."""
    print(text, file=sys.stderr, flush=True)


def open_survey(path: str, options: argparse.Namespace) -> xr.DataArray:
    from napari_s6.survey.dead import drop_dead

    volume = open_volume(path, reading(options))
    return volume if survey_record(volume).dead_scanned else drop_dead(volume)


def reading(options: argparse.Namespace, *, cropped: bool = True) -> "Reading":
    """How a file is to be read, as the options say; labels are read whole, and then placed."""
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


def named_scheme(name: str | None) -> FaciesScheme | None:
    """Return the scheme of ``--scheme``, found by name or in a file; None if none is given."""
    return None if name is None else find_scheme(name)


def labels_on(
    path: str, volume: xr.DataArray, options: argparse.Namespace, scheme: FaciesScheme | None
) -> xr.DataArray:
    from napari_s6.facies.files import open_labels_on_survey

    return open_labels_on_survey(
        path,
        volume,
        n_classes=scheme.n_classes if scheme else None,
        convention=options.convention,
        reading=reading(options, cropped=False),
    )


def facies_of(path: str, options: argparse.Namespace, scheme: FaciesScheme | None) -> xr.DataArray:
    """Facies on their own grid."""
    from napari_s6.facies.files import open_facies

    return open_facies(
        path,
        n_classes=scheme.n_classes if scheme else None,
        convention=options.convention,
        reading=reading(options, cropped=False),
    )


def scheme_for(facies: xr.DataArray, scheme: FaciesScheme | None) -> FaciesScheme:
    """The scheme asked for, else the one the file records, else numbered facies."""
    from napari_s6.facies.record import facies_record

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


def check_output(
    out: Path, overwrite: bool, source: str | None, others: Sequence[str] = ()
) -> None:
    """Refuse at once what would be refused after the work is done."""
    suffixes = (".sgy", ".segy", ".npy", ".zarr", ".nc", *others)
    if out.suffix.lower() not in suffixes:
        raise InputError(f"{out}: no format is called {out.suffix!r}; use {' '.join(suffixes)}")
    if not out.absolute().parent.is_dir():
        raise InputError(f"{out}: the folder {out.absolute().parent} does not exist; make it first")
    if not os.access(out.absolute().parent, os.W_OK):
        raise InputError(f"{out}: its folder cannot be written to; choose another place")
    if not os.path.exists(out):
        return
    if source is not None and Path(source).exists() and out.samefile(source):
        raise InputError(f"{out}: is the source; choose another name")
    if not overwrite:
        raise InputError(f"{out}: exists already; give --overwrite or another name")


@contextmanager
def reporting(what: str, token: "Token") -> Iterator["Progress"]:
    """A function to tell the share done to, shown as a bar; it ends the work on Ctrl-C."""
    from tqdm import tqdm

    with tqdm(total=100, unit="%", disable=None, desc=what) as bar:

        def progress(share: float) -> None:
            bar.update(round(100 * share) - bar.n)
            if token.cancelled:
                raise KeyboardInterrupt

        yield progress


@contextmanager
def stoppable() -> Iterator["Token"]:
    """A token that the first Ctrl-C cancels; a second one interrupts at once."""
    from napari_s6.learn.control import Token

    token = Token()

    def stop(*_: object) -> None:
        say("stopping after this step; press Ctrl-C again to break off")
        token.cancel()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield token
    finally:
        signal.signal(signal.SIGINT, before)
