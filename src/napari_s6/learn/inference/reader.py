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
    ) -> dict[str, Tensor]:
        """Return what the model gives for sections, by name, on the device.

        ``amplitudes`` is (sections, traces, samples), normalised. ``probabilities`` are (sections,
        classes, traces, samples); with ``reconstruct``, a constrained model also gives the
        normalised ``reconstruction`` (sections, 1, traces, samples).
        """
        images = padded(to_device(amplitudes, self.model.device), sections).transpose(1, 2).float()
        here = np.s_[..., : amplitudes.shape[1], : amplitudes.shape[2]]
        outputs = self.model.run(images[:, None], reconstruct)
        return {name: values[here] for name, values in outputs.items()}

    def predict(self, section: LiveSection, *, reconstruct: bool = False) -> dict[str, np.ndarray]:
        """Return what the model gives for a section's live extent, by name.

        ``probabilities`` are (classes, traces, samples); with ``reconstruct``, a constrained model
        also gives the ``reconstruction`` (traces, samples) in the survey's own amplitudes.
        """
        outputs = self.run([section], section.amplitudes()[None], reconstruct=reconstruct)
        found = {name: values[0].cpu().numpy() for name, values in outputs.items()}
        if "reconstruction" in found:
            normalisation = self.model.record.normalisation
            found["reconstruction"] = normalisation.undo(found["reconstruction"][0])
        return found

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
