"""What each ``napari-s6 study`` command does."""

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_s6.cli.inputs import (
    labels_on,
    named_scheme,
    open_survey,
    reading,
    say,
    scheme_for,
)
from napari_s6.cli.training_options import settings_of
from napari_s6.errors import InputError
from napari_s6.facies.scheme import F3

if TYPE_CHECKING:
    from napari_s6.study.plan import StudyPlan


def table1(options: argparse.Namespace) -> int:
    """Make the runs of Table 1 that are not there yet, and the report."""
    from napari_s6.study.plan import StudyPlan, parse_shares

    plan = StudyPlan(
        kind="table1",
        seismic=str(_there(options.data)),
        scheme=F3,
        shares=parse_shares(options.n),
        **_common(options),
    )
    return _study(plan, options)


def lines(options: argparse.Namespace) -> int:
    """Make the runs of a comparison on chosen lines that are not there yet, and the report."""
    return _study(lines_plan(options), options)


def lines_plan(options: argparse.Namespace) -> "StudyPlan":
    """The plan of a comparison on chosen lines."""
    from napari_s6.evaluation.comparison import parse_classes
    from napari_s6.study.plan import StudyPlan

    seismic = _there(options.seismic)
    labels = str(_there(options.labels)) if options.labels else None
    plan = StudyPlan(
        kind="lines",
        seismic=str(seismic),
        labels=labels,
        scheme=_scheme_of_labels(options, seismic),
        classes=tuple(parse_classes(options.classes)) if options.classes else None,
        train_lines=tuple(options.train_lines),
        test_lines=tuple(options.test_lines),
        convention=options.convention,
        **_reading(options),
        **_common(options),
    )
    if plan.classes and max(plan.classes) >= plan.scheme.n_classes:
        raise InputError(
            f"--classes {options.classes}: the facies are 0 to {plan.scheme.n_classes - 1}; choose "
            "among them"
        )
    return plan


def ablation(options: argparse.Namespace) -> None:
    """Try variants of the settings on labelled lines, each held back in turn."""
    from napari_s6.evaluation.comparison import parse_classes
    from napari_s6.facies.sections import parse_lines
    from napari_s6.learn.config import TrainConfig
    from napari_s6.study import ablation as room

    seismic, labels = _there(options.seismic), _there(options.labels)
    asked: dict[str, Any] = (
        dict(room.read_variants(Path(options.variants).expanduser()))
        if options.variants
        else {name: dict(settings) for name, settings in room.VARIANTS.items()}
    )
    for name in options.only or ():
        if name not in asked:
            raise InputError(f"--only '{name}': choose among {', '.join(asked)}")
    _check_counts(options)
    common = {"validation": "none", "steps": options.steps, **settings_of(options.set)}
    variants = {
        name: TrainConfig.named(
            options.preset,
            **{**common, **settings, "seed": options.seed, "device": options.device},
        )
        for name, settings in asked.items()
        if options.only is None or name in options.only
    }
    volume = open_survey(str(seismic), options)
    scheme = _scheme_of_labels(options, seismic)
    room.ablate(
        volume,
        labels_on(str(labels), volume, options, scheme),
        scheme,
        parse_lines(options.lines, volume),
        variants,
        Path(options.out).expanduser(),
        classes=parse_classes(options.classes) if options.classes else None,
        repeats=options.repeats,
        say=say,
    )
    print(Path(options.out) / room.TABLE)


def report(options: argparse.Namespace) -> None:
    """Write the report of a study."""
    from napari_s6.study.report import write_report

    for path in write_report(Path(options.out).expanduser()):
        print(path)


def synthetic_benchmark(options: argparse.Namespace) -> None:
    """Write a synthetic folder in the benchmark's layout."""
    from napari_s6.study.synthetic_benchmark import FULL, SMALL, write_synthetic_benchmark

    layout = FULL if options.full else SMALL
    print(write_synthetic_benchmark(Path(options.out).expanduser(), layout, options.seed))


def _study(plan: "StudyPlan", options: argparse.Namespace) -> int:
    """Make the runs that are missing, then the report."""
    from napari_s6.study.data import open_study_data
    from napari_s6.study.execution import execute
    from napari_s6.study.plan import begin
    from napari_s6.study.report import write_report
    from napari_s6.study.report_data import gather_data
    from napari_s6.study.training import RunFailedError

    if options.jobs < 1:
        raise InputError(f"--jobs {options.jobs}: give 1 or more")
    folder = Path(options.out).expanduser()
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
        say(f"napari-s6: {error}")
        code = 1
    for path in write_report(folder):
        print(path)
    return code


def _common(options: argparse.Namespace) -> dict[str, Any]:
    """What both kinds of study are asked for."""
    from napari_s6.learn.config import TrainConfig
    from napari_s6.study.plan import default_threads, parse_arms

    settings = settings_of(options.set)
    for name in ("model", "seed", "label_fraction"):
        if name in settings:
            raise InputError(f"--set {name}: each run of a study has its own; leave it out")
    if options.steps is not None:
        settings["steps"] = options.steps
    _check_counts(options)
    return {
        "settings": TrainConfig.named(options.preset, **settings, device=options.device),
        "arms": parse_arms(options.arms),
        "repeats": options.repeats,
        "seed": options.seed,
        "transductive": options.transductive,
        "threads": options.threads or default_threads(),
        "commands": (shlex.join(["napari-s6", *options.words]),),
    }


def _check_counts(options: argparse.Namespace) -> None:
    for name, least in (("repeats", 1), ("seed", 0), ("threads", 1)):
        value = getattr(options, name, None)
        if value is not None and value < least:
            raise InputError(f"--{name} {value}: give {least} or more")


def _scheme_of_labels(options: argparse.Namespace, seismic: Path) -> Any:
    """The scheme asked for, else what the label file records or holds."""
    from napari_s6.facies.files import open_facies
    from napari_s6.formats.benchmark import is_benchmark

    chosen = named_scheme(options.scheme)
    if chosen is not None:
        return chosen
    if options.labels is None:
        if not is_benchmark(seismic):
            raise InputError(f"{seismic}: give its labels with --labels")
        return F3
    labels = open_facies(
        options.labels,
        convention=options.convention,
        reading=reading(options, cropped=False),
    )
    return scheme_for(labels, None)


def _reading(options: argparse.Namespace) -> dict[str, Any]:
    """How the survey is read, as a plan keeps it: a saved name of header bytes as its numbers."""
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


def _there(path: str) -> Path:
    found = Path(path).expanduser().absolute()
    if not found.exists():
        raise InputError(f"{path}: no such file or folder; check the path")
    return found
