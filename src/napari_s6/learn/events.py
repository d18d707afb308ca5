"""What a training run tells those who watch it: small frozen values, never live tensors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from napari_s6.survey.volume import Orientation


@dataclass(frozen=True)
class Started:
    """The run is set up and about to take its first step."""

    device: str
    parameters: int
    labelled_sections: int
    unlabelled_sections: int
    first_step: int
    steps: int | None
    minutes: float | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stepped:
    """One or more optimiser steps were taken (throttled to a few events a second).

    ``losses`` are means over these steps, by name: ``cross_entropy`` and ``consistency`` in nats a
    pixel, ``reconstruction`` as a share of the input's variance; those that the model has.
    ``elapsed`` and ``remaining`` are in seconds.
    """

    step: int
    losses: Mapping[str, float]
    learning_rate: float
    sections_per_second: float
    elapsed: float
    remaining: float | None


@dataclass(frozen=True)
class Evaluated:
    """The averaged weights were measured on the validation pieces."""

    step: int
    mean_iou: float
    cross_entropy: float
    iou: tuple[float, ...]
    best: bool


@dataclass(frozen=True)
class Previewed:
    """Prediction (and reconstruction) of the section that is being looked at.

    ``codes`` uint8 (traces, samples), 255 where there is no data; ``confidence`` float32 in 0..1;
    ``reconstruction`` in the amplitudes of the survey, None in the unconstrained model.
    """

    step: int
    orientation: Orientation
    index: int
    codes: np.ndarray = field(repr=False)
    confidence: np.ndarray = field(repr=False)
    reconstruction: np.ndarray | None = field(repr=False)


@dataclass(frozen=True)
class CheckpointSaved:
    """The model folder on disk is up to date with ``step``."""

    step: int
    path: Path


@dataclass(frozen=True)
class BatchHalved:
    """The device ran out of memory; the step is repeated with smaller micro-batches."""

    step: int
    micro_batch: int


@dataclass(frozen=True)
class Noted:
    """Something that those who watch should know; training goes on."""

    step: int
    text: str


@dataclass(frozen=True)
class Paused:
    """Nothing is computed until the token is resumed or cancelled."""

    step: int


@dataclass(frozen=True)
class Resumed:
    """Training goes on after a pause."""

    step: int


@dataclass(frozen=True)
class Stopped:
    """The user stopped the run; the model is usable and saved."""

    step: int
    path: Path | None


@dataclass(frozen=True)
class Failed:
    """The run ended in an error; it is raised when the events are asked for once more.

    ``input_error`` is True where the message names something the user can put right.
    """

    message: str
    traceback: str = field(repr=False)
    input_error: bool = False


@dataclass(frozen=True)
class Finished:
    """The run ended by itself: steps or minutes used up, or converged."""

    step: int
    reason: str
    path: Path | None
    mean_iou: float | None


def losses_as_text(losses: Mapping[str, float]) -> str:
    """Say losses to a person, such as ``cross entropy 0.412, reconstruction 0.231``."""
    return ", ".join(f"{name.replace('_', ' ')} {loss:.3f}" for name, loss in losses.items())


TrainingEvent = (
    Started
    | Stepped
    | Evaluated
    | Previewed
    | CheckpointSaved
    | BatchHalved
    | Noted
    | Paused
    | Resumed
    | Stopped
    | Failed
    | Finished
)
