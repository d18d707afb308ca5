"""Temporary arrays in files, with the room for them taken beforehand."""

import math
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from napari_s6.errors import InputError


def scratch_array(path: Path, shape: Sequence[int]) -> np.memmap:
    """Return a writable uint8 array of zeros in a new file.

    Its room on the disk is taken at once where the system can do that: a mapped file that finds
    the disk full later ends the process.

    Raises
    ------
    InputError
        If there is not enough room, or the folder cannot be written.
    """
    size = math.prod(shape)
    try:
        with path.open("w+b") as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)
            else:
                file.truncate(size)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise InputError(
            f"{path.parent.absolute()}: no room for {size / 1e9:.1f} GB of scratch files "
            f"({error.strerror}); free some, or choose another disk"
        ) from error
    return np.memmap(path, np.uint8, "r+", shape=tuple(shape))
