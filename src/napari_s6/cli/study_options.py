"""Options that the commands of ``napari-s6 study`` share."""

import argparse

from napari_s6.cli.device_option import add_device
from napari_s6.cli.facies_options import add_classes, add_convention, add_scheme
from napari_s6.cli.input_options import add_crop, add_header_bytes
from napari_s6.cli.training_options import add_preset, add_set


def add_labelling(command: argparse.ArgumentParser) -> None:
    """Add what says how a survey and its labels are read."""
    add_classes(command)
    add_scheme(command)
    add_convention(command)
    add_crop(command)
    add_header_bytes(command)


def add_study(command: argparse.ArgumentParser, preset: str) -> None:
    """Add what is asked for both kinds of study."""
    command.add_argument("-o", "--out", required=True, metavar="OUT", help="folder of the study")
    command.add_argument(
        "--arms", default="unconstrained,constrained", metavar="A,B", help="what is compared"
    )
    command.add_argument(
        "--repeats", type=int, default=5, metavar="N", help="runs of each, with seeds of their own"
    )
    add_training(command, preset)
    command.add_argument(
        "--transductive",
        action="store_true",
        help="let what is tested on feed the reconstruction (the report says so)",
    )
    command.add_argument(
        "--jobs", type=int, default=1, metavar="N", help="runs at a time, in processes of their own"
    )
    command.add_argument(
        "--scheduler", metavar="ADDRESS", help="make the runs on the workers of a Dask scheduler"
    )
    command.add_argument(
        "--threads",
        type=int,
        metavar="N",
        help="threads of a run on a CPU, whatever --jobs (all cores, at most 4)",
    )


def add_training(command: argparse.ArgumentParser, preset: str, steps: int | None = None) -> None:
    """Add the settings of the runs."""
    add_preset(command, default=preset)
    command.add_argument(
        "--steps", type=int, default=steps, metavar="N", help="optimiser steps at most"
    )
    add_set(command)
    command.add_argument("--seed", type=int, default=0, metavar="N", help="of the first repeat")
    add_device(command)
