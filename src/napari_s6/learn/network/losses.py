"""The two losses of S6 and how they are weighed."""

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from napari_s6.facies.codes import UNLABELLED


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean softmax cross entropy over labelled pixels (equation 1 of the S6 paper), in nats.

    ``logits`` (batch, classes, samples, traces), ``labels`` uint8 (batch, samples, traces) with
    255 where nothing counts. A batch without any label costs nothing.
    """
    total = F.cross_entropy(logits.float(), labels.long(), ignore_index=UNLABELLED, reduction="sum")
    return total / (labels != UNLABELLED).sum().clamp(min=1)


def squared_error(reconstruction: Tensor, amplitude: Tensor, valid: Tensor) -> Tensor:
    """Mean squared error over live samples (equation 2 of the S6 paper, per sample)."""
    error = (reconstruction.float() - amplitude).square()
    return (error * valid).sum() / valid.sum().clamp(min=1)


def consistency(logits: Tensor, probabilities: Tensor, valid: Tensor) -> Tensor:
    """Return the cross entropy between a teacher's probabilities and the network's, in nats.

    ``logits`` and ``probabilities`` (batch, classes, samples, traces), ``valid`` (batch, 1,
    samples, traces).
    """
    entropy = -(probabilities * logits.float().log_softmax(dim=1)).sum(dim=1)
    return (entropy * valid[:, 0]).sum() / valid.sum().clamp(min=1)


def mean_square(amplitude: Tensor, valid: Tensor) -> Tensor:
    """Mean square of the live samples, the variance of amplitudes whose mean is zero."""
    return (amplitude.square() * valid).sum() / valid.sum().clamp(min=1)


def weigh(
    entropy: Tensor,
    error: Tensor,
    power: Tensor,
    *,
    weight: float,
    scaling: Literal["variance", "sum"],
) -> Tensor:
    """The training loss.

    ``"variance"``: cross entropy + weight x squared error / variance, which does not change with
    the amplitudes' scale; ``"sum"``: the plain sum of the paper.
    """
    if scaling == "variance":
        error = error / power.clamp(min=torch.finfo(power.dtype).tiny)
    return entropy + weight * error
