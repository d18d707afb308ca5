"""Prediction: sections a second in one orientation and in both, ours and the reference's."""

import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Literal

import numpy as np
import torch
import xarray as xr

from benchmarks import reference
from benchmarks.part import Found, Settings
from benchmarks.rates import SECTION, TINY, in_turn, settle, tiled_survey
from benchmarks.table import Row, times_at_least
from napari_s6.facies.scheme import F3
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.data.normalise import fit_normalisation
from napari_s6.learn.inference.predict import predict_volume
from napari_s6.learn.model import Model, Record, VerticalRange, build_network

TARGET = 1.5

CUBE = (96, 128, 192)
"""A small survey whose lines can be predicted in both orientations."""

TINY_CUBE = (64, 64, 64)


def untrained(volume: xr.DataArray, device: torch.device) -> Model:
    """A model of preset ``fast`` with fresh weights: as fast as a trained one."""
    config = TrainConfig.named("fast")
    record = Record(config, F3, fit_normalisation(volume), VerticalRange.of(volume), interval=4.0)
    return Model([build_network(config, F3.n_classes)], record, device)


def part(settings: Settings) -> Found:
    """One orientation in turn, then both, as sections (passes) a second."""
    tiny, quick = settings.tiny, settings.quick
    rounds = 1 if tiny else 4 if quick else 12
    one = one_orientation(settings.device, TINY if tiny else SECTION, rounds)
    cube = TINY_CUBE if tiny else CUBE
    both = both_orientations(settings.device, cube, 1 if tiny or quick else 3)
    shape = " x ".join(map(str, cube))
    return Found(
        [
            Row("prediction, one orientation", *one, times_at_least(TARGET), note=ONE),
            Row(
                f"prediction, both orientations, {shape}",
                *both,
                times_at_least(TARGET),
                note=BOTH,
            ),
        ]
    )


def one_orientation(
    device: torch.device, section: tuple[int, int], rounds: int
) -> tuple[float, str, float]:
    """Inlines a second, ours and the reference's; ours come in groups, hence blocks."""
    block = 4 if device.type == "cpu" else 64
    volume, _ = tiled_survey(2 * block, section)
    model = untrained(volume, device)
    network = reference.ReferenceNetwork(F3.n_classes, constrained=True)
    amplitudes = model.record.normalisation(volume.values)

    def ours() -> Iterator[int]:
        codes = np.full(volume.shape, 255, np.uint8)
        while True:
            for _ in predict_volume(model, volume, codes_out=codes, orientation="iline"):
                yield 1

    def theirs() -> Iterator[int]:
        while True:
            for _ in reference.predict(network, amplitudes, device):
                yield 1

    streams = {"ours": ours(), "reference": theirs()}
    rates = in_turn(streams, rounds, device, block)
    return rates["ours"], "sections/s", rates["reference"]


def both_orientations(
    device: torch.device, shape: tuple[int, int, int], rounds: int
) -> tuple[float, str, float]:
    """Passes over inlines and crosslines a second, averaging included, for a whole small cube."""
    volume, _ = tiled_survey(shape[0], shape[1:])
    model = untrained(volume, device)
    network = reference.ReferenceNetwork(F3.n_classes, constrained=True)
    amplitudes = model.record.normalisation(volume.values)
    codes = np.full(shape, 255, np.uint8)
    orientation: Literal["both"] = "both"

    def ours() -> None:
        for _ in predict_volume(model, volume, codes_out=codes, orientation=orientation):
            pass

    def theirs() -> None:
        reference.predict_both(network, amplitudes, device)

    jobs: dict[str, Callable[[], None]] = {"ours": ours, "reference": theirs}
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    for round_ in range(rounds + 1):
        for name, job in jobs.items():
            settle(device)
            clock = time.perf_counter()
            job()
            settle(device)
            if round_:
                taken[name].append(time.perf_counter() - clock)
    passes = shape[0] + shape[1]
    return (
        passes / median(taken["ours"]),
        "sections/s",
        passes / median(taken["reference"]),
    )


ONE = "inlines of 701 x 255; ours with the codes, the confidence and the reading"
BOTH = "passes over sections; the reference averages both passes' probabilities in memory"
