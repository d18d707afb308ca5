"""The *Section* dock: which section is in view, how it is stretched and coloured."""

from typing import Any

import numpy as np
import xarray as xr
from napari.components import ViewerModel
from qtpy.QtCore import QSize, Qt, QTimer
from qtpy.QtGui import QIcon, QImage, QPixmap
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSlider,
    QToolButton,
    QWidget,
)

from napari_s6.plugin.canvas.colormaps import (
    SEISMIC_COLORMAPS,
    flipped,
    register_colormaps,
    unflipped_name,
)
from napari_s6.plugin.canvas.display import (
    CLIP,
    WINDOW,
    WINDOW_SAMPLES,
    balance_window,
    reverse_polarity,
    reverses_polarity,
    set_balance,
    set_clip,
)
from napari_s6.plugin.canvas.layers import volume_of
from napari_s6.plugin.canvas.view import (
    EXAGGERATION,
    KEYS,
    SPACE_KEY,
    SURVEY_VIEWS,
    View,
    survey_view,
)
from napari_s6.plugin.docks.dock import SessionDock
from napari_s6.plugin.widgets.line_box import LineBox
from napari_s6.survey.axis_labels import unit_suffix
from napari_s6.survey.volume import live_traces, vertical_dim

_BUTTONS: dict[View, str] = {"iline": "Inline", "xline": "Crossline", "slice": "Time slice"}
_PLANES: dict[View, str] = {"iline": "Inline", "xline": "Crossline", "slice": "Slice"}
_STEPS = 8  # of the stretch slider to a doubling


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
        self.survey = QLabel()
        self.survey.setTextFormat(Qt.TextFormat.RichText)
        self.survey.setWordWrap(True)
        self.controls = QWidget()
        form = self._form = QFormLayout(self.controls)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow(self._build_views())
        self._line_row = self._build_line()
        form.addRow("Go to", self._line_row)
        self.planes: dict[View, tuple[QSlider, QLabel]] = {}
        self._plane_rows = [self._build_plane(view) for view in SURVEY_VIEWS]
        for view, row in zip(SURVEY_VIEWS, self._plane_rows, strict=True):
            form.addRow(_PLANES[view], row)
        form.addRow("Stretch", self._build_stretch())
        form.addRow("Colours", self._build_colours())
        form.addRow("", self._build_polarity())
        form.addRow("Clip", self._build_clip())
        form.addRow("Balance", self._build_balance())
        self.layout_.setSpacing(12)
        self.layout_.addWidget(self.controls)
        self.layout_.addWidget(self.survey)
        self.layout_.addStretch()

    def _build_views(self) -> QWidget:
        row, layout = _row()
        self.view_buttons: dict[View, QPushButton] = {}
        for view in SURVEY_VIEWS:
            button = self.view_buttons[view] = _view_button(_BUTTONS[view])
            button.setObjectName(f"view-{view}")
            button.setToolTip(f"Show {_BUTTONS[view].lower()}s (key {KEYS[view]})")
            button.clicked.connect(lambda _checked, view=view: self._view.show(view))
            layout.addWidget(button)
        self.space_button = _view_button("3-D")
        self.space_button.setToolTip(
            f"Stand the sections up in space, facies and all (key {SPACE_KEY}). Drag to turn, "
            "scroll to zoom,\nShift and drag to move; any of the other buttons comes back."
        )
        self.space_button.clicked.connect(self._show_space)
        layout.addWidget(self.space_button)
        return row

    def _build_line(self) -> QWidget:
        row, layout = _row()
        self.line_box = LineBox()
        self.line_box.setToolTip("Type a line number (or a time), or step with the arrows")
        self.line_box.setMinimumWidth(96)
        self.line_box.valueChanged.connect(self._go_to)
        self.step_buttons = [self._build_step(step) for step in (-1, 1)]
        layout.addWidget(self.step_buttons[0])
        layout.addWidget(self.line_box)
        layout.addWidget(self.step_buttons[1])
        self._of = QLabel()
        self._of.setToolTip("First and last that there are")
        layout.addWidget(self._of, 1)
        return row

    def _build_step(self, step: int) -> QToolButton:
        button = QToolButton()
        button.setArrowType(Qt.ArrowType.LeftArrow if step < 0 else Qt.ArrowType.RightArrow)
        word, arrow = ("Previous", "←") if step < 0 else ("Next", "→")
        button.setToolTip(f"{word} section with data (Shift {arrow})")
        button.clicked.connect(lambda: self._view.step(step))
        return button

    def _build_plane(self, view: View) -> QWidget:
        row, layout = _row()
        slider, number = QSlider(Qt.Orientation.Horizontal), QLabel()
        slider.setToolTip(f"Move the plane of the {_BUTTONS[view].lower()}")
        slider.valueChanged.connect(lambda position: self._view.move_to(view, position))
        number.setMinimumWidth(number.fontMetrics().horizontalAdvance("00000 ms"))
        number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(slider, 1)
        layout.addWidget(number)
        self.planes[view] = slider, number
        return row

    def _build_stretch(self) -> QWidget:
        row, layout = _row()
        low, high = (round(_STEPS * float(np.log2(e))) for e in EXAGGERATION)
        self.stretch = QSlider(Qt.Orientation.Horizontal)
        self.stretch.setRange(low, high)
        self.stretch.setPageStep(_STEPS)
        self.stretch.setToolTip("Vertical exaggeration, from a quarter to four times")
        self.stretch.valueChanged.connect(self._set_stretch)
        self._factor = QLabel()
        self._factor.setMinimumWidth(self._factor.fontMetrics().horizontalAdvance("× 0.00 "))
        natural = self.one_to_one = QPushButton("1:1")
        natural.setToolTip("One sample as high as a trace is wide")
        natural.clicked.connect(lambda: self.stretch.setValue(0))
        layout.addWidget(self.stretch, 1)
        layout.addWidget(self._factor)
        layout.addWidget(natural)
        return row

    def _build_colours(self) -> QComboBox:
        self.colours = QComboBox()
        self.colours.setIconSize(QSize(72, 14))
        self.colours.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for name, colormap in SEISMIC_COLORMAPS.items():
            self.colours.addItem(_swatch(colormap), colormap._display_name or name, name)
        self.colours.activated.connect(self._set_colours)
        return self.colours

    def _build_polarity(self) -> QCheckBox:
        self.polarity = QCheckBox("reverse polarity")
        self.polarity.setToolTip("Exchange the colours of peaks and troughs")
        self.polarity.clicked.connect(self._set_polarity)
        return self.polarity

    def _build_clip(self) -> QWidget:
        row, layout = _row()
        self.clip = QDoubleSpinBox()
        self.clip.setRange(80.0, 100.0)
        self.clip.setDecimals(1)
        self.clip.setSingleStep(0.5)
        self.clip.setValue(CLIP)
        self.clip.setSuffix(" %")
        self.clip.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.clip.setKeyboardTracking(False)
        self.clip.setMinimumWidth(96)
        self.clip.setToolTip("Share of the amplitudes that the colours tell apart")
        self.clip.valueChanged.connect(self._set_clip)
        self._limit = QLabel()
        self._limit.setToolTip("Amplitude at which the colours end")
        layout.addWidget(self.clip)
        layout.addWidget(self._limit, 1)
        return row

    def _build_balance(self) -> QWidget:
        row, layout = _row()
        self.window_box = QDoubleSpinBox()
        self.window_box.setRange(1, 10_000)
        self.window_box.setDecimals(0)
        self.window_box.setSingleStep(50)
        self.window_box.setValue(WINDOW)
        self.window_box.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.window_box.setKeyboardTracking(False)
        self.window_box.setMinimumWidth(96)
        self.window_box.setToolTip("Length of the window in which amplitudes are made equal")
        self.window_box.valueChanged.connect(self._set_balance)
        self.balance = QCheckBox("AGC, display only")
        self.balance.setToolTip(
            "Even out amplitudes along traces (sliding RMS) on the screen.\n"
            "Training, prediction and export use the amplitudes as they are."
        )
        self.balance.clicked.connect(self._set_balance)
        layout.addWidget(self.window_box)
        layout.addWidget(self.balance, 1)
        return row

    def _go_to(self, number: float) -> None:
        self._view.go_to(number)
        self._show_state()  # a number that is no line becomes the nearest one

    def _set_stretch(self, steps: int) -> None:
        self._view.exaggeration = 2 ** (steps / _STEPS)

    def _show_space(self) -> None:
        self._view.show_space()
        self._show_state()  # the button stays up if there is nothing to show

    def _set_colours(self) -> None:
        seismic = self._view.seismic
        if seismic is not None:
            colormap = SEISMIC_COLORMAPS[self.colours.currentData()]
            seismic.colormap = flipped(colormap) if reverses_polarity(seismic) else colormap

    def _set_polarity(self, reverse: bool) -> None:
        if self._view.seismic is not None:
            reverse_polarity(self._view.seismic, reverse)

    def _set_clip(self, percentile: float) -> None:
        if self._view.seismic is not None:
            set_clip(self._view.seismic, percentile)
            self._show_state()

    def _set_balance(self) -> None:
        if self._view.seismic is not None:
            window = self.window_box.value() if self.balance.isChecked() else None
            set_balance(self._view.seismic, window, self.clip.value())
            self._show_state()

    def _show_soon(self) -> None:
        self._later.start()  # once for the many events of one change of view

    def _show_state(self) -> None:
        layer = self._view.layer
        volume = volume_of(layer)
        self.controls.setEnabled(volume is not None)
        if layer is None or volume is None:
            for row in self._plane_rows:
                self._form.setRowVisible(row, False)
            self.survey.setText(
                "Open a seismic volume: drop a SEG-Y, .npy, Zarr or NetCDF file on the window, or "
                "take one from <i>File ▸ Open Sample ▸ napari-s6</i>."
            )
            return
        self._show_position(volume)
        self._show_looks(unit_suffix(volume))
        self.survey.setText(_described((self._view.seismic or layer).name, volume))

    def _show_position(self, volume: xr.DataArray) -> None:
        view, number = self._view.view, self._view.number
        self.view_buttons["slice"].setText(
            "Time slice" if vertical_dim(volume) == "twt" else "Depth slice"
        )
        in_space = self._view.in_space
        for name, button in self.view_buttons.items():
            button.setChecked(name == view)
        self.space_button.setChecked(in_space)
        self._form.setRowVisible(self._line_row, not in_space)
        for row in self._plane_rows:
            self._form.setRowVisible(row, in_space and self._view.space.movable)
        if in_space:
            self._show_planes(volume)
        self.line_box.setEnabled(view is not None)
        if view is None or number is None:
            return
        blocked = self.line_box.blockSignals(True)
        if self._shown != (id(volume), view):
            self._shown = (id(volume), view)
            numbers = self._view.numbers(view)
            self.line_box.set_numbers(numbers, unit_suffix(volume) if view == "slice" else "")
            self._of.setText(f"{numbers.min():g} – {numbers.max():g}")
        if not self.line_box.hasFocus() or self.line_box.value() != number:
            self.line_box.setValue(number)
        self.line_box.blockSignals(blocked)

        there = self._view.numbers(view)[self._view.live_positions(view)]
        for arrow, more in zip(self.step_buttons, (there < number, there > number), strict=True):
            arrow.setEnabled(bool(more.any()))

    def _show_planes(self, volume: xr.DataArray) -> None:
        for view, (slider, said) in self.planes.items():
            numbers, position = self._view.numbers(view), self._view.position(view) or 0
            blocked = slider.blockSignals(True)
            slider.setRange(0, len(numbers) - 1)
            slider.setValue(position)
            slider.blockSignals(blocked)
            unit = unit_suffix(volume) if view == "slice" else ""
            said.setText(f"{numbers[position]:g}{unit}")

    def _show_looks(self, unit: str) -> None:
        factor = self._view.exaggeration
        blocked = self.stretch.blockSignals(True)
        self.stretch.setValue(round(_STEPS * float(np.log2(factor))))
        self.stretch.blockSignals(blocked)
        self._factor.setText(f"× {factor:.2g}")
        seismic = self._view.seismic
        if seismic is None:
            return
        name = unflipped_name(seismic.colormap)
        self.colours.setCurrentIndex(self.colours.findData(name))
        self.polarity.setChecked(reverses_polarity(seismic))
        window = balance_window(seismic)
        self.balance.setChecked(window is not None)
        blocked = self.window_box.blockSignals(True)
        self.window_box.setSuffix(unit)
        if window is not None:
            self.window_box.setValue(window)
        elif not unit:  # only samples are known
            self.window_box.setValue(min(self.window_box.value(), WINDOW_SAMPLES))
        self.window_box.blockSignals(blocked)
        low, high = seismic.contrast_limits
        self._limit.setText(
            f"± {_short(high)}" if low == -high else f"{_short(low)} to {_short(high)}"
        )


def _view_button(text: str) -> QPushButton:
    button = QPushButton(text)
    button.setCheckable(True)
    button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return button


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
        f"{len(samples):,} samples, {samples[0]:g} – {samples[-1]:g}{unit}"
        if (unit := unit_suffix(volume))
        else f"{len(samples):,} samples"
    )
    count = int(live.sum())
    share = "every one" if count == live.size else f"{count / live.size:.1%} of the grid"
    lines.append(f"{count:,} traces with data, {share}")
    return "<br>".join(lines)
