"""The options of ``napari-s6 study``."""

import argparse
from typing import Any

from napari_s6.cli.input_options import add_crop, add_header_bytes
from napari_s6.learn.presets import TRAINING_PRESETS


def add_study(verbs: Any) -> None:
    """Add ``study`` and what it can do to the commands."""
    summary = "Measure what the reconstruction is worth: both models on the same labels."
    parser = verbs.add_parser("study", help=summary, description=summary)
    kinds = parser.add_subparsers(dest="study", required=True, metavar="STUDY")

    def study(name: str, summary: str) -> argparse.ArgumentParser:
        command: argparse.ArgumentParser = kinds.add_parser(name, help=summary, description=summary)
        command.set_defaults(verb=name.replace("-", "_"), verbs="study_runs")
        return command

    _add_table1(study("table1", "Repeat Table 1 of the S6 paper on a folder like the benchmark's."))
    _add_lines(study("lines", "Compare both models on chosen lines of a survey."))
    _add_ablation(
        study("ablation", "Find out which settings suit a survey, on its labelled lines alone.")
    )
    _add_report(study("report", "Write the tables and pictures of a study, finished or not."))
    _add_synthetic(
        study("synthetic-benchmark", "Write a synthetic folder in the benchmark's layout.")
    )


def _add_table1(command: argparse.ArgumentParser) -> None:
    command.add_argument("data", metavar="DATA", help="the benchmark's folder")
    command.add_argument(
        "--n", default="2,4,6,8", metavar="2,4,6,8", help="shares of labelled sections in per cent"
    )
    _add_common(command, preset="paper")


def _add_lines(command: argparse.ArgumentParser) -> None:
    command.add_argument("seismic", metavar="SEISMIC")
    command.add_argument(
        "--labels", metavar="LABELS", help="may be left out for a folder like the benchmark's"
    )
    command.add_argument(
        "--train-lines",
        action="append",
        required=True,
        metavar="iline:130,459",
        help="lines whose labels are trained on; repeatable",
    )
    command.add_argument(
        "--test-lines",
        action="append",
        default=[],
        metavar="xline:327,575",
        help="lines to test on; repeatable (a benchmark folder is tested on test1 and test2)",
    )
    _add_labelling(command)
    _add_common(command, preset="fast")


def _add_ablation(command: argparse.ArgumentParser) -> None:
    command.add_argument("seismic", metavar="SEISMIC")
    command.add_argument("--labels", metavar="LABELS", required=True)
    command.add_argument(
        "--lines",
        action="append",
        required=True,
        metavar="iline:130,459",
        help="labelled lines, each held back in turn; repeatable",
    )
    command.add_argument(
        "--variants", metavar="FILE", help='JSON: {"name": {"setting": value}, ...}'
    )
    command.add_argument(
        "--only", action="append", metavar="NAME", help="this variant only; repeatable"
    )
    _add_labelling(command)
    command.add_argument("-o", "--out", required=True, metavar="OUT", help="folder of the results")
    command.add_argument("--repeats", type=int, default=1, metavar="N")
    _add_training(command, preset="fast", steps=200)


def _add_labelling(command: argparse.ArgumentParser) -> None:
    command.add_argument("--classes", metavar="2-9", help="take the means over these codes")
    command.add_argument("--scheme", metavar="NAME|FILE", help="facies names")
    command.add_argument(
        "--convention",
        choices=["codes", "layer"],
        help="how somebody else's label file counts: codes = 0..C-1, layer = 0 unlabelled, 1..C",
    )
    add_crop(command)
    add_header_bytes(command)


def _add_common(command: argparse.ArgumentParser, preset: str) -> None:
    command.add_argument("-o", "--out", required=True, metavar="OUT", help="folder of the study")
    command.add_argument("--arms", default="unconstrained,constrained", metavar="A,B")
    command.add_argument("--repeats", type=int, default=5, metavar="N")
    _add_training(command, preset)
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


def _add_training(command: argparse.ArgumentParser, preset: str, steps: int | None = None) -> None:
    command.add_argument("--preset", choices=list(TRAINING_PRESETS), default=preset)
    command.add_argument(
        "--steps", type=int, default=steps, metavar="N", help="optimiser steps at most"
    )
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="any other setting of the training; repeatable",
    )
    command.add_argument("--seed", type=int, default=0, metavar="N", help="of the first repeat")
    command.add_argument("--device", default="auto", metavar="NAME", help="auto, cpu, cuda, mps")


def _add_report(command: argparse.ArgumentParser) -> None:
    command.add_argument("out", metavar="OUT", help="folder of the study")


def _add_synthetic(command: argparse.ArgumentParser) -> None:
    command.add_argument("out", metavar="OUT")
    command.add_argument(
        "--full", action="store_true", help="the benchmark's own size, about 1.3 GB"
    )
    command.add_argument("--seed", type=int, default=0, metavar="N")
