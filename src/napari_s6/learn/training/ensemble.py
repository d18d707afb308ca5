"""The networks of a run: the one that is being trained, and those that are finished."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from napari_s6.learn.config import TrainConfig
from napari_s6.learn.device import memory_format
from napari_s6.learn.model import WEIGHTS, build_network, fill, load_weights
from napari_s6.learn.network.averaging import WeightAverage
from napari_s6.learn.network.compiled import Compiler
from napari_s6.learn.network.network import S6Network
from napari_s6.learn.training.distributed import DistributedProcess
from napari_s6.learn.training.objective import Objective
from napari_s6.learn.training.resume import load_training, save_training, start_from_model

SEEDS_APART = 1000
WORTH_COUNTING = 0.5
"""Share of its training after which a network predicts beside the finished ones."""


class Ensemble:
    """Networks trained one after the other, from different weights; they predict together.

    Attributes
    ----------
    network, average, objective, optimiser
        The network in training, the average of its weights, its loss and its optimiser.
    finished
        Averages of the networks before it.
    best
        Weights of the present average where they did best on validation, if that is kept.
    note
        Where the weights started from, if not from scratch.
    compiler
        What the passes of networks yet to begin are compiled with.
    """

    network: S6Network
    average: WeightAverage
    objective: Objective
    optimiser: torch.optim.Optimizer

    def __init__(
        self,
        config: TrainConfig,
        n_classes: int,
        device: torch.device,
        process: DistributedProcess,
        start_from: Path | None = None,
    ) -> None:
        self._config, self._n_classes, self._device = config, n_classes, device
        self._process, self._start_from = process, start_from
        self.finished: list[S6Network] = []
        self.best: dict[str, Tensor] | None = None
        self.note = ""
        self.compiler: Compiler = config.compile
        self._begin()

    def _begin(self) -> None:
        """Make a network to train, with its average and its optimiser."""
        config, process = self._config, self._process
        seed = config.seed + SEEDS_APART * len(self.finished)
        torch.manual_seed(seed)
        self.network = build_network(config, self._n_classes).to(self._device)
        if self._start_from is not None:
            self.note = start_from_model(self.network, self._start_from, self._n_classes)
        process.broadcast_weights(self.network)
        if not process.leads:
            torch.manual_seed(seed + process.rank)  # dropout of its own
        # Before anything refers to the weights: their memory is another one afterwards.
        self.network.to(memory_format=memory_format(self._device))
        self.average = WeightAverage(self.network, config.averaging)
        self.objective = Objective(self.network, self.average.network, config, self.compiler)
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(),
            lr=config.learning_rate,
            weight_decay=config.weight_decay,
            fused=self._device.type in ("cuda", "cpu"),
        )

    def set_learning_rate(self, rate: float) -> None:
        """Have the optimiser's next step go so far."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate

    def next(self) -> None:
        """Keep the present network and begin another."""
        if self.best is not None:
            self.average.network.load_state_dict(self.best)
        self.finished.append(self.average.network)
        self.best = None
        self._begin()

    def keep_best(self) -> None:
        """Remember the present average as the best so far."""
        state = self.average.network.state_dict()
        self.best = {name: value.clone() for name, value in state.items()}

    def predicting(self, share: float) -> list[S6Network]:
        """What predicts when the present network has had this share of its training.

        One that has just begun does not count beside finished ones.
        """
        if self.finished and share < WORTH_COUNTING:
            return self.finished
        return [*self.finished, self.average.network]

    def weights(self, share: float) -> list[dict[str, Tensor]]:
        """Weights of those that predict, the best ones of the present network if kept."""
        states: list[dict[str, Tensor]] = [net.state_dict() for net in self.predicting(share)]
        if self.best is not None and len(states) > len(self.finished):
            states[-1] = self.best
        return states

    def end(self) -> None:
        """Put the best weights, if kept, in place of the last ones."""
        if self.best is not None:
            self.average.network.load_state_dict(self.best)

    def save(self, folder: Path, step: int) -> None:
        """Write what training goes on from."""
        save_training(folder, self.network, self.average, self.optimiser, step)

    def restore(self, folder: Path, metrics: dict[str, Any]) -> None:
        """Take up what a run left in its folder.

        Raises
        ------
        InputError
            If the weights belong to other networks.
        """
        weights, done = load_weights(folder), int(metrics.get("finished", 0))
        for number in range(done):
            network = build_network(self._config, self._n_classes).to(self._device)
            fill(network, weights[number], folder / WEIGHTS)
            network.to(memory_format=memory_format(self._device))
            self.finished.append(network.eval().requires_grad_(False))
        load_training(folder, self.network, self.average, self.optimiser)
        if self._config.keep == "best" and "best_iou" in metrics and len(weights) > done:
            self.best = weights[-1]
