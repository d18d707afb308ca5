"""The main job on the built-in sample: two painted sections, training, prediction, pictures."""

import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from napari_s6.cli.messages import narrate
from napari_s6.errors import InputError
from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.scheme import F3
from napari_s6.facies.sections import Section
from napari_s6.facies.targets import Targets, make_targets
from napari_s6.survey.synthetic import make_survey
from napari_s6.survey.volume import ORIENTATIONS, Orientation

SETTINGS = {"minutes": 5.0, "steps": 300, "horizontal_flip": True}
"""Put over preset ``fast``; minutes or steps end the run, whichever is reached first. The synthetic
earth dips no way in particular, so mirrored sections are sections of the same earth. Real ones
mostly are not."""


def has_screen() -> bool:
    """Return whether a window can be opened here."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def painted_sections(survey: xr.DataArray) -> list[Section]:
    """Return the two sections that the demo paints: the inline and the crossline in the middle."""
    return [
        Section(along, int(survey[along].values[len(survey[along]) // 2])) for along in ORIENTATIONS
    ]


def paint(survey: xr.DataArray, truth: xr.DataArray) -> np.ndarray:
    """Return codes on the survey's grid with the truth on the painted sections, 255 elsewhere."""
    codes = np.full(truth.shape, UNLABELLED, np.uint8)
    for section in painted_sections(survey):
        index = section.index(survey)
        where = np.s_[index] if section.orientation == "iline" else np.s_[:, index]
        codes[where] = truth.values[where]
    return codes


def run_headless(out: Path) -> None:
    """Train, predict, evaluate and write everything to ``out``."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{out}: cannot be made ({error.strerror}); choose another") from error
    clock = time.monotonic()
    survey, truth = make_survey()
    targets = make_targets(survey, paint(survey, truth), F3, lines=painted_sections(survey))
    narrate(f"synthetic survey {survey.shape}; painted: {targets.painted_fraction}")
    run, curves = _train(survey, targets, out)
    model, codes, confidence = _predict(run, survey)
    comparison = _compare(survey, codes, truth, targets)
    written = _write(survey, codes, confidence, truth, curves, targets, out)
    print()
    print("facies of the sections that were not painted:")
    print(comparison.as_text())
    print()
    print(f"model: {model.describe()}")
    for path in written:
        print(f"wrote {path}")
    print(
        f"demo done in {time.monotonic() - clock:.0f} s: mean IoU {comparison.scores.mean_iou:.3f} "
        "on the sections that were not painted"
    )


def _train(survey: xr.DataArray, targets: Targets, out: Path) -> tuple[Path, list[Any]]:
    import shutil

    from napari_s6.learn import events
    from napari_s6.learn.config import TrainConfig
    from napari_s6.learn.training.train import train_model_events

    run = out / "model"
    if (run / "run.json").is_file():
        shutil.rmtree(run)
    seen: list[Any] = []
    config = TrainConfig.named("fast", **SETTINGS)
    shown = 0.0
    for event in train_model_events(survey, targets, config, run=run):
        if isinstance(event, events.Failed):
            raise InputError(f"training failed: {event.message}")
        if isinstance(event, events.Started):
            narrate(f"training on {event.device}")
        if isinstance(event, events.Stepped) and time.monotonic() - shown > 10:
            shown = time.monotonic()
            narrate(
                f"  step {event.step}: {events.losses_as_text(event.losses)}, "
                f"{event.remaining or 0:.0f} s left"
            )
        seen.append(event)
    return run, seen


def _predict(run: Path, survey: xr.DataArray) -> tuple[Any, np.ndarray, np.ndarray]:
    from napari_s6.learn.inference.predict import predict_volume
    from napari_s6.learn.model import load_model_folder

    model = load_model_folder(run)
    codes = np.full(survey.shape, UNLABELLED, np.uint8)
    confidence = np.zeros(survey.shape, np.float32)
    for _ in predict_volume(model, survey, codes_out=codes, confidence_out=confidence):
        pass
    return model, codes, confidence


def _compare(survey: xr.DataArray, codes: np.ndarray, truth: xr.DataArray, targets: Targets) -> Any:
    """Return scores on the inlines that were not painted, beside the no-learning baselines."""
    from napari_s6.evaluation.comparison import compare

    numbers = (int(number) for number in survey["iline"].values)
    others = [Section("iline", number) for number in numbers]
    return compare(
        truth.copy(data=codes),
        truth,
        survey=survey,
        sections=[section for section in others if section not in targets.sections],
        baseline_sections=targets.sections,
        scheme=F3,
    )


def _write(
    survey: xr.DataArray,
    codes: np.ndarray,
    confidence: np.ndarray,
    truth: xr.DataArray,
    curves: list[Any],
    targets: Targets,
    out: Path,
) -> list[Path]:
    from napari_s6.facies.files import save_facies
    from napari_s6.formats.save import save_volume
    from napari_s6.study.run_pictures import draw_run_curves, draw_section_panels

    seismic = save_volume(survey, out / "survey.sgy", sample_format="float32", overwrite=True)
    facies = save_facies(codes, out / "facies.sgy", scheme=F3, volume=survey, overwrite=True)
    sections: list[tuple[Orientation, int, str]] = [
        ("iline", len(survey["iline"]) // 4, "inline.png"),
        ("xline", len(survey["xline"]) // 4, "crossline.png"),
    ]
    pictures = [
        draw_section_panels(
            survey, orientation, index, F3, truth.values, codes, confidence, out / name
        )
        for orientation, index, name in sections
    ]
    return [seismic, facies, *pictures, draw_run_curves(curves, out / "training.png")]
