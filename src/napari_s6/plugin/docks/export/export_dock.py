"""The *Export facies* dock: facies, or what is derived from them, into files; and a picture."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Labels
from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QFileDialog,
    QFrame,
    QLabel,
    QLineEdit,
    QMessageBox,
    QSizePolicy,
    QWidget,
)

from napari_s6.errors import InputError
from napari_s6.learn.events import Failed
from napari_s6.plugin.canvas.layers import kind_of, volume_of
from napari_s6.plugin.canvas.view import survey_view
from napari_s6.plugin.docks.dock import SessionDock
from napari_s6.plugin.docks.export.options import (
    CONTENTS,
    FACIES_FILES,
    ExportOptions,
    stem_without_ending,
    words_of_maps,
)
from napari_s6.plugin.files.export import picture_of
from napari_s6.plugin.files.file_names import free_path, stem_of
from napari_s6.plugin.jobs.bar import JobBar
from napari_s6.plugin.jobs.job import Job, JobToken, Work
from napari_s6.plugin.widgets.editors import ChoiceEditor, FormRow
from napari_s6.plugin.widgets.form import Form, LabelledRows
from napari_s6.plugin.widgets.rows import button, row
from napari_s6.survey.record import survey_record

_ROWS = (
    FormRow("content", "Write", words=CONTENTS, tip="The facies, or what is derived from them"),
    FormRow("suffix", "Format", words=FACIES_FILES, tip="Kind of file"),
    FormRow(
        "sample_format",
        "Samples",
        words={"int8": "8-bit integers (int8)", "float32": "32-bit floats (float32)"},
        tip="How SEG-Y holds the codes; -1 where there is no facies",
    ),
    FormRow(
        "maps",
        "Format",
        words=words_of_maps("horizons"),
        tip="How it is written; grids need a survey with X and Y",
    ),
)
#: A layer of more bytes is copied beside the window, not before it goes on.
_QUICK_BYTES = 32_000_000


@dataclass(frozen=True)
class _Written:
    path: Path
    note: str = ""


class ExportDock(SessionDock):
    """Writes facies in a thread of its own: layer, format, sample format, file, progress."""

    def __init__(self, napari_viewer: ViewerModel) -> None:
        super().__init__(napari_viewer)
        self._viewer = getattr(napari_viewer, "__wrapped__", napari_viewer)
        self._view = survey_view(napari_viewer)
        self._job: Job | None = None
        self._build()
        self._listed: list[tuple[Labels, str]] = []
        self._named_for: Labels | None = None
        self._active: Any = None
        self._proposed = ""
        self._chosen_folder: Path | None = None
        self.bind(self._view.changed, self._follow)
        self._list_layers()
        self._choose_options()

    def _build(self) -> None:
        layout = self.layout_
        layout.setSpacing(12)
        layout.addWidget(self._build_form())
        layout.addWidget(self._build_actions())
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout.addWidget(self.said)
        line = QFrame()
        line.setFrameShape(QFrame.Shape.HLine)
        layout.addWidget(line)
        layout.addWidget(self._build_picture())
        layout.addStretch()

    def _build_form(self) -> LabelledRows:
        self.layer_box = ChoiceEditor(
            {}, name="layer", label="Layer", tooltip="Paint or prediction to export"
        )
        self.layer_box.changed.connect(lambda _layer: self._choose_layer())
        self.form = Form(ExportOptions(), _ROWS)
        self.form.changed.connect(lambda _options: self._choose_options())
        self._rows = LabelledRows([self.layer_box, *self.form.editors.values()])
        self.file_line = QLineEdit()
        self.file_line.setPlaceholderText("File to write")
        browse = button("…", "Choose the file", self._browse)
        browse.setMaximumWidth(36)
        self._rows.add("File", row(self.file_line, browse, stretched=self.file_line))
        return self._rows

    def _build_actions(self) -> QWidget:
        self.export_button = button("Export", action=self.export)
        self.export_button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.bar = JobBar(self.session.runner)
        return row(self.export_button, self.bar, stretched=self.bar)

    def _build_picture(self) -> QWidget:
        self.section = QLabel()
        self.picture_button = button(
            "Save picture…", "The section in view with its facies and their legend"
        )
        self.picture_button.clicked.connect(lambda: self.save_picture())
        return row(self.section, self.picture_button, stretched=self.section)

    @property
    def layer(self) -> Labels | None:
        """The label layer chosen for export."""
        layer = self.layer_box.box.value
        return layer if layer in self._viewer.layers else None

    @property
    def busy(self) -> bool:
        """Whether something is being written."""
        return self._job is not None

    def export(self) -> None:
        """Write the chosen layer to the file named; asks before replacing one."""
        layer = self.layer
        if layer is None or self.busy:
            return
        if not self.file_line.text().strip():
            self._browse()
        name = self.file_line.text().strip()
        if not name:
            return
        out = Path(name).expanduser()
        if out.exists() and not self._may_replace(out):
            return
        # Copied, so that painting can go on; a large one later, lest the window be held up.
        values, in_memory = layer.data, isinstance(layer.data, np.ndarray)
        later = in_memory and values.nbytes > _QUICK_BYTES
        values = values.copy() if in_memory and not later else values
        metadata, title = dict(layer.metadata), layer.name
        options = self.form.value

        def write(token: JobToken) -> Iterator[_Written]:
            copied = values.copy() if later else values
            yield _Written(*options.write(copied, metadata, title, out, token.progress))

        self._start(write)

    def save_picture(self, out: str | Path | None = None) -> None:
        """Save a picture of the section in view; asks for a file if none is given."""
        if self.busy:
            return
        try:
            picture = picture_of(self._viewer, self.layer)
        except InputError as error:
            self._say(str(error))
            return
        if out is None:
            proposed = str(self._folder() / f"{picture.title.lower().replace(' ', '_')}.png")
            name, _ = QFileDialog.getSaveFileName(
                self, "Save picture of the section", proposed, "Pictures (*.png *.pdf *.svg)"
            )
            out = name
        if out:
            chosen = Path(out)

            def write(_token: JobToken) -> Iterator[_Written]:
                yield _Written(picture.save(chosen, overwrite=True))

            self._start(write)

    def closed(self) -> None:
        """Stop what is being written; nothing half-written stays behind."""
        super().closed()
        if self._job is not None:
            self.session.runner.end(self._job, 10)
            self._job = None
            self.bar.follow(None)

    def _start(self, work: Work) -> None:
        self._say("")
        self._job = self.session.runner.start(work, "export", hear=self._hear, ended=self._ended)
        self._show_busy()

    def _hear(self, event: _Written | Failed) -> None:
        if isinstance(event, Failed):
            self._say(event.message)
        else:
            self._say("\n".join(filter(None, (f"Wrote {event.path}", event.note))))

    def _ended(self) -> None:
        if not self.said.text():
            self._say("Stopped; nothing was written.")
        self._job = None
        self._show_busy()

    def _show_busy(self) -> None:
        self.export_button.setVisible(not self.busy)
        self.bar.follow(self._job)
        self.picture_button.setEnabled(not self.busy and self._view.view in ("iline", "xline"))

    def _follow(self) -> None:
        """Follow the viewer: which facies layers there are, which is active, what is in view."""
        active = self._viewer.layers.selection.active
        if self._facies_layers() != self._listed or active is not self._active:
            self._active = active
            self._list_layers()
        self._show_section()

    def _list_layers(self) -> None:
        chosen = self.layer
        self._listed = self._facies_layers()
        layers = [layer for layer, _ in self._listed]
        self.layer_box.offer(dict(self._listed))
        here = volume_of(self._view.layer)
        on = [y for y in layers if volume_of(y) is here]  # of the survey in view, if it has any
        kept = chosen if chosen in on or not on else on[0]
        wanted = self._active if self._active in layers else kept
        self.layer_box.show(wanted)
        self.export_button.setEnabled(bool(layers))
        if not layers:
            self._say("There is no facies layer yet: paint one in the Facies dock, or open one.")
        elif self.layer is not chosen:
            self._choose_layer()

    def _facies_layers(self) -> list[tuple[Labels, str]]:
        return [(y, y.name) for y in reversed(self._viewer.layers) if kind_of(y) == "facies"]

    def _choose_layer(self) -> None:
        if not self.busy:
            self._say("")
            self._propose_file()

    def _choose_options(self) -> None:
        options = self.form.value
        derived = options.content != "facies"
        for name, counts in (
            ("suffix", not derived),
            ("sample_format", options.has_samples),
            ("maps", derived),
        ):
            self._rows.set_visible(self.form.editors[name], counts)
        self.form.choice("maps").offer(words_of_maps(options.content))
        self._propose_file()

    def _propose_file(self) -> None:
        """Propose a name: that which is there, fitted to the format, or one like the survey's."""
        named = self.file_line.text().strip()
        volume, fresh = volume_of(self.layer), False
        if self.layer is not None and volume is not None and self.layer is not self._named_for:
            stem = stem_of(self.layer.name, volume)
            self._named_for, fresh = self.layer, True
        elif named:
            stem = stem_without_ending(Path(named).name)
        else:
            return
        out = self._folder() / self.form.value.name_like(stem)
        out = free_path(out) if fresh else out
        if volume is None or out != Path(survey_record(volume).source):
            self._proposed = str(out)
            self.file_line.setText(self._proposed)

    def _folder(self) -> Path:
        named = self.file_line.text().strip()
        if named and named != self._proposed:
            self._chosen_folder = Path(named).expanduser().parent
        if self._chosen_folder is not None:
            return self._chosen_folder  # also for another survey's facies
        volume = volume_of(self.layer)
        source = survey_record(volume).source if volume is not None else None
        folder = Path(source).parent if source else Path.home()
        return folder if os.access(folder, os.W_OK) else Path.home()

    def _browse(self) -> None:
        suffix, kind = self.form.value.ending, self.form.value.format_name
        name, _ = QFileDialog.getSaveFileName(
            self,
            "Export facies" if suffix else "Folder to make",
            self.file_line.text() or str(self._folder()),
            f"{kind} (*{suffix})" if suffix else "Folders (*)",
            options=QFileDialog.Option.DontConfirmOverwrite,
        )
        if name:
            out = Path(name)
            self.file_line.setText(str(out if out.suffix else out.with_suffix(suffix)))

    def _may_replace(self, out: Path) -> bool:
        answer = QMessageBox.question(self, "Export facies", f"{out.name} exists. Replace it?")
        return answer == QMessageBox.StandardButton.Yes

    def _show_section(self) -> None:
        upright = self._view.view in ("iline", "xline")
        self.section.setText(self._view.title if upright else "Picture of a section")
        self.picture_button.setEnabled(upright and not self.busy)

    def _say(self, words: str) -> None:
        self.said.setText(words)
        self.said.setVisible(bool(words))
