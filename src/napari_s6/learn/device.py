"""Which device and which precision a job runs on."""

import contextlib
import gc
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager

import torch

from napari_s6.errors import InputError


def choose_device(name: str = "auto", process: int | None = None) -> torch.device:
    """Return the device called ``name``; ``"auto"`` takes CUDA, then MPS, then the CPU.

    ``process`` counts the processes that train together on this machine: each takes the CUDA
    device of its number.

    Raises
    ------
    InputError
        If the device is not there.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return choose_device(f"cuda:{process or 0}")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise InputError(
            f"device '{name}' is unknown: use auto, cpu, cuda, cuda:1 or mps"
        ) from error
    there = {
        "cpu": True,
        "cuda": torch.cuda.is_available() and (device.index or 0) < torch.cuda.device_count(),
        "mps": torch.backends.mps.is_available(),
    }
    if not there.get(device.type, False):
        raise InputError(f"device '{name}' is not on this machine: use --device auto or cpu")
    return device


def available_devices() -> list[str]:
    """Names of the devices of this machine, the best one first."""
    cuda = [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    mps = ["mps"] if torch.backends.mps.is_available() else []
    return [*cuda, *mps, "cpu"]


def describe_device(device: torch.device) -> str:
    """A device's name as a person knows it."""
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    return f"cpu ({torch.get_num_threads()} threads)" if device.type == "cpu" else str(device)


def computes_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 is faster than float32 there.

    Without the CPU's own bfloat16 instructions it is emulated, many times slower.
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu":
        checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        return any(getattr(torch.cpu, check, lambda: False)() for check in checks)
    return False


def precision_context(device: torch.device, precision: str) -> AbstractContextManager[object]:
    """Autocast to bfloat16 if asked for, or if ``"auto"`` and the device computes it natively."""
    if precision == "bfloat16" or (precision == "auto" and computes_bfloat16(device)):
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return contextlib.nullcontext()


def memory_format(device: torch.device) -> torch.memory_format:
    """How weights and inputs of convolutions lie in memory.

    Channels last is what a CUDA device's matrix units read, and on a CPU a training step takes a
    sixth less time.
    """
    return torch.channels_last if device.type in ("cuda", "cpu") else torch.contiguous_format


@contextlib.contextmanager
def fast_kernels(device: torch.device) -> Iterator[None]:
    """On CUDA: TensorFloat-32 in matrix products, and for each shape the convolution that is
    fastest when tried. The settings are the process's: they are put back when the block ends.
    """
    if device.type != "cuda":
        yield
        return
    products, convolutions = torch.backends.cuda.matmul, torch.backends.cudnn
    before = products.allow_tf32, convolutions.allow_tf32, convolutions.benchmark
    products.allow_tf32 = convolutions.allow_tf32 = convolutions.benchmark = True
    try:
        yield
    finally:
        products.allow_tf32, convolutions.allow_tf32, convolutions.benchmark = before


class Backlog:
    """Keeps a CUDA device from being handed more than a few steps beyond those it has done.

    A device takes orders far ahead of carrying them out, whole graphs above all: without this a
    stop would wait for all of them.
    """

    def __init__(self, device: torch.device, most: int = 2) -> None:
        self._device, self._most = device, most
        self._steps: deque[torch.cuda.Event] = deque()

    def handed_over(self) -> None:
        """Call after each step: waits until no more than ``most`` before it are to be done."""
        if self._device.type != "cuda":
            return
        step = torch.cuda.Event()
        step.record(torch.cuda.current_stream(self._device))
        self._steps.append(step)
        if len(self._steps) > self._most:
            self._steps.popleft().synchronize()


@contextlib.contextmanager
def memory_returned(device: torch.device) -> Iterator[None]:
    """Give cached device memory back to others when the block ends."""
    try:
        yield
    finally:
        if device.type == "cuda":
            # Only here: a full collection holds the interpreter for a third of a second.
            gc.collect()
            torch.cuda.empty_cache()
