"""Controls for how a SEG-Y file's headers are read: header bytes and what headers get wrong."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QComboBox,
    QGridLayout,
    QInputDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from napari_s6.errors import InputError
from napari_s6.formats.segy.setups import (
    GUESS,
    HEADER_BYTES_PRESETS,
    HeaderBytes,
    remove_setup,
    save_setup,
    saved_setups,
)
from napari_s6.plugin.docks.open.inspect import Look
from napari_s6.survey.reading import VERTICAL_UNITS, Reading
from napari_s6.survey.record import vertical_units
from napari_s6.survey.volume import vertical_dim

_AUTOMATIC, _OWN = "automatic", "own"
_UNIT_TOLD = "Unit of interval and start. Auto: ms, unless the file was written by us as depth"
_PLACES = {"iline": "Inline", "xline": "Crossline", "x": "X", "y": "Y"}


class ReadingBox(QWidget):
    """Where line numbers and coordinates stand, and sample interval, start, count and unit.

    Signals
    -------
    edited
        The user changed something.
    refused : str
        Something entered can't be used; carries the reason.
    """

    edited = Signal()
    refused = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(3)
        grid.setHorizontalSpacing(6)
        self._build_setups(grid)
        self._build_places(grid)
        self._build_overrides(grid)
        for column in range(1, 5):
            grid.setColumnStretch(column, 1)
        grid.setColumnMinimumWidth(4, 72)  # the unit beside its arrow
        self.list_setups()

    def _build_setups(self, grid: QGridLayout) -> None:
        self.setup_box = QComboBox()
        self.setup_box.setToolTip("Where the trace headers hold line numbers and coordinates")
        self.setup_box.setMinimumContentsLength(8)
        self.setup_box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setup_box.activated.connect(self._choose_setup)
        self.save_button = QPushButton()
        self.save_button.clicked.connect(self._save_or_forget)
        grid.addWidget(QLabel("Header bytes"), 0, 0)
        grid.addWidget(self.setup_box, 0, 1, 1, 3)
        grid.addWidget(self.save_button, 0, 4)

    def _build_places(self, grid: QGridLayout) -> None:
        self.places: dict[str, QLineEdit] = {}
        for column, (name, word) in enumerate(_PLACES.items(), 1):
            box = QLineEdit()
            box.setAlignment(Qt.AlignmentFlag.AlignRight)
            box.setToolTip(f"First byte of {word if len(word) == 1 else word.lower()}, 1 to 237")
            box.editingFinished.connect(self._edit_places)
            self.places[name] = box
            _add_titled(grid, 1, column, word, box)
        self.show_places(HeaderBytes())

    def _build_overrides(self, grid: QGridLayout) -> None:
        self.interval, self.start, self.count = QLineEdit(), QLineEdit(), QLineEdit()
        self.unit = QComboBox()
        self.unit.addItem("auto", None)
        for unit in VERTICAL_UNITS:
            self.unit.addItem(unit, unit)
        self.unit.activated.connect(lambda _index: self.edited.emit())
        grid.addWidget(QLabel("Overrule"), 4, 0)
        told = "Empty: as the headers say. The headers' own value stands in grey"
        for column, (word, box, tip) in enumerate(
            (
                ("Interval", self.interval, f"Sample interval. {told}"),
                ("Start", self.start, f"Time or depth of the first sample. {told}"),
                ("Samples", self.count, f"Samples in a trace. {told}"),
                (
                    "Unit",
                    self.unit,
                    _UNIT_TOLD,
                ),
            ),
            1,
        ):
            box.setToolTip(tip)
            _add_titled(grid, 3, column, word, box)
        for line in (self.interval, self.start, self.count):
            line.setAlignment(Qt.AlignmentFlag.AlignRight)
            line.editingFinished.connect(self._edit_overrides)
        self._given = Reading()

    # -- what is chosen -------------------------------------------------------------------------

    def reading(self) -> Reading:
        """What is chosen.

        Raises
        ------
        InputError
            If a number is none, or out of range.
        """
        return replace(self._overrides(), header_bytes=self._header_bytes())

    def _header_bytes(self) -> HeaderBytes | str | None:
        chosen = self.setup_box.currentData()
        if chosen == _AUTOMATIC:
            return None
        return self._shown_places() if chosen == _OWN else chosen

    def _shown_places(self) -> HeaderBytes:
        places = {n: _number(b, f"{_PLACES[n]} byte", int) for n, b in self.places.items()}
        # A box left empty is the standard's.
        return HeaderBytes(**{name: byte for name, byte in places.items() if byte is not None})

    def _overrides(self) -> Reading:
        return Reading(
            interval=_number(self.interval, "sample interval", float),
            start=_number(self.start, "start", float),
            n_samples=_number(self.count, "sample count", int),
            unit=self.unit.currentData(),
        )

    # -- showing --------------------------------------------------------------------------------

    def reset(self) -> None:
        """Leave everything to the headers again, as for a file not seen before."""
        self.setup_box.setCurrentIndex(self.setup_box.findData(_AUTOMATIC))
        self._name_button()
        for line in (self.interval, self.start, self.count):
            line.clear()
            line.setPlaceholderText("")
        self.unit.setCurrentIndex(0)
        self._given = Reading()
        self.show_places(HeaderBytes())

    def show_found(self, found: Look) -> None:
        """Show where a file's numbers were read, and what its headers say of its samples."""
        if not found.is_segy:
            return
        self.show_places(HeaderBytes(*found.info.header_bytes))
        samples = found.volume[vertical_dim(found.volume)].values
        units = vertical_units(found.volume)
        step = f"{samples[1] - samples[0]:g} {units}" if len(samples) > 1 else ""
        # A value given is in its own box already.
        given = found.reading
        self.interval.setPlaceholderText(step if given.interval is None else "")
        self.start.setPlaceholderText(f"{samples[0]:g} {units}" if given.start is None else "")
        self.count.setPlaceholderText(f"{len(samples)}" if given.n_samples is None else "")

    def show_places(self, where: HeaderBytes) -> None:
        """Show positions without taking them for an edit."""
        self._places = where
        for name, box in self.places.items():
            box.setText(str(getattr(where, name)))

    def list_setups(self, chosen: Any = _AUTOMATIC) -> None:
        """List the presets and what the user has saved, and choose one of them."""
        self.setup_box.clear()
        self.setup_box.addItem("Standard, else a guess", _AUTOMATIC)
        for name, where in HEADER_BYTES_PRESETS.items():
            self.setup_box.addItem(f"{name.capitalize()} ({where.iline}/{where.xline})", name)
        self.setup_box.addItem("Guess", GUESS)
        self._saved: dict[str, HeaderBytes] = {}
        try:
            self._saved = saved_setups()
        except InputError as error:
            self.refused.emit(str(error))
        for name, where in self._saved.items():
            self.setup_box.addItem(f"{name} ({where.iline}/{where.xline})", name)
        self.setup_box.addItem("As below", _OWN)
        self.setup_box.setCurrentIndex(max(self.setup_box.findData(chosen), 0))
        self._name_button()

    # -- edits ----------------------------------------------------------------------------------

    def _choose_setup(self) -> None:
        chosen = self.setup_box.currentData()
        known = {**HEADER_BYTES_PRESETS, **self._saved}
        if chosen in known:
            self.show_places(known[chosen])
        self._name_button()
        self.edited.emit()

    def _edit_places(self) -> None:
        """Tell an edit once: Qt says that editing has finished whenever the focus goes."""
        try:
            places = self._shown_places()
        except InputError as error:
            self.refused.emit(str(error))
            return
        if places == self._places:
            return
        self._places = places
        self.setup_box.setCurrentIndex(self.setup_box.findData(_OWN))
        self._name_button()
        self.edited.emit()

    def _edit_overrides(self) -> None:
        try:
            given = self._overrides()
        except InputError as error:
            self.refused.emit(str(error))
            return
        if given != self._given:
            self._given = given
            self.edited.emit()

    def _name_button(self) -> None:
        """Let the button forget a set-up of the user's own, and otherwise save what is shown."""
        own = self.setup_box.currentData() in self._saved
        self.save_button.setText("Forget" if own else "Save…")
        self.save_button.setToolTip(
            "Remove this name from the list"
            if own
            else "Keep these bytes under a name, for other files like this one"
        )

    def _save_or_forget(self) -> None:
        chosen = self.setup_box.currentData()
        if chosen in self._saved:
            self.forget(chosen)
        else:
            self._ask_name()

    def _ask_name(self) -> None:
        name, wanted = QInputDialog.getText(self, "Save header bytes", f"Name for {self._places}:")
        if wanted and name.strip():
            self.save(name.strip())

    def save(self, name: str) -> None:
        """Keep the positions shown under a name; what is wrong with the name is refused."""
        try:
            save_setup(name, self._places)
        except InputError as error:
            self.refused.emit(str(error))
            return
        self.list_setups(name)
        self.edited.emit()

    def forget(self, name: str) -> None:
        """Forget a saved set-up; its positions stay, as if typed."""
        try:
            remove_setup(name)
        except InputError as error:
            self.refused.emit(str(error))
        self.list_setups(_OWN)


def _add_titled(grid: QGridLayout, row: int, column: int, title: str, box: QWidget) -> None:
    label = QLabel(title)
    label.setEnabled(False)  # quieter than what stands in the box
    grid.addWidget(label, row, column)
    grid.addWidget(box, row + 1, column)
    box.setMinimumWidth(44)


def _number(line: QLineEdit, name: str, kind: Callable[[str], Any]) -> Any:
    text = line.text().strip().replace(",", ".")
    if not text:
        return None
    try:
        return kind(text)
    except ValueError as error:
        raise InputError(f"{name} {line.text()!r}: give a number, or leave it empty") from error
