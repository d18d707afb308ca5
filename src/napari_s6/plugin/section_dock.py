"""The *Section* dock: which section is in view, how it is stretched and coloured."""

from typing import Any

import numpy as np
import xarray as xr
from napari.components import ViewerModel
from qtpy.QtCore import QSize, Qt, QTimer
from qtpy.QtGui import QIcon, QImage, QPixmap
from qtpy.QtWidgets import (
    QAbstractSpinBox,
    QButtonGroup,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSlider,
    QWidget,
)

from napari_s6.plugin.colormaps import SEISMIC_COLORMAPS, register_colormaps
from napari_s6.plugin.dock import SessionDock
from napari_s6.plugin.layers import volume_of
from napari_s6.plugin.view import EXAGGERATION, KEYS, VIEWS, View, survey_view
from napari_s6.survey.amplitudes import amplitude_limit
from napari_s6.survey.record import vertical_units
from napari_s6.survey.volume import live_traces, vertical_dim

_BUTTONS: dict[View, str] = {"iline": "Inline", "xline": "Crossline", "slice": "Time slice"}
_STEPS = 8  # of the stretch slider to a doubling


class LineBox(QDoubleSpinBox):
    """A box for line numbers (or times) that exist: arrows step from one to the next."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers = np.zeros(1)
        self.setKeyboardTracking(False)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.UpDownArrows)

    def set_numbers(self, numbers: np.ndarray, suffix: str) -> None:
        """Take these numbers, ascending or descending, as the ones there are."""
        self._numbers = np.sort(numbers.astype(float))
        whole = bool(np.all(self._numbers == np.rint(self._numbers)))
        self.setDecimals(0 if whole else 2)
        self.setSuffix(suffix)
        self.setRange(self._numbers[0], self._numbers[-1])

    def stepBy(self, steps: int) -> None:
        """Go that many existing lines on."""
        at = int(np.argmin(np.abs(self._numbers - self.value())))
        self.setValue(self._numbers[np.clip(at + steps, 0, len(self._numbers) - 1)])


class SectionDock(SessionDock):
    """View buttons, a go-to-line box, vertical stretch, colours and clip of the survey in view.

    Holds no state of its own: it shows what the viewer's `SurveyView` says and tells it what to do.
    """

    def __init__(self, napari_viewer: ViewerModel) -> None:
        super().__init__(napari_viewer)
        register_colormaps()
        self._view = survey_view(napari_viewer)
        self._shown: tuple[int, View] | None = None
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._show_state)
        self._build()
        self.bind(self._view.changed, self._show_soon)
        self._show_state()

    def _build(self) -> None:
        self._survey = QLabel()
        self._survey.setTextFormat(Qt.TextFormat.RichText)
        self._survey.setWordWrap(True)
        self._controls = QWidget()
        form = QFormLayout(self._controls)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(10)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow(self._build_views())
        form.addRow("Go to", self._build_line())
        form.addRow("Stretch", self._build_stretch())
        form.addRow("Colours", self._build_colours())
        form.addRow("Clip", self._build_clip())
        self.layout_.setSpacing(12)
        self.layout_.addWidget(self._controls)
        self.layout_.addWidget(self._survey)
        self.layout_.addStretch()

    def _build_views(self) -> QWidget:
        row, layout = _row()
        self._buttons: dict[View, QPushButton] = {}
        group = QButtonGroup(self)
        for view in VIEWS:
            button = QPushButton(_BUTTONS[view])
            button.setObjectName(f"view-{view}")
            button.setCheckable(True)
            button.setToolTip(f"Show {_BUTTONS[view].lower()}s (key {KEYS[view]})")
            button.clicked.connect(lambda _checked, view=view: self._view.show(view))
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            group.addButton(button)
            layout.addWidget(button)
            self._buttons[view] = button
        return row

    def _build_line(self) -> QWidget:
        row, layout = _row()
        self._line = LineBox()
        self._line.setToolTip("Type a line number (or a time), or step with the arrows")
        self._line.setMinimumWidth(96)
        self._line.valueChanged.connect(self._go_to)
        self._of = QLabel()
        self._of.setToolTip("First and last that there are")
        layout.addWidget(self._line)
        layout.addWidget(self._of, 1)
        return row

    def _build_stretch(self) -> QWidget:
        row, layout = _row()
        low, high = (round(_STEPS * float(np.log2(e))) for e in EXAGGERATION)
        self._stretch = QSlider(Qt.Orientation.Horizontal)
        self._stretch.setRange(low, high)
        self._stretch.setPageStep(_STEPS)
        self._stretch.setToolTip("Vertical exaggeration, from a quarter to four times")
        self._stretch.valueChanged.connect(self._set_stretch)
        self._factor = QLabel()
        self._factor.setMinimumWidth(self._factor.fontMetrics().horizontalAdvance("× 0.00 "))
        natural = self._one_to_one = QPushButton("1:1")
        natural.setToolTip("One sample as high as a trace is wide")
        natural.clicked.connect(lambda: self._stretch.setValue(0))
        layout.addWidget(self._stretch, 1)
        layout.addWidget(self._factor)
        layout.addWidget(natural)
        return row

    def _build_colours(self) -> QComboBox:
        self._colours = QComboBox()
        self._colours.setIconSize(QSize(72, 14))
        for name, colormap in SEISMIC_COLORMAPS.items():
            self._colours.addItem(_swatch(colormap), colormap._display_name or name, name)
        self._colours.activated.connect(self._set_colours)
        return self._colours

    def _build_clip(self) -> QWidget:
        row, layout = _row()
        self._clip = QDoubleSpinBox()
        self._clip.setRange(80.0, 100.0)
        self._clip.setDecimals(1)
        self._clip.setSingleStep(0.5)
        self._clip.setValue(99.0)
        self._clip.setSuffix(" %")
        self._clip.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._clip.setKeyboardTracking(False)
        self._clip.setMinimumWidth(96)
        self._clip.setToolTip("Share of the amplitudes that the colours tell apart")
        self._clip.valueChanged.connect(self._set_clip)
        self._limit = QLabel()
        self._limit.setToolTip("Amplitude at which the colours end")
        layout.addWidget(self._clip)
        layout.addWidget(self._limit, 1)
        return row

    def _go_to(self, number: float) -> None:
        self._view.go_to(number)
        self._show_state()  # a number that is no line becomes the nearest one

    def _set_stretch(self, steps: int) -> None:
        self._view.exaggeration = 2 ** (steps / _STEPS)

    def _set_colours(self) -> None:
        if self._view.seismic is not None:
            self._view.seismic.colormap = SEISMIC_COLORMAPS[self._colours.currentData()]

    def _set_clip(self, percentile: float) -> None:
        seismic = self._view.seismic
        volume = volume_of(seismic)
        if seismic is None or volume is None:
            return
        limit = amplitude_limit(volume, percentile=percentile)
        seismic.contrast_limits_range = (-4 * limit, 4 * limit)
        seismic.contrast_limits = (-limit, limit)
        self._show_state()

    def _show_soon(self) -> None:
        self._later.start()  # once for the many events of one change of view

    def _show_state(self) -> None:
        layer = self._view.layer
        volume = volume_of(layer)
        self._controls.setEnabled(volume is not None)
        if layer is None or volume is None:
            self._survey.setText(
                "Open a seismic volume: drop a SEG-Y, .npy, Zarr or NetCDF file on the window, or "
                "take one from <i>File ▸ Open Sample ▸ napari-s6</i>."
            )
            return
        self._show_position(volume)
        self._show_looks()
        self._survey.setText(_described((self._view.seismic or layer).name, volume))

    def _show_position(self, volume: xr.DataArray) -> None:
        view, number = self._view.view, self._view.number
        self._buttons["slice"].setText(
            "Time slice" if vertical_dim(volume) == "twt" else "Depth slice"
        )
        for name, button in self._buttons.items():
            button.setChecked(name == view)
        self._line.setEnabled(view is not None)
        if view is None or number is None:
            return
        blocked = self._line.blockSignals(True)
        if self._shown != (id(volume), view):
            self._shown = (id(volume), view)
            numbers = self._view.numbers(view)
            units = vertical_units(volume)
            self._line.set_numbers(
                numbers, f" {units}" if view == "slice" and units != "sample" else ""
            )
            self._of.setText(f"{numbers.min():g} – {numbers.max():g}")
        if not self._line.hasFocus() or self._line.value() != number:
            self._line.setValue(number)
        self._line.blockSignals(blocked)

    def _show_looks(self) -> None:
        factor = self._view.exaggeration
        blocked = self._stretch.blockSignals(True)
        self._stretch.setValue(round(_STEPS * float(np.log2(factor))))
        self._stretch.blockSignals(blocked)
        self._factor.setText(f"× {factor:.2g}")
        seismic = self._view.seismic
        if seismic is None:
            return
        self._colours.setCurrentIndex(self._colours.findData(seismic.colormap.name))
        low, high = seismic.contrast_limits
        self._limit.setText(
            f"± {_short(high)}" if low == -high else f"{_short(low)} to {_short(high)}"
        )


def _row() -> tuple[QWidget, QHBoxLayout]:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    return row, layout


def _short(amplitude: float) -> str:
    return f"{amplitude:,.0f}" if abs(amplitude) >= 1000 else f"{amplitude:.3g}"


def _swatch(colormap: Any) -> QIcon:
    """Draw a colour map as an icon."""
    ramp = (255 * colormap.map(np.linspace(0, 1, 72))).astype(np.uint8)
    pixels = np.ascontiguousarray(np.broadcast_to(ramp, (14, 72, 4)))
    image = QImage(pixels.tobytes(), 72, 14, 4 * 72, QImage.Format.Format_RGBA8888)
    return QIcon(QPixmap.fromImage(image.copy()))


def _described(name: str, volume: xr.DataArray) -> str:
    """Return the survey in a few lines."""
    live = live_traces(volume)
    vertical = vertical_dim(volume)
    lines = [f"<b>{name}</b>"]
    for dim, word in (("iline", "inlines"), ("xline", "crosslines")):
        numbers = volume[dim].values
        lines.append(f"{len(numbers):,} {word}, {numbers.min()} – {numbers.max()}")
    samples = volume[vertical].values
    lines.append(
        f"{len(samples):,} samples, {samples[0]:g} – {samples[-1]:g} {vertical_units(volume)}"
        if vertical_units(volume) != "sample"
        else f"{len(samples):,} samples"
    )
    count = int(live.sum())
    share = "every one" if count == live.size else f"{count / live.size:.1%} of the grid"
    lines.append(f"{count:,} traces with data, {share}")
    return "<br>".join(lines)
