"""Forms made of typed values, worked with clicks and keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest

pytest.importorskip("pytestqt")
pytestmark = pytest.mark.gui

from pydantic import BaseModel, ConfigDict, Field  # noqa: E402
from qtpy.QtCore import QPoint, QPointF, Qt  # noqa: E402
from qtpy.QtGui import QWheelEvent  # noqa: E402
from qtpy.QtTest import QTest  # noqa: E402
from qtpy.QtWidgets import QApplication  # noqa: E402

from napari_s6.errors import InputError  # noqa: E402
from napari_s6.plugin.widgets.editors import FormRow  # noqa: E402
from napari_s6.plugin.widgets.form import Form, LabelledRows, NestedEditor, fields_of, rows_for  # noqa: E402


@dataclass(frozen=True)
class Order:
    """A value of every kind that a form can show.

    Attributes
    ----------
    guests
        Not told where the field tells ``itself``.
    minutes, deposit
        Counted from ``"noon"`` on,
        or from one.
    """

    dish: Literal["soup", "fish"] = "soup"
    guests: Annotated[int, Field(ge=1, le=12, description="who eats")] = 2
    share: Annotated[float, Field(gt=0, lt=1)] = 0.5
    minutes: float | None = None
    dessert: bool = False
    remark: str = ""
    table: int = 7
    deposit: float | None = None

    def __post_init__(self) -> None:
        if self.dish == "fish" and self.guests > 6:
            raise InputError("guests 7: there is fish for six")
        if self.table > 20:
            raise InputError(f"table {self.table}: there are 20")


ROWS = (
    FormRow("dish", words={"fish": "Fish of the day"}),
    FormRow("guests"),
    FormRow("share", suffix=" %", scale=100.0, step=5),
    FormRow("minutes", decimals=1, otherwise=5.0, beside="at most"),
    FormRow("dessert"),
    FormRow("remark", tip="Anything else"),
    FormRow("table", typed=True),
    FormRow("deposit", "Paid", typed=True),
)


@pytest.fixture
def form(qtbot: Any) -> Any:
    made: Form[Order] = Form(Order(), ROWS)
    rows = LabelledRows(list(made.editors.values()))
    qtbot.addWidget(rows)
    rows.show()
    made.rows = rows
    made.told, made.reasons = [], []
    made.changed.connect(made.told.append)
    made.refused.connect(made.reasons.append)
    return made


def native(form: Any, name: str) -> Any:
    editor = form.editors[name]
    return getattr(editor, "box", getattr(editor, "line", None)).native


def type_into(line: Any, text: str) -> None:
    box = line.lineEdit() if hasattr(line, "lineEdit") else line
    box.clear()
    QTest.keyClicks(box, text)
    QTest.keyClick(box, Qt.Key.Key_Return)


def test_types_bounds_and_words_come_from_the_value(form: Any) -> None:
    dish, guests, share = (native(form, name) for name in ("dish", "guests", "share"))
    assert [dish.itemText(k) for k in range(2)] == ["Fish of the day", "Soup"]
    assert (guests.minimum(), guests.maximum(), guests.toolTip()) == (1, 12, "who eats")
    assert (share.minimum(), share.maximum(), share.text()) == (1, 99, "50 %")
    assert not native(form, "minutes").isEnabled()
    assert form.editors["deposit"].widget.label == "Paid"
    assert native(form, "remark").toolTip() == "Anything else"


def test_a_change_makes_another_value(form: Any) -> None:
    QTest.keyClick(native(form, "dish"), Qt.Key.Key_Up)
    type_into(native(form, "guests"), "3")
    type_into(native(form, "share"), "20")
    form.editors["minutes"].tick.native.click()
    type_into(native(form, "minutes"), "7.5")
    form.editors["dessert"].tick.native.click()
    QTest.keyClicks(native(form, "remark"), "hi")
    type_into(native(form, "table"), "4")
    type_into(native(form, "deposit"), "12,5")
    wanted = Order("fish", 3, 0.2, 7.5, True, "hi", 4, 12.5)
    assert form.value == form.told[-1] == wanted
    assert isinstance(form.value.guests, int)
    assert len(form.told) == 10, "each change is told once"
    form.editors["minutes"].tick.native.click()
    type_into(native(form, "deposit"), "")
    type_into(native(form, "table"), "")
    assert (form.value.minutes, form.value.deposit, form.value.table) == (None, None, 7)


def test_showing_is_no_change(form: Any) -> None:
    form.show(Order("fish", 5, 0.25, 90.0, True, "x", 3, 2.0))
    assert form.told == []
    assert native(form, "dish").currentText() == "Fish of the day"
    assert native(form, "minutes").isEnabled()
    assert native(form, "deposit").text() == "2"
    form.show(Order(guests=40))
    assert native(form, "guests").value() == 40, "what is beyond the bounds is shown as it is"
    assert form.told == []


def test_what_makes_no_value_is_refused(form: Any) -> None:
    form.show(Order(guests=7))
    QTest.keyClick(native(form, "dish"), Qt.Key.Key_Up)
    assert form.reasons == ["guests 7: there is fish for six"]
    assert form.value == Order(guests=7)
    assert native(form, "dish").currentText() == "Soup", "the choice is taken back"
    type_into(native(form, "table"), "30")
    type_into(native(form, "table"), "many")
    assert form.reasons[1:] == [
        "table 30: there are 20",
        "Table 'many': give a number, or leave it empty",
    ]
    assert native(form, "table").text() == "many", "what was typed is there to be corrected"
    assert form.told == []


def test_choices_can_be_others(form: Any) -> None:
    choice = form.choice("dish")
    choice.offer({"soup": "Soup", "stew": "Stew"})
    assert choice.box.value == "soup"
    choice.offer({"stew": "Stew"})
    assert choice.box.native.currentIndex() == -1
    form.rows.setParent(None)
    assert choice.box.native.currentIndex() == -1
    assert form.told == []


def test_rows_are_hidden_with_their_labels(form: Any) -> None:
    form.rows.set_visible(form.editors["share"], False)
    assert not native(form, "share").isVisible()
    labels = [w.text() for w in form.rows.children() if hasattr(w, "text") and w.isVisible()]
    assert "Share" not in labels
    assert "Guests" in labels


def test_the_wheel_scrolls_unless_a_box_was_clicked(form: Any) -> None:
    spin = native(form, "guests")
    other = native(form, "remark")

    def turn() -> None:
        at = QPointF(spin.rect().center())
        up, still = QPoint(0, 120), Qt.ScrollPhase.NoScrollPhase
        keys = (Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier)
        event = QWheelEvent(
            at, QPointF(spin.mapToGlobal(at.toPoint())), up, up, *keys, still, False
        )
        QApplication.sendEvent(spin, event)

    form.rows.activateWindow()
    other.setFocus()
    turn()
    assert form.value.guests == 2
    spin.setFocus()
    if spin.hasFocus():  # not so where no window manager gives it
        turn()
        assert form.value.guests == 3


def test_a_field_that_is_added_is_shown_without_a_row() -> None:
    rows = rows_for(
        Order, FormRow("table", most=9), labels={"deposit": "sum paid"}, without=["remark"]
    )
    made: Form[Order] = Form(Order(), rows)
    assert list(made.editors) == [f for f in fields_of(Order) if f != "remark"]
    assert native(made, "guests").toolTip() == "who eats"
    for name in ("minutes", "deposit"):
        assert native(made, name).toolTip() == "Counted from noon on, or from one."
    assert native(made, "table").maximum() == 9
    line = native(made, "deposit")
    assert made.editors["deposit"].widget.label == "Sum paid"
    reasons: list[str] = []
    made.refused.connect(reasons.append)
    type_into(line, "much")
    assert reasons == ["sum paid 'much': give a number, or leave it empty"]
    type_into(line, "30")
    assert made.value.deposit == 30.0


@dataclass(frozen=True)
class Party:
    """A value that holds another."""

    order: Order = Order()


def test_a_value_within_a_value_is_a_form_within_the_form() -> None:
    def editor(**named: Any) -> NestedEditor[Order]:
        return NestedEditor(Order(), rows_for(Order), LabelledRows, **named)

    made: Form[Party] = Form(Party(), rows_for(Party, FormRow("order", editor=editor)))
    inner = made.editors["order"]
    assert isinstance(inner, NestedEditor)
    told: list[Any] = []
    reasons: list[str] = []
    made.changed.connect(told.append)
    made.refused.connect(reasons.append)
    type_into(native(inner.form, "guests"), "7")
    assert told == [Party(Order(guests=7))] == [made.value]
    QTest.keyClick(native(inner.form, "dish"), Qt.Key.Key_Down)
    assert reasons == ["guests 7: there is fish for six"]
    made.show(Party(Order(dish="fish")))
    assert native(inner.form, "dish").currentText() == "Fish"
    assert len(told) == 1, "showing is no change"


def test_pydantic_models_say_the_same() -> None:
    class Run(BaseModel):
        model_config = ConfigDict(frozen=True)
        steps: int | None = Field(default=3, ge=1, description="how many")

    assert fields_of(Run)["steps"].description == "how many"
    made: Form[Run] = Form(Run(), [FormRow("steps")])
    assert native(made, "steps").minimum() == 1
    with pytest.raises(TypeError, match="a form shows no"):
        Form(Weird(), [FormRow("what")])


@dataclass(frozen=True)
class Weird:
    what: complex = 1j
