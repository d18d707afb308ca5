"""The sections a run learns from and those it is measured on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.evaluation.metrics import Scores, confusion
from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.sections import Section, valid_sections
from napari_s6.facies.split import Piece, split_validation
from napari_s6.facies.targets import Targets
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.control import Token
from napari_s6.learn.data.batches import LabelledSection
from napari_s6.learn.data.normalise import fit_normalisation
from napari_s6.learn.data.resident import Resident, hold
from napari_s6.learn.data.sections import LiveSection, SectionStore
from napari_s6.learn.inference.reader import SectionReader
from napari_s6.learn.model import Model, Record

CPU_BYTES = 1 << 30
CUDA_SHARE = 0.4
"""Memory that normalised sections may take: so much, or this share of what the card has free."""


@dataclass(frozen=True)
class TrainingData:
    """Labelled sections, all sections that feed the reconstruction, and the validation pieces.

    ``released`` are the labelled sections with what was kept back of them, to be learnt from
    once it is no longer validated on; empty if nothing is. ``stores`` are the surveys that they
    lie in.
    """

    labelled: list[LabelledSection]
    released: list[LabelledSection]
    unlabelled: list[LiveSection]
    validation: list[Piece]
    notes: list[str]
    stores: list[SectionStore]

    @property
    def labels(self) -> list[torch.Tensor]:
        """Labels of all sections that have some."""
        return [one.labels for one in (*self.labelled, *self.released)]


@dataclass(frozen=True)
class HeldOut:
    """What was kept back before training was asked for.

    ``validation`` are targets to validate on instead of a part of the training targets; neither
    their sections nor those of ``sections`` feed the reconstruction.
    """

    validation: Targets | None = None
    sections: frozenset[Section] = frozenset()

    @property
    def unseen(self) -> frozenset[Section]:
        """All sections of the trained survey that the network must not see."""
        validated = self.validation.sections if self.validation is not None else ()
        return self.sections | frozenset(validated)


NOTHING_HELD_OUT = HeldOut()


def gather_training_data(
    volume: xr.DataArray,
    targets: Targets,
    record: Record,
    device: torch.device,
    unlabelled: Sequence[xr.DataArray] = (),
    held: HeldOut = NOTHING_HELD_OUT,
) -> TrainingData:
    """Split the labels into training and validation, and list every section that can train.

    Raises
    ------
    InputError
        If whole sections are asked for and another survey's have other numbers of samples.
    """
    config = record.config
    stores = [_store(survey, volume, record, device) for survey in (volume, *unlabelled)]
    if held.validation is None:
        training, validation = split_validation(
            volume, targets, config.validation, config.validation_share, config.seed
        )
    else:
        training, _ = split_validation(volume, targets, "none")
        validation, _ = split_validation(volume, held.validation, "none")
    notes = []
    if config.validation != "none" and not validation:
        notes.append("too little paint to keep any back: nothing is validated")
    labelled = _labelled(stores[0], targets, training)
    released = []
    if validation and held.validation is None and config.releases:
        whole, _ = split_validation(volume, targets, "none")
        released = _labelled(stores[0], targets, whole)
    everything = [
        LiveSection(store, section.orientation, section.index(store.volume))
        for store in stores
        for section in valid_sections(store.volume)
        if store is not stores[0] or section not in held.unseen
    ]
    if config.crop_samples is None and len({s.survey.n_samples for s in everything}) > 1:
        raise InputError(
            "unlabelled surveys have another number of samples, which whole sections do not "
            "allow: crop them to the same times, or choose a preset with crops"
        )
    return TrainingData(labelled, released, everything, validation, notes, stores)


def _labelled(
    store: SectionStore, targets: Targets, pieces: Sequence[Piece]
) -> list[LabelledSection]:
    return [
        LabelledSection(live_section(store, targets, piece), piece_labels(targets, piece))
        for piece in pieces
    ]


def _store(
    survey: xr.DataArray, own: xr.DataArray, record: Record, device: torch.device
) -> SectionStore:
    """A survey's sections; a survey beside the trained one gets a normalisation of its own."""
    normalisation = record.normalisation
    if survey is not own and record.config.normalise:
        normalisation = fit_normalisation(survey)
    return SectionStore(survey, normalisation, device, sections_budget(device))


def sections_budget(device: torch.device) -> int:
    """Bytes of a device's memory that sections may take at present."""
    if device.type == "cuda":
        return int(CUDA_SHARE * torch.cuda.mem_get_info(device)[0])
    return CPU_BYTES


def hold_on_device(
    data: TrainingData, config: TrainConfig, device: torch.device, token: Token
) -> tuple[Resident | None, str]:
    """Hold the surveys on the device where that is asked for, or the device gains by it.

    A CPU doesn't: there it costs more to gather a batch than to cut its sections one by one.
    """
    if config.resident == "no" or (config.resident == "auto" and device.type == "cpu"):
        return None, ""
    return hold(data.stores, data.labels, device, sections_budget(device), token)


def live_section(store: SectionStore, targets: Targets, piece: Piece) -> LiveSection:
    """The section that a piece is part of."""
    return LiveSection(store, piece.section.orientation, targets.position(piece.section))


def piece_labels(targets: Targets, piece: Piece) -> np.ndarray:
    """Labels of a whole line, uint8 (traces, samples), with 255 outside the piece."""
    labels = targets.section_labels(piece.section)
    labels[: piece.start] = UNLABELLED
    labels[piece.stop :] = UNLABELLED
    return labels


def describe_labels(targets: Targets) -> dict[str, object]:
    """What a record says of the labels that a run uses."""
    painted = targets.painted_fraction
    return {
        "hash": targets.label_hash,
        "painted_sections": painted.sections,
        "painted_voxels": painted.share,
        "used_sections": targets.label_fraction,
        "sections": [str(section) for section in targets.sections],
    }


def measure(
    model: Model, volume: xr.DataArray, targets: Targets, pieces: Sequence[Piece]
) -> tuple[Scores, float]:
    """Scores and mean cross entropy (nats) of a model on pieces kept back from training."""
    reader = SectionReader(model, volume)
    n_classes = targets.n_classes
    table, entropy, count = np.zeros((n_classes, n_classes), np.int64), 0.0, 0
    for piece in pieces:
        section = live_section(reader.store, targets, piece)
        probabilities = reader.predict(section)["probabilities"]
        labels = piece_labels(targets, piece)[section.first : section.stop]
        counts = labels != UNLABELLED
        truth = labels[counts]
        found = np.moveaxis(probabilities, 0, -1)[counts]
        codes = reader.codes(section, probabilities)[counts]
        table += confusion(truth, codes, n_classes)
        right = np.take_along_axis(found, truth[:, None].astype(np.intp), axis=1)
        entropy -= float(np.log(np.maximum(right, 1e-7)).sum(dtype=np.float64))
        count += len(truth)
    return Scores.from_confusion(table), entropy / max(count, 1)
