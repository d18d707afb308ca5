"""The loss of a batch: what the labels, the reconstruction and the teacher ask of the network."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from napari_s6.learn.config import TrainConfig
from napari_s6.learn.data.augmentation import add_noise, boxes, exchange, hide
from napari_s6.learn.data.batches import Batch
from napari_s6.learn.device import memory_format, precision_context
from napari_s6.learn.network.compiled import Compiler, Pass
from napari_s6.learn.network.losses import (
    agreement,
    cross_entropy,
    mean_square,
    squared_error,
    weigh,
)
from napari_s6.learn.network.network import S6Network, depth_input

RAMP = 0.3
"""The teacher's weight grows over this share of the run: at first it knows nothing."""


@dataclass(frozen=True)
class Terms:
    """The loss to descend, and its parts detached: nats, and share of the input's variance."""

    loss: Tensor
    entropy: Tensor
    error: Tensor


class Objective:
    """Computes the loss of micro-batches for one network.

    Parameters
    ----------
    network
        The network that learns.
    teacher
        The average of its weights, which ``consistency`` holds it to.
    compiler
        What compiles the network's pass; the teacher's is not compiled.
    """

    def __init__(
        self,
        network: S6Network,
        teacher: S6Network,
        config: TrainConfig,
        compiler: Compiler = "no",
    ) -> None:
        self.forward = Pass(network, compiler)
        self.teacher = teacher
        self.config = config

    def __call__(self, batch: Batch, labelled: int, progress: float) -> Terms:
        """The loss of a batch whose first ``labelled`` elements are labelled sections.

        ``progress`` is the share of the run that is done.
        """
        config = self.config
        others = len(batch.amplitude) - labelled
        device = batch.amplitude.device
        taught = config.consistency > 0 and others > 0
        chances = self._teacher_chances(batch, labelled) if taught else None
        seen, wanted, alive = batch.amplitude, batch.amplitude, batch.alive
        if others:
            harder = seen[labelled:]
            if chances is not None and config.exchange and others > 1:
                where = boxes(others, seen.shape[-2], seen.shape[-1], device)
                harder = exchange(harder, where)
                chances = exchange(chances, where)
                wanted = torch.cat([wanted[:labelled], harder])
                alive = torch.cat([alive[:labelled], exchange(alive[labelled:], where)])
            harder = hide(harder, config.hidden_share, config.hidden_block)
            seen = torch.cat([seen[:labelled], add_noise(harder, config.noise)])
        scored = len(seen) if taught or config.ties else labelled
        with precision_context(device, config.precision):
            scores, again = self.forward(
                self._inputs(seen, batch.depth),
                scored,
                apart=labelled if config.batch_statistics == "separate" else None,
            )
        entropy = cross_entropy(scores[:labelled], batch.labels[:labelled])
        loss = entropy
        if config.ties and others:
            loss = loss + config.tie_weight * cross_entropy(
                scores[labelled:], batch.labels[labelled:]
            )
        if chances is not None:
            weight = config.consistency * min(1.0, progress / RAMP)
            loss = loss + weight * agreement(
                scores[labelled:], chances, alive[labelled:], config.consistency_threshold
            )
        share = torch.zeros((), device=device)
        if again is not None:
            error = squared_error(again, wanted, alive)
            power = mean_square(wanted, alive)
            share = (error / power.clamp(min=1e-12)).detach()
            loss = weigh(
                loss,
                error,
                power,
                weight=config.reconstruction_weight * self._schedule(progress),
                scaling=config.loss_scaling,
            )
        return Terms(loss, entropy.detach(), share)

    def _inputs(self, amplitude: Tensor, depth: Tensor) -> Tensor:
        inputs = depth_input(amplitude, depth) if self.config.depth_channel else amplitude
        return inputs.contiguous(memory_format=memory_format(inputs.device))

    def _schedule(self, progress: float) -> float:
        """Share of the reconstruction's weight at this point of the run."""
        kind, done = self.config.reconstruction_schedule, min(1.0, progress)
        if kind == "falling":
            return 0.5 * (1 + math.cos(math.pi * done))
        if kind == "rising":
            return 0.5 * (1 - math.cos(math.pi * done))
        return 1.0

    @torch.no_grad()
    def _teacher_chances(self, batch: Batch, labelled: int) -> Tensor:
        """Class probabilities of the unlabelled elements as they are, by the averaged weights."""
        inputs = self._inputs(batch.amplitude[labelled:], batch.depth[labelled:])
        with precision_context(inputs.device, self.config.precision):
            scores = self.teacher.segment(self.teacher.encoder(inputs))
        return scores.float().softmax(dim=1)
