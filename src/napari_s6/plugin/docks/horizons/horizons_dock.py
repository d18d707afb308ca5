"""The *Horizons* dock: horizons over the section in view, and facies between them as paint."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from napari.components import ViewerModel
from napari.layers import Labels
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QMessageBox,
    QPushButton,
)

from napari_s6.errors import InputError
from napari_s6.horizons.files import FILE_SUFFIXES
from napari_s6.horizons.grid_files import grid_format_labels
from napari_s6.learn.events import Failed
from napari_s6.plugin.canvas.array import AXES
from napari_s6.plugin.canvas.layers import facies_scheme_of, kind_of, tell_written, volume_of
from napari_s6.plugin.canvas.view import survey_view
from napari_s6.plugin.docks.dock import SessionDock
from napari_s6.plugin.docks.horizons import fill, jobs
from napari_s6.plugin.docks.horizons.fill_box import FillBox
from napari_s6.plugin.docks.horizons.horizon_set import horizon_set
from napari_s6.plugin.docks.horizons.table import HorizonTable
from napari_s6.plugin.jobs.bar import JobBar
from napari_s6.plugin.jobs.job import Job, Work
from napari_s6.plugin.widgets.messages import Messages
from napari_s6.survey.record import survey_record

_FILES = f"Horizons ({' '.join(f'*{suffix}' for suffix in FILE_SUFFIXES)});;All files (*)"
_OPEN_FIRST = "Open a survey, then load its horizons."
_LOAD_FIRST = "Load horizons of this survey, or take the boundaries of its facies."


class HorizonsDock(SessionDock):
    """The list of horizons, and what fills a label layer between them."""

    def __init__(self, napari_viewer: ViewerModel) -> None:
        super().__init__(napari_viewer)
        self._viewer = getattr(napari_viewer, "__wrapped__", napari_viewer)
        self._view = survey_view(napari_viewer)
        self.set = horizon_set(napari_viewer)
        self._interpretation = self.session.interpretation
        self._job: Job | None = None
        self._later = _timer(self, 150, self._refresh_preview)
        self._soon = _timer(self, 200, self._remark)
        self._build()
        self.bind(self.set.changed, self._show_list)
        self.bind(self._interpretation.chosen, self._show_list)
        self.bind(self._interpretation.painted, self._repaint_preview)
        self.bind(self._view.changed, self._on_view)

    # -- what there is to see ---------------------------------------------------------------------

    def _build(self) -> None:
        self.layout_.addLayout(self._build_sources())
        self.table = HorizonTable()
        self.table.changed.connect(self._change)
        self.table.removed.connect(self._remove)
        self.layout_.addWidget(self.table, 1)
        self.layout_.addLayout(self._build_order())
        line = QFrame()
        line.setFrameShape(QFrame.Shape.HLine)
        self.layout_.addWidget(line)
        title = QLabel("<b>Labels between horizons</b>")
        self.layout_.addWidget(title)
        self.fill_box = FillBox(self._view, self.set, self._interpretation)
        self.fill_box.changed.connect(self._changed)
        self.layout_.addWidget(self.fill_box)
        self.layout_.addLayout(self._build_actions())
        self.said = Messages()
        self.layout_.addWidget(self.said)

    def _build_sources(self) -> QHBoxLayout:
        self.load_button = QPushButton("Load…")
        self.load_button.setToolTip(f"Horizons: text (IL XL Z or X Y Z), {grid_format_labels()}")
        self.load_button.clicked.connect(self._choose_files)
        self.facies_button = QPushButton("From facies")
        self.facies_button.setToolTip("The boundaries of a label layer or a prediction")
        menu = QMenu(self.facies_button)
        menu.aboutToShow.connect(lambda: self._list_layers(menu))
        self.facies_button.setMenu(menu)
        return _row(self.load_button, self.facies_button)

    def _build_order(self) -> QHBoxLayout:
        self.up_button, self.down_button = QPushButton("▲"), QPushButton("▼")
        for button, by in ((self.up_button, -1), (self.down_button, 1)):
            button.setToolTip(f"Move the selected horizon {'up' if by < 0 else 'down'}")
            button.setMaximumWidth(36)
            button.clicked.connect(lambda _checked, by=by: self._move(by))
        self.sort_button = QPushButton("Sort by depth")
        self.sort_button.clicked.connect(lambda: self.set.sort())
        self.remove_button = QPushButton("Remove")
        self.remove_button.setToolTip("Take the selected horizons out of the list (Delete)")
        self.remove_button.clicked.connect(self._remove)
        return _row(self.up_button, self.down_button, self.sort_button, self.remove_button)

    def _build_actions(self) -> QHBoxLayout:
        self.preview_button = QPushButton("Preview")
        self.preview_button.setCheckable(True)
        self.preview_button.setToolTip("Show what would be painted, on any section")
        self.preview_button.toggled.connect(lambda _on: self._refresh_preview())
        self.fill_button = QPushButton("Paint")
        self.fill_button.clicked.connect(self.paint)
        self.bar = JobBar(self.session.runner)
        return _row(self.preview_button, self.fill_button, self.bar)

    def _show_list(self) -> None:
        scheme = self._interpretation.scheme
        volume = self.set.volume
        entries = self.set.entries
        horizons, codes = self.set.column(scheme)
        found = dict(zip(map(id, horizons), codes[1:], strict=True))
        shown = [codes[0], *(found.get(id(entry.horizon)) for entry in entries)]
        tips = [e.horizon.summary(volume) if volume is not None else "" for e in entries]
        self.table.show_entries(entries, shown, scheme, tips)
        for button in (self.up_button, self.down_button, self.sort_button, self.remove_button):
            button.setEnabled(bool(entries))
        self._name_target()
        self._hint()
        self._follow()
        self._changed()

    def _hint(self) -> None:
        """Say what to do first, as long as there is nothing else to say."""
        hint = _OPEN_FIRST if self.set.volume is None else _LOAD_FIRST
        said = self.said.toPlainText()
        if self.set.volume is None or said in ("", _OPEN_FIRST, _LOAD_FIRST):
            self.said.say([] if self.set.entries else [hint])

    def _name_target(self) -> None:
        labels = self._interpretation.labels
        name = labels.name if labels is not None else "a new layer"
        self.fill_button.setText(f"Paint into {name}" if len(name) < 18 else "Paint")
        self.fill_button.setToolTip(f"Paint these facies into {name}")

    def _follow(self) -> None:
        """Follow what is in view."""
        there = self.set.volume is not None
        self.load_button.setEnabled(there and not self.busy)
        self.facies_button.setEnabled(there and not self.busy)
        self.fill_box.follow()
        ready = bool(self.set.entries) and not self.busy
        self.preview_button.setEnabled(ready)
        self.fill_button.setEnabled(ready and self.fill_box.can_fill)

    def _on_view(self) -> None:
        self._follow()
        if self.preview_button.isChecked():
            self._soon.start()

    def _changed(self) -> None:
        self._follow()
        if self.preview_button.isChecked():
            self._later.start()

    # -- the list -------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether something is being read or computed."""
        return self._job is not None

    def _choose_files(self) -> None:
        volume = self.set.volume
        source = survey_record(volume).source if volume is not None else None
        folder = str(Path(source).parent) if source else ""
        paths, _ = QFileDialog.getOpenFileNames(self, "Load horizons", folder, _FILES)
        if paths:
            self.load(paths)

    def load(self, paths: Sequence[str | Path]) -> None:
        """Read horizon files in a thread of its own."""
        volume = self.set.volume
        if volume is None or self.busy:
            return

        self._start(partial(jobs.read_files, paths, volume), self._take_in(volume))

    def from_layer(self, layer: Labels) -> None:
        """Take the boundaries of a layer's facies as horizons."""
        volume, scheme = volume_of(layer), facies_scheme_of(layer)
        if volume is None or scheme is None or self.busy:
            return
        work = partial(jobs.derive, layer.data, layer.name, volume, scheme)
        self._start(work, self._take_in(volume))

    def _take_in(self, volume: xr.DataArray) -> Callable[[Any], None]:
        said: list[str] = []

        def take(event: Any) -> None:
            if not isinstance(event, jobs.Found):
                return
            said.extend(f"{h.name}: {h.summary(volume)}" for h in event.horizons)
            if event.remark:
                said.append(event.remark)
            if event.horizons:
                self.set.add(event.horizons, self._interpretation.scheme)
            self.said.say(said)

        return take

    def _list_layers(self, menu: QMenu) -> None:
        menu.clear()
        volume = self.set.volume
        for layer in reversed(self._viewer.layers):
            if kind_of(layer) == "facies" and volume_of(layer) is volume:
                action = menu.addAction(layer.name)
                action.triggered.connect(lambda _checked, layer=layer: self.from_layer(layer))
        if menu.isEmpty():
            menu.addAction("There is no facies layer yet").setEnabled(False)

    def _change(self, place: int, what: dict[str, Any]) -> None:
        if place < 0:
            self.set.set_above(what["below"])
        else:
            self.set.change(place, **what)

    def _move(self, by: int) -> None:
        places = self.table.places
        if len(places) == 1:
            self.table.select(self.set.move(places[0], by))

    def _remove(self) -> None:
        self.set.remove(self.table.places)

    # -- labels between them ----------------------------------------------------------------------

    def _refresh_preview(self) -> None:
        if not self.preview_button.isChecked() or not self.set.entries or self.busy:
            fill.hide_preview(self._viewer)
            if not self.set.entries:
                self.preview_button.setChecked(False)
            return
        try:
            filling = self.fill_box.filling(everywhere=True)
        except InputError as error:
            fill.hide_preview(self._viewer)
            self.said.say([str(error)])
            return
        fill.show_preview(
            self._viewer, filling, self._interpretation.scheme, self._paint(filling.volume)
        )
        self.set.uncover()
        self._remark()

    def _remark(self) -> None:
        """Say what is out of the ordinary on the lines to fill, which may be another section."""
        if not self.preview_button.isChecked():
            return
        try:
            self.said.say(fill.remarks(self.fill_box.filling(), self._interpretation.scheme))
        except InputError as error:
            self.said.say([str(error)])

    def _repaint_preview(self) -> None:
        layer = fill.preview_layer(self._viewer)
        if layer is not None:
            layer.refresh()

    def _paint(self, volume: xr.DataArray) -> np.ndarray | None:
        """The paint on a survey, (inlines, crosslines, samples)."""
        labels = self._interpretation.labels
        if labels is None or volume_of(labels) is not volume:
            return None
        return np.asarray(labels.data).transpose(AXES)

    def paint(self) -> None:
        """Paint the facies between the horizons into the label layer, made if need be."""
        if self.busy:
            return
        filling = self.session.attempt(self.fill_box.filling)
        if filling is None or not self._agreed(filling):
            return
        labels = self._interpretation.labels
        if labels is None or volume_of(labels) is not filling.volume:
            labels = self.session.attempt(self._interpretation.new_labels)
        if labels is None or volume_of(labels) is not filling.volume:
            return
        paint = np.asarray(labels.data).transpose(AXES)
        remarks = fill.remarks(filling, self._interpretation.scheme)
        self.preview_button.setChecked(False)
        self.set.uncover()

        def hear(event: Any) -> None:
            if isinstance(event, fill.Edit):
                self._tell_painted(fill.apply_edit(labels, event), labels, remarks)
            elif isinstance(event, fill.Painted):
                tell_written(labels)
                self._tell_painted(event.voxels, labels, remarks)

        self._start(lambda token: fill.gather(filling, paint, token), hear)

    def _agreed(self, filling: fill.Filling) -> bool:
        watch = self._interpretation.watch
        painted = watch is not None and watch.traces.any()
        if not (painted and filling.replace_paint and filling.voxels > fill.UNDOABLE_VOXELS):
            return True
        answer = QMessageBox.question(
            self,
            "Labels between horizons",
            "This paints over what is painted, and is too large to be undone. Go on?",
        )
        return bool(answer == QMessageBox.StandardButton.Yes)

    def _tell_painted(self, voxels: int, labels: Labels, remarks: list[str]) -> None:
        done = f"Painted {voxels:,} voxels into {labels.name}."
        self.said.say([done if voxels else "Nothing was left to paint there.", *remarks])

    # -- jobs -----------------------------------------------------------------------------------

    def _start(self, work: Work, hear: Callable[[Any], None]) -> None:
        def take(event: Any) -> None:
            if isinstance(event, Failed):
                self.said.say([event.message])
            else:
                hear(event)

        self.said.say([])
        self._job = self.session.runner.start(work, "horizons", hear=take, ended=self._ended)
        self._show_busy()

    def _ended(self) -> None:
        if self._job is not None and self._job.token.cancelled:
            self.said.say(["Stopped.", *self.said.toPlainText().splitlines()])
        self._job = None
        self._show_busy()
        self._changed()

    def _show_busy(self) -> None:
        self.preview_button.setVisible(not self.busy)
        self.fill_button.setVisible(not self.busy)
        self.bar.follow(self._job)
        for button in (self.load_button, self.facies_button):
            button.setEnabled(not self.busy and self.set.volume is not None)

    def closed(self) -> None:
        """Stop what is being computed, and take the preview away."""
        super().closed()
        self._later.stop()
        self._soon.stop()
        if self._job is not None:
            self.session.runner.end(self._job, 10)
            self._job = None
            self.bar.follow(None)
        fill.hide_preview(self._viewer)


def _timer(dock: HorizonsDock, interval: int, slot: Callable[[], None]) -> QTimer:
    timer = QTimer(dock)
    timer.setSingleShot(True)
    timer.setInterval(interval)
    timer.timeout.connect(slot)
    return timer


def _row(*widgets: Any) -> QHBoxLayout:
    row = QHBoxLayout()
    for widget in widgets:
        row.addWidget(widget, 1 if isinstance(widget, JobBar) else 0)
    return row
