"""The losses: cross entropy, squared error of the reconstruction, agreement with a teacher."""

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from napari_s6.facies.codes import UNLABELLED


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the mean softmax cross entropy over labelled pixels, in nats.

    Equation 1 of the S6 paper. ``logits`` (batch, classes, samples, traces), ``labels`` uint8
    (batch, samples, traces) with 255 where nothing counts. A batch without labels costs nothing.
    """
    total = F.cross_entropy(logits.float(), labels.long(), ignore_index=UNLABELLED, reduction="sum")
    return total / (labels != UNLABELLED).sum().clamp(min=1)


def squared_error(reconstruction: Tensor, amplitude: Tensor, valid: Tensor) -> Tensor:
    """Return the mean squared error over live samples (equation 2 of the S6 paper, per sample)."""
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
    """Return the mean square of the live samples, the variance of amplitudes whose mean is zero."""
    return (amplitude.square() * valid).sum() / valid.sum().clamp(min=1)


def scaled_error(error: Tensor, power: Tensor, scaling: Literal["variance", "sum"]) -> Tensor:
    """Return the squared error as it counts in the loss.

    ``"variance"``: as a share of the variance ``power``, which does not change with the
    amplitudes' scale; ``"sum"``: as it is, in the plain sum of the paper.
    """
    return (
        error / power.clamp(min=torch.finfo(power.dtype).tiny) if scaling == "variance" else error
    )
