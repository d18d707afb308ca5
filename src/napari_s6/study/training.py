"""Training a run in memory, with what its curves show."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import xarray as xr

from napari_s6.errors import InputError
from napari_s6.facies.sections import Section
from napari_s6.facies.targets import Targets
from napari_s6.learn import events
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.model import Model
from napari_s6.learn.training.train import train_model_events

CURVE_POINTS = 200
"""About so many points make a training curve."""

Listener = Callable[[events.TrainingEvent], None]


class RunFailedError(RuntimeError):
    """A run broke off for a reason that its input does not tell."""


@dataclass(frozen=True)
class Trained:
    """A trained model with the history of its training, in plain values."""

    model: Model
    history: dict[str, Any]
    device: str
    seconds: float


def train_run(
    volume: xr.DataArray,
    targets: Targets,
    config: TrainConfig,
    *,
    validation: Targets | None = None,
    exclude: Collection[Section] = (),
    unlabelled: Sequence[xr.DataArray] = (),
    listener: Listener | None = None,
) -> Trained:
    """Train to the end and return the model that the configuration keeps.

    The history holds ``steps``, ``reason``, ``parameters``, ``notes``, ``curve`` (step, losses by
    name: see `events.Stepped`) and ``validation`` (step, mean IoU, cross entropy). It is the same
    for the same seed, however fast the machine.

    Raises
    ------
    InputError
        If the training says that its input is at fault.
    RunFailedError
        If it ends in another error.
    """
    stream = train_model_events(
        volume,
        targets,
        config,
        unlabelled=unlabelled,
        validation=validation,
        exclude=exclude,
        tell_every=max(1, (config.steps or 20 * CURVE_POINTS) // CURVE_POINTS),
    )
    history: dict[str, Any] = {"curve": [], "validation": []}
    device, seconds, model = "", 0.0, None
    while True:
        try:
            event = next(stream)
        except StopIteration as end:
            model = end.value
            break
        if listener is not None:
            listener(event)
        match event:
            case events.Started():
                device = event.device
                history |= {"parameters": event.parameters, "notes": list(event.notes)}
            case events.Noted():
                history["notes"].append(event.text)
            case events.Stepped():
                history["curve"].append((event.step, dict(event.losses)))
                seconds = event.elapsed
            case events.Evaluated():
                history["validation"].append((event.step, event.mean_iou, event.cross_entropy))
            case events.Finished():
                history |= {"steps": event.step, "reason": event.reason}
            case events.Failed() if event.input_error:
                raise InputError(event.message)
            case events.Failed():
                raise RunFailedError(f"{event.message}\n{event.traceback}")
    if model is None:
        raise RunFailedError("training ended without a model")
    history["best_step"] = model.record.metrics.get("best_step")
    return Trained(model, history, device, seconds)
