"""The forms of a training run's settings, made of the configuration that Python takes as well."""

from collections.abc import Sequence
from typing import Any

from napari_s6.learn.config import TrainConfig
from napari_s6.learn.presets import TRAINING_PRESETS
from napari_s6.plugin.session.session import Session
from napari_s6.plugin.widgets.editors import FormRow
from napari_s6.plugin.widgets.form import Form

#: Always in view.
MAIN_ROWS = (
    FormRow(
        "model",
        words={"constrained": "Constrained (S6)"},
        tip="Constrained: unpainted sections train it too, by having to be reconstructed.\n"
        "Unconstrained: painted sections alone.",
    ),
    FormRow(
        "preset",
        words={name: preset.label for name, preset in TRAINING_PRESETS.items()},
        tip="\n".join(f"{one.label}: {one.summary}." for one in TRAINING_PRESETS.values()),
    ),
    FormRow(
        "label_fraction",
        decimals=1,
        suffix=" %",
        scale=100.0,
        otherwise=0.02,
        beside="At most",
        tip="Use at most this share of the survey's sections, drawn among the painted ones.\n"
        "Unticked: everything that is painted.",
    ),
    FormRow("device", words={"auto": "Automatic"}, tip="Where to compute; a GPU is taken first"),
)

#: Folded away.
ADVANCED_ROWS = (
    FormRow(
        "steps",
        step=100,
        otherwise=600,
        tip="Optimiser steps, whichever comes first; unticked: as many as the minutes allow",
    ),
    FormRow(
        "minutes",
        most=10_000,
        decimals=1,
        otherwise=5.0,
        tip="End after this time, whichever comes first",
    ),
    FormRow(
        "batch_size",
        "Sections a step",
        most=512,
        tip="Sections (or crops) in a batch, painted and unpainted ones together",
    ),
    FormRow(
        "crop_traces",
        "Crop width, traces",
        most=8192,
        step=32,
        otherwise=256,
        tip="Train on crops this wide; unticked: whole sections",
    ),
    FormRow(
        "crop_samples",
        "Crop height, samples",
        most=8192,
        step=32,
        otherwise=256,
        tip="Train on crops this high; unticked: whole sections",
    ),
    FormRow(
        "layers",
        "Facies as layers",
        words={"auto": "If painted so"},
        tip="Predict facies as layers in the order of the list, from the top down:\n"
        "no islands, no layer above one that comes before it.",
    ),
    FormRow("learning_rate", most=1.0, step=0.0005, decimals=5, tip="Adam's step at its peak"),
    FormRow(
        "reconstruction_weight",
        "Reconstruction weight",
        most=100.0,
        step=0.1,
        decimals=2,
        tip="Weight of the reconstruction against the labels (constrained model)",
    ),
    FormRow("horizontal_flip", "Mirror sections", tip="Show sections mirrored as well"),
    FormRow(
        "amplitude_jitter",
        "Vary amplitudes",
        step=5,
        suffix=" %",
        scale=100.0,
        tip="Scale amplitudes at random by up to this much",
    ),
    FormRow(
        "validation",
        words={"block": "Block of sections", "random": "Random sections"},
        tip="Labels held back to measure the training",
    ),
    FormRow(
        "validation_until",
        "Validate for",
        step=5,
        suffix=" %",
        scale=100.0,
        tip="Share of the training after which the labels held back are learnt from too; never "
        "with the weights that are best on validation",
    ),
    FormRow(
        "keep",
        words={"last": "Last weights", "best": "Best on validation"},
        tip="Which weights make the model",
    ),
    FormRow(
        "precision",
        words={"auto": "Automatic", "float32": "float32", "bfloat16": "bfloat16"},
        tip="Automatic: bfloat16 where the device computes it, else float32",
    ),
    FormRow("seed", "Random seed", most=2**31 - 1, tip="Same seed, same labels: same draw"),
)


class SettingsForm(Form[TrainConfig]):
    """Show the configuration of the session's next run, and change it through the session."""

    def __init__(self, session: Session, rows: Sequence[FormRow]) -> None:
        self._session = session
        super().__init__(session.config, rows)

    def edit(self, name: str, entered: Any) -> None:
        """Have the session change a setting; what cannot be is told by it, and taken back."""
        self._session.attempt(lambda: self._session.configure(**{name: entered}))
        self.show(self._session.config)
