"""Options about the files that commands write, and the check of their places."""

import argparse
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from napari_s6.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def volume_suffixes() -> str:
    """Return the usual suffixes of volumes that can be written, for help and messages."""
    from napari_s6.formats.registry import named_suffixes, writable_formats

    return named_suffixes(writable_formats())


def add_out(command: argparse.ArgumentParser, *, text: str = "", required: bool = True) -> None:
    """Add ``--out`` for a volume; ``text`` goes on from the suffixes in its help."""
    command.add_argument(
        "-o", "--out", required=required, metavar="OUT", help=f"{volume_suffixes()}{text}"
    )


def add_sample_format(command: argparse.ArgumentParser) -> None:
    """Add ``--sample-format``, how SEG-Y holds facies."""
    command.add_argument(
        "--sample-format", choices=["int8", "float32"], default="int8", help="of SEG-Y output"
    )


def add_overwrite(command: argparse.ArgumentParser) -> None:
    """Add ``--overwrite``."""
    command.add_argument("--overwrite", action="store_true", help="replace an existing file")


def add_json(command: argparse.ArgumentParser) -> None:
    """Add ``--json``."""
    command.add_argument("--json", action="store_true", help="print JSON")


def check_output(
    out: "Path", overwrite: bool, source: str | None, others: Sequence[str] = ()
) -> None:
    """Refuse at once what would be refused after the work is done.

    Parameters
    ----------
    out
        What is to be written.
    overwrite
        Whether it may be there already.
    source
        What is read, which must not be written.
    others
        Suffixes that will do besides those of volumes.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    from pathlib import Path

    from napari_s6.formats.registry import writable_suffixes

    if out.suffix.lower() not in (*writable_suffixes(), *others):
        usual = " ".join([volume_suffixes(), *others])
        raise InputError(f"{out}: no format is called {out.suffix!r}; use {usual}")
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
