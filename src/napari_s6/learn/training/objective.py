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
    scaled_error,
    squared_error,
)
from napari_s6.learn.network.network import S6Network

RAMP = 0.3
"""The teacher's weight grows over this share of the run: at first it knows nothing."""


@dataclass(frozen=True)
class Losses:
    """Hold the weighted sum to descend, and each loss by name as it is told: unweighted, detached.

    ``cross_entropy`` and ``consistency`` are in nats a pixel, ``reconstruction`` is a share of the
    input's variance. A loss that `Objective` adds to the sum is drawn, printed and stored by
    its name here.
    """

    total: Tensor
    by_name: dict[str, Tensor]


@dataclass(frozen=True)
class _View:
    """What of a batch the network is shown, and what it should answer.

    ``shown`` and ``wanted`` are amplitudes, ``valid`` their mask; ``taught`` are the teacher's
    probabilities of the unlabelled elements, None without a teacher.
    """

    shown: Tensor
    wanted: Tensor
    valid: Tensor
    taught: Tensor | None


class Objective:
    """Computes the losses of micro-batches for one network.

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

    def __call__(self, batch: Batch, labelled: int, progress: float) -> Losses:
        """Compute the losses of a batch whose first ``labelled`` elements are labelled sections.

        ``progress`` is the share of the network's training that is done.
        """
        config, view = self.config, self._augmented(batch, labelled)
        with precision_context(view.shown.device, config.precision):
            outputs = self.forward(
                _laid_out(view.shown),
                labelled if view.taught is None else len(view.shown),
                apart=labelled if config.batch_statistics == "separate" else None,
            )
        logits = outputs["logits"]
        total = cross_entropy(logits[:labelled], batch.labels[:labelled])
        losses = {"cross_entropy": total}
        if view.taught is not None:
            loss = consistency(logits[labelled:], view.taught, view.valid[labelled:])
            losses["consistency"] = loss
            total = total + config.consistency * min(1.0, progress / RAMP) * loss
        if "reconstruction" in outputs:
            error = squared_error(outputs["reconstruction"], view.wanted, view.valid)
            power = mean_square(view.wanted, view.valid)
            losses["reconstruction"] = error / power.clamp(min=1e-12)
            error = scaled_error(error, power, config.loss_scaling)
            total = total + config.reconstruction_weight * error
        return Losses(total, {name: loss.detach() for name, loss in losses.items()})

    def _augmented(self, batch: Batch, labelled: int) -> _View:
        """Make unlabelled elements harder: parts of others in them, hidden blocks and noise.

        Parts are exchanged for the teacher alone, which sees the elements as they are.
        """
        config = self.config
        amplitude, valid = batch.amplitude, batch.valid
        others = len(amplitude) - labelled
        if not others:
            return _View(amplitude, amplitude, valid, None)
        harder, wanted, taught = amplitude[labelled:], amplitude, None
        if config.consistency > 0:
            taught = self._teacher_probabilities(harder)
        if taught is not None and others > 1:
            samples, traces = amplitude.shape[-2:]
            where = random_boxes(others, samples, traces, amplitude.device)
            harder, taught = exchange_boxes(harder, where), exchange_boxes(taught, where)
            wanted = torch.cat([amplitude[:labelled], harder])
            valid = torch.cat([valid[:labelled], exchange_boxes(valid[labelled:], where)])
        harder = hide_blocks(harder, config.hidden_share, config.hidden_block)
        harder = add_noise(harder, config.noise)
        return _View(torch.cat([amplitude[:labelled], harder]), wanted, valid, taught)

    @torch.no_grad()
    def _teacher_probabilities(self, amplitude: Tensor) -> Tensor:
        """Return what the averaged weights take unlabelled elements for."""
        with precision_context(amplitude.device, self.config.precision):
            logits = self.teacher.segment(self.teacher.encoder(_laid_out(amplitude)))
        return logits.float().softmax(dim=1)


def _laid_out(amplitude: Tensor) -> Tensor:
    return amplitude.contiguous(memory_format=memory_format(amplitude.device))
