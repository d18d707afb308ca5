"""One orientation of a volume: groups of sections read, computed and brought back, overlapping."""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from napari_s6.facies.codes import UNLABELLED
from napari_s6.learn.control import Token
from napari_s6.learn.data.sections import LiveSection
from napari_s6.learn.inference.crossing import FirstPass, quantised
from napari_s6.learn.inference.prefetch import Batching, Group, normalised, prefetch, to_device
from napari_s6.learn.inference.reader import SectionReader

IN_FLIGHT = {"cuda": 1}
"""Groups that a device computes while the results of the one before are written."""


@dataclass(frozen=True)
class PredictedSection:
    """A section's codes uint8 and confidence float32 on all traces of its line."""

    section: LiveSection
    codes: np.ndarray
    confidence: np.ndarray
    alone: np.ndarray | None = None


class VolumePass:
    """The sections of one orientation through a model.

    Probabilities stay on the device. What comes back are codes and confidence, and, where there
    is no room for them on the device, the probabilities in 1/255 that the next pass needs.

    Parameters
    ----------
    mine
        Where this pass keeps its probabilities, if another one follows.
    earlier
        Those of the pass before, to average with.
    each_alone
        Whether codes are also wanted as they are without ``earlier``.
    """

    def __init__(
        self,
        reader: SectionReader,
        mine: FirstPass | None,
        earlier: FirstPass | None,
        each_alone: bool,
    ) -> None:
        self._reader, self._mine, self._earlier = reader, mine, earlier
        self._each_alone = each_alone
        self._device = reader.model.device
        self._batching = Batching(self._device)

    def predict(self, sections: Sequence[LiveSection], token: Token) -> Iterator[PredictedSection]:
        """Predict sections in their order; ends within a group once the token is cancelled."""
        waiting: deque[FetchedGroup] = deque()
        with closing(prefetch(self._batching.groups(sections), self._device)) as groups:
            for group in groups:
                token.wait_while_paused()
                if token.cancelled:
                    return
                for fetched in self._compute(group):
                    waiting.append(fetched)
                    if len(waiting) > IN_FLIGHT.get(self._device.type, 0):
                        yield from self._finish(waiting.popleft())
            while waiting:
                yield from self._finish(waiting.popleft())

    def _compute(self, group: Group) -> Iterator["FetchedGroup"]:
        """Compute a group; in halves, and from then on in smaller groups, if memory is short."""
        launched = None
        try:
            launched = self.launch(group)
        except torch.OutOfMemoryError:
            if len(group.sections) == 1:
                raise
        if launched is not None:
            yield launched
            return
        if self._device.type == "cuda":
            torch.cuda.empty_cache()
        self._batching.at_most(len(group.sections) // 2)
        for half in group.halves():
            yield from self._compute(half)

    @torch.inference_mode()
    def launch(self, group: Group) -> "FetchedGroup":
        """Have a group computed; on a CUDA device this returns before it is."""
        reader = self._reader
        raw = to_device(group.raw, self._device)
        amplitudes = normalised(raw, reader.model.record.normalisation)
        probabilities = reader.run(group.sections, amplitudes)["probabilities"]
        kept = {} if self._mine is None else {"kept": quantised(probabilities)}
        if self._mine is not None and self._mine.near:
            for section, one in zip(group.sections, kept.pop("kept"), strict=True):
                self._mine.remember(section, one)
        results: dict[str, Tensor] = {}
        if self._each_alone or self._earlier is None:
            results["codes"], results["confidence"] = reader.choose(
                group, probabilities, amplitudes
            )
        if self._each_alone:
            results["alone"] = results["codes"]
        if self._earlier is not None:
            self._earlier.average(group.sections, probabilities)
            results["codes"], results["confidence"] = reader.choose(
                group, probabilities, amplitudes
            )
        return FetchedGroup(group.sections, results | kept)

    def _finish(self, fetched: "FetchedGroup") -> Iterator[PredictedSection]:
        """Hand out a group's results, once they are there."""
        results = fetched.wait()
        lines = {"codes": UNLABELLED, "confidence": 0.0, "alone": UNLABELLED}
        for k, section in enumerate(fetched.sections):
            if "kept" in results and self._mine is not None:
                self._mine.remember(section, results["kept"][k])
            yield PredictedSection(
                section,
                **{
                    name: self._reader.on_grid(
                        section, results[name][k, : section.traces].numpy(), fill
                    )
                    for name, fill in lines.items()
                    if name in results
                },
            )


class FetchedGroup:
    """Results of a group on their way to the host."""

    def __init__(self, sections: Sequence[LiveSection], results: dict[str, Tensor]) -> None:
        self.sections = sections
        self._results = results
        self._arrived: torch.cuda.Event | None = None
        device = results["codes"].device
        if device.type == "cuda":
            self._results = {name: _to_host(values) for name, values in results.items()}
            self._arrived = torch.cuda.Event()
            self._arrived.record(torch.cuda.current_stream(device))

    def wait(self) -> dict[str, Tensor]:
        """The results in memory."""
        if self._arrived is not None:
            self._arrived.synchronize()
        return {name: values.cpu() for name, values in self._results.items()}


def _to_host(values: Tensor) -> Tensor:
    """Copy to the host without waiting for it."""
    host = torch.empty(values.shape, dtype=values.dtype, pin_memory=True)
    return host.copy_(values, non_blocking=True)
