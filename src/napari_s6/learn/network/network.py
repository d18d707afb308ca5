"""The network of S6: one encoder, a decoder that segments and a decoder that reconstructs."""

from collections.abc import Sequence
from typing import Any, Literal

import segmentation_models_pytorch as smp
import torch
from segmentation_models_pytorch.decoders.deeplabv3.decoder import (
    DeepLabV3PlusDecoder,
    SeparableConv2d,
)
from torch import Tensor, nn

STRIDE = 16
"""Height and width of the input must be multiples of this."""


ReconstructionHead = Literal["bilinear", "pixel_shuffle"]


class S6Network(nn.Module):
    """DeepLabV3+ on a ResNet-18 trained from scratch, with one or two decoders.

    The segmentation decoder gives class logits; the reconstruction decoder, in the constrained
    model, gives back the amplitudes. Each has an ASPP and batch-norm statistics of its own, as
    in section 2.1 of the S6 paper; inputs are (batch, 1, samples, traces) with both sizes
    multiples of 16.

    Parameters
    ----------
    n_classes
        Number of facies.
    encoder_stages
        4: the whole ResNet-18, its last stage dilated; 3: without its last stage, half the work.
    reconstruction_head
        ``"bilinear"``: a 1 x 1 convolution enlarged four times, as the segmentation's;
        ``"pixel_shuffle"``: sixteen values per cell rearranged to full resolution, which can
        draw a reflection; None: the unconstrained model.
    reconstruction_skip
        Whether the reconstruction also reads the encoder's features at stride 4.
    """

    def __init__(
        self,
        n_classes: int,
        *,
        encoder_stages: Literal[3, 4] = 4,
        decoder_channels: int = 48,
        atrous_rates: tuple[int, int, int] = (6, 12, 18),
        decoder_dropout: float = 0.1,
        reconstruction_head: ReconstructionHead | None = "pixel_shuffle",
        reconstruction_skip: bool = True,
    ) -> None:
        super().__init__()
        self.encoder = smp.encoders.get_encoder(
            "resnet18",
            in_channels=1,
            depth=encoder_stages + 1,
            weights=None,
            output_stride=STRIDE,
        )

        if encoder_stages == 3:
            del self.encoder.layer4  # built all the same, and never run
        self.segmentation_decoder = DeepLabV3PlusDecoder(
            encoder_channels=self.encoder.out_channels,
            encoder_depth=encoder_stages + 1,
            out_channels=decoder_channels,
            atrous_rates=atrous_rates,
            output_stride=STRIDE,
            aspp_separable=True,
            aspp_dropout=decoder_dropout,
        )
        self.segmentation_head = nn.Sequential(
            nn.Conv2d(decoder_channels, n_classes, 1), nn.UpsamplingBilinear2d(scale_factor=4)
        )
        _compute_exactly(self.segmentation_decoder)
        # Built last, so that both models start from the same weights under the same seed.
        self.reconstruction_decoder: ReconstructionDecoder | None = None
        self.reconstruction_head: nn.Module | None = None
        if reconstruction_head is not None:
            self.reconstruction_decoder = ReconstructionDecoder(
                self.encoder.out_channels,
                decoder_channels,
                atrous_rates,
                decoder_dropout,
                skip=reconstruction_skip,
            )
            self.reconstruction_head = _reconstruction_head(reconstruction_head, decoder_channels)

    @property
    def constrained(self) -> bool:
        """Whether the network also reconstructs its input."""
        return self.reconstruction_decoder is not None

    def segment(self, features: list[Tensor]) -> Tensor:
        """Return logits (batch, classes, samples, traces) from the encoder's features."""
        decoder = self.segmentation_decoder
        upsampled = decoder.up(decoder.aspp(features[-1]))
        joined = torch.cat([upsampled, decoder.block1(features[2])], dim=1)
        logits: Tensor = self.segmentation_head(decoder.block2(joined))
        return logits

    def reconstruct(self, features: list[Tensor]) -> Tensor:
        """Return amplitudes (batch, 1, samples, traces) from the encoder's features."""
        if self.reconstruction_decoder is None or self.reconstruction_head is None:
            raise ValueError("an unconstrained model has no reconstruction")
        amplitudes: Tensor = self.reconstruction_head(self.reconstruction_decoder(features))
        return amplitudes

    def forward(
        self, inputs: Tensor, segmented: int, *, apart: int | None = None
    ) -> dict[str, Tensor]:
        """Return what each head gives, by name.

        ``logits`` of the first ``segmented`` elements and, from a constrained model, the
        ``reconstruction`` of all of them: see `segment` and `reconstruct`. With ``apart`` the
        first so many elements go through the encoder by themselves, so that in training each
        part is normalised by its own statistics.
        """
        features = self._encode(inputs, apart)
        outputs = {"logits": self.segment([feature[:segmented] for feature in features])}
        if self.constrained:
            outputs["reconstruction"] = self.reconstruct(features)
        return outputs

    def _encode(self, inputs: Tensor, apart: int | None) -> list[Tensor]:
        if apart is None or not 0 < apart < len(inputs):
            features: list[Tensor] = self.encoder(inputs)
            return features
        parts = self.encoder(inputs[:apart]), self.encoder(inputs[apart:])
        return [torch.cat(pair) for pair in zip(*parts, strict=True)]


def _reconstruction_head(kind: ReconstructionHead, channels: int) -> nn.Module:
    """Make the layers from a decoder's features to one amplitude a pixel."""
    if kind == "bilinear":
        return nn.Sequential(nn.Conv2d(channels, 1, 1), nn.UpsamplingBilinear2d(scale_factor=4))
    return nn.Sequential(nn.Conv2d(channels, 16, 3, padding=1), nn.PixelShuffle(4))


class ReconstructionDecoder(nn.Module):
    """The second decoder, laid out as the first one of DeepLabV3+.

    Parameters
    ----------
    encoder_channels
        Channels of the encoder's features, finest first.
    skip
        Whether the features at stride 4 are joined in.
    """

    def __init__(
        self,
        encoder_channels: Sequence[int],
        channels: int,
        atrous_rates: tuple[int, int, int],
        dropout: float,
        *,
        skip: bool,
    ) -> None:
        super().__init__()
        whole = DeepLabV3PlusDecoder(
            encoder_channels=encoder_channels,
            encoder_depth=len(encoder_channels) - 1,
            out_channels=channels,
            atrous_rates=atrous_rates,
            output_stride=STRIDE,
            aspp_separable=True,
            aspp_dropout=dropout,
        )
        _compute_exactly(whole)
        self.aspp, self.up = whole.aspp, whole.up
        self.block1 = whole.block1 if skip else None
        self.block2 = whole.block2
        if not skip:
            self.block2 = nn.Sequential(
                SeparableConv2d(channels, channels, kernel_size=3, padding=1, bias=False),
                nn.BatchNorm2d(channels),
                nn.ReLU(),
            )

    def forward(self, features: list[Tensor]) -> Tensor:
        """Return features at stride 4 from those of the encoder."""
        upsampled = self.up(self.aspp(features[-1]))
        if self.block1 is not None:
            upsampled = torch.cat([upsampled, self.block1(features[2])], dim=1)
        decoded: Tensor = self.block2(upsampled)
        return decoded


class AtrousDepthwise(nn.Conv2d):
    """A dilated convolution of each channel by itself; in training on a CPU, in float32.

    There the gradient of its weights comes out wrong in bfloat16 where channels lie last (with
    torch 2.15: parts of it are never written, others are off by more than their size).
    """

    @classmethod
    def like(cls, convolution: nn.Conv2d) -> "AtrousDepthwise":
        """The same convolution with the same weights, without drawing new ones."""
        names = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation")
        shape: dict[str, Any] = {name: getattr(convolution, name) for name in names}
        bias = convolution.bias is not None
        made = cls(**shape, groups=convolution.groups, bias=bias, device="meta")
        made.weight, made.bias = convolution.weight, convolution.bias
        return made

    def forward(self, input: Tensor) -> Tensor:
        """`torch.nn.Conv2d.forward`."""
        if input.device.type != "cpu" or not torch.is_grad_enabled():
            return super().forward(input)
        with torch.autocast("cpu", enabled=False):
            return super().forward(input.to(self.weight.dtype))


def _compute_exactly(decoder: nn.Module) -> None:
    """Put `AtrousDepthwise` in place of a decoder's dilated depthwise convolutions."""
    for module in decoder.modules():
        if isinstance(module, SeparableConv2d) and module[0].dilation != (1, 1):
            module[0] = AtrousDepthwise.like(module[0])
