"""Sections of a survey in groups, the next group read while the present one is predicted."""

import itertools
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor

from napari_s6.learn.data.normalise import Normalisation
from napari_s6.learn.data.sections import LiveSection, reflected, round_up
from napari_s6.survey.volume import read_section

PIXELS_AT_ONCE = {"cpu": 1 << 19, "cuda": 1 << 22, "mps": 1 << 21}
SECTIONS_AT_ONCE = {"cpu": 2, "cuda": 64, "mps": 16}
"""How much is run through the network together, by device: on a CPU little, for it is no faster
together and the first results show sooner."""

BYTES_A_PIXEL = 1 << 10
"""What a pixel may take on a CUDA device while it is predicted."""


@dataclass(frozen=True)
class Group:
    """Neighbouring sections with one shape, as they were read: float32 amplitudes.

    ``raw`` is (sections, traces, samples), the traces those of the longest section.
    """

    sections: Sequence[LiveSection]
    raw: Tensor

    @property
    def live(self) -> Tensor:
        """Which traces are live, boolean (sections, traces); False beyond a section's end."""
        live = torch.zeros(self.raw.shape[:2], dtype=torch.bool)
        for row, section in zip(live, self.sections, strict=True):
            row[: section.traces] = section.live
        return live

    def halves(self) -> tuple[Self, Self]:
        """The same in two parts."""
        middle = len(self.sections) // 2
        parts = slice(None, middle), slice(middle, None)
        first, second = (type(self)(self.sections[part], self.raw[part]) for part in parts)
        return first, second


class Batching:
    """How many sections are predicted together; fewer once the device's memory was short."""

    def __init__(self, device: torch.device) -> None:
        self._pixels = PIXELS_AT_ONCE.get(device.type, PIXELS_AT_ONCE["cpu"])
        if device.type == "cuda":
            free = torch.cuda.mem_get_info(device)[0]
            self._pixels = min(self._pixels, free // BYTES_A_PIXEL)
        self._most = SECTIONS_AT_ONCE.get(device.type, SECTIONS_AT_ONCE["cpu"])

    def at_most(self, sections: int) -> None:
        """From now on no more than so many."""
        self._most = max(1, min(self._most, sections))

    def groups(self, sections: Sequence[LiveSection]) -> Iterator[list[LiveSection]]:
        """Neighbours in order that have one size for the network."""
        for traces, alike in itertools.groupby(sections, key=lambda one: round_up(one.traces)):
            members = list(alike)
            pixels = traces * round_up(members[0].survey.n_samples)
            while members:
                size = min(self._most, max(1, self._pixels // pixels))
                yield members[:size]
                members = members[size:]


def prefetch(
    groups: Iterator[list[LiveSection]], device: torch.device, ahead: int = 1
) -> Generator[Group, None, None]:
    """Read groups in a thread, one more than is asked for.

    What goes wrong there is raised here; the thread ends with the iterator, at its end or when it
    is closed.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="napari-s6-read") as thread:
        coming = [
            thread.submit(read_group, group, device) for group in itertools.islice(groups, ahead)
        ]
        try:
            while coming:
                ready = coming.pop(0).result()
                coming += [
                    thread.submit(read_group, group, device)
                    for group in itertools.islice(groups, 1)
                ]
                yield ready
                del ready
        finally:
            for future in coming:
                future.cancel()


def read_group(sections: Sequence[LiveSection], device: torch.device) -> Group:
    """Read sections, for a CUDA device into memory that it fetches from by itself."""
    store = sections[0].survey
    shape = (len(sections), max(section.traces for section in sections), store.n_samples)
    raw = torch.zeros(shape, dtype=torch.float32, pin_memory=device.type == "cuda")
    values = raw.numpy()
    for k, section in enumerate(sections):
        line = read_section(store.volume, section.orientation, section.index)
        # Amplitudes beyond float32 become infinite, and zero with what else is not finite.
        with np.errstate(over="ignore"):
            values[k, : section.traces] = line[section.first : section.stop]
    return Group(sections, raw)


def to_device(values: Tensor, device: torch.device) -> Tensor:
    """Copy to a device; to a CUDA device without waiting for what it is doing."""
    if device.type != "cuda":
        return values.to(device)
    ready = values if values.is_pinned() else values.pin_memory()
    return ready.to(device, non_blocking=True)


def normalised(raw: Tensor, normalisation: Normalisation) -> Tensor:
    """Amplitudes as `SectionStore` gives them, but computed where they are: float16."""
    values = torch.nan_to_num(raw, nan=0.0, posinf=0.0, neginf=0.0)
    if normalisation.clip is not None:
        values = values.clamp_(-normalisation.clip, normalisation.clip)
    # Divided by a tensor: by a number, a GPU would multiply with a rounded reciprocal.
    scale = torch.full((), normalisation.scale, device=raw.device)
    return values.div_(scale).clamp_(-6e4, 6e4).half()


def padded(amplitudes: Tensor, sections: Sequence[LiveSection]) -> Tensor:
    """Amplitudes (sections, traces, samples) reflected to multiples of the network's stride."""
    device, samples = amplitudes.device, amplitudes.shape[2]
    width = round_up(amplitudes.shape[1])
    across = np.stack([reflected(0, width, section.traces) for section in sections])
    down = to_device(torch.from_numpy(reflected(0, round_up(samples), samples)), device)
    each = torch.arange(len(sections), device=device)[:, None, None]
    return amplitudes[each, to_device(torch.from_numpy(across), device)[:, :, None], down]
