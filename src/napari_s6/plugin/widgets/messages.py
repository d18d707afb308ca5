"""What a dock has to say, below its buttons."""

from collections.abc import Sequence

from qtpy.QtWidgets import QFrame, QPlainTextEdit

#: Rows of messages shown at once.
_MOST_ROWS = 6


class Messages(QPlainTextEdit):
    """Lines of text; more than a few of them scroll, and none leave no trace.

    A label that wraps its lines would keep what is above it from giving way in a low window.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.say([])

    def say(self, lines: Sequence[str]) -> None:
        """Show these lines instead of those before."""
        self.setPlainText("\n".join(lines))
        rows = min(len(lines) + 1, _MOST_ROWS)
        self.setFixedHeight(rows * self.fontMetrics().lineSpacing() + 12)
        self.setVisible(bool(lines))
