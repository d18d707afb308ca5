"""What the commands of ``napari-s6 study`` do alike."""

import argparse
import shlex
from typing import TYPE_CHECKING, Any

from napari_s6.cli.inputs import reading_of, scheme_for, scheme_given
from napari_s6.cli.messages import complain, say
from napari_s6.cli.paths import typed_path
from napari_s6.cli.training_options import settings_of
from napari_s6.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from napari_s6.facies.scheme import FaciesScheme
    from napari_s6.study.plan import StudyPlan


def make_study(plan: "StudyPlan", options: argparse.Namespace) -> int:
    """Make the runs that are missing, then the report, and return the exit code."""
    from napari_s6.study.data import open_study_data
    from napari_s6.study.execution import execute
    from napari_s6.study.plan import begin
    from napari_s6.study.report import write_report
    from napari_s6.study.report_data import gather_data
    from napari_s6.study.training import RunFailedError

    if options.jobs < 1:
        raise InputError(f"--jobs {options.jobs}: give 1 or more")
    folder = typed_path(options.out)
    open_study_data(plan)  # says what is wrong with the data before a folder is made
    plan = begin(folder, plan)
    plan = plan.model_copy(
        update={"settings": plan.settings.model_copy(update={"device": options.device})}
    )
    gather_data(folder, plan)
    code = 0
    try:
        execute(folder, plan, jobs=options.jobs, scheduler=options.scheduler, say=say)
    except RunFailedError as error:
        complain(str(error))
        code = 1
    for path in write_report(folder):
        print(path)
    return code


def settings_of_study(options: argparse.Namespace) -> dict[str, Any]:
    """Return what both kinds of study are asked for, as fields of their plan."""
    from napari_s6.learn.config import TrainConfig
    from napari_s6.study.plan import default_threads, parse_arms

    settings = settings_of(options.set)
    for name in ("model", "seed", "label_fraction"):
        if name in settings:
            raise InputError(f"--set {name}: each run of a study has its own; leave it out")
    if options.steps is not None:
        settings["steps"] = options.steps
    check_counts(options)
    return {
        "settings": TrainConfig.named(options.preset, **settings, device=options.device),
        "arms": parse_arms(options.arms),
        "repeats": options.repeats,
        "seed": options.seed,
        "transductive": options.transductive,
        "threads": options.threads or default_threads(),
        "commands": (shlex.join(["napari-s6", *options.words]),),
    }


def check_counts(options: argparse.Namespace) -> None:
    """Refuse numbers of repeats, seeds and threads that are none."""
    for name, least in (("repeats", 1), ("seed", 0), ("threads", 1)):
        value = getattr(options, name, None)
        if value is not None and value < least:
            raise InputError(f"--{name} {value}: give {least} or more")


def scheme_of_labels(options: argparse.Namespace, seismic: "Path") -> "FaciesScheme":
    """Return the scheme asked for, else what the label file records or holds."""
    from napari_s6.facies.files import open_facies
    from napari_s6.facies.scheme import F3
    from napari_s6.formats.benchmark import is_benchmark

    chosen = scheme_given(options)
    if chosen is not None:
        return chosen
    if options.labels is None:
        if not is_benchmark(seismic):
            raise InputError(f"{seismic}: give its labels with --labels")
        return F3
    labels = open_facies(
        options.labels,
        convention=options.convention,
        reading=reading_of(options, cropped=False),
    )
    return scheme_for(labels, None)
