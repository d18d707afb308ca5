"""`napari-s6 study report`: write the tables and pictures of a study."""

import argparse

from napari_s6.cli.command import Command
from napari_s6.cli.paths import typed_path


def _add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("out", metavar="OUT", help="folder of the study")


def _run(options: argparse.Namespace) -> None:
    from napari_s6.study.report import write_report

    for path in write_report(typed_path(options.out)):
        print(path)


COMMAND = Command(
    "report",
    "Write the tables and pictures of a study, finished or not.",
    ("napari-s6 study report table1",),
    _add_options,
    _run,
)
