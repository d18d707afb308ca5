"""Sections of a survey through a model: probabilities, and the codes chosen from them."""

from collections.abc import Sequence

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from napari_s6.facies.codes import UNLABELLED
from napari_s6.learn.data.sections import LiveSection, SectionStore
from napari_s6.learn.inference.layering import layered
from napari_s6.learn.inference.prefetch import Group, padded, to_device
from napari_s6.learn.model import Model
from napari_s6.survey.volume import Orientation


class SectionReader:
    """Reads a survey's sections through a model, one or several at a time."""

    def __init__(self, model: Model, volume: xr.DataArray) -> None:
        self.model = model
        self.store = SectionStore(volume, model.record.normalisation, torch.device("cpu"), 0)
        self.shape = volume.shape

    def section(self, orientation: Orientation, index: int) -> LiveSection:
        """One section between its first and last live trace."""
        return LiveSection(self.store, orientation, index)

    @torch.inference_mode()
    def run(
        self, sections: Sequence[LiveSection], amplitudes: Tensor, *, reconstruct: bool = False
    ) -> tuple[Tensor, Tensor]:
        """Probabilities (sections, classes, traces, samples), on the device.

        ``amplitudes`` is (sections, traces, samples), normalised. With ``reconstruct``, also the
        normalised reconstruction (sections, traces, samples); empty if there is none.
        """
        device = self.model.device
        images = padded(to_device(amplitudes, device), sections).transpose(1, 2).float()
        found, reconstruction = self.model.run(images[:, None], reconstruct)
        here = np.s_[..., : amplitudes.shape[1], : amplitudes.shape[2]]
        drawn = (
            reconstruction[:, 0].transpose(1, 2)[here] if reconstruction.numel() else reconstruction
        )
        return found.transpose(2, 3)[here], drawn

    def predict(
        self, sections: Sequence[LiveSection], *, reconstruct: bool = False
    ) -> list[tuple[np.ndarray, np.ndarray | None]]:
        """Probabilities (classes, traces, samples) of each section's live extent.

        With ``reconstruct``, also its reconstruction (traces, samples) in the survey's own
        amplitudes; None if the model is unconstrained.
        """
        results = []
        for section in sections:
            amplitudes = section.amplitudes()[None]
            found, reconstruction = self.run([section], amplitudes, reconstruct=reconstruct)
            drawn = None
            if reconstruction.numel():
                drawn = self.model.record.normalisation.undo(reconstruction[0].cpu().numpy())
            results.append((found[0].cpu().numpy(), drawn))
        return results

    def on_grid(self, section: LiveSection, values: np.ndarray, fill: float) -> np.ndarray:
        """Values of a section's live extent on all traces of its line; dead ones get ``fill``."""
        traces = self.shape[1] if section.orientation == "iline" else self.shape[0]
        line = np.full((traces, *values.shape[1:]), fill, values.dtype)
        extent = line[section.first : section.stop]
        live = section.live.numpy()
        extent[live] = values[live]
        return line

    def codes(self, section: LiveSection, probabilities: np.ndarray) -> np.ndarray:
        """Codes of a section's live extent (traces, samples), as layers where the model says so."""
        return self._chosen(section, probabilities)[0].numpy()

    def decide(
        self, section: LiveSection, probabilities: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Codes and confidence on all traces of the line, from (classes, traces, samples).

        The confidence is the probability of the code that was chosen.
        """
        codes, confidence = self._chosen(section, probabilities)
        return (
            self.on_grid(section, codes.numpy(), UNLABELLED),
            self.on_grid(section, confidence.numpy(), 0.0),
        )

    def _chosen(self, section: LiveSection, probabilities: np.ndarray) -> tuple[Tensor, Tensor]:
        amplitudes = section.amplitudes()[None]
        codes, confidence = self._codes(
            torch.from_numpy(probabilities)[None], amplitudes, section.live[None]
        )
        return codes[0], confidence[0]

    @torch.inference_mode()
    def choose(
        self, group: Group, probabilities: Tensor, amplitudes: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Codes uint8 and confidence float32, both (sections, traces, samples), on the device.

        ``amplitudes`` are the group's, normalised. Dead traces have code 255 and confidence 0.
        """
        live = to_device(group.live, probabilities.device)
        codes, confidence = self._codes(probabilities, amplitudes, live)
        dead = ~live[:, :, None]
        return codes.masked_fill_(dead, UNLABELLED), confidence.masked_fill_(dead, 0.0)

    @torch.inference_mode()
    def _codes(
        self, probabilities: Tensor, amplitudes: Tensor, live: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Codes and their probabilities, of dead traces too."""
        if not self.model.record.layered:
            confidence, found = probabilities.max(dim=1)
            return found.to(torch.uint8), confidence
        codes = layered(probabilities, amplitudes, live)
        return codes, probabilities.gather(1, codes[:, None].long())[:, 0]
