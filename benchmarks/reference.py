"""The yardstick: the same method written as a textbook would, with every library's defaults.

A DeepLabV3+ of segmentation-models-pytorch with its 256-channel decoder (and, for the constrained
model, a second one), whole sections from a DataLoader, Adam, float32.
"""

import copy
from collections.abc import Iterator

import numpy as np
import segmentation_models_pytorch as smp
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset


class ReferenceNetwork(nn.Module):
    """smp's DeepLabV3+ with, for the constrained model, a second decoder and head."""

    def __init__(self, n_classes: int, constrained: bool, channels: int = 256) -> None:
        super().__init__()
        self.model = smp.DeepLabV3Plus(
            "resnet18",
            encoder_weights=None,
            in_channels=1,
            classes=n_classes,
            decoder_channels=channels,
        )
        self.decoder = copy.deepcopy(self.model.decoder) if constrained else None
        self.head = nn.Sequential(
            nn.Conv2d(channels, 1, 1), nn.UpsamplingBilinear2d(scale_factor=4)
        )

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor | None]:
        """Class scores and, if constrained, the reconstruction."""
        features = self.model.encoder(images)
        scores = self.model.segmentation_head(self.model.decoder(features))
        if self.decoder is None:
            return scores, None
        return scores, self.head(self.decoder(features))


class Sections(Dataset[tuple[Tensor, Tensor]]):
    """Whole inlines, padded to multiples of 16; labels are 255 where there are none."""

    def __init__(self, seismic: np.ndarray, labels: np.ndarray) -> None:
        self.seismic, self.labels = seismic, labels

    def __len__(self) -> int:
        return len(self.seismic)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        image = torch.from_numpy(self.seismic[index].T.astype(np.float32))
        target = torch.from_numpy(self.labels[index].T.astype(np.int64))
        down, across = (-size % 16 for size in image.shape)
        image = F.pad(image[None, None], (0, across, 0, down), mode="reflect")[0]
        return image, F.pad(target, (0, across, 0, down), value=255)


def train(
    network: ReferenceNetwork,
    seismic: np.ndarray,
    labels: np.ndarray,
    batch: int,
    device: torch.device,
    rate: float = 5e-4,
) -> Iterator[int]:
    """Yield the sections taken in by each optimiser step, for ever."""
    network.to(device).train()
    loader = DataLoader(Sections(seismic, labels), batch_size=batch, shuffle=True, drop_last=True)
    optimiser = torch.optim.Adam(network.parameters(), lr=rate)
    while True:
        for images, targets in loader:
            images, targets = images.to(device), targets.to(device)
            scores, reconstruction = network(images)
            loss = F.cross_entropy(scores, targets, ignore_index=255)
            loss = torch.nan_to_num(loss)  # a batch without labels
            if reconstruction is not None:
                loss = loss + F.mse_loss(reconstruction, images)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            yield len(images)


@torch.no_grad()
def predict(
    network: ReferenceNetwork, seismic: np.ndarray, device: torch.device
) -> Iterator[np.ndarray]:
    """Yield the predicted codes (samples, traces) of one section after the other."""
    network.to(device).eval()
    nothing = np.zeros(seismic.shape, np.uint8)
    for image, _ in DataLoader(Sections(seismic, nothing), batch_size=1):
        scores, _ = network(image.to(device))
        found = scores.softmax(dim=1).argmax(dim=1)[0]
        yield found[: seismic.shape[2], : seismic.shape[1]].cpu().numpy()


@torch.no_grad()
def predict_both(
    network: ReferenceNetwork, seismic: np.ndarray, device: torch.device
) -> np.ndarray:
    """Codes (inlines, crosslines, samples) from the mean of both orientations' probabilities."""
    network.to(device).eval()
    probabilities: np.ndarray | None = None
    for turned in (False, True):
        lines = seismic.swapaxes(0, 1) if turned else seismic
        nothing = np.zeros(lines.shape, np.uint8)
        for index, (image, _) in enumerate(DataLoader(Sections(lines, nothing), batch_size=1)):
            scores, _ = network(image.to(device))
            found = scores.softmax(dim=1)[0, :, : lines.shape[2], : lines.shape[1]]
            here = found.permute(2, 1, 0).cpu().numpy()
            if probabilities is None:
                probabilities = np.zeros((*seismic.shape, here.shape[-1]), np.float32)
            if turned:
                probabilities[:, index] += here
            else:
                probabilities[index] += here
    if probabilities is None:
        raise ValueError("a volume without sections")
    codes: np.ndarray = probabilities.argmax(axis=-1).astype(np.uint8)
    return codes
