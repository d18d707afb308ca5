"""`napari-s6 study ablation`: try variants of the settings on labelled lines."""

import argparse
from typing import Any

from napari_s6.cli.command import Command
from napari_s6.cli.inputs import labels_on, open_survey
from napari_s6.cli.messages import say
from napari_s6.cli.paths import existing_path, typed_path
from napari_s6.cli.study_options import add_labelling, add_training
from napari_s6.cli.study_runs import check_counts, scheme_of_labels
from napari_s6.cli.training_options import settings_of
from napari_s6.errors import InputError, did_you_mean


def _add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("seismic", metavar="SEISMIC", help="the survey")
    command.add_argument("--labels", metavar="LABELS", required=True, help="its facies")
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
    add_labelling(command)
    command.add_argument("-o", "--out", required=True, metavar="OUT", help="folder of the results")
    command.add_argument("--repeats", type=int, default=1, metavar="N", help="runs of each variant")
    add_training(command, preset="fast", steps=200)


def _run(options: argparse.Namespace) -> None:
    from napari_s6.evaluation.comparison import parse_classes
    from napari_s6.facies.sections import parse_lines
    from napari_s6.learn.config import TrainConfig
    from napari_s6.study import ablation as room

    seismic, labels = existing_path(options.seismic), existing_path(options.labels)
    asked: dict[str, Any] = (
        dict(room.read_variants(typed_path(options.variants)))
        if options.variants
        else {name: dict(settings) for name, settings in room.VARIANTS.items()}
    )
    for name in options.only or ():
        if name not in asked:
            hint = did_you_mean(name, asked)
            raise InputError(f"--only '{name}': choose among {', '.join(asked)}{hint}")
    check_counts(options)
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
    scheme = scheme_of_labels(options, seismic)
    room.ablate(
        volume,
        labels_on(str(labels), volume, options, scheme),
        scheme,
        parse_lines(options.lines, volume),
        variants,
        typed_path(options.out),
        classes=parse_classes(options.classes) if options.classes else None,
        repeats=options.repeats,
        say=say,
    )
    print(typed_path(options.out) / room.TABLE)


COMMAND = Command(
    "ablation",
    "Find out which settings suit a survey, on its labelled lines alone.",
    ("napari-s6 study ablation survey.sgy --labels labels.sgy --lines iline:130,459 -o ablation",),
    _add_options,
    _run,
)
