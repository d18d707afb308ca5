"""SEG-Y files of known content, written with segyio so that reading is checked independently."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import segyio


@dataclass(frozen=True, eq=False)
class KnownFile:
    """A SEG-Y file, and what was put into it, trace by trace."""

    path: Path
    nodes: list[tuple[int, int]]
    samples: np.ndarray


MakeSegy = Callable[..., KnownFile]


def write_known(
    path: Path,
    nodes: Sequence[tuple[int, int]],
    *,
    n_samples: int = 30,
    code: int = 5,
    endian: str = "big",
    start: int = 100,
    interval: int = 2000,
    samples: np.ndarray | None = None,
    iline_byte: int = 189,
    xline_byte: int = 193,
    x_byte: int = 181,
    y_byte: int = 185,
) -> KnownFile:
    """Write traces at the given (inline, crossline) nodes, in that order."""
    rng = np.random.default_rng(len(nodes) + code)
    if samples is None:
        samples = rng.integers(-120, 120, (len(nodes), n_samples))
        samples[samples == 0] = 1
    if code in (1, 5):
        # Eighths are exact in IBM floats too.
        samples = (samples / 8).astype(np.float32)
    else:
        samples = samples.astype({2: np.int32, 3: np.int16, 8: np.int8}[code])
    spec = segyio.spec()
    spec.samples = start + interval / 1000 * np.arange(n_samples)
    spec.tracecount = len(nodes)
    spec.format = code
    spec.endian = endian
    with segyio.create(str(path), spec) as file:
        file.text[0] = segyio.tools.create_text_header({1: "A KNOWN FILE", 2: "ITS SECOND LINE"})
        file.bin.update(hdt=interval, hns=n_samples, format=code)
        for number, (iline, xline) in enumerate(nodes):
            header = {
                1: number + 1,
                71: -100,
                109: start,
                115: n_samples,
                117: interval,
                x_byte: 1000 * iline,
                y_byte: 1000 * xline,
                iline_byte: iline,
                xline_byte: xline,
            }
            file.header[number] = header
            file.trace[number] = samples[number]
    return KnownFile(path, list(nodes), samples)


@pytest.fixture
def make_segy(tmp_path: Path) -> MakeSegy:
    """Write traces at the given (inline, crossline) nodes, in that order."""

    def make(
        nodes: Sequence[tuple[int, int]], *, name: str = "known.sgy", **options: Any
    ) -> KnownFile:
        return write_known(tmp_path / name, nodes, **options)

    return make


@pytest.fixture(scope="session")
def known_files(tmp_path_factory: pytest.TempPathFactory) -> list[KnownFile]:
    """Small files of each kind: sample formats, byte orders, holes, bytes of line numbers."""
    folder = tmp_path_factory.mktemp("known")
    full = [(il, xl) for il in (10, 12, 14, 16) for xl in range(101, 106)]
    kinds: list[dict[str, Any]] = [
        {"nodes": full, "code": 5},
        {"nodes": full, "code": 1, "endian": "little"},
        {"nodes": full[::-1], "code": 3, "endian": "little", "n_samples": 11},
        {"nodes": full[:7] + full[9:], "code": 8, "n_samples": 17},
        {"nodes": full, "code": 2, "iline_byte": 5, "xline_byte": 21},
        {"nodes": full[:1], "code": 1, "n_samples": 5},
    ]
    return [write_known(folder / f"{k}.sgy", **kind) for k, kind in enumerate(kinds)]


@pytest.fixture
def grid_nodes() -> list[tuple[int, int]]:
    """A full grid, inline-sorted: inlines 10 12 14 16, crosslines 101 to 105."""
    return [(il, xl) for il in (10, 12, 14, 16) for xl in range(101, 106)]
