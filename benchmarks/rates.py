"""Sections of the public benchmark's size, and how fast streams of work take them in, in turn."""

import time
from collections.abc import Iterator, Mapping
from statistics import median

import numpy as np
import torch
import xarray as xr

from napari_s6.learn.device import computes_bfloat16
from napari_s6.survey.synthetic import make_survey
from napari_s6.survey.volume import make_volume

SECTION = (701, 255)
"""Traces and samples of an inline of the public benchmark."""

TINY = (96, 64)
"""The same in the tests of these benchmarks."""

WARM_UP = 2


def tiled_survey(lines: int, section: tuple[int, int] = SECTION) -> tuple[xr.DataArray, np.ndarray]:
    """Inlines of a given size, tiled from the synthetic survey, and their facies."""
    tile = (min(lines, 96), 128, 192)
    seismic, facies = make_survey(tile)
    shape = (lines, *section)
    copies = [-(-want // have) for want, have in zip(shape, tile, strict=True)]
    cubes = [
        np.tile(cube.values, copies)[:lines, : section[0], : section[1]]
        for cube in (seismic, facies)
    ]
    volume = make_volume(
        cubes[0],
        iline=range(lines),
        xline=range(section[0]),
        samples=4.0 * np.arange(section[1]),
    )
    return volume, cubes[1]


def settle(device: torch.device) -> None:
    """Wait until the device has done what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def in_turn(
    streams: Mapping[str, Iterator[int]], rounds: int, device: torch.device, steps: int = 1
) -> dict[str, float]:
    """Sections a second of each stream, whose ``next`` tells how many it took in.

    Medians over rounds of ``steps`` each, the streams taken in turn after a warm-up, so that all
    see the same machine.
    """
    taken: dict[str, list[float]] = {name: [] for name in streams}
    for round_ in range(rounds + WARM_UP):
        for name, stream in streams.items():
            settle(device)
            clock = time.perf_counter()
            sections = sum(next(stream) for _ in range(steps))
            settle(device)
            if round_ >= WARM_UP:
                taken[name].append(sections / (time.perf_counter() - clock))
    return {name: median(rates) for name, rates in taken.items()}


def peak_operations(device: torch.device) -> float:
    """Operations a second in a large matrix product, in the precision that training uses."""
    dtype = torch.bfloat16 if computes_bfloat16(device) else torch.float32
    size = 8192 if device.type == "cuda" else 3072
    one = torch.randn(size, size, device=device).to(dtype)
    best = float("inf")
    for _ in range(8):
        settle(device)
        clock = time.perf_counter()
        result = one @ one
        settle(device)
        best = min(best, time.perf_counter() - clock)
        del result
    return 2 * size**3 / best
