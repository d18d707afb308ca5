"""The headers of a SEG-Y file: trace header fields with their ranges, binary header, text."""

from collections.abc import Sequence

from qtpy.QtCore import QSize, Qt
from qtpy.QtGui import QFontDatabase
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_s6.formats.segy.table import BINARY_FIELDS
from napari_s6.plugin.docks.open.inspect import Inspection

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_ROW = 21


class FieldTable(QTableWidget):
    """A table to read: the column of names takes the room there is, numbers stand to the right."""

    def __init__(self, columns: Sequence[str], name_column: int) -> None:
        super().__init__(0, len(columns))
        self._name_column = name_column
        self._rows: Sequence[Sequence[str]] = ()
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(name_column, QHeaderView.ResizeMode.Stretch)
        for column, word in enumerate(columns):
            title = QTableWidgetItem(word)
            title.setTextAlignment(_LEFT if column == name_column else _RIGHT)
            self.setHorizontalHeaderItem(column, title)

    def sizeHint(self) -> QSize:
        """Room for some rows; more of them scroll."""
        return QSize(280, 220)

    def show_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Show these rows in place of those before."""
        self._rows = rows
        self.setRowCount(len(rows))
        for row, cells in enumerate(rows):
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setToolTip(text if column == self._name_column else "")
                item.setTextAlignment(_LEFT if column == self._name_column else _RIGHT)
                self.setItem(row, column, item)

    def rows(self) -> list[list[str]]:
        """What is shown."""
        return [list(row) for row in self._rows]


class TraceHeaderTable(FieldTable):
    """Fields of the trace headers that are not 0 throughout."""

    def __init__(self) -> None:
        super().__init__(("Byte", "Field", "Least", "Greatest", "Distinct"), 1)
        self.setToolTip(
            "Fields that are not 0 throughout, from at most 1,000 traces spread over the file.\n"
            "Distinct: how many different values these have."
        )

    def show_found(self, found: Inspection) -> None:
        """Show a file's trace header fields and their ranges."""
        self.show_rows(
            [
                [str(f.byte), f.name, str(f.low), str(f.high), str(f.distinct)]
                for f in found.info.header_fields
            ]
        )


class BinaryHeaderTable(FieldTable):
    """Fields of the binary header, as stored."""

    def __init__(self) -> None:
        super().__init__(("Byte", "Field", "Value"), 1)

    def show_found(self, found: Inspection) -> None:
        """Show a file's binary header."""
        places = {name: byte for byte, (name, _) in BINARY_FIELDS.items()}
        self.show_rows(
            [
                [str(places[name]), name, str(value)]
                for name, value in found.info.binary_header.items()
            ]
        )


class TextHeaderView(QWidget):
    """The text header's forty lines, and the character set they are in."""

    def __init__(self) -> None:
        super().__init__()
        self.encoding = QLabel()
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.setSpacing(4)
        layout.addWidget(self.encoding)
        layout.addWidget(self.text, 1)

    def show_found(self, found: Inspection) -> None:
        """Show a file's text header."""
        self.encoding.setText(f"{found.encoding}, {len(found.text)} lines")
        self.text.setPlainText("\n".join(found.text))
