"""`napari-s6 train`: train a model and save it as a folder."""

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from napari_s6.cli.command import Command
from napari_s6.cli.device_option import add_device
from napari_s6.cli.facies_options import add_convention, add_lines_option, add_scheme
from napari_s6.cli.input_options import add_crop, add_header_bytes
from napari_s6.cli.inputs import labels_on, open_survey, scheme_for, scheme_given
from napari_s6.cli.messages import complain, is_verbose, say, say_more
from napari_s6.cli.names import Names
from napari_s6.cli.paths import typed_path
from napari_s6.cli.projects import is_project_path, project_to_write
from napari_s6.cli.stopping import stoppable
from napari_s6.cli.training_options import add_preset, add_set, settings_of, show_setting
from napari_s6.durations import duration
from napari_s6.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from napari_s6.facies.sections import Section
    from napari_s6.learn.config import TrainConfig

OR_CONFIG = ", or that of --config"
BY_PRESET = f" (default: the preset's{OR_CONFIG})"
BY_SETTING = f" (default: %(setting)s{OR_CONFIG})"


def _add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("seismic", metavar="SEISMIC", help="the survey, or a project")
    command.add_argument(
        "--labels", metavar="LABELS", help="its facies, or paint (default: those of the project)"
    )
    command.add_argument(
        "-o", "--out", metavar="RUN", help="folder of the model; without it a project keeps it"
    )
    add_lines_option(command, "use the labels of these lines only, each in its own orientation")
    command.add_argument(
        "--unlabelled",
        action="append",
        default=[],
        metavar="V",
        help="another survey that feeds the reconstruction; repeatable",
    )
    model = command.add_argument(
        "--model",
        choices=Names(_model_kinds),
        metavar="KIND",
        help=f"with the reconstruction or without: %(choices)s{BY_SETTING}",
    )
    add_preset(command, default=None, text=f" (default: fast{OR_CONFIG})")
    fraction = command.add_argument(
        "--label-fraction",
        type=float,
        metavar="N",
        help=f"share of the labelled sections that is used{BY_SETTING}",
    )
    command.add_argument(
        "--minutes", type=float, metavar="M", help=f"total training time{BY_PRESET}"
    )
    command.add_argument("--steps", type=int, metavar="N", help=f"total optimiser steps{BY_PRESET}")
    device = add_device(command, default=None, text=BY_SETTING)
    seed = command.add_argument(
        "--seed", type=int, metavar="N", help=f"of all that is random{BY_SETTING}"
    )
    for action in (model, fraction, device, seed):
        show_setting(action)
    command.add_argument("--resume", action="store_true", help="go on with RUN")
    command.add_argument("--start-from", metavar="RUN", help="begin with another model's weights")
    command.add_argument(
        "--config", metavar="FILE", help="settings of an earlier run: its run.json"
    )
    add_set(command)
    add_crop(command)
    add_scheme(command)
    add_convention(command)
    add_header_bytes(command)


def _model_kinds() -> tuple[str, ...]:
    from typing import get_args

    from napari_s6.learn.config import ModelKind

    return get_args(ModelKind)


def _run(options: argparse.Namespace) -> int:
    if is_project_path(options.seismic) and options.out is None:
        return _train_in_project(options)
    if options.out is None:
        raise InputError("train: give -o RUN, or a project in the place of SEISMIC")
    return _train(options, typed_path(options.out))


def _train_in_project(options: argparse.Namespace) -> int:
    """Train into the project that the survey is of, and keep the model there."""
    import json
    from datetime import datetime

    from napari_s6.facies.scheme import FaciesScheme
    from napari_s6.project.contents import chosen_labels

    if options.resume:
        raise InputError("--resume: give the model's folder by -o")
    with project_to_write(options.seismic) as project:
        run = project.new_model_folder(f"{project.state.name} {datetime.now():%Y-%m-%d %H.%M.%S}")
        code = _train(options, run)
        if (run / "model.safetensors").is_file():
            record = json.loads((run / "run.json").read_text(encoding="utf-8"))
            own = options.labels is None or is_project_path(options.labels)
            labels = chosen_labels(project) if own else None
            entry = project.add_model(
                run,
                scheme=FaciesScheme.model_validate(record["scheme"]),
                steps=record["step"],
                finished=code == 0,
                labels=labels.id if labels else "",
                digest=labels.digest if labels else "",
            )
            project.set(chosen={**project.state.chosen, "model": entry.id})
        return code


def _train(options: argparse.Namespace, run: "Path") -> int:
    from napari_s6.facies.record import facies_record
    from napari_s6.facies.sections import parse_lines

    there = (run / "run.json").is_file()
    if there and not options.resume:
        raise InputError(f"{run}: holds a model already; give --resume or another folder")
    if options.resume and not there:
        raise InputError(f"{run}: holds no model to resume; leave out --resume")
    config = _config_of(options, run)
    say_more(f"settings: {config.model_dump_json(indent=2)}")
    volume = open_survey(options.seismic, options)
    unlabelled = [open_survey(path, options) for path in options.unlabelled]
    scheme = scheme_given(options)
    if options.labels is None and not is_project_path(options.seismic):
        raise InputError("train: give --labels LABELS, or a project in the place of SEISMIC")
    labels = labels_on(options.labels or options.seismic, volume, options, scheme)
    scheme = scheme_for(labels, scheme)
    say(f"labels: {facies_record(labels).note}")
    lines = parse_lines(options.lines, volume) if options.lines else None

    from napari_s6.facies.targets import make_targets

    targets = make_targets(
        volume,
        labels,
        scheme,
        lines=lines,
        label_fraction=config.label_fraction,
        seed=config.seed,
    )
    say(f"labels: {targets.painted_fraction}; used: {_shown(targets.sections)}")
    start = typed_path(options.start_from) if options.start_from else None
    from napari_s6.learn.training.train import train_model_events

    with stoppable() as token:
        return _follow(
            train_model_events(
                volume,
                targets,
                config,
                run=run,
                token=token,
                unlabelled=unlabelled,
                start_from=start,
                resume=options.resume,
            )
        )


def _config_of(options: argparse.Namespace, run: "Path") -> "TrainConfig":
    """Return an earlier run's configuration or a preset, with the options put over it."""
    from napari_s6.learn.config import TrainConfig

    given = {
        name: getattr(options, name)
        for name in ("model", "label_fraction", "minutes", "steps", "device", "seed")
    }
    changed = {name: value for name, value in given.items() if value is not None}
    changed |= settings_of(options.set)
    source = typed_path(options.config) if options.config else None
    if options.resume:
        source = run / "run.json"
    saved = _saved_settings(source) if source else {}
    preset = options.preset or saved.pop("preset", "fast")
    saved.pop("preset", None)
    for one, other in (("minutes", "steps"), ("steps", "minutes")):
        if one in changed and other not in changed:
            saved[other] = None
    return TrainConfig.named(preset, **{**saved, **changed})


def _saved_settings(path: "Path") -> dict[str, Any]:
    import json

    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        return dict(saved.get("config", saved))
    except (OSError, ValueError, AttributeError) as error:
        raise InputError(f"{path}: no settings can be read from it ({error})") from error


def _follow(stream: Iterator[Any]) -> int:
    """Print what a run tells, and return the exit code it ends in."""
    import time

    from napari_s6.learn import events
    from napari_s6.learn.training.distributed import leads

    shown = -10.0
    for event in stream:
        if not leads() and not isinstance(event, events.Failed):
            continue
        match event:
            case events.Started():
                for note in event.notes:
                    say(f"note: {note}")
                end = f"{event.steps} steps" if event.steps else f"{event.minutes:g} minutes"
                say(
                    f"training on {event.device}: {event.labelled_sections} labelled and "
                    f"{event.unlabelled_sections} sections in all, up to {end}"
                )
            case events.Stepped() if is_verbose() or time.monotonic() - shown > 5:
                shown = time.monotonic()
                left = "" if event.remaining is None else f", {duration(event.remaining)} left"
                say(
                    f"step {event.step}: {events.losses_as_text(event.losses)}, "
                    f"{event.sections_per_second:.1f} sections/s{left}"
                )
            case events.Evaluated():
                say(
                    f"step {event.step}: validation mIoU {event.mean_iou:.3f}, cross entropy "
                    f"{event.cross_entropy:.3f}"
                )
            case events.BatchHalved():
                say(f"out of memory: going on with {event.micro_batch} sections at a time")
            case events.Noted():
                say(f"note: {event.text}")
            case events.Stopped():
                say(f"stopped at step {event.step}; the model so far is in {event.path}")
                return 130
            case events.Failed():
                if event.input_error:
                    raise InputError(event.message)
                say(event.traceback)
                complain(f"training failed: {event.message}")
                return 1
            case events.Finished():
                found = "" if event.mean_iou is None else f", validation mIoU {event.mean_iou:.3f}"
                say(f"finished at step {event.step} ({event.reason}){found}")
                print(event.path)
    return 0


def _shown(sections: "Sequence[Section]") -> str:
    names = [str(section) for section in sections]
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


COMMAND = Command(
    "train",
    "Train a model on a survey and its labels.",
    (
        "napari-s6 train survey.sgy --labels labels.sgy --lines iline:130,459 -o run",
        "napari-s6 train survey.sgy --labels labels.sgy -o run --resume --steps 1000",
        "napari-s6 train north.s6",
    ),
    _add_options,
    _run,
)
