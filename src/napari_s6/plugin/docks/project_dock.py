"""The *Project* dock: what the project holds, which can be shown, noted, deleted and restored."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QApplication,
    QFileDialog,
    QHeaderView,
    QInputDialog,
    QLabel,
    QMenu,
    QMessageBox,
    QTreeWidget,
    QTreeWidgetItem,
)

from napari_s6.plugin.docks.dock import SessionDock
from napari_s6.plugin.widgets.go_on_bar import GoOnBar
from napari_s6.plugin.widgets.rows import button, row
from napari_s6.project.folder import Project
from napari_s6.project.moments import when
from napari_s6.project.recent import recent_projects
from napari_s6.project.state import ModelEntry, PredictionEntry, ProjectState


@dataclass(frozen=True)
class _Line:
    """An entry of the project as a line of the list."""

    kind: str
    id: str
    name: str
    what: str
    at: float
    faint: bool = False
    command: tuple[str, ...] = ()


class ProjectDock(SessionDock):
    """Opens and names the project, and lists paint, models, predictions and what was done."""

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__(napari_viewer)
        self.desk = self.session.desk
        self._shown: Any = None
        self._build()
        self.bind(self.session.changed, self._show)
        self.bind(self.timer.runner.changed, self._show)

    def _build(self) -> None:
        self.go_on = GoOnBar(self.session)
        self.layout_.addWidget(self.go_on)
        self.title = QLabel()
        self.title.setWordWrap(True)
        self.title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.layout_.addWidget(self.title)
        self.open_button = button("Open…", "Open a project's folder, NAME.s6", self._open)
        self.recent_button = button("Recent", "Projects used last")
        self.recent_menu = QMenu(self.recent_button)
        self.recent_menu.aboutToShow.connect(self._list_recent)
        self.recent_button.setMenu(self.recent_menu)
        self.save_button = button(
            "Save as…", "Give the project a name and a place; work goes on there", self._save_as
        )
        self.layout_.addWidget(row(self.open_button, self.recent_button, self.save_button))
        self.tree = QTreeWidget()
        self.tree.setObjectName("project-contents")
        self.tree.setHeaderLabels(["Name", "", "When"])
        self.tree.setMinimumHeight(180)
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.tree.itemSelectionChanged.connect(self._enable)
        self.tree.itemDoubleClicked.connect(lambda _item, _column: self._use())
        self.layout_.addWidget(self.tree, 1)
        self.use_button = button("Show", action=self._use)
        self.note_button = button("Note…", "A name for it, and what is to be known", self._note)
        self.delete_button = button("Delete", action=self._delete)
        self.layout_.addWidget(row(self.use_button, self.note_button, self.delete_button))

    # -- showing --------------------------------------------------------------------------------

    def _show(self) -> None:
        self.go_on.show_offers()
        project = self.desk.project
        state = project.state if project is not None else None
        self.save_button.setEnabled(project is not None)
        if state is self._shown and self.tree.topLevelItemCount():
            return
        self._shown = state
        self.title.setText(_title(project))
        self.title.setToolTip("" if project is None else str(project.folder))
        selected = self._selected()
        self.tree.clear()
        for name, lines in _groups(project).items():
            group = QTreeWidgetItem([name, "", ""])
            group.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self.tree.addTopLevelItem(group)
            for line in lines:
                item = QTreeWidgetItem([line.name, line.what, when(line.at) if line.at else ""])
                item.setData(0, Qt.ItemDataRole.UserRole, line)
                item.setToolTip(0, f"{line.name}: {line.what}" if line.what else line.name)
                item.setDisabled(False)
                if line.faint:
                    for column in range(3):
                        item.setForeground(column, Qt.GlobalColor.gray)
                group.addChild(item)
                if selected is not None and (line.kind, line.id) == (selected.kind, selected.id):
                    item.setSelected(True)
            group.setExpanded(name != "Done")
        self._enable()

    def _enable(self) -> None:
        line = self._selected()
        kind = line.kind if line is not None else ""
        words = {"labels": "Show", "models": "Predict with", "predictions": "Show"}
        gone = kind == "labels" and line is not None and line.faint
        self.use_button.setText("Restore" if gone else words.get(kind, "Show"))
        if kind == "actions":
            self.use_button.setText("Copy command")
        self.use_button.setEnabled(kind != "")
        self.note_button.setEnabled(kind in ("labels", "models", "predictions"))
        self.delete_button.setEnabled(kind in ("labels", "models", "predictions"))

    def _selected(self) -> _Line | None:
        items = self.tree.selectedItems()
        found = items[0].data(0, Qt.ItemDataRole.UserRole) if items else None
        return found if isinstance(found, _Line) else None

    # -- doing ----------------------------------------------------------------------------------

    def _open(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Open project (a folder NAME.s6)")
        if folder:
            self.session.attempt(lambda: self.desk.open(folder))

    def _list_recent(self) -> None:
        self.recent_menu.clear()
        for one in recent_projects(self.desk.keeper.folder)[:12]:
            action = self.recent_menu.addAction(one.describe())
            action.triggered.connect(self._opener(one.folder))
        if self.recent_menu.isEmpty():
            self.recent_menu.addAction("None yet").setEnabled(False)

    def _opener(self, folder: Path) -> Callable[[bool], Any]:
        return lambda _checked: self.session.attempt(lambda: self.desk.open(folder))

    def _save_as(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save project as", "", "Project (*.s6)")
        if path:
            self.session.attempt(lambda: self.desk.save_as(path))
            self._show()

    def _use(self) -> None:
        line = self._selected()
        if line is None:
            return
        if line.kind == "actions":
            QApplication.clipboard().setText(shlex.join(line.command))
            return
        self.session.attempt(lambda: self.desk.use(line.kind, line.id))

    def _note(self) -> None:
        line, project = self._selected(), self.desk.project
        if line is None or project is None:
            return
        name, said = QInputDialog.getText(self, "Name", "Name", text=line.name)
        if not said or not name.strip():
            return
        note = None
        if line.kind != "labels":
            before = project.need(line.kind, line.id).note
            note, said = QInputDialog.getMultiLineText(self, "Note", f"Note on {name}", before)
            if not said:
                return
        self.session.attempt(
            lambda: project.annotate(line.kind, line.id, name=name.strip(), note=note)
        )
        self._show()

    def _delete(self) -> None:
        line, project = self._selected(), self.desk.project
        if line is None or project is None:
            return
        sure = QMessageBox.question(
            self, "Delete", f"Delete {line.name} from the project? This cannot be undone."
        )
        if sure == QMessageBox.StandardButton.Yes:
            self.session.attempt(lambda: self.desk.forget(line.kind, line.id))
            self._show()


def _title(project: Project | None) -> str:
    if project is None:
        return "No project yet: the first stroke begins one."
    only = " (reading only: another window has it)" if project.read_only else ""
    return f"<b>{project.state.name}</b>{only}"


def _groups(project: Project | None) -> dict[str, list[_Line]]:
    if project is None:
        return {}
    state = project.state
    return {
        "Paint": [
            _Line(
                "labels",
                one.id,
                one.name,
                "deleted" if one.deleted_at is not None else one.summary.split(", ")[0],
                one.saved_at,
                one.deleted_at is not None,
            )
            for one in state.labels
        ],
        "Models": [
            _Line("models", one.id, one.name, _about(project, one), one.created_at)
            for one in state.models
        ],
        "Predictions": [
            _Line("predictions", one.id, one.name, _about(project, one), one.created_at)
            for one in state.predictions
        ],
        "Done": _done(state),
    }


def _about(project: Project, one: ModelEntry | PredictionEntry) -> str:
    parts = []
    if isinstance(one, ModelEntry):
        parts.append(f"{one.steps} step{'s' if one.steps != 1 else ''}")
        parts += [] if one.finished else ["stopped"]
    if project.out_of_date(one):
        parts.append("out of date")
    if one.note:
        parts.append(one.note.splitlines()[0])
    return ", ".join(parts)


def _done(state: ProjectState) -> list[_Line]:
    return [
        _Line("actions", str(number), one.text, "", one.at, command=one.command)
        for number, one in reversed(list(enumerate(state.actions)))
    ]
