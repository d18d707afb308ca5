"""A box for the line numbers, or times, of a survey."""

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QAbstractSpinBox, QDoubleSpinBox


class LineBox(QDoubleSpinBox):
    """A box for line numbers (or times) that exist: arrows step from one to the next."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers = np.zeros(1)
        self.setKeyboardTracking(False)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.UpDownArrows)

    def set_numbers(self, numbers: np.ndarray, suffix: str) -> None:
        """Take these numbers, ascending or descending, as the ones there are."""
        self._numbers = np.sort(numbers.astype(float))
        whole = bool(np.all(self._numbers == np.rint(self._numbers)))
        self.setDecimals(0 if whole else 2)
        self.setSuffix(suffix)
        self.setRange(self._numbers[0], self._numbers[-1])

    def stepBy(self, steps: int) -> None:
        """Go that many existing lines on."""
        at = int(np.argmin(np.abs(self._numbers - self.value())))
        self.setValue(self._numbers[np.clip(at + steps, 0, len(self._numbers) - 1)])
