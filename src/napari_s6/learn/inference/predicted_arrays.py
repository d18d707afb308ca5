"""The arrays that a prediction goes to: in memory, or in temporary files where it is large."""

import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from napari_s6.facies.codes import UNLABELLED
from napari_s6.survey.scratch import scratch_array

IN_MEMORY = 1 << 30
"""Bytes of predicted facies, or of confidence, held in memory; larger ones go through a file."""


@contextmanager
def predicted_arrays(
    shape: tuple[int, ...], folder: Path, *, confidence: bool = True
) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
    """Give arrays to predict into: uint8 codes and, if wanted, confidence in per cent, else None.

    They are in memory up to 1 GiB each, else in temporary files in ``folder``, and go afterwards.
    """
    with tempfile.TemporaryDirectory(dir=folder, prefix=".napari-s6-") as scratch:

        def array(name: str, fill: int) -> np.ndarray:
            if math.prod(shape) <= IN_MEMORY:
                return np.full(shape, fill, np.uint8)
            found = scratch_array(Path(scratch) / name, shape)
            if fill:
                for line in found:
                    line[...] = fill
            return found

        yield (
            array("codes.npy", UNLABELLED),
            array("confidence.npy", 0) if confidence else None,
        )
