"""Which settings suit a survey, found out on the lines that are labelled: each in turn held back.

Lines that a result is later measured on take no part in the choice.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.evaluation.metrics import Scores
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.facies.sections import Section
from napari_s6.facies.targets import make_targets
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.inference.predict import preview_section
from napari_s6.learn.model import Model
from napari_s6.study.confusion import ConfusionMatrix, count_confusion
from napari_s6.study.data import TestSet, live_along, truth_of
from napari_s6.study.plan import write_text
from napari_s6.study.summary import PairedDifference, Spread
from napari_s6.study.training import train_run

ROWS = "ablation.json"
TABLE = "ablation.md"

VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "unconstrained": {"model": "unconstrained"},
    "constrained": {},
    "reconstruction weighs 0.1": {"reconstruction_weight": 0.1},
    "reconstruction weighs 4": {"reconstruction_weight": 4.0},
    "bilinear reconstruction head": {"reconstruction_head": "bilinear"},
    "reconstruction without the skip": {"reconstruction_skip": False},
    "batch statistics apart": {"batch_statistics": "separate"},
    "40 % of the input hidden": {"hidden_share": 0.4},
    "noise of half the RMS": {"noise": 0.5},
    "a quarter of the batch labelled": {"labelled_share": 0.25, "batch_size": 16},
    "decoders of 96 channels": {"decoder_channels": 96},
    "crops of 256 x 256": {"crop_traces": 256, "crop_samples": 256},
    "the whole ResNet-18": {"encoder_stages": 4},
    "mirrored sections too": {"horizontal_flip": True},
    "amplitudes as they are": {"amplitude_jitter": 0.0},
    "tilted and folded sections": {"warp": 0.1},
    "no averaging of weights": {"averaging": 0.0},
    "constant learning rate": {"schedule": "constant"},
    "teacher": {"consistency": 1.0},
    "unconstrained, teacher": {"model": "unconstrained", "consistency": 1.0},
}
"""What is tried unless a file of variants is given: settings put over the preset's."""


@dataclass(frozen=True)
class Row:
    """One training: a variant, the line held back, and what was found on it."""

    variant: str
    settings: Mapping[str, Any]
    held_back: str
    seed: int
    mean_iou: float
    iou: tuple[float, ...]
    steps: int
    seconds: float


def read_variants(path: Path) -> dict[str, dict[str, Any]]:
    """Read variants from JSON: an object of names with an object of settings each.

    Raises
    ------
    InputError
        If the file cannot be read or is not of that form.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as JSON ({error}); check the file") from error
    if not isinstance(found, dict) or not all(isinstance(one, dict) for one in found.values()):
        raise InputError(f'{path}: write it as {{"name": {{"setting": value}}, ...}}')
    return found


def ablate(
    volume: xr.DataArray,
    labels: xr.DataArray,
    scheme: FaciesScheme,
    lines: Sequence[Section],
    variants: Mapping[str, TrainConfig],
    folder: Path,
    *,
    classes: Sequence[int] | None = None,
    repeats: int = 1,
    say: Callable[[str], None] = print,
) -> list[Row]:
    """Train every variant once for each line held back and each seed; keep what is done.

    The labels of the line held back are not seen; its amplitudes feed the reconstruction as those
    of any unlabelled line do.

    Parameters
    ----------
    lines
        The labelled lines, at least two.
    variants
        Settings by name; the seed of repeat k is the settings' own + k.
    folder
        Gets ``ablation.json`` (all rows) and ``ablation.md`` after each run; runs that are in it
        are not repeated.
    classes
        Codes that the mean is over; all of them if None.

    Raises
    ------
    InputError
        If there are fewer than two lines, or the folder holds rows of other settings.
    """
    if len(lines) < 2:
        raise InputError("--lines: give at least two labelled lines, to hold each back in turn")
    folder.mkdir(parents=True, exist_ok=True)
    rows = _read_rows(folder / ROWS)
    todo = [
        (name, config.model_copy(update={"seed": config.seed + repeat}), line)
        for repeat in range(repeats)
        for name, config in variants.items()
        for line in lines
    ]
    for number, (name, config, line) in enumerate(todo, 1):
        settings = config.model_dump(exclude={"seed", "device"})
        row = next(
            (r for r in rows if (r.variant, r.held_back, r.seed) == (name, str(line), config.seed)),
            None,
        )
        if row is not None and dict(row.settings) != json.loads(json.dumps(settings)):
            raise InputError(
                f"{folder / ROWS}: holds '{name}' with other settings; choose another folder"
            )
        if row is None:
            row = _run(volume, labels, scheme, lines, name, config, line, classes)
            rows.append(row)
            write_text(folder / ROWS, json.dumps([asdict(one) for one in rows], indent=1))
            write_text(folder / TABLE, as_markdown(rows))
        say(
            f"{number} of {len(todo)}: {name}, {line} held back, seed {row.seed}: "
            f"mean IoU {row.mean_iou:.3f} ({row.seconds:.0f} s)"
        )
    return rows


def _run(
    volume: xr.DataArray,
    labels: xr.DataArray,
    scheme: FaciesScheme,
    lines: Sequence[Section],
    name: str,
    config: TrainConfig,
    held_back: Section,
    classes: Sequence[int] | None,
) -> Row:
    clock = time.monotonic()
    targets = make_targets(volume, labels, scheme, lines=[x for x in lines if x != held_back])
    trained = train_run(volume, targets, config)
    found = _measure(trained.model, TestSet(str(held_back), volume, labels, (held_back,)), scheme)
    scores = Scores.from_confusion(found.confusion, missed=found.missed, classes=classes)
    return Row(
        name,
        json.loads(json.dumps(config.model_dump(exclude={"seed", "device"}))),
        str(held_back),
        config.seed,
        round(float(scores.mean_iou), 4),
        tuple(round(float(value), 4) for value in scores.iou),
        int(trained.history["steps"]),
        round(time.monotonic() - clock, 1),
    )


def _measure(model: Model, test: TestSet, scheme: FaciesScheme) -> ConfusionMatrix:
    [section] = test.sections
    index = section.index(test.volume)
    codes, _, _ = preview_section(model, test.volume, section.orientation, index)
    live = live_along(test.volume, section)
    return count_confusion(truth_of(test, section), codes, scheme.n_classes, live)


def _read_rows(path: Path) -> list[Row]:
    if not path.exists():
        return []
    try:
        return [Row(**row) for row in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"{path}: no result of an ablation ({error}); remove it or choose another folder"
        ) from error


def as_markdown(rows: Sequence[Row]) -> str:
    """The rows as a table: mean and spread of each variant, and its paired gain on the first."""
    names = list(dict.fromkeys(row.variant for row in rows))
    lines = ["| | mean IoU | against the first, paired | runs | s a run |", "|:--|--:|--:|--:|--:|"]
    first = _by_pair(rows, names[0]) if names else {}
    for name in names:
        mine = _by_pair(rows, name)
        shared = sorted(first.keys() & mine.keys())
        gain = PairedDifference.of([first[k] for k in shared], [mine[k] for k in shared])
        seconds = np.mean([row.seconds for row in rows if row.variant == name])
        gained = "" if name == names[0] else str(gain)
        spread = Spread.of(list(mine.values()))
        lines.append(f"| {name} | {spread} | {gained} | {len(mine)} | {seconds:.0f} |")
    return "\n".join(lines) + "\n"


def _by_pair(rows: Sequence[Row], variant: str) -> dict[tuple[str, int], float]:
    return {(row.held_back, row.seed): row.mean_iou for row in rows if row.variant == variant}
