"""The table of facies: colour, name, key, and how much of each is painted."""

import numpy as np
from pydantic import ValidationError
from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtGui import QColor, QIcon, QPixmap
from qtpy.QtWidgets import (
    QAbstractItemView,
    QColorDialog,
    QHeaderView,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
)

from napari_s6.facies.scheme import FaciesClass, FaciesScheme

_COLUMNS = ("", "Facies", "Key", "Voxels", "Share")
_ROW_HEIGHT = 24
COLOUR, NAME, KEY, VOXELS, SHARE = range(5)
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class SchemeTable(QTableWidget):
    """One row for each facies.

    Signals
    -------
    picked : int
        A facies was clicked.
    edited : FaciesScheme
        A name, colour or key was changed; carries the changed scheme.
    refused : str
        A change would not make a scheme; carries the reason.
    """

    picked = Signal(int)
    edited = Signal(object)
    refused = Signal(str)

    def __init__(self) -> None:
        super().__init__(0, len(_COLUMNS))
        self._scheme: FaciesScheme | None = None
        self.setHorizontalHeaderLabels(_COLUMNS)
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)
        self.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        self.setToolTip(
            "Click a facies, or press its key, to paint with it.\n"
            "Double-click a colour, name or key to change it."
        )
        self.cellClicked.connect(lambda row, _column: self.picked.emit(row))
        self.cellDoubleClicked.connect(self._change_colour)
        self.itemChanged.connect(self._on_edit)

    def sizeHint(self) -> QSize:
        """As high as the scheme, up to twelve facies; more of them scroll."""
        hint = super().sizeHint()
        rows = _ROW_HEIGHT * min(max(self.rowCount(), 3), 12)
        return QSize(
            hint.width(), self.horizontalHeader().height() + rows + 2 * self.frameWidth() + 2
        )

    minimumSizeHint = sizeHint

    def show_scheme(self, scheme: FaciesScheme) -> None:
        """Show these facies."""
        if scheme == self._scheme:
            return
        self._scheme = scheme
        self.blockSignals(True)
        self.setRowCount(scheme.n_classes)
        for row, facies in enumerate(scheme.classes):
            self.setItem(row, COLOUR, _swatch(facies.colour))
            self.setItem(row, NAME, _cell(facies.name, editable=True))
            self.setItem(
                row, KEY, _cell(facies.key, editable=True, align=Qt.AlignmentFlag.AlignCenter)
            )
        self.updateGeometry()
        self.blockSignals(False)

    def show_voxels(self, voxels: np.ndarray | None) -> None:
        """Show the painted voxels of each facies and their share; None without a label layer."""
        self.blockSignals(True)
        total = int(voxels.sum()) if voxels is not None else 0
        for row in range(self.rowCount()):
            count = int(voxels[row]) if voxels is not None and row < len(voxels) else 0
            share = f"{100 * count / total:.1f} %" if count else "–"
            self.setItem(row, VOXELS, _cell(f"{count:,}" if count else "–", align=_RIGHT))
            self.setItem(row, SHARE, _cell(share, align=_RIGHT))
        self.blockSignals(False)

    def show_picked(self, code: int | None) -> None:
        """Mark the facies in hand."""
        if code is None:
            self.clearSelection()
        elif self.currentRow() != code or not self.selectedItems():
            self.selectRow(code)

    def _change_colour(self, row: int, column: int) -> None:
        if column != COLOUR or self._scheme is None:
            return
        facies = self._scheme.classes[row]
        colour = QColorDialog.getColor(QColor(facies.colour), self, f"Colour of {facies.name}")
        if colour.isValid():
            self._change(row, colour=colour.name())

    def _on_edit(self, item: QTableWidgetItem) -> None:
        if item.column() in (NAME, KEY):
            field = "name" if item.column() == NAME else "key"
            self._change(item.row(), **{field: item.text().strip()})

    def _change(self, row: int, **fields: str) -> None:
        """Emit the scheme with one facies changed; put the old text back where that is not one."""
        scheme = self._scheme
        if scheme is None:
            return
        classes = list(scheme.classes)
        try:
            classes[row] = FaciesClass(**{**classes[row].model_dump(), **fields})
            changed = FaciesScheme(name=scheme.name, classes=tuple(classes))
        except ValidationError as error:
            self.refused.emit(error.errors()[0]["msg"].removeprefix("Value error, "))
            changed = scheme
        self._scheme = None  # draw anew, whatever comes of it
        self.edited.emit(changed)


def _cell(
    text: str, *, editable: bool = False, align: Qt.AlignmentFlag = _LEFT
) -> QTableWidgetItem:
    cell = QTableWidgetItem(text)
    flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
    cell.setFlags(flags | Qt.ItemFlag.ItemIsEditable if editable else flags)
    cell.setTextAlignment(align)
    return cell


def _swatch(colour: str) -> QTableWidgetItem:
    pixmap = QPixmap(16, 16)
    pixmap.fill(QColor(colour))
    cell = _cell("")
    cell.setIcon(QIcon(pixmap))
    return cell
