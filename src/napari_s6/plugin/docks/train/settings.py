"""Controls for the settings of a training run, each bound to one field of its configuration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QWidget,
)

from napari_s6.learn.config import TrainConfig
from napari_s6.learn.presets import TRAINING_PRESETS
from napari_s6.plugin.session.session import Session


class Choice(QComboBox):
    """One of a few values, shown by their names."""

    edited = Signal(object)

    def __init__(self, options: Mapping[Any, str]) -> None:
        super().__init__()
        adjust = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        self.setSizeAdjustPolicy(adjust)
        self.setMinimumContentsLength(8)
        self.set_options(options)
        self.activated.connect(lambda index: self.edited.emit(self.itemData(index)))

    def set_options(self, options: Mapping[Any, str]) -> None:
        """Offer these values instead."""
        self.clear()
        for value, text in options.items():
            self.addItem(text, value)

    def show_value(self, value: Any) -> None:
        """Show the configuration's value."""
        self.setCurrentIndex(self.findData(value))


class Switch(QCheckBox):
    """Yes or no."""

    edited = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.clicked.connect(lambda on: self.edited.emit(bool(on)))

    def show_value(self, value: Any) -> None:
        """Show the configuration's value."""
        self.setChecked(bool(value))


class Number(QWidget):
    """A number, or none of it where the box may be left unticked.

    ``scale`` is what the shown number is divided by: 100 for per cent.
    """

    edited = Signal(object)

    def __init__(
        self,
        low: float,
        high: float,
        *,
        step: float = 1.0,
        decimals: int = 0,
        suffix: str = "",
        scale: float = 1.0,
        otherwise: float | None = None,
        without: str = "",
    ) -> None:
        super().__init__()
        self._scale, self._otherwise = scale, otherwise
        self._whole = decimals == 0 and scale == 1.0
        self.spin = QDoubleSpinBox()
        self.spin.setDecimals(decimals)
        self.spin.setRange(low, high)
        self.spin.setSingleStep(step)
        self.spin.setSuffix(suffix)
        if otherwise is not None:
            self.spin.setValue(otherwise * scale)
        self.spin.setKeyboardTracking(False)
        self.spin.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.spin.valueChanged.connect(self._tell)
        self.tick = QCheckBox(without)
        self.tick.setVisible(otherwise is not None)
        self.tick.clicked.connect(self._on_tick)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.tick)
        layout.addWidget(self.spin, 1)

    def show_value(self, value: Any) -> None:
        """Show the configuration's value; None leaves the box unticked."""
        self.spin.blockSignals(True)
        self.tick.setChecked(value is not None)
        self.spin.setEnabled(value is not None or self._otherwise is None)
        if value is not None:
            self.spin.setValue(value * self._scale)
        self.spin.blockSignals(False)

    def _value(self) -> float:
        value = float(self.spin.value())
        return round(value) if self._whole else value / self._scale

    def _on_tick(self, on: bool) -> None:
        if on and self._otherwise is not None:
            self.show_value(self._otherwise)
        self.edited.emit(self._value() if on else None)

    def _tell(self) -> None:
        self.edited.emit(self._value())


@dataclass(frozen=True)
class Field:
    """One setting: its name in the configuration, its label, its control, its explanation."""

    name: str
    label: str
    control: Any
    tip: str


class SettingsRows:
    """Rows of a form that show the session's configuration and change it."""

    def __init__(self, session: Session, form: QFormLayout, fields: Sequence[Field]) -> None:
        self._session = session
        self.fields = tuple(fields)
        for field in fields:
            field.control.setObjectName(f"setting-{field.name}")
            field.control.setToolTip(field.tip)
            field.control.edited.connect(lambda value, name=field.name: self._set(name, value))
            form.addRow(field.label, field.control)

    def show_config(self, config: TrainConfig, *, enabled: bool) -> None:
        """Show a configuration, to be changed or not."""
        for field in self.fields:
            field.control.setEnabled(enabled)
            field.control.show_value(getattr(config, field.name))

    def _set(self, name: str, value: Any) -> None:
        self._session.attempt(lambda: self._session.configure(**{name: value}))
        self.show_config(self._session.config, enabled=True)


def advanced_fields() -> list[Field]:
    """Return the settings that are folded away."""
    return [
        Field("steps", "Steps", Number(1, 1_000_000, step=100, otherwise=600), "Optimiser steps"),
        Field(
            "minutes",
            "Minutes",
            Number(0.1, 10_000, step=1, decimals=1, otherwise=5.0),
            "End after this time, whichever comes first",
        ),
        Field("batch_size", "Batch, sections", Number(2, 512), "Both kinds together"),
        Field(
            "crop_traces",
            "Crop, traces",
            Number(32, 8192, step=32, otherwise=256),
            "Train on crops this wide; unticked: whole sections",
        ),
        Field(
            "crop_samples",
            "Crop, samples",
            Number(32, 8192, step=32, otherwise=256),
            "Train on crops this high; unticked: whole sections",
        ),
        Field(
            "layers",
            "Layers",
            Choice({"auto": "If painted so", "yes": "Yes", "no": "No"}),
            "Predict facies as layers in the order of the list, from the top down:\n"
            "no islands, no layer above one that comes before it.",
        ),
        Field(
            "learning_rate",
            "Learning rate",
            Number(0.00001, 1.0, step=0.0005, decimals=5),
            "Adam's step at its peak",
        ),
        Field(
            "reconstruction_weight",
            "Reconstruction",
            Number(0.0, 100.0, step=0.1, decimals=2),
            "Weight of the reconstruction against the labels (constrained model)",
        ),
        Field("horizontal_flip", "Mirror sections", Switch(), "Show sections mirrored as well"),
        Field(
            "amplitude_jitter",
            "Vary amplitudes",
            Number(0, 99, step=5, decimals=0, suffix=" %", scale=100.0),
            "Scale amplitudes at random by up to this much",
        ),
        Field(
            "validation",
            "Validation",
            Choice({"block": "Block of sections", "random": "Random sections", "none": "None"}),
            "Labels held back to measure the training",
        ),
        Field(
            "validation_until",
            "Validate for",
            Number(1, 100, step=5, decimals=0, suffix=" %", scale=100.0),
            "Share of the training after which the labels held back are learnt from too; never "
            "with the weights that are best on validation",
        ),
        Field(
            "keep",
            "Keep",
            Choice({"last": "Last weights", "best": "Best on validation"}),
            "Which weights make the model",
        ),
        Field(
            "precision",
            "Precision",
            Choice({"auto": "Automatic", "float32": "float32", "bfloat16": "bfloat16"}),
            "Automatic: bfloat16 where the device computes it, else float32",
        ),
        Field("seed", "Random seed", Number(0, 2**31 - 1), "Same seed, same labels: same draw"),
    ]


def main_fields() -> list[Field]:
    """Return the settings that are always in view."""
    return [
        Field(
            "model",
            "Model",
            Choice({"constrained": "Constrained (S6)", "unconstrained": "Unconstrained"}),
            "Constrained: unpainted sections train it too, by having to be reconstructed.\n"
            "Unconstrained: painted sections alone.",
        ),
        Field(
            "preset",
            "Preset",
            Choice({name: preset.label for name, preset in TRAINING_PRESETS.items()}),
            "\n".join(f"{one.label}: {one.summary}." for one in TRAINING_PRESETS.values()),
        ),
        Field(
            "label_fraction",
            "Label fraction",
            Number(
                0.1,
                100,
                step=1,
                decimals=1,
                suffix=" %",
                scale=100.0,
                otherwise=0.02,
                without="At most",
            ),
            "Use at most this share of the survey's sections, drawn among the painted ones.\n"
            "Unticked: everything that is painted.",
        ),
    ]
