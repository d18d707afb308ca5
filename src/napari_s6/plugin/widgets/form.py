"""Forms that magicgui makes of typed values, those that the command line and Python take."""

from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from dataclasses import MISSING, fields, replace
from typing import Any, Generic, TypeVar, get_type_hints

from psygnal import Signal
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from qtpy.QtWidgets import QFormLayout, QGridLayout, QLabel, QWidget

from napari_s6.errors import InputError
from napari_s6.plugin.widgets.described_fields import field_descriptions
from napari_s6.plugin.widgets.editors import (
    ChoiceEditor,
    Editor,
    FormRow,
    TypedNumberEditor,
    editor_for,
    holding,
    without_none,
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


class NestedEditor(Editor, Generic[T]):
    """A field that is a typed value itself: a form within the form.

    Parameters
    ----------
    value
        What is shown first.
    rows
        The fields of it to be shown.
    arrange
        Puts their editors into a widget.
    """

    def __init__(
        self,
        value: T,
        rows: Sequence[FormRow],
        arrange: Callable[[Sequence[Editor]], QWidget],
        **named: Any,
    ) -> None:
        self.form: Form[T] = Form(value, rows)
        self.rows = arrange(list(self.form.editors.values()))
        super().__init__(holding(self.rows, **named))
        self.form.changed.connect(self._tell)
        self.form.refused.connect(self.refused.emit)

    def show(self, value: T) -> None:
        """Show the value; what is typed for the same one is left as it is."""
        if value != self.form.value:
            self.form.show(value)


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
            self.add_editor(editor)

    def add_editor(self, editor: Editor) -> None:
        """Put one more editor below."""
        self.add(editor.widget.label, editor.widget.native)
        self._form.labelForField(editor.widget.native).setToolTip(editor.widget.tooltip or "")

    def add(self, label: str, widget: QWidget) -> None:
        """Put one more widget below."""
        self._form.addRow(label, widget)

    def set_visible(self, editor: Editor, visible: bool) -> None:
        """Show or hide an editor with its label."""
        self._form.setRowVisible(editor.widget.native, visible)

    def set_label(self, editor: Editor, label: str) -> None:
        """Call an editor by another label."""
        shown = self._form.labelForField(editor.widget.native)
        assert isinstance(shown, QLabel)
        shown.setText(label)


class TitledGrid(QWidget):
    """Editors beside each other, each below its label, in as many columns as asked for."""

    def __init__(self, editors: Sequence[Editor], columns: int) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(3)
        grid.setHorizontalSpacing(6)
        for place, editor in enumerate(editors):
            row, column = divmod(place, columns)
            title = QLabel(editor.widget.label)
            title.setToolTip(editor.widget.tooltip or "")
            title.setEnabled(False)  # quieter than what stands in the box
            editor.widget.native.setMinimumWidth(44)
            grid.addWidget(title, 2 * row, column)
            grid.addWidget(editor.widget.native, 2 * row + 1, column)
        for column in range(columns):
            grid.setColumnStretch(column, 1)


def rows_for(
    kind: Any,
    *known: FormRow,
    labels: Mapping[str, str] | None = None,
    without: Collection[str] = (),
) -> list[FormRow]:
    """Return a row for each field of a class, in its order, as far as it goes by their types.

    Parameters
    ----------
    kind
        A pydantic model or a dataclass.
    known
        Rows of fields of which there is more to say.
    labels
        What fields are called, where it is not their name.
    without
        Fields to leave out.
    """
    said = {row.name: row for row in known}
    return [
        said.get(name) or _plain_row(name, info, (labels or {}).get(name, ""))
        for name, info in fields_of(kind).items()
        if name not in without
    ]


def _plain_row(name: str, info: FieldInfo, label: str) -> FormRow:
    kind, optional = without_none(info.annotation)
    return FormRow(name, label.capitalize(), noun=label, typed=optional and kind in (int, float))


def fields_of(kind: Any) -> dict[str, FieldInfo]:
    """Return the fields of a pydantic model or a dataclass: types, bounds and descriptions.

    A dataclass says bounds as ``Annotated[int, Field(ge=0)]``. What a field does not say of itself
    is taken from the attributes in the docstring of its class.
    """
    known = dict(kind.model_fields) if issubclass(kind, BaseModel) else _fields_of_dataclass(kind)
    described = field_descriptions(kind)
    for name, info in known.items():
        if info.description is None and name in described:
            known[name] = copy(info)
            known[name].description = described[name]
    return known


def _fields_of_dataclass(kind: Any) -> dict[str, FieldInfo]:
    hints = get_type_hints(kind, include_extras=True)
    return {
        field.name: FieldInfo.from_annotation(hints[field.name])
        if field.default is MISSING
        else FieldInfo.from_annotated_attribute(hints[field.name], field.default)
        for field in fields(kind)
    }
