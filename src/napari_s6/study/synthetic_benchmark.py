"""A synthetic folder in the layout of the F3 benchmark, up to its size."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from napari_s6.errors import InputError
from napari_s6.formats.benchmark import LINES_FILE, SPLITS, SplitName
from napari_s6.survey.atomic import atomic_path
from napari_s6.survey.synthetic import make_survey

COARSER = 3
"""At the benchmark's size the survey is made with every third line, and those between are
interpolated: the earth would not fit into memory otherwise."""

FINEST = 4_000_000
"""Surveys of more traces times samples than this are made coarser."""

SPREAD = 0.21
"""Standard deviation of the benchmark's amplitudes, which lie in [-1, 1]."""


@dataclass(frozen=True)
class Layout:
    """Lines of the training volume, and how many the tests add.

    ``test1`` lies before the first training inline, ``test2`` beyond the last crossline of both,
    as in the benchmark. ``first_inline`` and ``first_crossline`` are line numbers.
    """

    inlines: int
    crosslines: int
    test1_inlines: int
    test2_crosslines: int
    samples: int
    first_inline: int = 100
    first_crossline: int = 300

    def parts(self) -> dict[SplitName, tuple[slice, slice]]:
        """Ranges of inlines and crosslines of each volume."""
        before, last = self.test1_inlines, self.test1_inlines + self.inlines
        return {
            "train": (slice(before, last), slice(0, self.crosslines)),
            "test1": (slice(0, before), slice(0, self.crosslines)),
            "test2": (
                slice(0, last),
                slice(self.crosslines, self.crosslines + self.test2_crosslines),
            ),
        }

    @property
    def shape(self) -> tuple[int, int, int]:
        """Inlines, crosslines and samples of all volumes together."""
        return (
            self.test1_inlines + self.inlines,
            self.crosslines + self.test2_crosslines,
            self.samples,
        )


FULL = Layout(401, 701, 200, 200, 255)
SMALL = Layout(72, 96, 64, 64, 96)


def write_synthetic_benchmark(folder: Path, layout: Layout = SMALL, seed: int = 0) -> Path:
    """Write seismic (float64 in [-1, 1]) and facies (uint8 0-5) of train, test1 and test2.

    Arrays are written section by section. The same seed and layout give the same files.

    Returns
    -------
    pathlib.Path
        The folder, which appears when it is complete.

    Raises
    ------
    InputError
        If the folder exists.
    """
    folder = folder.absolute()
    if folder.exists():
        raise InputError(f"{folder}: exists already; choose another folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(folder) as root:
        opened = _open_arrays(root, layout)
        parts = layout.parts()
        for inline, (seismic, facies) in enumerate(_sections(layout, seed)):
            for name, (inlines, crosslines) in parts.items():
                if inlines.start <= inline < inlines.stop:
                    amplitudes, codes = opened[name]
                    amplitudes[inline - inlines.start] = seismic[crosslines]
                    codes[inline - inlines.start] = facies[crosslines]
        for arrays in opened.values():
            for array in arrays:
                array.flush()
        del opened
        lines = {
            name: {
                key: {"first": first + along.start, "last": first + along.stop - 1}
                for key, first, along in (
                    ("inlines", layout.first_inline, inlines),
                    ("crosslines", layout.first_crossline, crosslines),
                )
            }
            for name, (inlines, crosslines) in parts.items()
        }
        (root / LINES_FILE).write_text(json.dumps(lines, indent=1), encoding="utf-8")
    return folder


def _open_arrays(root: Path, layout: Layout) -> dict[SplitName, tuple[np.memmap, np.memmap]]:
    found: dict[SplitName, tuple[np.memmap, np.memmap]] = {}
    for name, (inlines, crosslines) in layout.parts().items():
        here = root / "data" / SPLITS[name]
        here.mkdir(parents=True, exist_ok=True)
        shape = (inlines.stop - inlines.start, crosslines.stop - crosslines.start, layout.samples)
        seismic, labels = (
            np.lib.format.open_memmap(here / f"{name}_{kind}.npy", "w+", dtype, shape)
            for kind, dtype in (("seismic", "f8"), ("labels", "u1"))
        )
        found[name] = (seismic, labels)
    return found


def _sections(layout: Layout, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Amplitudes and facies of one inline of the whole survey after another."""
    shape = layout.shape
    every = COARSER if shape[0] * shape[1] * shape[2] > FINEST else 1
    made = [-(-(n - 1) // every) + 1 for n in shape[:2]]
    survey, truth = make_survey((made[0], made[1], shape[2]), seed)
    amplitudes, facies = survey.values, truth.values
    scale = SPREAD / float(amplitudes.std())
    across = np.arange(shape[1]) / every
    left = np.minimum(across.astype(int), max(0, made[1] - 2))
    weight = (across - left)[:, None].astype(np.float32)
    nearest = np.rint(across).astype(int)
    for inline in range(shape[0]):
        before, share = divmod(inline, every)
        after = min(before + 1, made[0] - 1)
        line = amplitudes[before] * (1 - share / every) + amplitudes[after] * (share / every)
        codes = facies[before if 2 * share < every else after]
        section = line[left] * (1 - weight) + line[np.minimum(left + 1, made[1] - 1)] * weight
        yield np.clip(section * scale, -1, 1), codes[nearest]
