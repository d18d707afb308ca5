"""What an interrupted run needs to go on as if it had not been: one safetensors file."""

from pathlib import Path

import torch
from torch import Tensor
from torch.optim import Optimizer

from napari_s6.learn.averaging import WeightAverage
from napari_s6.learn.checkpoint import fill, load_tensors, save_tensors
from napari_s6.learn.network import S6Network

TRAINING = "training.safetensors"


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
    names = [name for name, _ in network.named_parameters()]
    entries: dict[int, dict[str, Tensor]] = {}
    for key, value in _part(state, "optimiser.").items():
        kind, name = key.split(".", 1)
        entries.setdefault(names.index(name), {})[kind] = value
    groups = optimiser.state_dict()["param_groups"]
    optimiser.load_state_dict({"state": entries, "param_groups": groups})
    torch.set_rng_state(state["random.cpu"])
    device = next(network.parameters()).device
    if device.type == "cuda" and "random.cuda" in state:
        torch.cuda.set_rng_state(state["random.cuda"], device)


def _part(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {n.removeprefix(prefix): v for n, v in state.items() if n.startswith(prefix)}
