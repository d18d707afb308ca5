"""The option ``--device``: what trains or predicts."""

import argparse
import re

from napari_s6.cli.names import Names, offer_names
from napari_s6.errors import InputError

_DEVICE = re.compile(r"auto|cpu|cuda(:\d+)?|mps")


def add_device(
    command: argparse.ArgumentParser, *, default: str | None = "auto", text: str = ""
) -> argparse.Action:
    """Add the option, and return it; ``text`` says what counts where the default is None."""
    action = command.add_argument(
        "--device", default=default, metavar="NAME", help=f"auto, cpu, cuda, cuda:1, mps{text}"
    )
    offer_names(action, Names(lambda: ["auto", "cpu", "cuda", "mps"]))
    return action


def check_device(name: str | None) -> None:
    """Refuse a name that is no device's at once: whether it is there, torch tells seconds later.

    Raises
    ------
    InputError
        If it is none.
    """
    if name is not None and not _DEVICE.fullmatch(name):
        raise InputError(f"--device {name}: use auto, cpu, cuda, cuda:1 or mps")
