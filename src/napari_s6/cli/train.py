"""`napari-s6 train`."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from napari_s6.cli.inputs import (
    labels_on,
    named_scheme,
    open_survey,
    say,
    scheme_for,
    stoppable,
)
from napari_s6.cli.settings import config_of
from napari_s6.durations import duration
from napari_s6.errors import InputError
from napari_s6.facies.record import facies_record
from napari_s6.facies.sections import Section, parse_lines


def train(options: argparse.Namespace) -> int:
    """Train a model and save it as a folder."""
    run = Path(options.out).expanduser()
    there = (run / "run.json").is_file()
    if there and not options.resume:
        raise InputError(f"{run}: holds a model already; give --resume or another folder")
    if options.resume and not there:
        raise InputError(f"{run}: holds no model to resume; leave out --resume")
    config = config_of(options, run)
    volume = open_survey(options.seismic, options)
    unlabelled = [open_survey(path, options) for path in options.unlabelled]
    scheme = named_scheme(options.scheme)
    labels = labels_on(options.labels, volume, options, scheme)
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
    start = Path(options.start_from).expanduser() if options.start_from else None
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
            case events.Stepped() if time.monotonic() - shown > 5:
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
                say(f"napari-s6: training failed: {event.message}")
                return 1
            case events.Finished():
                found = "" if event.mean_iou is None else f", validation mIoU {event.mean_iou:.3f}"
                say(f"finished at step {event.step} ({event.reason}){found}")
                print(event.path)
    return 0


def _shown(sections: Sequence[Section]) -> str:
    names = [str(section) for section in sections]
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
