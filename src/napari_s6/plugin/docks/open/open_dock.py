"""The *Open seismic* dock: look at a file before loading it, say how to read it, load a part."""

import os
import time
from pathlib import Path
from typing import Any, Literal

import xarray as xr
from napari.components import ViewerModel
from napari.layers import Layer
from qtpy.QtCore import Qt
from qtpy.QtGui import QDragEnterEvent, QDropEvent
from qtpy.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from napari_s6.errors import InputError
from napari_s6.formats.registry import is_segy_name
from napari_s6.learn.events import Failed
from napari_s6.plugin.canvas.layers import fit_view, kind_of, volume_of
from napari_s6.plugin.canvas.view import survey_view
from napari_s6.plugin.docks.dock import SessionDock
from napari_s6.plugin.docks.open.inspect import (
    Inspection,
    Loaded,
    Refused,
    inspect_file,
    load_layer,
)
from napari_s6.plugin.docks.open.inspect_tabs import InspectionTabs
from napari_s6.plugin.docks.open.part_box import PartBox
from napari_s6.plugin.docks.open.reading_box import ReadingForm, reading_box
from napari_s6.plugin.files.file_names import seismic_files
from napari_s6.plugin.files.reader import surveys_in
from napari_s6.plugin.jobs.bar import JobBar
from napari_s6.plugin.jobs.job import Job, Work
from napari_s6.survey.crop import Crop
from napari_s6.survey.reading import Reading
from napari_s6.survey.record import survey_record
from napari_s6.survey.volume import live_traces

_PATIENCE = 0.4  # s until a job is shown to be going on
_WIDTH, _HEIGHT = 420, 640
_BORDERS = {"told": "#8a8f98", "note": "#d0a030", "error": "#d05050"}
_Severity = Literal["told", "note", "error"]


class OpenDock(SessionDock):
    """File, what is in it, how its headers are read, the part to load.

    Looking and loading go on in a thread of their own; a look that is asked for ends the one
    before.
    """

    def __init__(self, napari_viewer: ViewerModel) -> None:
        super().__init__(napari_viewer)
        self._viewer = getattr(napari_viewer, "__wrapped__", napari_viewer)
        self._view = survey_view(napari_viewer)
        self._job: Job | None = None
        self._since = 0.0
        self._found: Inspection | None = None
        self._asked = ""
        self._asked_as = Reading()
        self._opening: tuple[Inspection, Crop] | None = None
        self._loaded: tuple[Inspection, Crop, xr.DataArray] | None = None
        self._build()
        self.setAcceptDrops(True)
        self.bind(self._view.scanned, self._on_scanned)
        self.bind(self.session.runner.polled, self._show_going)
        self._show_found(None)
        self._say(
            "Choose a SEG-Y, .npy or NetCDF file or a Zarr folder, or drop it here, to see what it "
            "holds before it is loaded."
        )

    # -- building -------------------------------------------------------------------------------

    def _build(self) -> None:
        self.setMinimumWidth(_WIDTH)  # what it has when there is something to show
        self.layout_.addLayout(self._build_path())
        self.message = QLabel()
        self.message.setObjectName("message")
        self.message.setWordWrap(True)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.layout_.addWidget(self.message)
        self.reading = ReadingForm()
        self.reading.changed.connect(self._on_reading)
        self.reading.refused.connect(lambda words: self._say(words, "error"))
        self.reading_box = reading_box(self.reading)
        self.layout_.addWidget(self.reading_box)
        self.tabs = InspectionTabs()
        self.layout_.addWidget(self.tabs, 1)
        self.part = PartBox(self.reading.crop)
        self.layout_.addWidget(self.part)
        self.layout_.addLayout(self._build_actions())
        self._slack = QWidget()  # keeps the rest at the top while there is nothing to show
        self.layout_.addWidget(self._slack, 1)

    def _build_path(self) -> QHBoxLayout:
        self.path_line = QLineEdit()
        self.path_line.setPlaceholderText("Seismic file")
        self.path_line.setAcceptDrops(False)  # the dock takes them, and looks at what was dropped
        self.path_line.returnPressed.connect(self._take_path)
        self.path_line.editingFinished.connect(self._take_new_path)
        row = QHBoxLayout()
        row.addWidget(self.path_line, 1)
        for word, tip, action in (
            ("File…", "Choose a SEG-Y, .npy or NetCDF file", self._browse_file),
            ("Folder…", "Choose a Zarr or benchmark folder", self._browse_folder),
        ):
            button = QPushButton(word)
            button.setToolTip(tip)
            button.clicked.connect(action)
            row.addWidget(button)
        return row

    def _build_actions(self) -> QHBoxLayout:
        self.open_button = QPushButton("Open")
        self.open_button.setToolTip("Load it as a layer; samples are read as they are looked at")
        self.open_button.clicked.connect(self.open)
        self.bar = JobBar(self.session.runner)
        self.bar.stop_button.clicked.connect(self.stop)
        row = QHBoxLayout()
        row.addWidget(self.open_button, 1)
        row.addWidget(self.bar, 1)
        return row

    # -- verbs ----------------------------------------------------------------------------------

    @property
    def found(self) -> Inspection | None:
        """What the file looked at holds; None before, and where it was refused."""
        return self._found

    @property
    def _crop(self) -> Crop:
        return self.reading.value.crop or Crop()

    @property
    def room(self) -> int:
        """Height at which all can be seen once there is a file to show."""
        return max(super().room, _HEIGHT)

    @property
    def busy(self) -> bool:
        """Whether a file is being looked at or loaded."""
        return self._job is not None

    def look_at(self, path: str | Path) -> None:
        """Look at a file, its headers read as they would be by default."""
        self._asked = str(path)
        self.path_line.setText(self._asked)
        self.reading.reset()
        self._show_found(None)
        self._look_again()

    def open(self) -> None:
        """Load the part chosen of the file looked at, as a layer."""
        found = self._found
        if found is None or self.busy:
            return
        crop = self._crop
        try:
            crop.positions(found.volume)
        except InputError as error:
            self._say(str(error), "error")
            return
        surveys = surveys_in(self._viewer) if found.facies else []
        self._opening = (found, crop)
        self._start(lambda token: load_layer(found, crop, surveys, token), "opening")

    def stop(self) -> None:
        """Give up looking or loading."""
        if self._job is not None:
            self._let_go()
            self._show_going()
            self._say("Stopped; nothing was opened.")

    def closed(self) -> None:
        """Stop what is going on."""
        super().closed()
        self._let_go()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a file, to look at it rather than to open it at once."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Look at the file that was dropped."""
        files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.acceptProposedAction()
            self.look_at(files[0])

    def _take_path(self) -> None:
        if self.path_line.text().strip():
            self.look_at(self.path_line.text().strip())

    def _take_new_path(self) -> None:
        """Look once another path is there, lest *Open* open the one before."""
        if self.path_line.text().strip() != self._asked:
            self._take_path()

    def _browse_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self, "Look at a file", self._folder(), seismic_files()
        )
        if name:
            self.look_at(name)

    def _browse_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Look at a folder", self._folder())
        if name:
            self.look_at(name)

    def _folder(self) -> str:
        named = self.path_line.text().strip()
        source = (volume := volume_of(self._view.layer)) is not None and survey_record(
            volume
        ).source
        near = named or source
        return os.path.dirname(os.path.expanduser(near)) if near else str(Path.home())

    def _on_reading(self, _reading: Reading) -> None:
        if self.reading.whole == self._asked_as:
            self._draw_part()  # only the part is another
        else:
            self._look_again()

    def _look_again(self) -> None:
        """Look at the same file with the headers read as they are said to be now."""
        name = self.path_line.text().strip()
        if not name:
            return
        path, reading = Path(name).expanduser(), self.reading.whole
        self._asked_as = reading
        self._start(lambda token: inspect_file(path, reading, token), "looking")

    # -- the job --------------------------------------------------------------------------------

    def _start(self, work: Work, name: str) -> None:
        self._let_go()
        self._since = time.monotonic()
        self._job = self.session.runner.start(work, name, hear=self._take, ended=self._ended)
        self.bar.follow(self._job)
        self._show_going()

    def _let_go(self) -> None:
        """Hear no more of the job; it only reads, so that nobody need wait for it."""
        if self._job is not None:
            self.session.runner.abandon(self._job)
            self._job = None
            self.bar.follow(None)

    def _ended(self) -> None:
        self._job = None
        self.bar.follow(None)
        self._show_going()

    def _take(self, event: Any) -> None:
        if isinstance(event, Inspection):
            self._show_found(event)
            self._say(_told(event), "note" if event.info.notes else "told")
        elif isinstance(event, Loaded):
            self._add(event)
        elif isinstance(event, Refused):
            self._show_found(None)
            self._say(event.message, "error")
        elif isinstance(event, Failed):
            self._show_found(None)
            self._say(f"{self.path_line.text()}: cannot be opened ({event.message})", "error")

    def _add(self, loaded: Loaded) -> None:
        layer = self._viewer.add_layer(Layer.create(*loaded.layer))
        if self._opening is not None:
            self._loaded = (*self._opening, loaded.volume)
        if kind_of(layer) == "seismic":
            fit_view(self._viewer, layer)  # there may be a survey of another size already
        words = f"Opened as the layer <b>{layer.name}</b>."
        unscanned = survey_record(loaded.volume).dead_scanned is False
        if unscanned and kind_of(layer) == "seismic":
            words += " Its dead traces are being looked for in the background."
        self._say(" ".join(filter(None, (words, loaded.note))))

    def _on_scanned(
        self, before: xr.DataArray | None = None, after: xr.DataArray | None = None
    ) -> None:
        """Take over what the background scan found in the survey that was loaded from here."""
        if self._loaded is None or after is None:
            return
        found, crop, volume = self._loaded
        if before is not volume or found is not self._found:
            return  # another survey, or another file or reading is looked at by now
        kept = crop.positions(found.volume)
        live = live_traces(found.volume).copy()
        live[kept["iline"], kept["xline"]] &= live_traces(after)
        self._show_found(found.with_live(live, whole=crop == Crop()))
        dead = survey_record(after).dead_traces
        where = "" if crop == Crop() else " in the part loaded"
        self._say(f"The scan found {dead:,} dead traces{where}.")

    # -- showing --------------------------------------------------------------------------------

    def _show_found(self, found: Inspection | None) -> None:
        self._found = found
        looked_at = bool(self.path_line.text())
        self.tabs.setVisible(found is not None)
        self.part.setVisible(found is not None)
        self._slack.setVisible(found is None)
        segy = found.is_segy if found else is_segy_name(self.path_line.text())
        self.reading_box.setVisible(looked_at and segy)
        self._show_going()
        if found is None:
            return
        self.reading.show_found(found)
        self.tabs.show_found(found)
        self.part.show_survey(found.volume)
        self.part.setEnabled(not found.facies)
        self._draw_part()

    def _draw_part(self) -> None:
        whole = self._found is None or self._crop == Crop()
        self.tabs.survey.draw_part(None if whole else self.part.corners())

    def _show_going(self) -> None:
        """Show that something is going on, once it has taken long enough to wonder."""
        going = self.busy and time.monotonic() - self._since > _PATIENCE
        self.bar.setVisible(going)
        self.open_button.setVisible(self._found is not None and not going)
        self.open_button.setEnabled(not self.busy)

    def _say(self, words: str, severity: _Severity = "told") -> None:
        self.message.setText(words)
        self.message.setVisible(bool(words))
        self.message.setProperty("severity", severity)
        self.message.setStyleSheet(
            f"#message {{ border-left: 3px solid {_BORDERS[severity]}; padding: 2px 6px; }}"
        )


def _told(found: Inspection) -> str:
    """What is worth telling of a file beyond the table: how contradictions were settled."""
    notes = found.info.notes
    if not notes:
        return ""
    return f"{found.path.name}: {notes}."
