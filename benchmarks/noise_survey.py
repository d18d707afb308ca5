"""A SEG-Y file of noise of any size, written fast, and numpy's view of its traces."""

from pathlib import Path
from typing import Any

import numpy as np

FIRST_INLINE, FIRST_CROSSLINE = 100, 300
_POOL = 4096


def record_type(n_samples: int, sample: str = ">i2") -> np.dtype[Any]:
    """A trace as numpy sees it: the header fields used here, and the samples."""
    return np.dtype(
        {
            "names": [
                "scalar",
                "delay",
                "count",
                "interval",
                "x",
                "y",
                "iline",
                "xline",
                "samples",
            ],
            "formats": [">i2"] * 4 + [">i4"] * 4 + [(sample, n_samples)],
            "offsets": [70, 108, 114, 116, 180, 184, 188, 192, 240],
            "itemsize": 240 + n_samples * np.dtype(sample).itemsize,
        }
    )


def write_survey(path: Path, shape: tuple[int, int, int]) -> None:
    """Write a full survey of noise, an inline at a time."""
    inlines, crosslines, n_samples = shape
    head = np.zeros(3600, np.uint8)
    head[:3200] = 0x40  # blanks in EBCDIC
    for byte, value in {3217: 4000, 3221: n_samples, 3225: 3, 3229: 4, 3501: 256, 3503: 1}.items():
        head[byte - 1 : byte + 1] = np.frombuffer(value.to_bytes(2, "big"), np.uint8)
    line = np.zeros(crosslines, record_type(n_samples))
    line["scalar"], line["delay"], line["count"], line["interval"] = -10, 4, n_samples, 4000
    line["xline"] = FIRST_CROSSLINE + np.arange(crosslines)
    rng = np.random.default_rng(0)
    noise = rng.integers(-9000, 9000, (crosslines + _POOL, n_samples))
    first = rng.integers(0, _POOL, inlines)  # no two neighbours alike, or it would compress well
    with path.open("wb") as file:
        file.write(head.tobytes())
        for k in range(inlines):
            line["iline"] = FIRST_INLINE + k
            line["x"] = 6_055_000 + 250 * np.arange(crosslines) - 7 * k
            line["y"] = 60_735_000 + 250 * k + 7 * np.arange(crosslines)
            line["samples"] = noise[first[k] : first[k] + crosslines]
            file.write(line.tobytes())


def mapped(path: Path, shape: tuple[int, int, int]) -> np.ndarray:
    """The traces as numpy sees them, (inlines, crosslines)."""
    traces = np.memmap(path, record_type(shape[2]), "r", offset=3600)
    return traces.reshape(shape[:2])
