"""``make bench-accuracy``: seconds of training until a mean IoU on real F3 lines is reached.

python -m benchmarks.accuracy [--seeds 0,1] [--minutes 20] [--arms constrained,unconstrained]

Labels of inlines 130 and 459, measured on crosslines 327, 575 and 889, intervals 2 to 9. Ours is
preset ``fast`` as a user runs it; the reference is the textbook loop of `benchmarks.reference` on
whole inlines. The time to predict and to compare is not counted, on either side. A level that is
not reached within the cap counts as the cap and is shown with >=.
"""

import argparse
import json
import os
import time
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from statistics import median

import numpy as np
import torch
import xarray as xr

from benchmarks import reference
from napari_s6.facies.files import open_labels
from napari_s6.facies.scheme import generic
from napari_s6.facies.sections import Section, valid_sections
from napari_s6.facies.targets import make_targets
from napari_s6.learn import events
from napari_s6.learn.checkpoint import installed_versions
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.control import Token
from napari_s6.learn.device import choose_device, describe_device
from napari_s6.learn.metrics import Scores, confusion
from napari_s6.learn.train import train
from napari_s6.survey.dead import drop_dead
from napari_s6.survey.open import open_volume
from napari_s6.survey.volume import live_traces, read_section

LEVELS = (0.75, 0.80, 0.85)
TRAINED = tuple(Section("iline", line) for line in (130, 459))
TESTED = tuple(Section("xline", line) for line in (327, 575, 889))
CLASSES = tuple(range(2, 10))
EVERY = 10.0
"""Seconds of training between two measurements."""

Curve = list[tuple[float, float]]


@dataclass(frozen=True)
class Reached:
    """Seconds until each level (None: not within the cap), and the mean IoU at the end."""

    who: str
    arm: str
    seed: int
    seconds: tuple[float | None, ...]
    last: float
    curve: Curve


def main() -> None:
    """Train, measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--minutes", type=float, default=20.0, help="cap of a run")
    parser.add_argument("--arms", default="constrained,unconstrained")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    device = choose_device(options.device)
    volume, labels = _f3_lines()
    cap = 60 * options.minutes
    found = []
    for seed in (int(part) for part in options.seeds.split(",")):
        for arm in options.arms.split(","):
            for who, run in (("ours", ours), ("reference", textbook)):
                curve = run(volume, labels, arm, seed, device, cap)
                found.append(_reached(who, arm, seed, curve))
                print(_line(found[-1], cap), flush=True)
    out = options.out or (
        Path(__file__).parent / "results" / f"accuracy-{device.type}-{os.cpu_count()}cores.json"
    )
    record = {
        "date": date.today().isoformat(),
        "device": describe_device(device),
        "cores": os.cpu_count(),
        "versions": installed_versions(),
        "levels": LEVELS,
        "cap": cap,
        "runs": [asdict(one) for one in found],
        "ratios": ratios(found, cap),
    }
    out.write_text(json.dumps(record, indent=1) + "\n")
    for arm, shares in record["ratios"].items():
        print(f"{arm}: time of ours / the reference's to {LEVELS}: {shares}")
    print("wrote", out)


def _f3_lines() -> tuple[xr.DataArray, xr.DataArray]:
    named = os.environ.get("NAPARI_S6_TEST_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared"
    lines = folder / "f3-lines"
    if not lines.is_dir():
        raise SystemExit("the F3 lines are not here: set NAPARI_S6_TEST_DATA to their folder")
    volume = drop_dead(open_volume(lines / "f3_lines.sgy"))
    return volume, open_labels(lines / "f3_lines_labels.sgy", volume)


def score(labels: xr.DataArray, volume: xr.DataArray, found: dict[Section, np.ndarray]) -> float:
    """Mean IoU of the intervals over the tested lines' live traces."""
    table = np.zeros((10, 10), np.int64)
    live = live_traces(volume)
    for section, codes in found.items():
        index = section.index(volume)
        alive = live[:, index]
        truth = read_section(labels, section.orientation, index)[alive]
        predicted = codes[alive]
        counts = (truth != 255) & (predicted != 255)
        table += confusion(truth[counts], predicted[counts], 10)
    return Scores.from_confusion(table, classes=CLASSES).mean_iou


def ours(
    volume: xr.DataArray,
    labels: xr.DataArray,
    arm: str,
    seed: int,
    device: torch.device,
    cap: float,
) -> Curve:
    """Preset ``fast`` to its end, measured by previews of the tested lines, taken in turn."""
    config = TrainConfig.named("fast", model=arm, seed=seed, device=str(device), validation="none")
    config = config.model_copy(update={"minutes": min(config.minutes or cap / 60, cap / 60)})
    targets = make_targets(volume, labels, generic(10), lines=list(TRAINED))
    token, curve, seen = Token(), [], dict[Section, np.ndarray]()
    elapsed, due = 0.0, EVERY
    stream = train(volume, targets, config, token=token, exclude=TESTED, preview_every=0.0)
    for event in stream:
        match event:
            case events.Failed():
                raise RuntimeError(event.traceback)
            case events.Stepped():
                elapsed = event.elapsed
            case events.Previewed():
                seen[TESTED[len(seen)]] = event.codes
        wanted = elapsed >= due and len(seen) < len(TESTED)
        token.view = _view(volume, TESTED[len(seen)]) if wanted else None
        if len(seen) == len(TESTED):
            curve.append((elapsed, score(labels, volume, seen)))
            seen, due, token.view = {}, elapsed + EVERY, None
    return curve


def _view(volume: xr.DataArray, section: Section) -> tuple:
    return section.orientation, section.index(volume)


def textbook(
    volume: xr.DataArray,
    labels: xr.DataArray,
    arm: str,
    seed: int,
    device: torch.device,
    cap: float,
) -> Curve:
    """The reference on whole inlines: the labelled ones, and for the constrained model all."""
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
    network = reference.ReferenceNetwork(10, arm == "constrained")
    curve: Curve = []
    elapsed, due = 0.0, EVERY
    steps = reference.train(network, seismic, targets, len(lines), device)
    tested = {s: _sections(volume, [s]) / scale for s in TESTED}
    while elapsed < cap:
        clock = time.perf_counter()
        next(steps)
        elapsed += time.perf_counter() - clock
        if elapsed >= due:
            found = {
                s: next(iter(reference.predict(network, image, device))).T
                for s, image in tested.items()
            }
            network.train()
            curve.append((elapsed, score(labels, volume, found)))
            due = elapsed + EVERY
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


def _reached(who: str, arm: str, seed: int, curve: Curve) -> Reached:
    seconds = tuple(
        next((round(at, 1) for at, iou in curve if iou >= level), None) for level in LEVELS
    )
    rounded = [(round(at, 1), round(iou, 4)) for at, iou in curve]
    return Reached(who, arm, seed, seconds, rounded[-1][1] if rounded else 0.0, rounded)


def ratios(found: list[Reached], cap: float) -> dict[str, list[str]]:
    """Median seconds of ours over the reference's, by arm and level."""
    shown: dict[str, list[str]] = {}
    for arm in dict.fromkeys(one.arm for one in found):
        shown[arm] = []
        for number in range(len(LEVELS)):
            times = {
                who: [one.seconds[number] for one in found if (one.arm, one.who) == (arm, who)]
                for who in ("ours", "reference")
            }
            middle = {
                who: median(cap if t is None else t for t in values)
                for who, values in times.items()
            }
            bound = None in times["reference"] and None not in times["ours"]
            ratio = middle["ours"] / middle["reference"]
            shown[arm].append(f"{'<= ' if bound else ''}{ratio:.2f}")
    return shown


def _line(one: Reached, cap: float) -> str:
    times = [f">= {cap:.0f} s" if t is None else f"{t:.0f} s" for t in one.seconds]
    pairs = ", ".join(f"{level}: {t}" for level, t in zip(LEVELS, times, strict=True))
    return f"{one.who:10s} {one.arm:14s} seed {one.seed}: {pairs}; at the end {one.last:.3f}"


if __name__ == "__main__":
    main()
