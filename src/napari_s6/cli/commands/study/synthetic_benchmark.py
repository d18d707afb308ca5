"""`napari-s6 study synthetic-benchmark`: write a synthetic folder in the benchmark's layout."""

import argparse

from napari_s6.cli.command import Command
from napari_s6.cli.paths import typed_path


def _add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("out", metavar="OUT", help="the folder")
    command.add_argument(
        "--full", action="store_true", help="the benchmark's own size, about 1.3 GB"
    )
    command.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of the earth's shape and noise"
    )


def _run(options: argparse.Namespace) -> None:
    from napari_s6.study.synthetic_benchmark import FULL, SMALL, write_synthetic_benchmark

    layout = FULL if options.full else SMALL
    print(write_synthetic_benchmark(typed_path(options.out), layout, options.seed))


COMMAND = Command(
    "synthetic-benchmark",
    "Write a synthetic folder in the benchmark's layout.",
    ("napari-s6 study synthetic-benchmark benchmark",),
    _add_options,
    _run,
)
