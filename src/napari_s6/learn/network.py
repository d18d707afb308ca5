"""The network of S6: one encoder, a decoder that segments and a decoder that reconstructs."""

from typing import Literal

import segmentation_models_pytorch as smp
import torch
from segmentation_models_pytorch.decoders.deeplabv3.decoder import DeepLabV3PlusDecoder
from torch import Tensor, nn

STRIDE = 16
"""Height and width of the input must be multiples of this."""


class S6Network(nn.Module):
    """DeepLabV3+ on a ResNet-18 trained from scratch, with one or two decoders.

    The segmentation decoder gives class scores; the reconstruction decoder, in the constrained
    model, gives back the amplitudes. Each has an ASPP and batch-norm statistics of its own, as
    in section 2.1 of the S6 paper; inputs are (batch, channels, samples, traces) with both sizes
    multiples of 16.

    Parameters
    ----------
    n_classes
        Number of facies.
    in_channels
        1 (amplitude) or 2 (amplitude and depth).
    reconstruction_head
        ``"bilinear"``: a 1 x 1 convolution enlarged four times, as the segmentation's;
        ``"pixel_shuffle"``: sixteen values per cell rearranged to full resolution, which can
        draw a reflection; None: the unconstrained model.
    """

    def __init__(
        self,
        n_classes: int,
        *,
        in_channels: int = 1,
        decoder_channels: int = 48,
        atrous_rates: tuple[int, int, int] = (6, 12, 18),
        decoder_dropout: float = 0.1,
        reconstruction_head: Literal["bilinear", "pixel_shuffle"] | None = "pixel_shuffle",
    ) -> None:
        super().__init__()
        self.encoder = smp.encoders.get_encoder(
            "resnet18", in_channels=in_channels, depth=5, weights=None, output_stride=STRIDE
        )

        def decoder() -> DeepLabV3PlusDecoder:
            return DeepLabV3PlusDecoder(
                encoder_channels=self.encoder.out_channels,
                encoder_depth=5,
                out_channels=decoder_channels,
                atrous_rates=atrous_rates,
                output_stride=STRIDE,
                aspp_separable=True,
                aspp_dropout=decoder_dropout,
            )

        self.segmentation_decoder = decoder()
        self.segmentation_head = nn.Sequential(
            nn.Conv2d(decoder_channels, n_classes, 1), nn.UpsamplingBilinear2d(scale_factor=4)
        )
        # Built last, so that both models start from the same weights under the same seed.
        self.reconstruction_decoder: nn.Module | None = None
        self.reconstruction_head: nn.Module | None = None
        if reconstruction_head is not None:
            self.reconstruction_decoder = decoder()
            if reconstruction_head == "bilinear":
                self.reconstruction_head = nn.Sequential(
                    nn.Conv2d(decoder_channels, 1, 1), nn.UpsamplingBilinear2d(scale_factor=4)
                )
            else:
                self.reconstruction_head = nn.Sequential(
                    nn.Conv2d(decoder_channels, 16, 3, padding=1), nn.PixelShuffle(4)
                )

    @property
    def constrained(self) -> bool:
        """Whether the network also reconstructs its input."""
        return self.reconstruction_decoder is not None

    def segment(self, features: list[Tensor]) -> Tensor:
        """Class scores (batch, classes, samples, traces) from the encoder's features."""
        return self.segmentation_head(self.segmentation_decoder(features))

    def reconstruct(self, features: list[Tensor]) -> Tensor:
        """Amplitudes (batch, 1, samples, traces) from the encoder's features."""
        if self.reconstruction_decoder is None or self.reconstruction_head is None:
            raise ValueError("an unconstrained model has no reconstruction")
        return self.reconstruction_head(self.reconstruction_decoder(features))

    def forward(self, inputs: Tensor, labelled: int) -> tuple[Tensor, Tensor | None]:
        """Scores of the first ``labelled`` samples, and the reconstruction of all of them."""
        features = self.encoder(inputs)
        scores = self.segment([feature[:labelled] for feature in features])
        return scores, self.reconstruct(features) if self.constrained else None


def depth_input(amplitude: Tensor, depth: Tensor) -> Tensor:
    """Amplitudes (batch, 1, samples, traces) with depth (batch, samples) as a second channel."""
    plane = depth[:, None, :, None].expand_as(amplitude).to(amplitude.dtype)
    return torch.cat([amplitude, plane], dim=1)
