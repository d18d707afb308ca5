"""What a part of the benchmarks is told, what it gives, and why it may not be measured here."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.table import Row

if TYPE_CHECKING:  # the window imports this, and measures what importing torch does to it
    import torch


@dataclass(frozen=True)
class Settings:
    """What all parts are told. ``tiny`` is for tests: the smallest sizes that run."""

    device: "torch.device"
    quick: bool = False
    tiny: bool = False


@dataclass(frozen=True)
class Found:
    """What a part measured: its rows, and whatever else is worth keeping in the file."""

    rows: list[Row]
    details: dict[str, Any] = field(default_factory=dict)


class NotHereError(Exception):
    """A part cannot be measured here; the message says why."""


def need_screen() -> None:
    """Raise where no window can be opened."""
    from napari_s6.cli.demo_job import has_screen

    if not has_screen():
        raise NotHereError("no screen (run under xvfb-run -a)")


def need_linux() -> None:
    """Raise where memory is not told as Linux tells it."""
    if not Path("/proc/self/status").exists():
        raise NotHereError("memory is counted as Linux does")


def need_cuda(settings: Settings) -> None:
    """Raise where no CUDA device computes; the tests try it at a tiny size on the CPU."""
    if settings.device.type != "cuda" and not settings.tiny:
        import torch

        raise NotHereError(
            "no CUDA device" if not torch.cuda.is_available() else f"--device {settings.device}"
        )
