"""What stands around an optimiser step: parts that fit the device, and ways round a failure."""

import gc
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from napari_s6.learn.data.batches import Batch, BatchSampler, SectionCrop, assemble
from napari_s6.learn.data.resident import Resident
from napari_s6.learn.device import fast_kernels
from napari_s6.learn.training.ensemble import Ensemble


class LossMeans:
    """Sum losses over the steps since the last event; they stay on the device until read."""

    def __init__(self) -> None:
        self.steps = 0
        self._sums: dict[str, Tensor] = {}

    def add(self, losses: Mapping[str, Tensor]) -> None:
        """Take in a step's losses."""
        self.steps += 1
        for name, loss in losses.items():
            self._sums[name] = self._sums.get(name, 0.0) + loss

    def read(self) -> dict[str, float]:
        """Return the mean of each loss; this waits for the device."""
        return {name: float(total) / self.steps for name, total in self._sums.items()}


def mean_by_name(parts: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Return the mean of each loss over the micro-batches that have it."""
    names = {name: None for part in parts for name in part}
    return {name: torch.stack([p[name] for p in parts if name in p]).mean() for name in names}


class StepRecovery:
    """Repeats a step that failed, having changed what stood in its way.

    Where memory runs out, the batch is taken in twice as many parts, and at last the survey is no
    longer held on the device; where the network cannot be compiled, it runs as it is.

    Attributes
    ----------
    parts
        How many micro-batches make a batch at present; each has two of the ``labelled`` sections
        that a step takes, or more.
    resident
        The surveys held on the device, from which batches are gathered; None: they are streamed.
    """

    def __init__(
        self,
        resident: Resident | None,
        sampler: BatchSampler,
        ensemble: Ensemble,
        device: torch.device,
        *,
        labelled: int,
    ) -> None:
        self.resident, self.ensemble, self.device = resident, ensemble, device
        self._sampler, self._labelled = sampler, labelled
        self.parts = 1
        self._notes: list[str] = []

    def notes(self) -> list[str]:
        """Return what is to be told since this was last asked."""
        told, self._notes = self._notes, []
        return told

    def batch(self, crops: Sequence[SectionCrop]) -> Batch:
        """Cut crops, and bring them to the device."""
        # Warps are off unless asked for; they are made one crop at a time.
        if self.resident is None or any(crop.warp is not None for crop in crops):
            return assemble(crops, self.device)
        return self.resident.batch(crops)

    def attempt(self, step: Callable[[], dict[str, Tensor] | None]) -> dict[str, Tensor] | None:
        """Take a step, which draws its batch, until it succeeds or nothing is left to change.

        Returns what the step returns. A step that fails, or returns None, has drawn nothing: the
        next one draws what it had drawn.
        """
        drawn = self._sampler.state()
        while True:
            try:
                with fast_kernels(self.device):
                    taken = step()
                if taken is None:
                    self._sampler.restore(drawn)
                return taken
            except torch.OutOfMemoryError:
                if not self._make_room():
                    raise
            except Exception as error:
                # Compilers fail in many ways. An error of the network's own comes again without.
                if not self.ensemble.objective.forward.compiled:
                    raise
                self._stop_compiling(_first_line(error))
            # Out of the handlers: the exception's frames no longer hold the tensors.
            self._sampler.restore(drawn)
            self.ensemble.optimiser.zero_grad(set_to_none=True)
            gc.collect()
            if self.device.type == "cuda":
                torch.cuda.empty_cache()

    def _make_room(self) -> bool:
        """Change what a step needs of the device's memory; False where nothing is left to do."""
        if 2 * self.parts <= self._labelled // 2:
            self.parts *= 2
            if self.ensemble.compiler == "cudagraphs":
                # Replaying a graph overwrites the gradients that are being added up.
                self._stop_compiling("graphs need whole batches")
        elif self.resident is not None:
            self.resident.release()
            self.resident = None
            self._notes.append("no room to hold the survey on the device: sections are streamed")
        else:
            return False
        return True

    def _stop_compiling(self, reason: str) -> None:
        self.ensemble.compiler = "no"
        self.ensemble.objective.forward.run_plainly()
        self._notes.append(f"the network runs without being compiled: {reason}")


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
