"""The loss of a batch: what the labels, the reconstruction and the teacher ask of the network."""

from dataclasses import dataclass

import torch
from torch import Tensor

from napari_s6.learn.config import TrainConfig
from napari_s6.learn.data.augmentation import add_noise, exchange_boxes, hide_blocks, random_boxes
from napari_s6.learn.data.batches import Batch
from napari_s6.learn.device import memory_format, precision_context
from napari_s6.learn.network.compiled import CompiledForward, Compiler
from napari_s6.learn.network.losses import (
    consistency,
    cross_entropy,
    mean_square,
    squared_error,
    weigh,
)
from napari_s6.learn.network.network import S6Network

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
        self.forward = CompiledForward(network, compiler)
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
        probabilities = self._teacher_probabilities(batch, labelled) if taught else None
        seen, wanted, valid = batch.amplitude, batch.amplitude, batch.valid
        if others:
            harder = seen[labelled:]
            if probabilities is not None and others > 1:
                where = random_boxes(others, seen.shape[-2], seen.shape[-1], device)
                harder = exchange_boxes(harder, where)
                probabilities = exchange_boxes(probabilities, where)
                wanted = torch.cat([wanted[:labelled], harder])
                valid = torch.cat([valid[:labelled], exchange_boxes(valid[labelled:], where)])
            harder = hide_blocks(harder, config.hidden_share, config.hidden_block)
            seen = torch.cat([seen[:labelled], add_noise(harder, config.noise)])
        segmented = len(seen) if taught else labelled
        with precision_context(device, config.precision):
            logits, reconstruction = self.forward(
                seen.contiguous(memory_format=memory_format(device)),
                segmented,
                apart=labelled if config.batch_statistics == "separate" else None,
            )
        entropy = cross_entropy(logits[:labelled], batch.labels[:labelled])
        loss = entropy
        if probabilities is not None:
            weight = config.consistency * min(1.0, progress / RAMP)
            loss = loss + weight * consistency(logits[labelled:], probabilities, valid[labelled:])
        share = torch.zeros((), device=device)
        if reconstruction is not None:
            error = squared_error(reconstruction, wanted, valid)
            power = mean_square(wanted, valid)
            share = (error / power.clamp(min=1e-12)).detach()
            loss = weigh(
                loss,
                error,
                power,
                weight=config.reconstruction_weight,
                scaling=config.loss_scaling,
            )
        return Terms(loss, entropy.detach(), share)

    @torch.no_grad()
    def _teacher_probabilities(self, batch: Batch, labelled: int) -> Tensor:
        """Class probabilities of the unlabelled elements as they are, by the averaged weights."""
        inputs = batch.amplitude[labelled:]
        inputs = inputs.contiguous(memory_format=memory_format(inputs.device))
        with precision_context(inputs.device, self.config.precision):
            logits = self.teacher.segment(self.teacher.encoder(inputs))
        return logits.float().softmax(dim=1)
