"""Widgets of magicgui for one field of a typed value, made for what the field's type says."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import numpy as np
from magicgui.widgets import CheckBox, ComboBox, Container, FloatSpinBox, LineEdit
from magicgui.widgets.bases import Widget
from psygnal import Signal
from pydantic.fields import FieldInfo
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QComboBox, QWidget

from napari_s6.plugin.widgets.rows import let_digits_settle, let_wheel_scroll

#: A label that takes the place of one; magicgui takes an empty one for none.
NO_LABEL = " "
_MOST = 1_000_000
#: Letters of a choice that are always seen.
_LONGEST = 17


@dataclass(frozen=True)
class FormRow:
    """Say how one field of a typed value is shown, as far as its type does not say it.

    Attributes
    ----------
    name
        The field's.
    label, tip
        Where they are empty, the field's name and its description.
    words
        What the choices are called; one that is not here is shown by its value. A field that is
        any text becomes a choice by them.
    most, step, decimals
        The greatest number where the type has no bound, the step of the arrows, and the places
        shown behind the point.
    scale
        What the shown number is divided by: 100 for per cent.
    prefix, suffix, least
        Words before and after the number, and those in place of the least one.
    otherwise
        What ticking the box of a field gives that may be None.
    beside
        Words beside the box to tick.
    typed
        A number to be typed into an empty box, where None is nothing.
    example
        Shown in grey where a text is empty.
    noun
        What messages call the field; where it is empty, its label.
    editor
        Makes the editor of a type that has none here, of the names that a magicgui widget takes.
    """

    name: str
    label: str = ""
    tip: str = ""
    words: Mapping[Any, str] = field(default_factory=dict)
    most: float = _MOST
    step: float = 1.0
    decimals: int = 0
    scale: float = 1.0
    prefix: str = ""
    suffix: str = ""
    least: str = ""
    otherwise: Any = None
    beside: str = ""
    typed: bool = False
    example: str = ""
    noun: str = ""
    editor: "Callable[..., Editor] | None" = None


class Editor(ABC):
    """Show one field's value in a widget, and tell when the user has changed it.

    Signals
    -------
    changed : object
        The user entered another value.
    refused : str
        What the user entered is no value; carries the reason.
    """

    changed = Signal(object)
    refused = Signal(str)

    def __init__(self, widget: Widget) -> None:
        self.widget = widget
        self._quiet = False

    @abstractmethod
    def show(self, value: Any) -> None:
        """Show a value, which is no change of it."""

    @contextmanager
    def _silence(self) -> Iterator[None]:
        before, self._quiet = self._quiet, True
        try:
            yield
        finally:
            self._quiet = before

    def _tell(self, value: Any) -> None:
        if not self._quiet:
            self.changed.emit(value)


class ChoiceEditor(Editor):
    """One of a few values, shown by their words."""

    def __init__(
        self, options: Mapping[Any, str], *, beside: QWidget | None = None, **named: Any
    ) -> None:
        self.box = ComboBox(choices=_named(options), **({} if beside else named))
        super().__init__(_together(self.box, **named) if beside else self.box)
        if beside is not None:
            self.widget.native.layout().addWidget(beside)
        native = self.box.native
        adjust = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        native.setSizeAdjustPolicy(adjust)  # a long word must not widen the dock
        self._fit(options)
        let_wheel_scroll(native)
        # Else magicgui chooses the first, where none is chosen, whenever the parent changes.
        self.box.native_parent_changed.disconnect()
        # Not magicgui's own signal, which leaves out the choice of None.
        native.currentIndexChanged.connect(lambda _index: self._tell(self.value))

    @property
    def value(self) -> Any:
        """The value chosen; None also where nothing is."""
        return self.box.native.currentData()

    def offer(self, options: Mapping[Any, str]) -> None:
        """Offer these values instead of those before."""
        chosen = self.value
        if _named(options) == [(self.box.native.itemText(k), v) for k, v in self._items()]:
            return
        with self._silence():
            self._fit(options)
            self.box.choices = lambda _box: ()
            # A function, as magicgui would come back to what was offered first.
            self.box.choices = lambda _box: _named(options)
            self.show(chosen)

    def show(self, value: Any) -> None:
        """Show a value; nothing is chosen if it is not offered."""
        with self._silence():
            places = [k for k, offered in self._items() if _same(offered, value)]
            self.box.native.setCurrentIndex(places[0] if places else -1)

    def _fit(self, options: Mapping[Any, str]) -> None:
        longest = max(map(len, options.values()), default=0)
        self.box.native.setMinimumContentsLength(int(np.clip(longest, 8, _LONGEST)))

    def _items(self) -> list[tuple[int, Any]]:
        native = self.box.native
        return [(k, native.itemData(k)) for k in range(native.count())]


class SwitchEditor(Editor):
    """Yes or no."""

    def __init__(self, beside: str, **named: Any) -> None:
        self.tick = CheckBox(text=beside)
        # magicgui puts a bare check box where labels are.
        super().__init__(_together(self.tick, **named))
        self.tick.changed.connect(self._tell)

    def show(self, value: Any) -> None:
        """Show the value."""
        with self._silence():
            self.tick.value = bool(value)


class NumberEditor(Editor):
    """A number within bounds; where it may be None, beside a box to tick."""

    def __init__(
        self, row: FormRow, low: float, high: float, whole: bool, optional: bool, **named: Any
    ) -> None:
        self._row, self._whole = row, whole
        self.box = FloatSpinBox(**({} if optional else named))
        spin = self.box.native
        spin.setDecimals(row.decimals)
        spin.setRange(low, high)
        spin.setSingleStep(row.step)
        spin.setPrefix(row.prefix)
        spin.setSuffix(row.suffix)
        spin.setSpecialValueText(row.least)
        let_digits_settle(spin)
        if row.least:  # words rather than a number
            spin.setAlignment(Qt.AlignmentFlag.AlignLeft)
        let_wheel_scroll(spin)
        self.tick: CheckBox | None = None
        widget: Widget = self.box
        if optional:
            self.tick = CheckBox(text=row.beside)
            widget = _together(self.tick, self.box, **named)
            self.tick.changed.connect(self._on_tick)
            self.tick.tooltip = self.box.tooltip = named.get("tooltip")
            if row.otherwise is not None:
                self.box.native.setValue(row.otherwise * row.scale)
        super().__init__(widget)
        self.box.changed.connect(lambda _shown: self._tell(self._value()))

    def show(self, value: Any) -> None:
        """Show a number, beyond the bounds if need be; None leaves the box unticked."""
        with self._silence():
            if self.tick is not None:
                self.tick.value = value is not None
                self.box.enabled = value is not None
            if value is not None:
                spin, shown = self.box.native, value * self._row.scale
                spin.setRange(min(spin.minimum(), shown), max(spin.maximum(), shown))
                spin.setValue(shown)

    def _value(self) -> float:
        shown = float(self.box.native.value())
        return round(shown) if self._whole else shown / self._row.scale

    def _on_tick(self, on: bool) -> None:
        if self._quiet:
            return
        if on and self._row.otherwise is not None:
            self.show(self._row.otherwise)
        self.box.enabled = on
        self._tell(self._value() if on else None)


class TextEditor(Editor):
    """Any text, told at each letter."""

    def __init__(self, example: str, **named: Any) -> None:
        self.line = LineEdit(**named)
        super().__init__(self.line)
        self.line.native.setPlaceholderText(example)
        self.line.changed.connect(self._tell)

    def show(self, value: Any) -> None:
        """Show the text."""
        with self._silence():
            if self.line.value != value:  # the cursor stays where it is
                self.line.value = value


class TypedNumberEditor(Editor):
    """A number that is typed, told when it is complete; an empty line is the default."""

    def __init__(self, kind: type, default: Any, noun: str, **named: Any) -> None:
        self.line = LineEdit(**named)
        super().__init__(self.line)
        self._kind, self._default, self._noun = kind, default, noun
        self.line.native.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.line.native.editingFinished.connect(self._on_finished)
        self._shown = ""

    def show(self, value: Any) -> None:
        """Show a number, None as an empty line."""
        self._shown = "" if value is None else f"{value:.10g}"
        self.line.value = self._shown

    def hint(self, text: str) -> None:
        """Show in grey what holds as long as nothing is typed."""
        self.line.native.setPlaceholderText(text)

    def _on_finished(self) -> None:
        """Tell an edit once: Qt says that editing has finished whenever the focus goes."""
        text = str(self.line.value).strip()
        if text == self._shown:
            return
        self._shown = text
        try:
            value = self._kind(text.replace(",", ".")) if text else self._default
        except ValueError:
            self.refused.emit(f"{self._noun} {text!r}: give a number, or leave it empty")
            return
        self.changed.emit(value)


def editor_for(row: FormRow, info: FieldInfo) -> Editor:
    """Make the editor of a field from its type, bounds and description.

    Raises
    ------
    TypeError
        If there is none for such a type.
    """
    label = row.label or row.name.replace("_", " ").capitalize()
    named: dict[str, Any] = {
        "name": row.name,
        "label": label,
        "tooltip": row.tip or info.description or "",
    }
    if row.editor is not None:
        return row.editor(**named)
    kind, optional = without_none(info.annotation)
    if get_origin(kind) is Literal or row.words:
        offered = get_args(kind) if get_origin(kind) is Literal else tuple(row.words)
        if optional and None not in offered:
            offered = (None, *offered)
        first = [value for value in row.words if value in offered]
        rest = [value for value in offered if value not in first]
        words = {value: row.words.get(value, _word(value)) for value in first + rest}
        return ChoiceEditor(words, **named)
    if kind is bool:
        return SwitchEditor(row.beside, **named)
    if kind is str:
        return TextEditor(row.example, **named)
    if kind not in (int, float):
        raise TypeError(f"{row.name}: a form shows no {kind}")
    if row.typed:
        default = None if optional else info.default
        return TypedNumberEditor(kind, default, row.noun or label, **named)
    low, high = _bounds(info, row)
    whole = kind is int and row.scale == 1
    return NumberEditor(row, low, high, whole, optional, **named)


def _bounds(info: FieldInfo, row: FormRow) -> tuple[float, float]:
    """The least and the greatest number to be shown, from the type's bounds where it has any."""
    low, high, smallest = 0.0, row.most, 10.0**-row.decimals
    found = {
        name: getattr(bound, name) * row.scale
        for bound in info.metadata
        for name in ("ge", "gt", "le", "lt")
        if getattr(bound, name, None) is not None
    }
    low = found.get("ge", found["gt"] + smallest if "gt" in found else low)
    high = found.get("le", found["lt"] - smallest if "lt" in found else high)
    return low, high


def without_none(annotation: Any) -> tuple[Any, bool]:
    """Return what a type is when it is not None, and whether it may be None."""
    if get_origin(annotation) not in (Union, UnionType):
        return annotation, False
    kinds = [kind for kind in get_args(annotation) if kind is not NoneType]
    return (kinds[0] if len(kinds) == 1 else annotation), True


def holding(widget: QWidget, **named: Any) -> Container[Widget]:
    """Return a widget of magicgui that holds one of Qt's, for an editor made by hand."""
    whole: Container[Widget] = Container(layout="horizontal", labels=False, **named)
    layout = whole.native.layout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(widget)
    return whole


def _together(*widgets: Widget, **named: Any) -> Container[Widget]:
    """Put widgets beside each other, the last of which takes what room is left."""
    whole: Container[Widget] = Container(
        widgets=list(widgets), layout="horizontal", labels=False, **named
    )
    layout = whole.native.layout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setStretch(len(widgets) - 1, 1)
    return whole


def _word(value: Any) -> str:
    return "Automatic" if value is None else str(value).capitalize()


def _named(options: Mapping[Any, str]) -> list[tuple[str, Any]]:
    return [(words, value) for value, words in options.items()]


def _same(offered: Any, value: Any) -> bool:
    return offered is value or (type(offered) is type(value) and bool(offered == value))
