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
        self._survey = QLabel()
        self._survey.setTextFormat(Qt.TextFormat.RichText)
        self._survey.setWordWrap(True)
        self._controls = QWidget()
        form = self._form = QFormLayout(self._controls)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow(self._build_views())
        self._line_row = self._build_line()
        form.addRow("Go to", self._line_row)
        self._planes: dict[View, tuple[QSlider, QLabel]] = {}
        self._plane_rows = [self._build_plane(view) for view in SURVEY_VIEWS]
        for view, row in zip(SURVEY_VIEWS, self._plane_rows, strict=True):
            form.addRow(_PLANES[view], row)
        form.addRow("Stretch", self._build_stretch())
        form.addRow("Colours", self._build_colours())
        form.addRow("", self._build_polarity())
        form.addRow("Clip", self._build_clip())
        form.addRow("Balance", self._build_balance())
        self.layout_.setSpacing(12)
        self.layout_.addWidget(self._controls)
        self.layout_.addWidget(self._survey)
        self.layout_.addStretch()

    def _build_views(self) -> QWidget:
        row, layout = _row()
        self._buttons: dict[View, QPushButton] = {}
        for view in SURVEY_VIEWS:
            button = self._buttons[view] = _view_button(_BUTTONS[view])
            button.setObjectName(f"view-{view}")
            button.setToolTip(f"Show {_BUTTONS[view].lower()}s (key {KEYS[view]})")
            button.clicked.connect(lambda _checked, view=view: self._view.show(view))
            layout.addWidget(button)
        self._space = _view_button("3-D")
        self._space.setToolTip(
            f"Stand the sections up in space, facies and all (key {SPACE_KEY}). Drag to turn, "
            "scroll to zoom,\nShift and drag to move; any of the other buttons comes back."
        )
        self._space.clicked.connect(self._show_space)
        layout.addWidget(self._space)
        return row

    def _build_line(self) -> QWidget:
        row, layout = _row()
        self._line = LineBox()
        self._line.setToolTip("Type a line number (or a time), or step with the arrows")
        self._line.setMinimumWidth(96)
        self._line.valueChanged.connect(self._go_to)
        self._steps = [self._build_step(step) for step in (-1, 1)]
        layout.addWidget(self._steps[0])
        layout.addWidget(self._line)
        layout.addWidget(self._steps[1])
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
        self._planes[view] = slider, number
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

    def _build_polarity(self) -> QCheckBox:
        self._polarity = QCheckBox("reverse polarity")
        self._polarity.setToolTip("Exchange the colours of peaks and troughs")
        self._polarity.clicked.connect(self._set_polarity)
        return self._polarity

    def _build_clip(self) -> QWidget:
        row, layout = _row()
        self._clip = QDoubleSpinBox()
        self._clip.setRange(80.0, 100.0)
        self._clip.setDecimals(1)
        self._clip.setSingleStep(0.5)
        self._clip.setValue(CLIP)
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

    def _build_balance(self) -> QWidget:
        row, layout = _row()
        self._window = QDoubleSpinBox()
        self._window.setRange(1, 10_000)
        self._window.setDecimals(0)
        self._window.setSingleStep(50)
        self._window.setValue(WINDOW)
        self._window.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._window.setKeyboardTracking(False)
        self._window.setMinimumWidth(96)
        self._window.setToolTip("Length of the window in which amplitudes are made equal")
        self._window.valueChanged.connect(self._set_balance)
        self._balance = QCheckBox("AGC, display only")
        self._balance.setToolTip(
            "Even out amplitudes along traces (sliding RMS) on the screen.\n"
            "Training, prediction and export use the amplitudes as they are."
        )
        self._balance.clicked.connect(self._set_balance)
        layout.addWidget(self._window)
        layout.addWidget(self._balance, 1)
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
            colormap = SEISMIC_COLORMAPS[self._colours.currentData()]
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
            window = self._window.value() if self._balance.isChecked() else None
            set_balance(self._view.seismic, window, self._clip.value())
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
        self._show_looks(unit_suffix(volume))
        self._survey.setText(_described((self._view.seismic or layer).name, volume))

    def _show_position(self, volume: xr.DataArray) -> None:
        view, number = self._view.view, self._view.number
        self._buttons["slice"].setText(
            "Time slice" if vertical_dim(volume) == "twt" else "Depth slice"
        )
        in_space = self._view.in_space
        for name, button in self._buttons.items():
            button.setChecked(name == view)
        self._space.setChecked(in_space)
        self._form.setRowVisible(self._line_row, not in_space)
        for row in self._plane_rows:
            self._form.setRowVisible(row, in_space and self._view.space.movable)
        if in_space:
            self._show_planes(volume)
        self._line.setEnabled(view is not None)
        if view is None or number is None:
            return
        blocked = self._line.blockSignals(True)
        if self._shown != (id(volume), view):
            self._shown = (id(volume), view)
            numbers = self._view.numbers(view)
            self._line.set_numbers(numbers, unit_suffix(volume) if view == "slice" else "")
            self._of.setText(f"{numbers.min():g} – {numbers.max():g}")
        if not self._line.hasFocus() or self._line.value() != number:
            self._line.setValue(number)
        self._line.blockSignals(blocked)

        there = self._view.numbers(view)[self._view.live_positions(view)]
        for arrow, more in zip(self._steps, (there < number, there > number), strict=True):
            arrow.setEnabled(bool(more.any()))

    def _show_planes(self, volume: xr.DataArray) -> None:
        for view, (slider, said) in self._planes.items():
            numbers, position = self._view.numbers(view), self._view.position(view) or 0
            blocked = slider.blockSignals(True)
            slider.setRange(0, len(numbers) - 1)
            slider.setValue(position)
            slider.blockSignals(blocked)
            unit = unit_suffix(volume) if view == "slice" else ""
            said.setText(f"{numbers[position]:g}{unit}")

    def _show_looks(self, unit: str) -> None:
        factor = self._view.exaggeration
        blocked = self._stretch.blockSignals(True)
        self._stretch.setValue(round(_STEPS * float(np.log2(factor))))
        self._stretch.blockSignals(blocked)
        self._factor.setText(f"× {factor:.2g}")
        seismic = self._view.seismic
        if seismic is None:
            return
        name = unflipped_name(seismic.colormap)
        self._colours.setCurrentIndex(self._colours.findData(name))
        self._polarity.setChecked(reverses_polarity(seismic))
        window = balance_window(seismic)
        self._balance.setChecked(window is not None)
        blocked = self._window.blockSignals(True)
        self._window.setSuffix(unit)
        if window is not None:
            self._window.setValue(window)
        elif not unit:  # only samples are known
            self._window.setValue(min(self._window.value(), WINDOW_SAMPLES))
        self._window.blockSignals(blocked)
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
