"""A survey small enough to train on within seconds."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
import torch
import xarray as xr

from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.scheme import F3
from napari_s6.facies.sections import Section
from napari_s6.facies.targets import Targets, make_targets
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.events import Failed, TrainingEvent
from napari_s6.learn.model import load_tensors
from napari_s6.survey.synthetic import make_survey

Event = TypeVar("Event")

SMALL = {
    "steps": 4,
    "batch_size": 4,
    "crop_traces": 32,
    "crop_samples": 32,
    "decoder_channels": 8,
    "evaluate_every": 2,
    "validation_until": 1.0,
    "device": "cpu",
    "precision": "float32",
}


def told_by(stream: Iterable[TrainingEvent]) -> list[TrainingEvent]:
    """Events of a run to its end; what is raised must have been told before."""
    told = []
    try:
        for event in stream:
            told.append(event)
    except Exception:
        assert isinstance(told[-1], Failed)
    return told


def of_kind(kind: type[Event], stream: Iterable[TrainingEvent]) -> list[Event]:
    """Events of one kind."""
    return [event for event in stream if isinstance(event, kind)]


def weights_of(run: Path) -> dict[str, torch.Tensor]:
    """What a run has saved."""
    return load_tensors(run / "model.safetensors")


def same_weights(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[n], other[n]) for n in one)


@pytest.fixture(scope="session", autouse=True)
def _threads() -> None:
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


@pytest.fixture(scope="session")
def surveyed() -> tuple[xr.DataArray, xr.DataArray]:
    """Seismic and true facies."""
    return make_survey((68, 72, 48))


@pytest.fixture(scope="session")
def survey(surveyed) -> xr.DataArray:
    return surveyed[0]


@pytest.fixture(scope="session")
def painted(surveyed) -> np.ndarray:
    """Codes on two inlines, 255 elsewhere."""
    truth = surveyed[1].values
    codes = np.full(truth.shape, UNLABELLED, np.uint8)
    codes[[10, 50]] = truth[[10, 50]]
    return codes


@pytest.fixture(scope="session")
def targets(survey, painted) -> Targets:
    lines = [Section("iline", int(survey["iline"].values[k])) for k in (10, 50)]
    return make_targets(survey, painted, F3, lines=lines)


@pytest.fixture
def config() -> TrainConfig:
    return TrainConfig.named("fast", **SMALL)
