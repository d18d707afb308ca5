"""The part of the *Horizons* dock that says which lines are filled between horizons, and how."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLineEdit,
    QSizePolicy,
    QSpinBox,
    QWidget,
)

from napari_s6.errors import InputError
from napari_s6.facies.attribution import attribute
from napari_s6.facies.sections import parse_lines
from napari_s6.horizons.labels import Crossing, bridged, traces_of
from napari_s6.horizons.model import Horizon
from napari_s6.plugin.canvas.view import SurveyView
from napari_s6.plugin.docks.horizons.fill import Filling
from napari_s6.plugin.docks.horizons.horizon_set import HorizonSet
from napari_s6.plugin.paint.interpretation import Interpretation
from napari_s6.survey.volume import live_traces

SECTION, LISTED, PAINTED, ALL = "section", "listed", "painted", "all"
_LINES = {
    SECTION: "Section in view",
    LISTED: "These lines",
    PAINTED: "Painted lines",
    ALL: "The whole survey",
}
_CROSSING: dict[Crossing, str] = {
    "lower": "The lower one counts",
    "upper": "The upper one counts",
    "neither": "Leave unlabelled",
}


class FillBox(QWidget):
    """Lines to fill, crossings, gaps, and whether paint may be painted over.

    Signals
    -------
    changed
        One of these is another.
    """

    changed = Signal()

    def __init__(
        self, view: SurveyView, horizons: HorizonSet, interpretation: Interpretation
    ) -> None:
        super().__init__()
        self._view, self._set, self._interpretation = view, horizons, interpretation
        self._filled: list[tuple[Horizon, Horizon]] = []
        self._reach = 0
        self.lines_box = _box(_LINES)
        self.lines_edit = QLineEdit()
        self.lines_edit.setPlaceholderText("iline:130,459 xline:300-310")
        self.crossing_box = _box(_CROSSING)
        self.crossing_box.setToolTip("Where a lower horizon lies above an upper one")
        self.bridge_box = QSpinBox()
        self.bridge_box.setRange(0, 1000)
        self.bridge_box.setSpecialValueText("Leave unlabelled")
        self.bridge_box.setPrefix("Fill up to ")
        self.bridge_box.setSuffix(" traces")
        self.bridge_box.setToolTip("Fill gaps in a horizon of up to this many traces, linearly")
        self.replace_box = QCheckBox("Paint over what is painted already")
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow("Fill", self.lines_box)
        form.addRow("", self.lines_edit)
        form.addRow("Crossings", self.crossing_box)
        form.addRow("Gaps", self.bridge_box)
        form.addRow("", self.replace_box)
        for signal in (
            self.lines_box.currentIndexChanged,
            self.lines_edit.textEdited,
            self.crossing_box.currentIndexChanged,
            self.bridge_box.valueChanged,
            self.replace_box.toggled,
        ):
            signal.connect(lambda _value: self.changed.emit())

    @property
    def lines(self) -> str:
        """Which lines are to be filled."""
        return str(self.lines_box.currentData())

    def follow(self) -> None:
        """Follow what is in view."""
        self.lines_edit.setVisible(self.lines == LISTED)
        upright = self._view.view in ("iline", "xline")
        title = f"{self._view.title}, in view" if upright else _LINES[SECTION]
        self.lines_box.setItemText(0, title)

    @property
    def can_fill(self) -> bool:
        """Whether there is a section to fill, if it is that which is asked for."""
        return self.lines != SECTION or self._view.view in ("iline", "xline")

    def filling(self, *, everywhere: bool = False) -> Filling:
        """What is asked for.

        Parameters
        ----------
        everywhere
            All lines where the section in view is asked for: a preview is looked at on others too.

        Raises
        ------
        InputError
            If there is nothing to fill, or lines are named that the survey does not have.
        """
        volume = self._set.volume
        if volume is None:
            raise InputError("there is no survey in view; open one first")
        horizons, facies = self._set.column(self._interpretation.scheme)
        if not horizons:
            raise InputError("no horizon parts facies; load one, or choose a facies below it")
        return Filling(
            volume,
            self._bridged(horizons),
            facies,
            self._traces(volume, everywhere),
            self.crossing_box.currentData(),
            self.replace_box.isChecked(),
        )

    def _bridged(self, horizons: Sequence[Horizon]) -> list[Horizon]:
        """Horizons with their small gaps filled, those of last time if they are the same."""
        reach = self.bridge_box.value()
        known = {id(before.z): after for before, after in self._filled} if reach else {}
        kept = known if reach == self._reach else {}
        found = [kept.get(id(h.z)) or bridged(h, reach) for h in horizons]
        self._filled, self._reach = list(zip(horizons, found, strict=True)), reach
        return found

    def _traces(self, volume: xr.DataArray, everywhere: bool) -> np.ndarray:
        """Boolean (inlines, crosslines): the traces to fill."""
        mask = np.zeros(volume.shape[:2], bool)
        if self.lines == ALL or (self.lines == SECTION and everywhere):
            mask[:] = True
        elif self.lines == SECTION:
            self._mark_section(mask)
        elif self.lines == LISTED:
            specs = [part for part in re.split(r"[;\s]+", self.lines_edit.text()) if part]
            if not specs:
                raise InputError("no lines are named; write them as iline:130,459 xline:327")
            mask = traces_of(volume, parse_lines(specs, volume))
        else:
            self._mark_painted(mask, live_traces(volume))
        return mask

    def _mark_section(self, mask: np.ndarray) -> None:
        if self._view.view == "iline":
            mask[self._view.index] = True
        elif self._view.view == "xline":
            mask[:, self._view.index] = True
        else:
            raise InputError("no inline or crossline is in view; turn to one to fill it")

    def _mark_painted(self, mask: np.ndarray, live: np.ndarray) -> None:
        watch = self._interpretation.watch
        traces = watch.traces if watch is not None else np.zeros(mask.shape, bool)
        if not traces.any():
            raise InputError("nothing is painted yet; choose other lines to fill")
        counted = attribute(traces, live)
        mask[np.flatnonzero(counted["iline"].any(axis=1))] = True
        mask[:, np.flatnonzero(counted["xline"].any(axis=0))] = True


def _box(words: Any) -> QComboBox:
    box = QComboBox()
    for data, text in words.items():
        box.addItem(text, data)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(12)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return box
