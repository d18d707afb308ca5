"""A network made ready to predict: the same function in fewer and faster operations."""

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from napari_s6.learn.device import memory_format
from napari_s6.learn.network.network import S6Network

UPSAMPLING = 4
"""The segmentation's logits are found at this stride and enlarged."""


class FusedNetwork:
    """Hold a copy of a network for prediction, its weights no longer to be changed.

    Batch norms are folded into the convolutions before them, memory is laid out as the device
    likes it, and weights are held in the precision that is computed in.

    Attributes
    ----------
    dtype, memory_format
        What inputs have to be.
    """

    def __init__(self, network: S6Network, half: bool) -> None:
        self.dtype = torch.bfloat16 if half else torch.float32
        self._network = copy.deepcopy(network).requires_grad_(False).eval()
        fold_batch_norms(self._network)
        self.memory_format = memory_format(next(network.parameters()).device)
        self._network.to(self.dtype, memory_format=self.memory_format)  # type: ignore[call-overload]
        self._network.segmentation_head[1] = nn.Identity()
        self.constrained = network.constrained

    def predict(self, inputs: Tensor, reconstruct: bool) -> dict[str, Tensor]:
        """Return what each head gives for (sections, 1, samples, traces), by name, float32.

        ``probabilities`` (sections, classes, traces, samples) and, if asked for and from a
        constrained model, the ``reconstruction`` (sections, 1, traces, samples).
        """
        features = self._network.encoder(inputs)
        outputs = {"probabilities": self._probabilities(features)}
        if reconstruct and self.constrained:
            outputs["reconstruction"] = self._network.reconstruct(features).float().transpose(2, 3)
        return outputs

    def _probabilities(self, features: list[Tensor]) -> Tensor:
        """Turn the logits while they are few: samples are next to each other from there on."""
        logits = self._network.segment(features).float().transpose(2, 3).contiguous()
        whole = F.interpolate(logits, scale_factor=UPSAMPLING, mode="bilinear", align_corners=True)
        return whole.softmax(dim=1)


def fold_batch_norms(module: nn.Module) -> None:
    """Fold each batch norm into the convolution that stands before it, in place.

    A convolution may stand at the end of a sequence, as in a separable one.
    """
    before: tuple[nn.Module, str] | None = None
    for name, child in list(module.named_children()):
        if isinstance(child, nn.BatchNorm2d) and before is not None:
            owner, place = before
            setattr(owner, place, fuse_conv_bn_eval(getattr(owner, place), child))
            setattr(module, name, nn.Identity())
        else:
            fold_batch_norms(child)
        before = _last_convolution(module, name)


def _last_convolution(module: nn.Module, name: str) -> tuple[nn.Module, str] | None:
    """Where the convolution is that a child ends in, if it does."""
    child = getattr(module, name)
    if isinstance(child, nn.Conv2d):
        return module, name
    if isinstance(child, nn.Sequential) and len(child):
        return _last_convolution(child, str(len(child) - 1))
    return None
