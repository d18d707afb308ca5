"""Forms that magicgui makes of typed values, those that the command line and Python take."""

from collections.abc import Sequence
from dataclasses import MISSING, fields, replace
from typing import Any, Generic, TypeVar, get_type_hints

from psygnal import Signal
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from qtpy.QtWidgets import QFormLayout, QWidget

from napari_s6.errors import InputError
from napari_s6.plugin.widgets.editors import (
    ChoiceEditor,
    Editor,
    FormRow,
    TypedNumberEditor,
    editor_for,
)

T = TypeVar("T")


class Form(Generic[T]):
    """Show fields of a typed value in rows, and make another value of it when one is changed.

    Parameters
    ----------
    value
        A frozen pydantic model or dataclass; its class says which fields there are.
    rows
        The fields to be shown, from the top down.

    Signals
    -------
    changed : object
        The user has changed a field; carries the new value.
    refused : str
        What the user entered makes no value; carries the reason. The form still has the value
        before.
    """

    changed = Signal(object)
    refused = Signal(str)

    def __init__(self, value: T, rows: Sequence[FormRow]) -> None:
        self._value = value
        known = fields_of(type(value))
        self.editors: dict[str, Editor] = {
            row.name: editor_for(row, known[row.name]) for row in rows
        }
        for name, editor in self.editors.items():
            editor.changed.connect(lambda entered, name=name: self.edit(name, entered))
            editor.refused.connect(self.refused.emit)
        self.show(value)

    @property
    def value(self) -> T:
        """The value shown."""
        return self._value

    def show(self, value: T) -> None:
        """Show another value, which is no change of it by the user."""
        self._value = value
        for name, editor in self.editors.items():
            editor.show(getattr(value, name))

    def edit(self, name: str, entered: Any) -> None:
        """Take what was entered for a field, as if the user had changed it."""
        try:
            value = self.changed_value(name, entered)
        except InputError as error:
            if not isinstance(self.editors[name], TypedNumberEditor):  # which is there to correct
                self.show(self._value)
            self.refused.emit(str(error))
            return
        before = self._value
        self.show(value)
        if value != before:
            self.changed.emit(value)

    def changed_value(self, name: str, entered: Any) -> T:
        """Return the value with one field changed.

        Raises
        ------
        InputError
            If there is no such value.
        """
        value: Any = self._value
        changed: T = replace(value, **{name: entered})
        return changed

    def choice(self, name: str) -> ChoiceEditor:
        """Return the editor of a field that is one of a few values."""
        editor = self.editors[name]
        assert isinstance(editor, ChoiceEditor), f"{name} is no choice"
        return editor

    def typed(self, name: str) -> TypedNumberEditor:
        """Return the editor of a number that is typed."""
        editor = self.editors[name]
        assert isinstance(editor, TypedNumberEditor), f"{name} is not typed"
        return editor


class LabelledRows(QWidget):
    """Editors below each other, of one or several forms, with their labels in one column.

    Qt lays them out: it follows the theme's font, where magicgui measures labels before there is
    one.
    """

    def __init__(self, editors: Sequence[Editor]) -> None:
        super().__init__()
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setVerticalSpacing(5)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for editor in editors:
            self.add(editor.widget.label, editor.widget.native)
            self._form.labelForField(editor.widget.native).setToolTip(editor.widget.tooltip or "")

    def add(self, label: str, widget: QWidget) -> None:
        """Put one more widget below."""
        self._form.addRow(label, widget)

    def set_visible(self, editor: Editor, visible: bool) -> None:
        """Show or hide an editor with its label."""
        self._form.setRowVisible(editor.widget.native, visible)


def fields_of(kind: Any) -> dict[str, FieldInfo]:
    """Return the fields of a pydantic model or a dataclass: types, bounds and descriptions.

    A dataclass says bounds and descriptions as ``Annotated[int, Field(ge=0, description="...")]``.
    """
    if issubclass(kind, BaseModel):
        return dict(kind.model_fields)
    hints = get_type_hints(kind, include_extras=True)
    return {
        field.name: FieldInfo.from_annotation(hints[field.name])
        if field.default is MISSING
        else FieldInfo.from_annotated_attribute(hints[field.name], field.default)
        for field in fields(kind)
    }
