"""Training and prediction, ours and the reference's in turn on the same sections."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import reference
from napari_s6.facies.scheme import F3
from napari_s6.facies.sections import Section
from napari_s6.facies.targets import make_targets
from napari_s6.learn import events
from napari_s6.learn.checkpoint import Model, Record, build_network
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.device import computes_bfloat16
from napari_s6.learn.normalise import fit_normalisation
from napari_s6.learn.predict import predict_volume
from napari_s6.learn.sections import VerticalRange
from napari_s6.learn.train import train
from napari_s6.survey.synthetic import make_survey
from napari_s6.survey.volume import make_volume

SECTION = (701, 255)
"""Traces and samples of a section of the public benchmark."""


@dataclass(frozen=True)
class Ratio:
    """One line of the table: ours over the reference's, from interleaved rounds."""

    name: str
    ours: float
    theirs: float
    unit: str
    target: float | None = None

    @property
    def ratio(self) -> float:
        """How many times as fast ours is."""
        return self.ours / self.theirs


def survey(lines: int = 24) -> tuple[xr.DataArray, np.ndarray]:
    """Inlines of the benchmark's size, tiled from the synthetic survey, and their labels."""
    seismic, facies = make_survey((lines, 128, 192))
    across, down = (-(-want // have) for want, have in zip(SECTION, (128, 192), strict=True))
    cubes = [
        np.tile(cube.values, (1, across, down))[:, : SECTION[0], : SECTION[1]]
        for cube in (seismic, facies)
    ]
    volume = make_volume(
        cubes[0],
        iline=range(lines),
        xline=range(SECTION[0]),
        samples=4.0 * np.arange(SECTION[1]),
    )
    return volume, cubes[1]


def peak_flops(device: torch.device) -> float:
    """Operations a second in a large matrix product, in the precision that training uses."""
    dtype = torch.bfloat16 if computes_bfloat16(device) else torch.float32
    one = torch.randn(3072, 3072, device=device).to(dtype)
    best = float("inf")
    for _ in range(6):
        clock = time.perf_counter()
        result = one @ one
        _wait(device)
        best = min(best, time.perf_counter() - clock)
    del result
    return 2 * 3072**3 / best


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def in_turn(ours: Iterator[Any], theirs: Iterator[Any], rounds: int) -> tuple[float, float]:
    """Median seconds for one ``next`` of each, taken in turn after a warm-up."""
    taken: tuple[list[float], list[float]] = ([], [])
    for round_ in range(rounds + 2):
        for stream, times in zip((ours, theirs), taken, strict=True):
            clock = time.perf_counter()
            next(stream)
            if round_ >= 2:
                times.append(time.perf_counter() - clock)
    return median(taken[0]), median(taken[1])


def training_steps(
    volume: xr.DataArray, labels: np.ndarray, device: torch.device, **settings: Any
) -> Iterator[int]:
    """Our training as an iterator over optimiser steps, through its public events."""
    targets = make_targets(volume, labels, F3, lines=[Section("iline", k) for k in (2, 12)])
    config = TrainConfig.named(
        "fast",
        device=str(device),
        validation="none",
        steps=10_000,
        **settings,
    )
    for event in train(volume, targets, config):
        if isinstance(event, events.Failed):
            raise RuntimeError(event.message)
        if isinstance(event, events.Stepped):
            yield event.step


def compare_training(
    device: torch.device, constrained: bool, channels: int, batch: int, rounds: int
) -> Ratio:
    """Whole sections a second at a number of decoder channels, ours beside the reference."""
    volume, labels = survey()
    model = "constrained" if constrained else "unconstrained"
    ours = training_steps(
        volume,
        labels,
        device,
        model=model,
        decoder_channels=channels,
        batch_size=batch,
        labelled_share=0.5 if constrained else 1.0,
        crop_traces=None,
        crop_samples=None,
    )
    network = reference.ReferenceNetwork(6, constrained)
    amplitudes = fit_normalisation(volume)(volume.values)
    theirs = reference.train(network, amplitudes, labels, batch, device)
    mine, yours = in_turn(ours, theirs, rounds)
    target = (1.3 if channels == 256 else 2.3) if device.type == "cpu" else 4.0
    return Ratio(
        f"training, {model}, batch {batch}, {channels} channels",
        batch / mine,
        batch / yours,
        "sections/s",
        target,
    )


def step_flops(channels: int, batch: int, constrained: bool = True) -> float:
    """Operations of one constrained step on whole sections, forward and backward."""
    config = TrainConfig.named(
        "fast",
        decoder_channels=channels,
        model="constrained" if constrained else "unconstrained",
    )
    network = build_network(config, 6)
    images = torch.randn(batch, 2, 256, 704)
    with FlopCounterMode(display=False) as counter:
        scores, again = network(images, batch // 2)
        loss = scores.square().mean()
        (loss + again.square().mean() if again is not None else loss).backward()
    return float(counter.get_total_flops())


def compare_prediction(device: torch.device, rounds: int) -> Ratio:
    """Sections a second in one orientation."""
    volume, _ = survey(max(4, rounds + 2))
    config = TrainConfig.named("fast")
    record = Record(config, F3, fit_normalisation(volume), VerticalRange.of(volume), interval=4.0)
    model = Model([build_network(config, 6)], record, device)

    def ours() -> Iterator[int]:
        codes = np.full(volume.shape, 255, np.uint8)
        while True:
            for progress in predict_volume(model, volume, codes_out=codes, orientation="iline"):
                yield progress.done

    def theirs() -> Iterator[np.ndarray]:
        amplitudes = record.normalisation(volume.values)
        network = reference.ReferenceNetwork(6, constrained=True)
        while True:
            yield from reference.predict(network, amplitudes, device)

    mine, yours = _per_block(ours(), theirs(), rounds)
    return Ratio("prediction, one orientation", 1 / mine, 1 / yours, "sections/s", 1.5)


def _per_block(ours: Iterator[Any], theirs: Iterator[Any], rounds: int) -> tuple[float, float]:
    """As `in_turn`, over blocks of four sections: ours come in groups."""

    def block(stream: Iterator[Any]) -> Callable[[], float]:
        def take() -> float:
            clock = time.perf_counter()
            for _ in range(4):
                next(stream)
            return (time.perf_counter() - clock) / 4

        return take

    mine, yours = block(ours), block(theirs)
    taken = [(mine(), yours()) for _ in range(rounds + 1)][1:]
    return median(t for t, _ in taken), median(t for _, t in taken)
