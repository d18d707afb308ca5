"""What runs in the background: training and predicting, as generators of small values.

Nothing here touches a layer or a widget. Torch is imported in here, in the job's thread, and only
when a job starts; see `napari_s6.plugin.session.torch_import` for why that needs care.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.facies.painted import PaintedTraces
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.facies.targets import make_targets
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.control import Token
from napari_s6.learn.events import Failed, Finished, Previewed, Stopped, TrainingEvent
from napari_s6.plugin.session.torch_import import import_torch
from napari_s6.project.arrays import paint_digest
from napari_s6.survey.volume import Orientation


class ResultSink(Protocol):
    """Where a job's sections go (see `napari_s6.plugin.session.results.ResultLayers`)."""

    codes_out: Any
    confidence_out: Any

    def put(
        self,
        orientation: Orientation,
        index: int,
        codes: np.ndarray,
        confidence: np.ndarray,
        reconstruction: np.ndarray | None = None,
    ) -> None:
        """Write one section."""

    def touched(self, orientation: Orientation, index: int, reconstruction: bool = False) -> None:
        """Note that a section of the arrays changed."""

    def flush(self) -> None:
        """Write what is held back."""


@dataclass(frozen=True)
class Predicted:
    """``done`` of ``total`` passes over sections are written; ``remaining`` in seconds."""

    done: int
    total: int
    remaining: float


@dataclass(frozen=True)
class PaintTaken:
    """The paint to learn from was copied; ``digest`` tells it from other paint."""

    digest: str


@dataclass(frozen=True)
class ModelLoaded:
    """A model folder was read and fits this version."""

    path: Path
    scheme: FaciesScheme
    config: TrainConfig
    description: str


@dataclass(frozen=True)
class TrainingOrder:
    """Everything a training run needs, fixed at the moment of the click."""

    volume: xr.DataArray
    copy_paint: Callable[[], PaintedTraces]
    scheme: FaciesScheme
    config: TrainConfig
    run: Path
    start_from: Path | None
    results: ResultSink


class Learning:
    """The functions of `napari_s6.learn` that the window uses, imported when they are called.

    Tests put others in their place.
    """

    def __init__(self) -> None:
        self._loaded: tuple[Path, str, Any] | None = None

    def devices(self) -> list[str]:
        """See `napari_s6.learn.device.available_devices`; torch must have been imported."""
        from napari_s6.learn.device import available_devices

        return available_devices()

    def train(self, *args: Any, **options: Any) -> Iterator[TrainingEvent]:
        """See `napari_s6.learn.training.train.train_model_events`."""
        import_torch().result()
        from napari_s6.learn.training.train import train_model_events

        return train_model_events(*args, **options)

    def load(self, path: Path, device: str) -> Any:
        """Load a model folder, or return it if it is the one that was loaded last."""
        if self._loaded is not None and self._loaded[:2] == (path, device):
            return self._loaded[2]
        import_torch().result()
        from napari_s6.learn.model import load_model_folder

        model = load_model_folder(path, device)
        self._loaded = (path, device, model)
        return model

    def predict_section(
        self, model: Any, volume: xr.DataArray, orientation: Orientation, index: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """See `napari_s6.learn.inference.predict.predict_section`."""
        from napari_s6.learn.inference.predict import predict_section

        return predict_section(model, volume, orientation, index)

    def predict_volume(self, model: Any, volume: xr.DataArray, **options: Any) -> Iterator[Any]:
        """See `napari_s6.learn.inference.predict.predict_volume`."""
        from napari_s6.learn.inference.predict import predict_volume

        return predict_volume(model, volume, **options)


def training_job(
    order: TrainingOrder, learning: Learning, token: Token
) -> Iterator[TrainingEvent | ModelLoaded | PaintTaken]:
    """Train as ordered, then load the model; previews are written before they are told."""
    painted = order.copy_paint()
    yield PaintTaken(paint_digest(painted))
    targets = make_targets(
        order.volume,
        painted,
        order.scheme,
        label_fraction=order.config.label_fraction,
        seed=order.config.seed,
    )
    if token.cancelled:
        return
    for event in learning.train(
        order.volume,
        targets,
        order.config,
        run=order.run,
        token=token,
        start_from=order.start_from,
    ):
        if isinstance(event, Previewed):
            order.results.put(
                event.orientation,
                event.index,
                event.codes,
                event.confidence,
                event.reconstruction,
            )
        yield event
        if isinstance(event, Failed):
            return  # it has been told; asked for more, the training would raise it
        if isinstance(event, Finished | Stopped) and event.path is not None:
            yield from loading_job(event.path, order.config.device, learning, token)


def loading_job(path: Path, device: str, learning: Learning, token: Token) -> Iterator[ModelLoaded]:
    """Load a model, to say what it is or that it cannot be used."""
    model = learning.load(path, device)
    yield ModelLoaded(path, model.scheme, model.config, model.describe())


def section_job(
    model_path: Path,
    device: str,
    volume: xr.DataArray,
    section: tuple[Orientation, int],
    results: ResultSink,
    learning: Learning,
    token: Token,
) -> Iterator[Predicted]:
    """Predict one section into the results."""
    model = learning.load(model_path, device)
    codes, confidence = learning.predict_section(model, volume, *section)
    results.put(*section, codes, confidence)
    results.flush()
    yield Predicted(1, 1, 0.0)


def volume_job(
    model_path: Path,
    device: str,
    volume: xr.DataArray,
    first: tuple[Orientation, int] | None,
    results: ResultSink,
    learning: Learning,
    token: Token,
) -> Iterator[Predicted]:
    """Predict all sections into the results, the one in view first."""
    model = learning.load(model_path, device)
    try:
        for progress in learning.predict_volume(
            model,
            volume,
            codes_out=results.codes_out,
            confidence_out=results.confidence_out,
            first=first,
            token=token,
        ):
            results.touched(progress.orientation, progress.index)
            yield Predicted(progress.done, progress.total, progress.remaining)
    finally:
        results.flush()


def need_model(model: ModelLoaded | None) -> ModelLoaded:
    """Return the model that predicts.

    Raises
    ------
    InputError
        If there is none yet.
    """
    if model is None:
        raise InputError("there is no model yet; train one or load one")
    return model


def name_of_run(survey: str) -> str:
    """Return what the model of a run that begins now is called."""
    return f"{Path(survey).stem} {datetime.now():%Y-%m-%d %H.%M.%S}"
