"""Parts that docks are put together from: buttons, and widgets beside each other."""

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtWidgets import QAbstractSpinBox, QHBoxLayout, QPushButton, QWidget


def button(text: str, tip: str = "", action: Callable[[], Any] | None = None) -> QPushButton:
    """Make a button that calls ``action`` at a click."""
    made = QPushButton(text)
    made.setToolTip(tip)
    if action is not None:
        made.clicked.connect(lambda _checked: action())
    return made


def row(*widgets: QWidget, stretched: QWidget | None = None) -> QWidget:
    """Put widgets beside each other; ``stretched`` takes what room is left."""
    whole = QWidget()
    layout = QHBoxLayout(whole)
    layout.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        layout.addWidget(widget, 1 if widget is stretched else 0)
    return whole


class _WheelScrolls(QObject):
    """Passes a turn of the wheel on to what is behind a widget."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the wheel alone where the widget was not clicked on."""
        on = isinstance(watched, QWidget) and watched.hasFocus()
        if event.type() == QEvent.Type.Wheel and not on:
            event.ignore()
            return True
        return False


def let_wheel_scroll(widget: QWidget) -> None:
    """Let the wheel scroll the dock, and change a box's value only once it was clicked on."""
    widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    widget.installEventFilter(_WheelScrolls(widget))


def let_digits_settle(box: QAbstractSpinBox) -> None:
    """Tell a number once it has been typed, not at each of its digits; it stands to the right."""
    box.setKeyboardTracking(False)
    box.setAlignment(Qt.AlignmentFlag.AlignRight)
