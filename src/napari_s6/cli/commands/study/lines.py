"""`napari-s6 study lines`: compare both models on chosen lines of a survey."""

import argparse
from typing import TYPE_CHECKING, Any

from napari_s6.cli.command import Command
from napari_s6.cli.paths import existing_path
from napari_s6.cli.study_options import add_labelling, add_study
from napari_s6.cli.study_runs import make_study, scheme_of_labels, settings_of_study
from napari_s6.errors import InputError

if TYPE_CHECKING:
    from napari_s6.study.plan import StudyPlan


def _add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("seismic", metavar="SEISMIC", help="the survey")
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
    add_labelling(command)
    add_study(command, preset="fast")


def _run(options: argparse.Namespace) -> int:
    return make_study(lines_plan(options), options)


def lines_plan(options: argparse.Namespace) -> "StudyPlan":
    """Return the plan of a comparison on chosen lines."""
    from napari_s6.evaluation.comparison import parse_classes
    from napari_s6.study.plan import StudyPlan

    seismic = existing_path(options.seismic)
    labels = str(existing_path(options.labels)) if options.labels else None
    plan = StudyPlan(
        kind="lines",
        seismic=str(seismic),
        labels=labels,
        scheme=scheme_of_labels(options, seismic),
        classes=tuple(parse_classes(options.classes)) if options.classes else None,
        train_lines=tuple(options.train_lines),
        test_lines=tuple(options.test_lines),
        convention=options.convention,
        **_reading(options),
        **settings_of_study(options),
    )
    if plan.classes and max(plan.classes) >= plan.scheme.n_classes:
        raise InputError(
            f"--classes {options.classes}: the facies are 0 to {plan.scheme.n_classes - 1}; choose "
            "among them"
        )
    return plan


def _reading(options: argparse.Namespace) -> dict[str, Any]:
    """Return how the survey is read, as a plan keeps it: saved header bytes as their numbers."""
    from napari_s6.formats.segy.setups import parse_header_bytes
    from napari_s6.survey.crop import parse_crop

    where: Any = (options.iline_byte, options.xline_byte)
    if options.header_bytes is not None:
        named = parse_header_bytes(options.header_bytes)
        where = "guess" if named is None else (named.iline, named.xline, named.x, named.y)
    parse_crop(options.crop)  # says now what is wrong with it
    return {
        "header_bytes": where,
        "sample_interval": options.sample_interval,
        "start": options.start,
        "sample_count": options.sample_count,
        "unit": options.unit,
        "coordinate_scalar": options.coordinate_scalar,
        "crop": tuple(options.crop),
    }


COMMAND = Command(
    "lines",
    "Compare both models on chosen lines of a survey.",
    (
        "napari-s6 study lines survey.sgy --labels labels.sgy --train-lines iline:130 \\\n"
        "    --test-lines xline:327,575 --steps 200 -o lines130",
    ),
    _add_options,
    _run,
)
