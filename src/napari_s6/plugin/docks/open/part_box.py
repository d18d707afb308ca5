"""Which part of a survey to load: ranges of lines and times with steps, and the size it has."""

import numpy as np
import xarray as xr
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QGridLayout, QLabel, QPushButton, QSpinBox, QWidget

from napari_s6.errors import InputError
from napari_s6.plugin.docks.open.survey_facts import said_size
from napari_s6.plugin.widgets.line_box import LineBox
from napari_s6.survey.crop import Crop, Range
from napari_s6.survey.record import vertical_units
from napari_s6.survey.volume import Orientation, vertical_dim

_MOST = 100


class PartBox(QWidget):
    """From, to and every so many of inlines, crosslines and samples.

    Signals
    -------
    edited
        Another part is chosen.
    """

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._volume: xr.DataArray | None = None
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(3)
        grid.setHorizontalSpacing(6)
        for column, word in enumerate(("from", "to", "every"), 1):
            title = QLabel(word)
            title.setEnabled(False)
            grid.addWidget(title, 0, column)
        self.rows = [
            _AxisRow(grid, row, word)
            for row, word in enumerate(("Inlines", "Crosslines", "Samples"), 1)
        ]
        for row in self.rows:
            for box in (row.first, row.last, row.step):
                box.valueChanged.connect(self._edit)
        for column in (1, 2):
            grid.setColumnStretch(column, 3)
        grid.setColumnStretch(3, 2)
        self.size_words = QLabel()
        self.size_words.setWordWrap(True)
        self.size_words.setObjectName("size")
        self.whole_button = QPushButton("Whole")
        self.whole_button.setToolTip("Load everything")
        self.whole_button.clicked.connect(self.choose_whole)
        grid.addWidget(self.size_words, 4, 0, 1, 3)
        grid.addWidget(self.whole_button, 4, 3)

    def show_survey(self, volume: xr.DataArray) -> None:
        """Offer a survey's lines and times; a part chosen before stays where the axes are the same.

        A volume whose dead traces have become known is the same survey.
        """
        vertical = vertical_dim(volume)
        self._volume = volume
        units = vertical_units(volume)
        self.rows[2].label.setText({"twt": "Time", "depth": "Depth"}[vertical])
        for row, dim in zip(self.rows, ("iline", "xline", vertical), strict=True):
            suffix = f" {units}" if dim == vertical and units != "sample" else ""
            row.show_axis(volume[dim].values, suffix)
        self._show_size()

    def choose_whole(self) -> None:
        """Choose everything."""
        for row in self.rows:
            row.choose_whole()
        self._edit()

    def crop(self) -> Crop:
        """The part chosen; ends that are the survey's own are left open."""
        return Crop(*(row.range() for row in self.rows))

    def corners(self) -> dict[Orientation, tuple[float, float]]:
        """First and last line of the part chosen, of either direction."""
        return {
            "iline": (self.rows[0].first.value(), self.rows[0].last.value()),
            "xline": (self.rows[1].first.value(), self.rows[1].last.value()),
        }

    def _edit(self) -> None:
        self._show_size()
        self.edited.emit()

    def _show_size(self) -> None:
        if self._volume is None:
            return
        self.whole_button.setEnabled(self.crop() != Crop())
        try:
            size = self.crop().size(self._volume)
        except InputError as error:
            self.size_words.setText(f"Nothing lies there: {error}")
            return
        self.size_words.setText(said_size(size))


class _AxisRow:
    """The boxes of one axis."""

    def __init__(self, grid: QGridLayout, row: int, word: str) -> None:
        self.label = QLabel(word)
        self.first, self.last, self.step = LineBox(), LineBox(), QSpinBox()
        self.step.setRange(1, _MOST)
        self.step.setKeyboardTracking(False)
        self.step.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.step.setToolTip("Keep every n-th, without a filter")
        self._axis = np.zeros(0)
        for column, widget in enumerate((self.label, self.first, self.last, self.step)):
            if column:
                widget.setMinimumWidth(48)
            grid.addWidget(widget, row, column)

    def show_axis(self, axis: np.ndarray, suffix: str) -> None:
        if np.array_equal(axis, self._axis) and suffix == self.first.suffix():
            return
        self._axis = np.asarray(axis, float)
        for box in (self.first, self.last, self.step):
            box.blockSignals(True)
        for box in (self.first, self.last):
            box.set_numbers(self._axis, suffix)
        self.choose_whole()
        for box in (self.first, self.last, self.step):
            box.blockSignals(False)

    def choose_whole(self) -> None:
        self.first.setValue(self._axis.min())
        self.last.setValue(self._axis.max())
        self.step.setValue(1)

    def range(self) -> Range:
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
