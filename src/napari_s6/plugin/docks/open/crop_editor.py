"""The part of a survey to load: a range of inlines, crosslines and samples each."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSpinBox, QWidget

from napari_s6.plugin.widgets.editors import Editor, FormRow, holding
from napari_s6.plugin.widgets.form import LabelledRows, NestedEditor
from napari_s6.plugin.widgets.line_box import LineBox
from napari_s6.survey.axis_labels import unit_suffix
from napari_s6.survey.crop import Crop, Range
from napari_s6.survey.volume import vertical_dim

_MOST = 100
_STRETCHES = 3, 3, 2


class RangeEditor(Editor):
    """From, to and every so many of the numbers on an axis; an end of the axis is left open."""

    def __init__(self, **named: Any) -> None:
        self.first, self.last, self.step = LineBox(), LineBox(), QSpinBox()
        self.step.setRange(1, _MOST)
        self.step.setKeyboardTracking(False)
        self.step.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.step.setToolTip("Keep every n-th, without a filter")
        self._axis = np.zeros(0)
        self._boxes = (self.first, self.last, self.step)
        super().__init__(holding(_in_columns(self._boxes), **named))
        for box in self._boxes:
            box.valueChanged.connect(lambda _number: self._tell(self.value))

    @property
    def value(self) -> Range:
        """The range chosen."""
        if not len(self._axis):
            return Range()
        first, last = self.first.value(), self.last.value()
        # The boxes round to two decimals: an end must not fall off by that.
        near = 0.0 if self.first.decimals() == 0 else 0.006
        return Range(
            None if first <= self._axis.min() + near else first - near,
            None if last >= self._axis.max() - near else last + near,
            self.step.value(),
        )

    def show(self, value: Range) -> None:
        """Show a range; before there is an axis, only how many are left out."""
        if value == self.value:
            return
        with self._silence():
            self.step.setValue(value.step)
            if len(self._axis):
                self.first.setValue(self._axis.min() if value.first is None else value.first)
                self.last.setValue(self._axis.max() if value.last is None else value.last)

    def show_axis(self, axis: np.ndarray, suffix: str) -> None:
        """Offer the numbers of an axis, all of them unless the axis is the one before."""
        if np.array_equal(axis, self._axis) and suffix == self.first.suffix():
            return
        self._axis = np.asarray(axis, float)
        with self._silence():
            for box in (self.first, self.last):
                box.set_numbers(self._axis, suffix)
            self.first.setValue(self._axis.min())
            self.last.setValue(self._axis.max())
            self.step.setValue(1)


class CropEditor(NestedEditor[Crop]):
    """Ranges of inlines, crosslines and samples, in the numbers of the survey shown."""

    def __init__(self, **named: Any) -> None:
        rows = [
            FormRow("iline", "Inlines", editor=RangeEditor),
            FormRow("xline", "Crosslines", editor=RangeEditor),
            FormRow("samples", "Samples", editor=RangeEditor),
        ]
        super().__init__(Crop(), rows, _below_titles, **named)

    def axis(self, name: str) -> RangeEditor:
        """Return the range of an axis: ``"iline"``, ``"xline"`` or ``"samples"``."""
        editor = self.form.editors[name]
        assert isinstance(editor, RangeEditor), f"{name} is no axis"
        return editor

    def show(self, value: Crop | None) -> None:
        """Show a part; None is the whole survey."""
        super().show(value or Crop())

    def choose_whole(self) -> None:
        """Choose everything, as if the user had."""
        for name in ("iline", "xline", "samples"):
            self.form.edit(name, Range())

    def show_survey(self, volume: xr.DataArray) -> Crop:
        """Offer a survey's lines and times; return the part that is chosen of them.

        A part chosen before stays where the axes are the same.
        """
        vertical = vertical_dim(volume)
        for name, dim in (("iline", "iline"), ("xline", "xline"), ("samples", vertical)):
            suffix = unit_suffix(volume) if dim == vertical else ""
            self.axis(name).show_axis(volume[dim].values, suffix)
        assert isinstance(self.rows, LabelledRows)
        self.rows.set_label(self.axis("samples"), {"twt": "Time", "depth": "Depth"}[vertical])
        crop = Crop(*(self.axis(name).value for name in ("iline", "xline", "samples")))
        self.form.show(crop)
        return crop


def _below_titles(editors: Sequence[Editor]) -> LabelledRows:
    titles = [QLabel(word) for word in ("from", "to", "every")]
    for title in titles:
        title.setEnabled(False)
    rows = LabelledRows([])
    rows.add("", _in_columns(titles))
    for editor in editors:
        rows.add_editor(editor)
    return rows


def _in_columns(widgets: Sequence[QWidget]) -> QWidget:
    """Put widgets beside each other in columns that are as wide wherever they stand."""
    whole = QWidget()
    layout = QHBoxLayout(whole)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(6)
    for widget, stretch in zip(widgets, _STRETCHES, strict=True):
        widget.setMinimumWidth(48)
        widget.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        layout.addWidget(widget, stretch)
    return whole
