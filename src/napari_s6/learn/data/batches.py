"""What the network sees in a step: labelled and unlabelled sections, or crops of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from napari_s6.errors import InputError
from napari_s6.facies.codes import UNLABELLED
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.data.augmentation import Warp, relabel, resample
from napari_s6.learn.data.sections import (
    LiveSection,
    Window,
    covered,
    cut,
    round_up,
    whole,
)

_T = TypeVar("_T")

OVERHANG = 8
"""A crop reaches at most an eighth of its size beyond a section, so that edges are learnt too."""


class LabelledSection:
    """Hold a painted section with the labels of its live extent.

    ``labels`` is uint8 (traces, samples) with 255 where it is unlabelled.
    """

    def __init__(self, section: LiveSection, labels: np.ndarray) -> None:
        self.section = section
        self.labels = torch.from_numpy(np.ascontiguousarray(labels[section.first : section.stop]))
        painted = (self.labels != UNLABELLED).numpy()
        self.painted_traces = np.flatnonzero(painted.any(axis=1))
        if not len(self.painted_traces):
            raise ValueError("a labelled section without labels")
        self._bounds = [
            (int(column.argmax()), int(len(column) - column[::-1].argmax()))
            for column in painted[self.painted_traces]
        ]

    def painted_samples(self, which: int) -> tuple[int, int]:
        """First and last + 1 painted sample of the painted trace number ``which``."""
        return self._bounds[which]


@dataclass(frozen=True)
class SectionCrop:
    """Say where an element of a batch is cut, and how it is augmented."""

    window: Window
    labels: Tensor | None
    flip: bool
    gain: float
    warp: Warp | None = None


@dataclass(frozen=True)
class Batch:
    """Hold the tensors of one micro-batch, the labelled elements first.

    ``amplitude`` float32 (batch, 1, samples, traces); ``labels`` uint8 (batch, samples, traces)
    with 255 where nothing counts; ``valid``, the mask of live samples, boolean as ``amplitude``.
    """

    amplitude: Tensor
    labels: Tensor
    valid: Tensor

    def to(self, device: torch.device) -> "Batch":
        """Copy the batch to another device."""
        return Batch(
            self.amplitude.to(device, non_blocking=True),
            self.labels.to(device, non_blocking=True),
            self.valid.to(device, non_blocking=True),
        )


class BatchSampler:
    """Draws batches reproducibly; both arms of a comparison see the same labelled ones.

    Labelled sections and the unlabelled ones (every training section feeds the reconstruction)
    come from two independent random streams, so that leaving the second out changes nothing in
    the first. Whole sections are drawn from one orientation per batch, for their shapes differ.
    """

    def __init__(
        self,
        labelled: Sequence[LabelledSection],
        unlabelled: Sequence[LiveSection],
        config: TrainConfig,
    ) -> None:
        if not labelled:
            raise InputError("labels: no labelled section is left to train on; paint more sections")
        self.labelled = list(labelled)
        self.unlabelled = list(unlabelled)
        self.config = config
        # Batch normalisation after global pooling needs at least two samples.
        self.n_labelled = max(2, round(config.batch_size * config.labelled_share))
        others = max(0, config.batch_size - self.n_labelled)
        self.n_unlabelled = others if config.uses_unlabelled else 0
        # Elements of a batch share one shape: that of the longest section, or less.
        self._longest: dict[str, int] = {}
        self._deepest = 0
        for section in (*(one.section for one in self.labelled), *self.unlabelled):
            full = whole(section)
            known = self._longest.get(section.orientation, 0)
            self._longest[section.orientation] = max(known, full.traces)
            self._deepest = max(self._deepest, full.samples)
        self._streams = [np.random.default_rng([config.seed, stream]) for stream in (1, 2)]

    def state(self) -> list[dict[str, Any]]:
        """The random state, as plain values."""
        return [dict(stream.bit_generator.state) for stream in self._streams]

    def restore(self, state: list[dict[str, Any]]) -> None:
        """Go on from a saved random state."""
        for stream, saved in zip(self._streams, state, strict=True):
            stream.bit_generator.state = saved

    def draw(self) -> tuple[list[SectionCrop], list[SectionCrop]]:
        """Decide the labelled and the unlabelled elements of one step; nothing is read yet."""
        first, second = self._streams
        labelled, unlabelled = self.labelled, self.unlabelled
        if self.config.crop_traces is None:
            orientation = labelled[first.integers(len(labelled))].section.orientation
            labelled = [one for one in labelled if one.section.orientation == orientation]
            unlabelled = [one for one in unlabelled if one.orientation == orientation]
        crops = [
            self._labelled_crop(first, one) for one in _draws(first, labelled, self.n_labelled)
        ]
        others = [
            self._crop(second, one, self._anywhere(second, one))
            for one in _draws(second, unlabelled, self.n_unlabelled)
        ]
        return crops, others

    def _size(self, section: LiveSection) -> tuple[int, int]:
        """Traces and samples of a crop: one shape for all crops, or for all of an orientation."""
        traces, samples = self.config.crop_traces, self.config.crop_samples
        if traces is None:
            width = self._longest[section.orientation]
        else:
            width = min(round_up(traces), max(self._longest.values()))
        return width, self._deepest if samples is None else min(round_up(samples), self._deepest)

    def _labelled_crop(self, stream: np.random.Generator, one: LabelledSection) -> SectionCrop:
        traces, samples = self._size(one.section)
        which = int(stream.integers(len(one.painted_traces)))
        first, stop = one.painted_samples(which)
        sample = int(stream.integers(first, stop))
        painted = int(one.painted_traces[which])
        start = _start(stream, painted, traces, one.section.traces)
        top = _start(stream, sample, samples, one.section.survey.n_samples)
        if self.config.crop_traces is None:
            start = 0
        if self.config.crop_samples is None:
            top = 0
        return self._crop(stream, one.section, (start, top), one.labels)

    def _anywhere(self, stream: np.random.Generator, one: LiveSection) -> tuple[int, int]:
        traces, samples = self._size(one)
        n_samples = one.survey.n_samples
        start = _start(stream, int(stream.integers(one.traces)), traces, one.traces)
        top = _start(stream, int(stream.integers(n_samples)), samples, n_samples)
        return (
            0 if self.config.crop_traces is None else start,
            0 if self.config.crop_samples is None else top,
        )

    def _crop(
        self,
        stream: np.random.Generator,
        section: LiveSection,
        corner: tuple[int, int],
        labels: Tensor | None = None,
    ) -> SectionCrop:
        flip = bool(stream.random() < 0.5)
        gain = stream.uniform(-1, 1, 2)[0]  # two are drawn: so the streams of earlier runs went
        return SectionCrop(
            Window(section, *corner, *self._size(section)),
            labels,
            flip and self.config.horizontal_flip,
            float(np.exp(gain * self.config.amplitude_jitter)),
            Warp.drawn(stream, self.config.warp) if self.config.warp else None,
        )


def _draws(stream: np.random.Generator, of: Sequence[_T], count: int) -> list[_T]:
    """Draw evenly: everything once before anything twice."""
    if not of:
        return []
    order: list[int] = []
    while len(order) < count:
        order.extend(stream.permutation(len(of)).tolist())
    return [of[index] for index in order[:count]]


def _start(stream: np.random.Generator, inside: int, size: int, length: int) -> int:
    """Where a crop of ``size`` that contains ``inside`` begins on an axis of ``length``."""
    if size >= length:
        return int(stream.integers(length - size, 1))
    margin = size // OVERHANG
    low = max(inside - size + 1, -margin)
    high = min(inside, length - size + margin)
    return int(stream.integers(low, high + 1))


def assemble(crops: Sequence[SectionCrop], device: torch.device) -> Batch:
    """Cut the windows and stack them, the labelled ones first."""
    amplitude, labels, valid = [], [], []
    for crop in crops:
        window = crop.window
        image = cut(window.section.amplitudes(), window).float() * crop.gain
        down, across = covered(window)
        here = down[:, None] & across[None, :]
        sources = None
        if crop.warp is not None:
            sources = crop.warp.sources(window.samples, window.traces)
            image = resample(image, sources.to(image.device))
            here = relabel(here, sources, outside=False)
        amplitude.append(image.flip(1) if crop.flip else image)
        valid.append(here.flip(1) if crop.flip else here)
        if crop.labels is None:
            labels.append(torch.full_like(here, UNLABELLED, dtype=torch.uint8))
            continue
        target = cut(crop.labels, window).clone()
        if sources is not None:
            target = relabel(target, sources, outside=UNLABELLED)
        target[~here] = UNLABELLED
        labels.append(target.flip(1) if crop.flip else target)
    return Batch(
        torch.stack(amplitude)[:, None],
        torch.stack(labels),
        torch.stack(valid)[:, None],
    ).to(device)
