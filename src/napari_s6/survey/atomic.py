"""Files that appear whole or not at all."""

import errno
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from napari_s6.errors import InputError

# Errors that say the place cannot be written, rather than that something else went wrong.
_NAMES = (
    *("ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EFBIG", "ENOENT", "ENOTDIR", "EIO"),
    *("ENAMETOOLONG", "ESTALE"),
)
_PLACE_ERRORS = frozenset(getattr(errno, name) for name in _NAMES if hasattr(errno, name))


@contextmanager
def atomic_path(
    out: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    keep: Sequence[str | os.PathLike[str]] = (),
) -> Iterator[Path]:
    """Write a file or folder under a temporary name beside ``out``; rename it if all went well.

    Parameters
    ----------
    out
        What to write. Its folder must exist.
    overwrite
        Whether an existing ``out`` may be replaced, once the new one is complete.
    keep
        Files that must never be replaced, such as the source: refused whatever ``overwrite`` says.

    Yields
    ------
    pathlib.Path
        A path in the same folder, with the same suffix, that does not exist yet.

    Raises
    ------
    InputError
        If ``out`` exists, is a file to keep, or its place cannot be written.
    """
    out = Path(out).expanduser().absolute()
    _refuse(out, overwrite, keep)
    # Part of the name is enough: with more the temporary one might be too long.
    temporary = out.with_name(f".{out.stem[:40]}.{uuid.uuid4().hex[:8]}.part{out.suffix}")
    try:
        yield temporary
        if out.exists() and not overwrite:
            raise InputError(f"{out}: appeared while it was being written; choose another name")
        _replace(temporary, out)
    except OSError as error:
        if error.errno in _PLACE_ERRORS and _is_ours(error.filename, temporary, out):
            raise InputError(
                f"{out}: cannot be written ({error.strerror}); choose another place"
            ) from error
        raise
    finally:
        _remove(temporary)


def _is_ours(name: str | os.PathLike[str] | int | None, temporary: Path, out: Path) -> bool:
    """Whether an error is about what is being written: the file, or a file in the folder."""
    if not isinstance(name, str | os.PathLike):
        return True
    return Path(name) == out or Path(name).is_relative_to(temporary)


def _refuse(out: Path, overwrite: bool, keep: Sequence[str | os.PathLike[str]]) -> None:
    if not out.parent.is_dir():
        raise InputError(f"{out}: the folder {out.parent} does not exist; make it first")
    try:
        out.lstat()
    except FileNotFoundError:
        return
    except OSError as error:  # a name that is too long, say
        raise InputError(
            f"{out}: cannot be written ({error.strerror}); choose another place"
        ) from error
    if any(os.path.exists(kept) and os.path.samefile(out, kept) for kept in keep):
        raise InputError(f"{out}: is the source; choose another name")
    if not overwrite:
        raise InputError(f"{out}: exists already; choose another name or remove it")


def _replace(temporary: Path, out: Path) -> None:
    """Rename over ``out``; a folder cannot be replaced in one step, so the old one steps aside."""
    if not out.is_dir() and not temporary.is_dir():
        os.replace(temporary, out)
        return
    aside = out.with_name(f".{out.stem[:40]}.{uuid.uuid4().hex[:8]}.old{out.suffix}")
    existed = out.exists()
    if existed:
        os.rename(out, aside)
    try:
        os.rename(temporary, out)
    except OSError:
        if existed:
            os.rename(aside, out)
        raise
    if existed:
        _remove(aside)


def _remove(path: Path) -> None:
    if os.path.isdir(path) and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    elif os.path.lexists(path):  # on a read-only disk, removing what is not there fails otherwise
        path.unlink(missing_ok=True)
