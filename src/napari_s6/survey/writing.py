"""How a file is to be written: one value that docks, the command line and Python fill alike."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from napari_s6.survey.record import Progress

SampleFormat = Literal["int8", "int16", "int32", "float32"]
Convert = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Writing:
    """Say how a volume is to be written.

    Attributes
    ----------
    overwrite
        Whether an existing file may be replaced.
    progress
        Told the share written, 0 to 1; what it raises ends the writing.
    find_dead
        Whether to look for dead traces on the way, if they are not known (Zarr alone).
    sample_format
        SEG-Y's; by default int8 for 8-bit volumes, float32 for others.
    source
        The SEG-Y file whose headers are copied; None: the volume's own, False: none, they are
        made.
    text
        Lines to add to SEG-Y's text header.
    convert
        What samples go through on their way into SEG-Y.
    """

    overwrite: bool = False
    progress: Progress | None = None
    find_dead: bool = False
    sample_format: SampleFormat | None = None
    source: str | os.PathLike[str] | Literal[False] | None = None
    text: Sequence[str] | None = None
    convert: Convert | None = None
