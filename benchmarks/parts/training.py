"""Training: sections and operations a second, ours and the reference's in turn."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import reference
from benchmarks.part import Found, Settings
from benchmarks.rates import SECTION, TINY, in_turn, peak_operations, tiled_survey
from benchmarks.table import Row, Target, times_at_least
from napari_s6.facies.scheme import F3
from napari_s6.facies.sections import Section
from napari_s6.facies.targets import Targets, make_targets
from napari_s6.learn import events
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.control import Token
from napari_s6.learn.data.normalise import fit_normalisation
from napari_s6.learn.data.sections import round_up
from napari_s6.learn.device import computes_bfloat16
from napari_s6.learn.model import build_network
from napari_s6.learn.training.train import train_model_events

OURS, THEIRS = 48, 256
"""Decoder channels of preset ``fast`` and of the reference."""

WITHOUT_ONE = (
    "batch norm after global pooling cannot train on one section: the reference ends in an error, "
    "ours takes at least two labelled ones"
)


def two_lines(volume: xr.DataArray, labels: np.ndarray) -> Targets:
    """Targets with two labelled inlines."""
    return make_targets(volume, labels, F3, lines=[Section("iline", k) for k in (2, 12)])


def whole_sections(device: torch.device, constrained: bool, channels: int, batch: int) -> Any:
    """Preset ``fast`` but for whole sections and the batch, so that a section is a section.

    At the reference's number of channels it is the reference's network too: the whole ResNet-18.
    """
    return TrainConfig.named(
        "fast",
        encoder_stages=4 if channels == THEIRS else 3,
        model="constrained" if constrained else "unconstrained",
        device=str(device),
        decoder_channels=channels,
        batch_size=batch,
        labelled_share=0.5 if constrained else 1.0,
        crop_traces=None,
        crop_samples=None,
        validation="none",
        steps=1_000_000,
    )


def our_steps(
    volume: xr.DataArray,
    targets: Targets,
    config: TrainConfig,
    *,
    tell_every: int = 1,
    token: Token | None = None,
) -> Iterator[int]:
    """Our training through its public events: sections taken in since the one before."""
    last = 0
    for event in train_model_events(volume, targets, config, tell_every=tell_every, token=token):
        if isinstance(event, events.Failed):
            raise RuntimeError(event.message)
        if isinstance(event, events.Stepped):
            yield (event.step - last) * config.batch_size
            last = event.step


def their_steps(
    volume: xr.DataArray, labels: np.ndarray, constrained: bool, batch: int, device: torch.device
) -> Iterator[int]:
    """The reference's training: sections taken in by each step."""
    network = reference.ReferenceNetwork(F3.n_classes, constrained, THEIRS)
    amplitudes = fit_normalisation(volume)(volume.values)
    return reference.train(network, amplitudes, labels, batch, device)


def operations(config: TrainConfig, section: tuple[int, int] = SECTION) -> float:
    """Operations for one section of a step of ours, forward and backward."""
    network = build_network(config, F3.n_classes)
    images = torch.randn(4, 1, *(round_up(size) for size in reversed(section)))
    with FlopCounterMode(display=False) as counter:
        outputs = network(images, _labelled_of_four(config))
        torch.stack([values.square().mean() for values in outputs.values()]).sum().backward()
    return float(counter.get_total_flops()) / len(images)


def _labelled_of_four(config: TrainConfig) -> int:
    """Labelled sections among four, as the sampler shares out a batch."""
    labelled = max(2, round(config.batch_size * config.labelled_share))
    return max(1, round(4 * labelled / config.batch_size))


def their_operations(constrained: bool, section: tuple[int, int] = SECTION) -> float:
    """Operations for one section of a step of the reference, forward and backward."""
    network = reference.ReferenceNetwork(F3.n_classes, constrained, THEIRS)
    images = torch.randn(2, 1, *(round_up(size) for size in reversed(section)))
    with FlopCounterMode(display=False) as counter:
        scores, reconstruction = network(images)
        loss = scores.square().mean()
        (loss + reconstruction.square().mean() if reconstruction is not None else loss).backward()
    return float(counter.get_total_flops()) / len(images)


def target_of(device: torch.device, channels: int) -> Target | None:
    """What is aimed at on a CPU; a card has its own part."""
    if device.type != "cpu":
        return None
    return times_at_least(1.3 if channels == THEIRS else 2.3)


def part(settings: Settings) -> Found:
    """Both models, several batches, at our number of channels and at the reference's."""
    device = settings.device
    section = TINY if settings.tiny else SECTION
    batches, arms = [2, 4, 16], [True, False]
    if device.type == "cuda":
        batches = [2, 16, 50]
    if settings.quick:
        batches, arms = [4] if device.type == "cpu" else [50], [True]
    if settings.tiny:
        batches, arms = [2], [True, False]
    peak = peak_operations(device)
    rows = [Row("training, batch 1", None, why="not run: two at least", note=WITHOUT_ONE)]
    volume, labels = tiled_survey(max(24, max(batches)), section)
    for constrained in arms:
        for batch in batches:
            rounds = 1 if settings.tiny else 3 if settings.quick or batch > 8 else 7
            rows += compare(device, volume, labels, constrained, batch, rounds, peak)
    precision = "bfloat16" if computes_bfloat16(device) else "float32"
    rows.append(Row(f"large matrix product, {precision}", peak / 1e9, "GFLOP/s"))
    return Found(rows, {"batches": batches, "section": section})


def compare(
    device: torch.device,
    volume: xr.DataArray,
    labels: np.ndarray,
    constrained: bool,
    batch: int,
    rounds: int,
    peak: float,
) -> list[Row]:
    """Sections a second and the share of the peak: ours twice, the reference once."""
    section = (volume.shape[1], volume.shape[2])
    steps = 10 if device.type == "cuda" else 1
    targets = two_lines(volume, labels)
    configs = {n: whole_sections(device, constrained, n, batch) for n in (OURS, THEIRS)}
    rates = in_turn(
        {
            **{
                str(channels): _groups(our_steps(volume, targets, config, tell_every=steps), steps)
                for channels, config in configs.items()
            },
            "reference": their_steps(volume, labels, constrained, batch, device),
        },
        rounds,
        device,
        steps,
    )
    name = f"{'constrained' if constrained else 'unconstrained'}, batch {batch}"
    rows = []
    theirs = rates["reference"]
    their_work = theirs * their_operations(constrained, section)
    for channels, config in configs.items():
        ours = rates[str(channels)]
        what = f"{name}, {channels} channels"
        work = ours * operations(config, section)
        target = target_of(device, channels)
        rows += [
            Row(f"training, {what}", ours, "sections/s", theirs, target, note=NOTE),
            Row(f"operations, {what}", work / 1e9, "GFLOP/s", their_work / 1e9, note=OPERATIONS),
            Row(f"of the peak, {what}", 100 * work / peak, "%", 100 * their_work / peak, note=PEAK),
        ]
    return rows


def _groups(stream: Iterator[int], size: int) -> Iterator[int]:
    """One item in place of an event for ``size`` steps, then zeros for the others."""
    for sections in stream:
        yield sections
        yield from [0] * (size - 1)


NOTE = (
    "whole sections of 701 x 255; reference: DeepLabV3+ with 256 channels in each decoder, which "
    "scores all sections of a batch, ours the labelled half; ours at 256 channels in the "
    "reference's network, at 48 in that of preset fast, without the last stage of ResNet-18"
)
OPERATIONS = "of the convolutions and matrix products, forward and backward"
PEAK = "of a large matrix product in the precision that ours trains in (the reference: float32)"
