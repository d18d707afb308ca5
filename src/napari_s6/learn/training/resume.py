"""Where a run begins: in a new folder, with another model's weights, or where it broke off."""

from pathlib import Path

import torch
from torch import Tensor
from torch.optim import Optimizer

from napari_s6.errors import InputError
from napari_s6.learn.model import (
    RECORD,
    WEIGHTS,
    fill,
    load_record,
    load_tensors,
    load_weights,
    save_tensors,
)
from napari_s6.learn.network.averaging import WeightAverage
from napari_s6.learn.network.network import S6Network

TRAINING = "training.safetensors"


def check_folder(run: Path | None, resume: bool) -> None:
    """Make the folder of a run, or see that there is one to resume; None: nothing is saved.

    Raises
    ------
    InputError
        If it holds something already, or nothing to resume, or cannot be made.
    """
    if run is None:
        return
    there = (run / RECORD).exists()
    if there and not resume:
        raise InputError(f"{run}: holds a model already; use --resume or another folder")
    if resume and not there:
        raise InputError(f"{run}: holds no model to resume; leave out --resume")
    try:
        if not there and run.exists() and any(run.iterdir()):
            raise InputError(f"{run}: exists and is not empty; choose another folder")
        run.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{run}: cannot be made ({error.strerror}); choose another folder"
        ) from error


def start_from_model(network: S6Network, folder: Path, n_classes: int) -> str:
    """Fill a network with another model's weights, and say so.

    A reconstruction that only one of the two has is no obstacle: it is left out, or stays as it is.

    Raises
    ------
    InputError
        If the model has other facies or another network.
    """
    earlier = load_record(folder)
    if earlier.scheme.n_classes != n_classes:
        raise InputError(
            f"{folder}: was trained on {earlier.scheme.n_classes} facies, the labels have "
            f"{n_classes}; train from scratch or use its scheme"
        )
    weights = load_weights(folder)[0]
    fresh = network.state_dict()
    for name in [*weights, *fresh]:
        if name.startswith("reconstruction_"):
            if name not in fresh:
                weights.pop(name, None)
            elif name not in weights:
                weights[name] = fresh[name]
    fill(network, weights, folder / WEIGHTS)
    return f"starts from {folder.name} ({earlier.step} steps)"


def save_training(
    folder: Path, network: S6Network, average: WeightAverage, optimiser: Optimizer, step: int
) -> None:
    """Write weights, averaged weights, optimiser and torch's random state beside the model."""
    state = {f"network.{n}": v for n, v in network.state_dict().items()}
    state |= {f"average.{n}": v for n, v in average.network.state_dict().items()}
    names = [name for name, _ in network.named_parameters()]
    for index, entries in optimiser.state_dict()["state"].items():
        for key, value in entries.items():
            state[f"optimiser.{key}.{names[index]}"] = torch.as_tensor(value)
    state["random.cpu"] = torch.get_rng_state()
    device = next(network.parameters()).device
    if device.type == "cuda":
        state["random.cuda"] = torch.cuda.get_rng_state(device)
    save_tensors(folder / TRAINING, state, {"step": str(step)})


def load_training(
    folder: Path, network: S6Network, average: WeightAverage, optimiser: Optimizer
) -> None:
    """Put back what `save_training` wrote.

    Raises
    ------
    InputError
        If the file is missing, broken, or belongs to another network.
    """
    path = folder / TRAINING
    state = load_tensors(path)
    fill(network, _part(state, "network."), path)
    fill(average.network, _part(state, "average."), path)
    weights = dict(network.named_parameters())
    names = list(weights)
    entries: dict[int, dict[str, Tensor]] = {}
    for key, value in _part(state, "optimiser.").items():
        kind, name = key.split(".", 1)
        if value.shape == weights[name].shape:
            # Fused optimisers walk through memory: it must lie there as the weights do.
            value = torch.empty_like(weights[name], requires_grad=False).copy_(value)
        entries.setdefault(names.index(name), {})[kind] = value
    groups = optimiser.state_dict()["param_groups"]
    optimiser.load_state_dict({"state": entries, "param_groups": groups})
    torch.set_rng_state(state["random.cpu"])
    device = next(network.parameters()).device
    if device.type == "cuda" and "random.cuda" in state:
        torch.cuda.set_rng_state(state["random.cuda"], device)


def _part(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {n.removeprefix(prefix): v for n, v in state.items() if n.startswith(prefix)}
