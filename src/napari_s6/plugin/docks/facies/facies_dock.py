"""The *Facies* dock: the scheme, the facies in hand, and how much is painted."""

from typing import Any

from qtpy.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QWidget,
)

from napari_s6.facies.scheme import (
    SCHEMES,
    FaciesClass,
    FaciesScheme,
    distinct_colour,
    read_scheme,
    write_scheme,
)
from napari_s6.plugin.docks.dock import SessionDock
from napari_s6.plugin.widgets.go_on_bar import GoOnBar
from napari_s6.plugin.widgets.scheme_table import SchemeTable

_FILES = "Facies scheme (*.json *.csv)"


class FaciesDock(SessionDock):
    """Scheme table, presets and files, *New label layer*, and the painted fraction."""

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__(napari_viewer)
        self.interpretation = self.session.interpretation
        self._build()
        self.bind(self.interpretation.chosen, self._show_scheme)
        self.bind(self.interpretation.painted, self._show_paint)

    def _build(self) -> None:
        self.go_on = GoOnBar(self.session)
        self.layout_.addWidget(self.go_on)
        self.layout_.addWidget(self._build_scheme_row())
        self.table = SchemeTable()
        self.table.setObjectName("facies-table")
        self.table.picked.connect(self.interpretation.pick)
        self.table.edited.connect(self._set_scheme)
        self.table.refused.connect(lambda reason: self.session.tell("error", reason))
        self.layout_.addWidget(self.table)
        self.painted = QLabel()
        self.painted.setObjectName("painted-fraction")
        self.painted.setWordWrap(True)
        self.layout_.addWidget(self.painted)
        self.new_button = QPushButton("New label layer")
        self.new_button.setToolTip("An empty layer over the survey, to paint these facies on")
        self.new_button.clicked.connect(
            lambda: self.session.attempt(self.interpretation.new_labels)
        )
        self.layout_.addWidget(self.new_button)
        self.layout_.addStretch()

    def _build_scheme_row(self) -> QWidget:
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        self.schemes = QComboBox()
        self.schemes.setObjectName("scheme")
        self.schemes.setToolTip("A ready-made scheme; names, colours and keys can be changed below")
        self.schemes.activated.connect(self._choose_preset)
        self.menu_button = QPushButton("Edit")
        menu = QMenu(self.menu_button)
        for text, slot in (
            ("Add a facies", self._add_facies),
            ("Remove the last facies", self._remove_facies),
            ("Load scheme…", self._load),
            ("Save scheme as…", self._save),
        ):
            menu.addAction(text).triggered.connect(slot)
        self.menu_button.setMenu(menu)
        layout.addWidget(QLabel("Scheme"))
        layout.addWidget(self.schemes, 1)
        layout.addWidget(self.menu_button)
        return row

    # -- showing --------------------------------------------------------------------------------

    def _show_scheme(self) -> None:
        scheme = self.interpretation.scheme
        names = list(SCHEMES)
        self.schemes.blockSignals(True)
        self.schemes.clear()
        self.schemes.addItems(names if scheme.name in names else [*names, scheme.name])
        self.schemes.setCurrentText(scheme.name)
        self.schemes.blockSignals(False)
        self.table.show_scheme(scheme)
        self.new_button.setEnabled(self.interpretation.seismic is not None)
        self.go_on.show_offers()
        self._show_paint()

    def _show_paint(self) -> None:
        watch = self.interpretation.watch
        self.table.show_picked(self.interpretation.picked)
        if watch is None:
            self.table.show_voxels(None)
            missing = "Open a survey, then" if self.interpretation.seismic is None else "To paint,"
            self.painted.setText(f"{missing} make a new label layer.")
            return
        self.table.show_voxels(watch.voxels)
        self.painted.setText(f"Painted: {watch.painted}")

    # -- doing ----------------------------------------------------------------------------------

    def _set_scheme(self, scheme: FaciesScheme) -> None:
        self.session.attempt(lambda: self.interpretation.set_scheme(scheme))
        self._show_scheme()

    def _choose_preset(self, index: int) -> None:
        schemes = list(SCHEMES.values())
        if index < len(schemes):
            self._set_scheme(schemes[index])

    def _add_facies(self) -> None:
        classes = self.interpretation.scheme.classes
        number = len(classes)
        names = {facies.name for facies in classes}
        name = next(
            f"Facies {k}" for k in range(number + 1, 2 * number + 3) if f"Facies {k}" not in names
        )
        keys = {facies.key for facies in classes}
        key = next((k for k in "1234567890" if k not in keys), "")
        added = FaciesClass(name=name, colour=distinct_colour(number), key=key)
        self._set_scheme(FaciesScheme(name=self._own_name(), classes=(*classes, added)))

    def _remove_facies(self) -> None:
        classes = self.interpretation.scheme.classes
        if len(classes) > 1:
            self._set_scheme(FaciesScheme(name=self._own_name(), classes=classes[:-1]))

    def _own_name(self) -> str:
        name = self.interpretation.scheme.name
        return f"{name} (changed)" if name in SCHEMES else name

    def _load(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Load scheme", "", _FILES)
        if path:
            self.load_scheme(path)

    def load_scheme(self, path: str) -> None:
        """Take the scheme from a JSON or CSV file."""
        scheme = self.session.attempt(lambda: read_scheme(path))
        if scheme is not None:
            self._set_scheme(scheme)

    def _save(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save scheme", "facies.json", _FILES)
        if path:
            scheme = self.interpretation.scheme
            self.session.attempt(lambda: write_scheme(scheme, path, overwrite=True))
