"""The form of how a SEG-Y file's headers are read: header bytes, and what headers get wrong."""

from dataclasses import replace
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QGridLayout, QInputDialog, QLabel, QSizePolicy, QWidget

from napari_s6.errors import InputError
from napari_s6.formats.segy.setups import (
    GUESS,
    HEADER_BYTES_PRESETS,
    remove_setup,
    save_setup,
    saved_setups,
)
from napari_s6.plugin.docks.open.inspect import Inspection
from napari_s6.plugin.widgets.editors import ChoiceEditor, FormRow
from napari_s6.plugin.widgets.form import Form
from napari_s6.plugin.widgets.rows import button
from napari_s6.survey.header_bytes import HeaderBytes
from napari_s6.survey.reading import OVERRIDES, VERTICAL_UNITS, Reading
from napari_s6.survey.record import vertical_units
from napari_s6.survey.volume import vertical_dim

#: The choice of the positions that are shown, whatever these are.
_OWN = object()
_PLACES = {"iline": "Inline", "xline": "Crossline", "x": "X", "y": "Y"}
_PLACE_ROWS = [
    FormRow(
        name,
        f"{word} byte",
        f"First byte of {word if len(word) == 1 else word.lower()}, 1 to 237",
        typed=True,
    )
    for name, word in _PLACES.items()
]
_EMPTY = "Empty: as the headers say. The headers' own value stands in grey"
_TITLES = {"interval": "Interval", "start": "Start", "n_samples": "Samples", "unit": "Unit"}
_OVERRIDE_ROWS = [
    FormRow("interval", OVERRIDES["interval"], f"Sample interval. {_EMPTY}", typed=True),
    FormRow(
        "start", OVERRIDES["start"], f"Time or depth of the first sample. {_EMPTY}", typed=True
    ),
    FormRow("n_samples", OVERRIDES["n_samples"], f"Samples in a trace. {_EMPTY}", typed=True),
    FormRow(
        "unit",
        tip="Unit of interval and start. Auto: ms, unless the file was written by us as depth",
        words={None: "auto", **{unit: unit for unit in VERTICAL_UNITS}},
    ),
]


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
        self._saved: dict[str, HeaderBytes] = {}
        self.setups = ChoiceEditor(
            {None: "Standard, else a guess"},
            name="header_bytes",
            tooltip="Where the trace headers hold line numbers and coordinates",
        )
        self.setups.changed.connect(self._choose_setup)
        self.save_button = button("Save…", action=self._save_or_forget)
        self.places = Form(HeaderBytes(), _PLACE_ROWS)
        self.places.changed.connect(lambda _places: self._edit_places())
        self.overrides = Form(Reading(), _OVERRIDE_ROWS)
        self.overrides.changed.connect(lambda _reading: self.edited.emit())
        for form in (self.places, self.overrides):
            form.refused.connect(self.refused.emit)
        self._build()
        self.list_setups()

    def _build(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(3)
        grid.setHorizontalSpacing(6)
        setups = self.setups.widget.native
        setups.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        grid.addWidget(QLabel("Header bytes"), 0, 0)
        grid.addWidget(setups, 0, 1, 1, 3)
        grid.addWidget(self.save_button, 0, 4)
        _add_titled(grid, 1, self.places, _PLACES)
        grid.addWidget(QLabel("Overrule"), 4, 0)
        _add_titled(grid, 3, self.overrides, _TITLES)
        for column in range(1, 5):
            grid.setColumnStretch(column, 1)
        grid.setColumnMinimumWidth(4, 72)  # the unit beside its arrow

    def reading(self) -> Reading:
        """Return how the file is to be read."""
        chosen = self.setups.value
        header_bytes = self.places.value if chosen is _OWN else chosen
        return replace(self.overrides.value, header_bytes=header_bytes)

    # -- showing --------------------------------------------------------------------------------

    def reset(self) -> None:
        """Leave everything to the headers again, as for a file not seen before."""
        self.setups.show(None)
        self._name_button()
        self.overrides.show(Reading())
        for name in ("interval", "start", "n_samples"):
            self.overrides.typed(name).hint("")
        self.places.show(HeaderBytes())

    def show_found(self, found: Inspection) -> None:
        """Show where a file's numbers were read, and what its headers say of its samples."""
        if not found.is_segy:
            return
        self.places.show(HeaderBytes(*found.info.header_bytes))
        samples = found.volume[vertical_dim(found.volume)].values
        units = vertical_units(found.volume)
        for name, said in (
            ("interval", f"{samples[1] - samples[0]:g} {units}" if len(samples) > 1 else ""),
            ("start", f"{samples[0]:g} {units}"),
            ("n_samples", f"{len(samples)}"),
        ):
            # A value given is in its own box already.
            given = getattr(found.reading, name) is not None
            self.overrides.typed(name).hint("" if given else said)

    def list_setups(self, chosen: Any = None) -> None:
        """List the presets and what the user has saved, and choose one of them."""
        try:
            self._saved = saved_setups()
        except InputError as error:
            self._saved = {}
            self.refused.emit(str(error))
        options: dict[Any, str] = {None: "Standard, else a guess"}
        for name, where in HEADER_BYTES_PRESETS.items():
            options[name] = f"{name.capitalize()} ({where.iline}/{where.xline})"
        options[GUESS] = "Guess"
        for name, where in self._saved.items():
            options[name] = f"{name} ({where.iline}/{where.xline})"
        options[_OWN] = "As below"
        self.setups.offer(options)
        self.setups.show(chosen)
        self._name_button()

    # -- edits ----------------------------------------------------------------------------------

    def _choose_setup(self, chosen: Any) -> None:
        known = {**HEADER_BYTES_PRESETS, **self._saved}
        if chosen in known:
            self.places.show(known[chosen])
        self._name_button()
        self.edited.emit()

    def _edit_places(self) -> None:
        self.setups.show(_OWN)
        self._name_button()
        self.edited.emit()

    def _name_button(self) -> None:
        """Let the button forget a set-up of the user's own, and otherwise save what is shown."""
        own = self.setups.value in self._saved
        self.save_button.setText("Forget" if own else "Save…")
        self.save_button.setToolTip(
            "Remove this name from the list"
            if own
            else "Keep these bytes under a name, for other files like this one"
        )

    def _save_or_forget(self) -> None:
        chosen = self.setups.value
        if chosen in self._saved:
            self.forget(chosen)
        else:
            self._ask_name()

    def _ask_name(self) -> None:
        title, question = "Save header bytes", f"Name for {self.places.value}:"
        name, wanted = QInputDialog.getText(self, title, question)
        if wanted and name.strip():
            self.save(name.strip())

    def save(self, name: str) -> None:
        """Keep the positions shown under a name; what is wrong with the name is refused."""
        try:
            save_setup(name, self.places.value)
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


def _add_titled(grid: QGridLayout, row: int, form: Form[Any], titles: dict[str, str]) -> None:
    """Put the fields of a form beside each other, each below its title."""
    for column, (name, title) in enumerate(titles.items(), 1):
        label = QLabel(title)
        label.setEnabled(False)  # quieter than what stands in the box
        box = form.editors[name].widget.native
        box.setMinimumWidth(44)
        grid.addWidget(label, row, column)
        grid.addWidget(box, row + 1, column)
