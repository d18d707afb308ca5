"""`napari-s6 study table1`: make the runs of Table 1 that are not there yet, and the report."""

import argparse

from napari_s6.cli.command import Command
from napari_s6.cli.paths import existing_path
from napari_s6.cli.study_options import add_study
from napari_s6.cli.study_runs import make_study, settings_of_study


def _add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("data", metavar="DATA", help="the benchmark's folder")
    command.add_argument(
        "--n", default="2,4,6,8", metavar="2,4,6,8", help="shares of labelled sections in per cent"
    )
    add_study(command, preset="paper")


def _run(options: argparse.Namespace) -> int:
    from napari_s6.facies.scheme import F3
    from napari_s6.study.plan import StudyPlan, parse_shares

    plan = StudyPlan(
        kind="table1",
        seismic=str(existing_path(options.data)),
        scheme=F3,
        shares=parse_shares(options.n),
        **settings_of_study(options),
    )
    return make_study(plan, options)


COMMAND = Command(
    "table1",
    "Repeat Table 1 of the S6 paper on a folder like the benchmark's.",
    ("napari-s6 study table1 f3 --n 2,4 --repeats 3 --jobs 2 -o table1",),
    _add_options,
    _run,
)
