"""One optimiser step: draw a batch, go through it in parts that fit the device, descend."""

import gc
from dataclasses import dataclass

import torch
from torch import Tensor

from napari_s6.learn.control import Token
from napari_s6.learn.data.batches import Batch, BatchSampler, SectionCrop, assemble
from napari_s6.learn.data.resident import Resident
from napari_s6.learn.device import fast_kernels
from napari_s6.learn.training.distributed import DistributedProcess
from napari_s6.learn.training.ensemble import Ensemble


@dataclass
class Losses:
    """Sums over the steps since the last event; they stay on the device until asked for."""

    steps: int = 0
    entropy: Tensor | float = 0.0
    error: Tensor | float = 0.0

    def add(self, entropy: Tensor, error: Tensor) -> None:
        self.steps += 1
        self.entropy = self.entropy + entropy
        self.error = self.error + error


class Stepper:
    """Takes steps, and finds a way round what stands in the way of one.

    Where memory runs out, the batch is taken in twice as many parts, and at last the survey no
    longer held on the device; where the network cannot be compiled, it runs as it is. ``parts``
    says how many micro-batches make a batch at present.
    """

    def __init__(
        self,
        sampler: BatchSampler,
        resident: Resident | None,
        ensemble: Ensemble,
        process: DistributedProcess,
        device: torch.device,
    ) -> None:
        self.sampler, self.ensemble, self.process, self.device = sampler, ensemble, process, device
        self.resident = resident
        self.parts = 1
        self._notes: list[str] = []

    def notes(self) -> list[str]:
        """What is to be told since this was last asked."""
        told, self._notes = self._notes, []
        return told

    def take(self, token: Token, rate: float, progress: float) -> tuple[Tensor, Tensor] | None:
        """Take one step; its cross entropy and reconstruction error stay on the device.

        ``rate`` is the learning rate, ``progress`` the share of the network's training that is
        done. None if the token was cancelled: nothing has been learnt, and the next step draws
        what this one had drawn.
        """
        drawn = self.sampler.state()
        labelled, others = (self.process.share(crops) for crops in self.sampler.draw())
        for group in self.ensemble.optimiser.param_groups:
            group["lr"] = rate
        self.ensemble.network.train()
        while True:
            try:
                with fast_kernels(self.device):
                    taken = self._descend(labelled, others, token, progress)
                if taken is None:
                    self.sampler.restore(drawn)
                return taken
            except torch.OutOfMemoryError:
                if not self._make_room(len(labelled)):
                    raise
            except Exception as error:
                # Compilers fail in many ways. An error of the network's own comes again without.
                if not self.ensemble.objective.forward.compiled:
                    raise
                self._stop_compiling(_first_line(error))
            # Out of the handlers: the exception's frames no longer hold the tensors.
            self.ensemble.optimiser.zero_grad(set_to_none=True)
            gc.collect()
            if self.device.type == "cuda":
                torch.cuda.empty_cache()

    def _make_room(self, labelled: int) -> bool:
        """Change what a step needs of the device's memory; False where nothing is left to do."""
        if 2 * self.parts <= labelled // 2:
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

    def _batch(self, crops: list[SectionCrop]) -> Batch:
        # Warps are off unless asked for; they are made one crop at a time.
        if self.resident is None or any(crop.warp is not None for crop in crops):
            return assemble(crops, self.device)
        return self.resident.batch(crops)

    def _descend(
        self, labelled: list[SectionCrop], others: list[SectionCrop], token: Token, progress: float
    ) -> tuple[Tensor, Tensor] | None:
        ensemble, parts = self.ensemble, self.parts
        entropies, errors = [], []
        for part in range(parts):
            token.wait_while_paused()
            if token.cancelled and self.process.size == 1:
                ensemble.optimiser.zero_grad(set_to_none=True)
                return None
            mine = labelled[part::parts]
            batch = self._batch([*mine, *others[part::parts]])
            terms = ensemble.objective(batch, len(mine), progress)
            (terms.loss / parts).backward()
            entropies.append(terms.entropy)
            errors.append(terms.error)
        self.process.average_gradients(ensemble.network)
        ensemble.optimiser.step()
        ensemble.optimiser.zero_grad(set_to_none=True)
        return torch.stack(entropies).mean(), torch.stack(errors).mean()


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
