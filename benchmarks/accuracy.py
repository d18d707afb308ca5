"""``make bench-accuracy``: seconds of training until a mean IoU on real F3 lines is reached.

python -m benchmarks.accuracy [--seeds 0,1] [--minutes 20] [--arms constrained,unconstrained]
    [--who ours,reference] [--out RESULTS.json]

Labels of inlines 130 and 459, measured on crosslines 327, 575 and 889, intervals 2 to 9. Ours is
preset ``fast`` as a user runs it, to its end; the reference is the textbook loop of
`benchmarks.reference` on whole inlines, until the highest level. The time to predict and to compare
is not counted, on either side. A level that is not reached within the cap counts as the cap and is
shown with >=. Runs that the file holds already are kept and not made again, so that seeds can be
added one by one.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
import xarray as xr

from benchmarks import reference
from benchmarks.accuracy_file import LEVELS, Curve, Runs, reached
from benchmarks.rates import settle
from napari_s6.errors import InputError
from napari_s6.evaluation.metrics import Scores, confusion
from napari_s6.facies.files import open_labels_on_survey
from napari_s6.facies.scheme import generic
from napari_s6.facies.sections import Section, valid_sections
from napari_s6.facies.targets import make_targets
from napari_s6.formats.open import open_volume
from napari_s6.learn import events
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.control import Token
from napari_s6.learn.device import choose_device
from napari_s6.learn.inference.predict import predict_section
from napari_s6.learn.model import Model
from napari_s6.learn.training.train import train_model_events
from napari_s6.survey.dead import drop_dead
from napari_s6.survey.volume import Orientation, live_traces, read_section

TRAINED = tuple(Section("iline", line) for line in (130, 459))
TESTED = tuple(Section("xline", line) for line in (327, 575, 889))
ARMS = ("constrained", "unconstrained")
CLASSES = tuple(range(2, 10))
N_CLASSES = 10
OFTEN, OFTEN_UNTIL, LATER = 2.0, 60.0, 10.0
"""Seconds of training between two measurements, in its first minute and afterwards."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, measure, print and write; exit status 2 if that cannot be done here."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--minutes", type=float, default=20.0, help="cap of a run")
    parser.add_argument("--arms", default="constrained,unconstrained")
    parser.add_argument("--who", default="ours,reference")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    try:
        for name in options.who.split(","):
            if name not in WHO:
                raise InputError(f"--who {name}: choose from {', '.join(WHO)}")
        for name in options.arms.split(","):
            if name not in ARMS:
                raise InputError(f"--arms {name}: choose from {', '.join(ARMS)}")
        device = choose_device(options.device)
        runs = Runs.opened(options.out, device, 60 * options.minutes)
        volume, labels = f3_lines()
        wanted = [
            (who, arm, int(seed))
            for seed in options.seeds.split(",")
            for arm in options.arms.split(",")
            for who in options.who.split(",")
        ]
        for who, arm, seed in wanted:
            if runs.holds(who, arm, seed):
                print(f"{who} {arm} seed {seed}: in the file already", flush=True)
                continue
            curve = WHO[who](volume, labels, arm, seed, device, runs.cap)
            runs.add(reached(who, arm, seed, curve, runs.cap))
            print(runs.line(runs.found[-1]), flush=True)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print()
    print(runs.as_text())
    print("wrote", runs.path, "and", runs.path.with_suffix(".md"))
    return 0


def next_due(elapsed: float) -> float:
    """When to measure next: often at first, when ours learns fastest."""
    return elapsed + (OFTEN if elapsed < OFTEN_UNTIL else LATER)


def f3_lines() -> tuple[xr.DataArray, xr.DataArray]:
    named = os.environ.get("NAPARI_S6_TEST_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared"
    lines = folder / "f3-lines"
    if not lines.is_dir():
        raise InputError(f"{lines}: not there; set NAPARI_S6_TEST_DATA to the folder that holds it")
    volume = drop_dead(open_volume(lines / "f3_lines.sgy"))
    return volume, open_labels_on_survey(lines / "f3_lines_labels.sgy", volume)


def score(labels: xr.DataArray, volume: xr.DataArray, found: dict[Section, np.ndarray]) -> float:
    """Mean IoU of the intervals over the tested lines' live traces."""
    table = np.zeros((N_CLASSES, N_CLASSES), np.int64)
    live = live_traces(volume)
    for section, codes in found.items():
        index = section.index(volume)
        alive = live[:, index]
        truth = read_section(labels, section.orientation, index)[alive]
        predicted = codes[alive]
        counts = (truth != 255) & (predicted != 255)
        table += confusion(truth[counts], predicted[counts], N_CLASSES)
    return Scores.from_confusion(table, classes=CLASSES).mean_iou


def ours(
    volume: xr.DataArray,
    labels: xr.DataArray,
    arm: str,
    seed: int,
    device: torch.device,
    cap: float,
) -> Curve:
    """Preset ``fast`` to its end, measured by previews of the tested lines, taken in turn.

    The last point is the model that the run ends in.
    """
    config = TrainConfig.named("fast", model=arm, seed=seed, device=str(device), validation="none")
    config = config.model_copy(update={"minutes": min(config.minutes or cap / 60, cap / 60)})
    targets = make_targets(volume, labels, generic(N_CLASSES), lines=list(TRAINED))
    token, curve, seen = Token(), [], dict[Section, np.ndarray]()
    views = {_view(volume, section): section for section in TESTED}
    elapsed, due = 0.0, OFTEN
    stream = _Ending(
        train_model_events(volume, targets, config, token=token, exclude=TESTED, preview_every=0.0)
    )
    for event in stream:
        match event:
            case events.Failed():
                raise RuntimeError(event.traceback)
            case events.Stepped():
                elapsed = event.elapsed
            case events.Previewed():
                seen[views[event.orientation, event.index]] = event.codes
        missing = [section for section in TESTED if section not in seen]
        token.view = _view(volume, missing[0]) if missing and elapsed >= due else None
        if not missing:
            curve.append((elapsed, score(labels, volume, seen)))
            seen, due, token.view = {}, next_due(elapsed), None
    if stream.model is None:
        raise RuntimeError("training ended without a model")
    last = {s: predict_section(stream.model, volume, *_view(volume, s))[0] for s in TESTED}
    return [*curve, (elapsed, score(labels, volume, last))]


class _Ending:
    """A training's events, and then the model that it returned."""

    def __init__(self, stream: Generator[events.TrainingEvent, None, Model]) -> None:
        self._stream = stream
        self.model: Model | None = None

    def __iter__(self) -> Iterator[events.TrainingEvent]:
        self.model = yield from self._stream


def _view(volume: xr.DataArray, section: Section) -> tuple[Orientation, int]:
    return section.orientation, section.index(volume)


def textbook(
    volume: xr.DataArray,
    labels: xr.DataArray,
    arm: str,
    seed: int,
    device: torch.device,
    cap: float,
) -> Curve:
    """The reference on whole inlines: the labelled ones, and for the constrained model all.

    Until the highest level is reached, or the cap.
    """
    torch.manual_seed(seed)
    lines = [s for s in valid_sections(volume) if s.orientation == "iline"]
    if arm == "unconstrained":
        lines = [s for s in lines if s in TRAINED]
    scale = float(np.std(_sections(volume, lines)))
    seismic = _sections(volume, lines) / scale
    targets = np.stack(
        [
            _labels_of(volume, labels, s) if s in TRAINED else np.full(seismic.shape[1:], 255)
            for s in lines
        ]
    ).astype(np.uint8)
    network = reference.ReferenceNetwork(N_CLASSES, arm == "constrained")
    curve: Curve = []
    elapsed, due = 0.0, OFTEN
    steps = reference.train(network, seismic, targets, len(lines), device)
    tested = {s: _sections(volume, [s]) / scale for s in TESTED}
    while elapsed < cap:
        clock = time.perf_counter()
        next(steps)
        settle(device)
        elapsed += time.perf_counter() - clock
        if elapsed >= due:
            found = {
                s: next(iter(reference.predict(network, image, device))).T
                for s, image in tested.items()
            }
            network.train()
            curve.append((elapsed, score(labels, volume, found)))
            due = next_due(elapsed)
            if curve[-1][1] >= LEVELS[-1]:
                break
    return curve


def _sections(volume: xr.DataArray, lines: list[Section]) -> np.ndarray:
    return np.stack([read_section(volume, s.orientation, s.index(volume)) for s in lines]).astype(
        np.float32
    )


def _labels_of(volume: xr.DataArray, labels: xr.DataArray, section: Section) -> np.ndarray:
    index = section.index(volume)
    codes = np.array(read_section(labels, section.orientation, index))
    codes[~live_traces(volume)[index]] = 255
    return codes


Learner = Callable[[xr.DataArray, xr.DataArray, str, int, torch.device, float], Curve]
WHO: dict[str, Learner] = {"ours": ours, "reference": textbook}


if __name__ == "__main__":
    sys.exit(main())
