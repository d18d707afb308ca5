"""Several processes that train one network together, as ``torchrun`` starts them.

Each process takes its share of every batch; gradients are averaged before each optimiser step,
so that all hold the same weights. The first process decides when the run pauses, stops or ends,
validates, and writes the model.

Not by `torch.nn.parallel.DistributedDataParallel`, which takes as long (112 to 128 ms a step of two
CPU processes, here 123 to 134) but does not survive a backward pass that runs out of memory: it
expects the rest of that pass ("Expected to have finished reduction in the prior iteration"), where
here the step is repeated in smaller parts while the other processes wait.
"""

import contextlib
import os
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

from napari_s6.errors import InputError

_T = TypeVar("_T")

TIMEOUT = timedelta(hours=12)
"""How long the others wait for the first process, which may be paused or validating."""


class DistributedProcess:
    """Stand for this process among those that train together; alone, it does nothing.

    ``rank`` counts from 0, of ``size`` processes.
    """

    def __init__(self, rank: int = 0, size: int = 1, messages: Any = None):
        self.rank, self.size = rank, size
        self._messages = messages

    @property
    def leads(self) -> bool:
        """Whether this is the first process, or the only one."""
        return self.rank == 0

    def share(self, of: Sequence[_T]) -> list[_T]:
        """Return this process's part of a batch."""
        return list(of[self.rank :: self.size])

    def check_batch(self, labelled: int) -> None:
        """See that each process gets the two labelled sections that batch normalisation needs.

        Raises
        ------
        InputError
            If the batch is too small.
        """
        if labelled < 2 * self.size:
            raise InputError(
                f"batch_size: {labelled} labelled sections a step are too few for {self.size} "
                "processes, each needs two; raise batch_size or start fewer"
            )

    def agree(self, numbers: Sequence[float]) -> list[float]:
        """Return what the first process says."""
        if self.size == 1:
            return list(numbers)
        told = torch.tensor(numbers, dtype=torch.float64)
        dist.broadcast(told, src=0, group=self._messages)
        return [float(number) for number in told.tolist()]

    def average_gradients(self, network: nn.Module) -> None:
        """Replace every gradient by its mean over the processes."""
        if self.size == 1:
            return
        gradients = [p.grad for p in network.parameters() if p.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        dist.all_reduce(flat)
        flat /= self.size
        parts: Sequence[Tensor] = flat.split([gradient.numel() for gradient in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))

    def broadcast_weights(self, network: nn.Module) -> None:
        """Give every process the first one's weights."""
        if self.size > 1:
            for value in network.state_dict().values():
                dist.broadcast(value, src=0)


def local_rank() -> int | None:
    """Return which of this machine's processes this one is; None if it trains alone."""
    return int(os.environ.get("LOCAL_RANK", 0)) if _size() > 1 else None


def leads() -> bool:
    """Whether this process speaks for all."""
    return _size() == 1 or os.environ.get("RANK", "0") == "0"


def _size() -> int:
    return int(os.environ.get("WORLD_SIZE", "1"))


@contextlib.contextmanager
def joined(device: torch.device) -> Iterator[DistributedProcess]:
    """Join the processes that ``torchrun`` started together with this one, until the block ends.

    Gradients travel over NCCL between CUDA devices and over Gloo elsewhere.
    """
    if _size() == 1:
        yield DistributedProcess()
        return
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=TIMEOUT)
    try:
        messages = dist.new_group(backend="gloo", timeout=TIMEOUT)
        yield DistributedProcess(dist.get_rank(), dist.get_world_size(), messages)
    finally:
        dist.destroy_process_group()
