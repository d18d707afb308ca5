"""One run of a study from its data to its results."""

import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.sections import Section
from napari_s6.learn.inference.predict import predict_volume, preview_section
from napari_s6.learn.model import Model, installed_versions
from napari_s6.study.confusion import FUSED, ConfusionMatrix, count_confusion, sum_of
from napari_s6.study.data import (
    StudyData,
    TestSet,
    line_targets,
    live_along,
    open_study_data,
    truth_of,
)
from napari_s6.study.plan import Run, StudyPlan
from napari_s6.study.run_result import RunResult
from napari_s6.study.sampling import sample_sections
from napari_s6.study.training import Listener, Trained, train_run
from napari_s6.survey.volume import live_traces, read_section


def run_one(
    plan: StudyPlan, run: Run, *, device: str | None = None, listener: Listener | None = None
) -> RunResult:
    """Train and test once. The result depends on the plan and the run alone.

    Parameters
    ----------
    device
        Overrides the device of the plan's settings.
    listener
        Is told the events of the training.
    """
    clock = time.monotonic()
    config = plan.config_for(run)
    if device is not None:
        config = config.model_copy(update={"device": device})
    data = open_study_data(plan)
    with _threads(plan.threads):
        if plan.kind == "table1":
            trained, sections = _train_on_share(plan, data, config, listener)
            tested = [
                _test_volume(trained.model, test, plan.scheme.n_classes) for test in data.tests
            ]
        else:
            trained, sections = _train_on_lines(plan, data, config, listener)
            tested = [
                _test_sections(trained.model, test, plan.scheme.n_classes) for test in data.tests
            ]
    pictures: dict[str, np.ndarray] = {}
    for _, shown in tested:
        pictures |= shown
    took = {
        "seconds": round(time.monotonic() - clock, 3),
        "training_seconds": round(trained.seconds, 3),
        "device": trained.device,
        "machine": f"{platform.system()} {platform.machine()}",
        "versions": installed_versions(),
    }
    confusions = {test.name: found for test, (found, _) in zip(data.tests, tested, strict=True)}
    return RunResult(run, confusions, sections, trained.history, took, pictures)


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _train_on_share(
    plan: StudyPlan, data: StudyData, config: Any, listener: Listener | None
) -> tuple[Trained, dict[str, Any]]:
    split = sample_sections(data.volume, data.labels, plan.scheme, config)
    trained = train_run(
        data.volume,
        split.targets,
        config,
        validation=split.validation_targets,
        exclude=split.unused,
        unlabelled=data.other_volumes if plan.transductive else (),
        listener=listener,
    )
    return trained, {
        "labelled": [str(section) for section in split.labelled],
        "validation": [str(section) for section in split.validation],
        "unlabelled": len(split.unlabelled),
        "unused": len(split.unused),
        "label_hash": split.targets.label_hash,
    }


def _train_on_lines(
    plan: StudyPlan, data: StudyData, config: Any, listener: Listener | None
) -> tuple[Trained, dict[str, Any]]:
    targets = line_targets(plan, data)
    trained = train_run(
        data.volume,
        targets,
        config,
        exclude=() if plan.transductive else data.held_out,
        unlabelled=data.other_volumes if plan.transductive else (),
        listener=listener,
    )
    return trained, {
        "labelled": [str(section) for section in targets.sections],
        "label_hash": targets.label_hash,
    }


def _test_volume(
    model: Model, test: TestSet, n_classes: int
) -> tuple[dict[str, ConfusionMatrix], dict[str, np.ndarray]]:
    """Predict a whole volume in both orientations, and averaged."""
    codes = np.full(test.volume.shape, UNLABELLED, np.uint8)
    found: dict[str, list[ConfusionMatrix]] = {}
    live = live_traces(test.volume)
    for progress in predict_volume(model, test.volume, codes_out=codes, each_alone=True):
        along, index = progress.orientation, progress.index
        assert progress.alone is not None  # they were asked for
        truth = read_section(test.labels, along, index)
        here = live[index] if along == "iline" else live[:, index]
        found.setdefault(along, []).append(count_confusion(truth, progress.alone, n_classes, here))
    # What no pass could reach counts as missed here, once.
    found[FUSED] = [
        count_confusion(test.labels[k].values, codes[k], n_classes, live[k])
        for k in range(test.volume.sizes["iline"])
    ]
    section = test.shown
    index = section.index(test.volume)
    shown = codes[index] if section.orientation == "iline" else codes[:, index]
    pictures = {f"{test.name}/codes": shown.copy()} | _reconstruction(model, test, section)
    return {how: sum_of(confusions, n_classes) for how, confusions in found.items()}, pictures


def _test_sections(
    model: Model, test: TestSet, n_classes: int
) -> tuple[dict[str, ConfusionMatrix], dict[str, np.ndarray]]:
    """Predict some sections of a survey, each by itself."""
    found: dict[str, list[ConfusionMatrix]] = {}
    pictures: dict[str, np.ndarray] = {}
    for section in test.sections:
        along = section.orientation
        codes, _, reconstruction = preview_section(
            model, test.volume, along, section.index(test.volume)
        )
        live = live_along(test.volume, section)
        found.setdefault(along, []).append(
            count_confusion(truth_of(test, section), codes, n_classes, live)
        )
        if section == test.shown:
            pictures[f"{test.name}/codes"] = codes
            if reconstruction is not None:
                pictures[f"{test.name}/reconstruction"] = reconstruction.astype(np.float32)
    return {how: sum_of(confusions, n_classes) for how, confusions in found.items()}, pictures


def _reconstruction(model: Model, test: TestSet, section: Section) -> dict[str, np.ndarray]:
    index = section.index(test.volume)
    _, _, reconstruction = preview_section(model, test.volume, section.orientation, index)
    if reconstruction is None:
        return {}
    return {f"{test.name}/reconstruction": reconstruction.astype(np.float32)}
