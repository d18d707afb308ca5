"""Where trace headers hold line numbers: a preset, a set-up of the user's own, or positions."""

from typing import Any

from qtpy.QtWidgets import QInputDialog, QSizePolicy, QVBoxLayout, QWidget

from napari_s6.errors import InputError
from napari_s6.formats.segy.setups import (
    GUESS,
    HEADER_BYTES_PRESETS,
    remove_setup,
    save_setup,
    saved_setups,
)
from napari_s6.plugin.widgets.editors import ChoiceEditor, Editor, FormRow, holding
from napari_s6.plugin.widgets.form import Form, TitledGrid
from napari_s6.plugin.widgets.rows import button, row
from napari_s6.survey.header_bytes import STANDARD, HeaderBytes

#: The choice of the positions that are shown, whatever these are.
_OWN = object()
_UNSAID = "Standard, else a guess"
_PLACE_ROWS = [
    FormRow(
        name,
        word,
        f"First byte of {word if len(word) == 1 else word.lower()}, 1 to 237",
        typed=True,
        noun=f"{word} byte",
    )
    for name, word in (("iline", "Inline"), ("xline", "Crossline"), ("x", "X"), ("y", "Y"))
]


class HeaderBytesEditor(Editor):
    """Choose where line numbers and coordinates stand: by a name, or by typing the bytes.

    The positions follow what is chosen, and also what a file was found to have.
    """

    def __init__(self, **named: Any) -> None:
        self._saved: dict[str, HeaderBytes] = {}
        self.setups = ChoiceEditor({None: _UNSAID}, tooltip=named.get("tooltip"))
        self.setups.changed.connect(self._choose_setup)
        self.save_button = button("Save…", action=self._save_or_forget)
        self.places = Form(HeaderBytes(), _PLACE_ROWS)
        self.places.changed.connect(lambda _places: self._edit_places())
        self.places.refused.connect(self.refused.emit)
        super().__init__(holding(self._build(), **named))
        self.list_setups()

    def _build(self) -> QWidget:
        whole = QWidget()
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        setups = self.setups.widget.native
        setups.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        layout.addWidget(row(setups, self.save_button, stretched=setups))
        layout.addWidget(TitledGrid(list(self.places.editors.values()), 4))
        return whole

    @property
    def value(self) -> HeaderBytes | str | None:
        """What is chosen, as `Reading` takes it."""
        chosen = self.setups.value
        return self.places.value if chosen is _OWN else chosen

    # -- showing --------------------------------------------------------------------------------

    def show(self, value: HeaderBytes | str | None) -> None:
        """Show a choice; what is typed for the same one is left as it is."""
        if value == self.value:
            return
        if isinstance(value, HeaderBytes):
            self.setups.show(_OWN)
            self.places.show(value)
        else:
            self.setups.show(value)
            self.places.show(self._known.get(value or "", self.places.value))
        self._name_button()

    def show_read(self, where: HeaderBytes = STANDARD) -> None:
        """Show where a file's numbers were read, whatever was chosen."""
        self.places.show(where)

    def list_setups(self, chosen: Any = None) -> None:
        """List the presets and what the user has saved, and choose one of them."""
        try:
            self._saved = saved_setups()
        except InputError as error:
            self._saved = {}
            self.refused.emit(str(error))
        options: dict[Any, str] = {None: _UNSAID}
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

    @property
    def _known(self) -> dict[str, HeaderBytes]:
        return {**HEADER_BYTES_PRESETS, **self._saved}

    def _choose_setup(self, chosen: Any) -> None:
        if chosen in self._known:
            self.places.show(self._known[chosen])
        self._name_button()
        self._tell(self.value)

    def _edit_places(self) -> None:
        self.setups.show(_OWN)
        self._name_button()
        self._tell(self.value)

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
        name, wanted = QInputDialog.getText(self.save_button, title, question)
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
        self._tell(self.value)

    def forget(self, name: str) -> None:
        """Forget a saved set-up; its positions stay, as if typed."""
        try:
            remove_setup(name)
        except InputError as error:
            self.refused.emit(str(error))
        self.list_setups(_OWN)
        self._tell(self.value)
