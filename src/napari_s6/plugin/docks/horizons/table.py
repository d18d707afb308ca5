"""The table of horizons: a column of facies with the horizons that part them, from the top down."""

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import QEvent, QObject, QSize, Qt, Signal
from qtpy.QtGui import QColor, QIcon, QKeyEvent, QPixmap
from qtpy.QtWidgets import (
    QAbstractItemView,
    QColorDialog,
    QComboBox,
    QHeaderView,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
)

from napari_s6.facies.scheme import FaciesScheme
from napari_s6.plugin.docks.horizons.horizon_set import Below, Entry

_ROW_HEIGHT = 26
COLOUR, NAME, BELOW = range(3)
NOTHING, UNUSED = "Nothing", "Not a boundary"
_CHECKED, _UNCHECKED = Qt.CheckState.Checked, Qt.CheckState.Unchecked


class HorizonTable(QTableWidget):
    """One row for what is above the first horizon, and one for each horizon.

    Signals
    -------
    changed : int, dict
        What is another about a horizon (its place, and arguments of `HorizonSet.change`); place -1
        is above the first, which has ``below`` only.
    removed
        The delete key was pressed.
    """

    changed = Signal(int, object)
    removed = Signal()

    def __init__(self) -> None:
        super().__init__(1, 3)
        self._entries: tuple[Entry, ...] = ()
        self._scheme: FaciesScheme | None = None
        self.setHorizontalHeaderLabels(["", "Horizon", "Facies below"])
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        self.setShowGrid(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.horizontalHeader()
        header.setSectionResizeMode(COLOUR, QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(BELOW, QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(20)
        self.setColumnWidth(COLOUR, 26)
        self.cellDoubleClicked.connect(self._choose_colour)
        self.itemChanged.connect(self._on_item)

    def sizeHint(self) -> QSize:
        """As high as the list, between four and eleven rows; more of them scroll."""
        rows = _ROW_HEIGHT * min(max(self.rowCount(), 4), 11)
        height = self.horizontalHeader().sizeHint().height() + rows + 2 * self.frameWidth() + 2
        return QSize(super().sizeHint().width(), height)

    def minimumSizeHint(self) -> QSize:
        """Room for four rows."""
        header = self.horizontalHeader().sizeHint().height()
        return QSize(super().minimumSizeHint().width(), header + 4 * _ROW_HEIGHT)

    def show_entries(
        self,
        entries: Sequence[Entry],
        codes: Sequence[int | None],
        scheme: FaciesScheme,
        tips: Sequence[str],
    ) -> None:
        """Show horizons with the facies above the first and below each.

        Parameters
        ----------
        codes
            One more than entries; those of horizons that are not used are passed over.
        tips
            What to say of each horizon where the mouse rests on it.
        """
        blocked = self.blockSignals(True)
        if scheme != self._scheme or self.rowCount() != len(entries) + 1:
            self._scheme = scheme
            self.setRowCount(len(entries) + 1)
            for row in range(self.rowCount()):
                self.setCellWidget(row, BELOW, self._facies_box(row, scheme))
        self._entries = tuple(entries)
        self.setItem(0, COLOUR, _cell(""))
        first = _cell("above the first" if entries else "no horizons yet")
        font = first.font()
        font.setItalic(True)
        first.setFont(font)
        self.setItem(0, NAME, first)
        self._set_code(0, codes[0])
        for row, (entry, code, tip) in enumerate(zip(entries, codes[1:], tips, strict=True), 1):
            self._show_entry(row, entry, tip)
            self._set_code(row, UNUSED if entry.below == "unused" else code)
        self.cellWidget(0, BELOW).setEnabled(bool(entries))
        self.blockSignals(blocked)
        self.updateGeometry()

    @property
    def places(self) -> list[int]:
        """Places of the selected horizons."""
        rows = {index.row() for index in self.selectionModel().selectedRows()}
        return sorted(row - 1 for row in rows if row > 0)

    def select(self, place: int) -> None:
        """Select one horizon."""
        self.selectRow(place + 1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Remove horizons with the delete key."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Scroll the table, rather than change a facies, where the wheel is turned over a box."""
        if event.type() == QEvent.Type.Wheel:
            event.ignore()
            return True
        return bool(super().eventFilter(watched, event))

    def _show_entry(self, row: int, entry: Entry, tip: str) -> None:
        pixmap = QPixmap(16, 16)
        pixmap.fill(QColor(entry.colour))
        swatch = _cell("")
        swatch.setIcon(QIcon(pixmap))
        swatch.setToolTip("Double-click to choose a colour")
        self.setItem(row, COLOUR, swatch)
        name = _cell(entry.horizon.name)
        name.setFlags(name.flags() | Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsUserCheckable)
        name.setCheckState(_CHECKED if entry.visible else _UNCHECKED)
        name.setToolTip(f"{entry.horizon.name}: {tip}\nTick to show it; double-click to rename it")
        self.setItem(row, NAME, name)

    def _facies_box(self, row: int, scheme: FaciesScheme) -> QComboBox:
        box = QComboBox()
        for code, facies in enumerate(scheme.classes):
            pixmap = QPixmap(12, 12)
            pixmap.fill(QColor(facies.colour))
            box.addItem(QIcon(pixmap), facies.name, code)
        box.addItem(NOTHING, "nothing")
        box.setItemData(box.count() - 1, "This interval stays unlabelled", _TIP)
        if row:
            box.addItem(UNUSED, "unused")
            box.setItemData(box.count() - 1, "Only drawn: it parts no facies", _TIP)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(6)
        box.setStyleSheet("QComboBox { padding-left: 4px; padding-right: 0px; }")  # room for names
        box.installEventFilter(self)
        box.activated.connect(lambda _index, box=box, row=row: self._choose(row, box.currentData()))
        return box

    def _set_code(self, row: int, code: Any) -> None:
        box: Any = self.cellWidget(row, BELOW)
        data = {None: "nothing", UNUSED: "unused"}.get(code, code)
        box.setCurrentIndex(box.findData(data))
        box.setToolTip(box.currentText())

    def _choose(self, row: int, below: Below) -> None:
        self.changed.emit(row - 1, {"below": below})

    def _choose_colour(self, row: int, column: int) -> None:
        if column != COLOUR or row == 0:
            return
        entry = self._entries[row - 1]
        colour = QColorDialog.getColor(
            QColor(entry.colour), self, f"Colour of {entry.horizon.name}"
        )
        if colour.isValid():
            self.changed.emit(row - 1, {"colour": colour.name()})

    def _on_item(self, item: QTableWidgetItem) -> None:
        if item.column() != NAME or not 0 < item.row() <= len(self._entries):
            return
        entry = self._entries[item.row() - 1]
        visible = item.checkState() == _CHECKED
        name = item.text().strip() or entry.horizon.name
        if visible != entry.visible or name != entry.horizon.name:
            self.changed.emit(item.row() - 1, {"visible": visible, "name": name})


_TIP = Qt.ItemDataRole.ToolTipRole


def _cell(text: str) -> QTableWidgetItem:
    cell = QTableWidgetItem(text)
    cell.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
    return cell
