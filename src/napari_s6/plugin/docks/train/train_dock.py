"""The *Train S6* dock: settings, training, prediction, and accepting it."""

from typing import Any

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QGridLayout,
    QLabel,
    QProgressBar,
    QWidget,
)
from superqt import QCollapsible

from napari_s6.durations import duration
from napari_s6.plugin.docks.dock import SessionDock
from napari_s6.plugin.docks.train.settings import ADVANCED_ROWS, MAIN_ROWS, SettingsForm
from napari_s6.plugin.session.state import State
from napari_s6.plugin.session.torch_import import import_torch
from napari_s6.plugin.widgets.curves import CurvePlot
from napari_s6.plugin.widgets.editors import ChoiceEditor
from napari_s6.plugin.widgets.form import LabelledRows
from napari_s6.plugin.widgets.rows import button


class TrainDock(SessionDock):
    """Controls bound to the session's state; every button is one of its verbs."""

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__(napari_viewer)
        self._build()
        self.bind(self.session.changed, self._show_state)
        self.bind(self.session.progressed, self._show_progress)
        # Takes seconds: begun in the background once the dock is drawn, not at the click.
        QTimer.singleShot(100, import_torch)

    def closed(self) -> None:
        """Stop what this dock started; the session sees to its end."""
        self.session.stop()
        super().closed()

    # -- building -------------------------------------------------------------------------------

    def _build(self) -> None:
        self.layout_.addWidget(self._build_settings())
        self.advanced = SettingsForm(self.session, ADVANCED_ROWS)
        self._advanced_rows = LabelledRows(list(self.advanced.editors.values()))
        folded = QCollapsible("Advanced settings")
        folded.setDuration(0)
        folded.toggleButton().setObjectName("advanced-toggle")
        for layout, top in ((folded.layout(), 0), (folded.content().layout(), 4)):
            if layout is not None:
                layout.setContentsMargins(0, top, 0, 0)
                layout.setSpacing(0)
        folded.addWidget(self._advanced_rows)
        self.layout_.addWidget(folded)
        self.layout_.addWidget(self._build_training())
        self.plot = CurvePlot()
        self.layout_.addWidget(self.plot, 1)
        self.layout_.addWidget(self._build_prediction())

    def _build_settings(self) -> QWidget:
        interpretation = self.session.interpretation
        self.seismic = ChoiceEditor({}, name="seismic", label="Seismic")
        self.seismic.changed.connect(lambda layer: interpretation.choose(seismic=layer))
        self.labels = ChoiceEditor({}, name="labels", label="Labels")
        self.labels.changed.connect(lambda layer: interpretation.choose(labels=layer))
        self.settings = SettingsForm(self.session, MAIN_ROWS)
        self.load_button = button("Load model…", "Open a model folder that a training wrote")
        self.load_button.clicked.connect(self._load_model)
        self.start_from = ChoiceEditor(
            {},
            beside=self.load_button,
            name="start_from",
            label="Start from",
            tooltip="Begin with a new network, or go on with the current model",
        )
        self.start_from.changed.connect(self._set_start)
        self._rows = LabelledRows(
            [self.seismic, self.labels, *self.settings.editors.values(), self.start_from]
        )
        return self._rows

    def _build_training(self) -> QWidget:
        widget, grid = _grid()
        self.train_button = button("Train S6", "Train on what is painted now")
        self.pause_button = button("Pause", "Hold the computing; Resume goes on")
        self.stop_button = button("Stop", "End now; a training keeps its model")
        self.train_button.clicked.connect(lambda: self.session.attempt(self.session.train))
        self.pause_button.clicked.connect(self._pause_or_resume)
        self.stop_button.clicked.connect(self.session.stop)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(8)
        self.status = QLabel()
        self.status.setObjectName("status")
        self.status.setWordWrap(True)
        grid.addWidget(self.train_button, 0, 0)
        grid.addWidget(self.pause_button, 0, 1)
        grid.addWidget(self.stop_button, 0, 2)
        grid.addWidget(self.bar, 1, 0, 1, 3)
        grid.addWidget(self.status, 2, 0, 1, 3)
        grid.setColumnStretch(0, 1)
        return widget

    def _build_prediction(self) -> QWidget:
        session = self.session
        widget, grid = _grid()
        self.model = QLabel()
        self.model.setWordWrap(True)
        self.section_button = button("Predict section", "The inline or crossline in view")
        self.section_button.clicked.connect(lambda: session.attempt(session.predict_section))
        self.volume_button = button("Predict volume", "All of it, from the section in view on")
        self.volume_button.clicked.connect(lambda: session.attempt(session.predict_volume))
        self.accept_button = button(
            "Accept section", "Copy the prediction in view into the paint, to correct it (undoable)"
        )
        self.accept_button.clicked.connect(lambda: self._accept(region=False))
        self.draw_button = button("Draw region", "Draw around what is right in this section")
        self.draw_button.clicked.connect(lambda: session.attempt(session.draw_region))
        self.region_button = button("Accept region", "Accept inside the drawn region only")
        self.region_button.clicked.connect(lambda: self._accept(region=True))
        self.over_paint = QCheckBox("Over my paint")
        self.over_paint.setToolTip(
            "Accept over what is painted already; unticked, paint stays as it is"
        )
        grid.addWidget(self.model, 0, 0, 1, 2)
        grid.addWidget(self.section_button, 1, 0)
        grid.addWidget(self.volume_button, 1, 1)
        grid.addWidget(self.accept_button, 2, 0)
        grid.addWidget(self.region_button, 2, 1)
        grid.addWidget(self.over_paint, 3, 0)
        grid.addWidget(self.draw_button, 3, 1)
        return widget

    # -- showing --------------------------------------------------------------------------------

    def _show_state(self) -> None:
        session, interpretation = self.session, self.session.interpretation
        self.seismic.offer({layer: layer.name for layer in interpretation.seismic_layers})
        self.seismic.show(interpretation.seismic)
        self.labels.offer({layer: layer.name for layer in interpretation.label_layers})
        self.labels.show(interpretation.labels)
        self.settings.choice("device").offer({n: _device_name(n) for n in session.devices})
        paused, running = session.state is State.PAUSED, session.job_thread_id is not None
        for form in (self.settings, self.advanced):
            form.show(session.config)
        for rows in (self._rows, self._advanced_rows):
            rows.setEnabled(not running)
        model = session.model
        last = {} if model is None else {True: "Current model"}
        self.start_from.offer({False: "New network", **last})
        self.start_from.show(session.continue_from_model and model is not None)
        self.model.setText("No model yet" if model is None else f"Model: {model.description}")
        self.model.setToolTip("" if model is None else f"{model.description}\n{model.path}")
        ready = interpretation.seismic is not None and not session.busy
        self.train_button.setEnabled(ready and interpretation.labels is not None)
        self.pause_button.setText("Resume" if paused else "Pause")
        self.pause_button.setEnabled(running and not session.stopping)
        self.stop_button.setEnabled(running and not session.stopping)
        self.load_button.setEnabled(not session.busy)
        for one in (self.section_button, self.volume_button):
            one.setEnabled(ready and model is not None)
        for one in (self.accept_button, self.draw_button, self.region_button):
            one.setEnabled(interpretation.labels is not None and session.has_prediction)

    def _show_progress(self) -> None:
        history = self.session.history
        left = "" if history.remaining is None else f", {duration(history.remaining)} left"
        self.status.setText(f"{history.text}{left}")
        # A bar repaints itself at once; held back, all of this is drawn together.
        self.bar.setUpdatesEnabled(False)
        self.bar.setValue(round(1000 * (history.share or 0.0)))
        self.bar.setUpdatesEnabled(True)
        self.plot.show_history(history)

    # -- doing ----------------------------------------------------------------------------------

    def _pause_or_resume(self) -> None:
        if self.session.state is State.PAUSED:
            self.session.resume()
        else:
            self.session.pause()

    def _accept(self, region: bool) -> None:
        over = self.over_paint.isChecked()
        self.session.attempt(lambda: self.session.accept(region=region, over_paint=over))

    def _set_start(self, go_on: bool) -> None:
        self.session.continue_from_model = go_on

    def _load_model(self) -> None:
        project = self.session.desk.project
        start = str(project.folder / "models") if project is not None else ""
        path = QFileDialog.getExistingDirectory(self, "Load model (the folder of a run)", start)
        if path:
            self.session.attempt(lambda: self.session.load_model(path))


def _device_name(name: str) -> str:
    return {"auto": "Automatic", "cpu": "CPU", "mps": "Apple GPU (MPS)"}.get(name, name.upper())


def _grid() -> tuple[QWidget, QGridLayout]:
    widget = QWidget()
    grid = QGridLayout(widget)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setSpacing(5)
    return widget, grid
