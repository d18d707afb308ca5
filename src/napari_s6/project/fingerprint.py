"""Knowing a survey's file again after it was moved or renamed, without reading all of it."""

import hashlib
import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from napari_s6.errors import InputError

_PIECE = 1 << 16
_MOST_FILES = 10_000


class Fingerprint(BaseModel):
    """Hold the size and a digest of parts of a file, or of the files of a folder.

    Examples
    --------
    >>> from pathlib import Path
    >>> _ = Path("a.sgy").write_bytes(bytes(5000)), Path("b.sgy").write_bytes(bytes(5000))
    >>> Fingerprint.of("a.sgy") == Fingerprint.of("b.sgy")
    True
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int
    digest: str

    @classmethod
    def of(cls, path: str | os.PathLike[str]) -> "Fingerprint":
        """Take the fingerprint of a file or a folder.

        Of a file its size and its first, middle and last 64 KiB count, of a folder the names and
        sizes of its files and what its metadata (``.json``, ``.z*``) say.

        Raises
        ------
        InputError
            If it cannot be read.
        """
        path = Path(path)
        try:
            return _of_folder(path) if path.is_dir() else _of_file(path)
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror}); check the path") from None


def _of_file(path: Path) -> Fingerprint:
    size = path.stat().st_size
    digest = hashlib.blake2b(digest_size=16)
    with open(path, "rb") as file:
        for start in sorted({0, max(0, size // 2), max(0, size - _PIECE)}):
            file.seek(start)
            digest.update(file.read(_PIECE))
    return Fingerprint(size=size, digest=digest.hexdigest())


def _of_folder(path: Path) -> Fingerprint:
    digest = hashlib.blake2b(digest_size=16)
    total = 0
    for number, file in enumerate(sorted(path.rglob("*"))):
        if number >= _MOST_FILES:
            break
        if file.is_dir():
            continue
        size = file.stat().st_size
        total += size
        digest.update(f"{file.relative_to(path).as_posix()} {size}\n".encode())
        if file.suffix == ".json" or file.name.startswith(".z"):
            digest.update(file.read_bytes())
    return Fingerprint(size=total, digest=digest.hexdigest())
