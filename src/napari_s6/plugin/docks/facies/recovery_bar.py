"""The bar that offers paint back which a crash left behind."""

from datetime import datetime

from qtpy.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from napari_s6.plugin.session.session import Session


class RecoveryBar(QFrame):
    """Says what was left behind, with *Restore* and *Discard*; hidden when there is nothing."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setObjectName("recovery")
        self.setStyleSheet("#recovery { border: 1px solid #d0a030; border-radius: 4px; }")
        self._text = QLabel()
        self._text.setWordWrap(True)
        self.restore_button = QPushButton("Restore")
        self.restore_button.clicked.connect(self._restore)
        self.discard_button = QPushButton("Discard")
        self.discard_button.clicked.connect(self._discard)
        buttons = QWidget()
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.restore_button)
        row.addWidget(self.discard_button)
        layout = QVBoxLayout(self)
        layout.addWidget(self._text)
        layout.addWidget(buttons)
        self.hide()

    def show_offers(self) -> None:
        """Show the newest offer for the survey in hand."""
        offers = self._session.interpretation.offers
        self.setVisible(bool(offers))
        if offers:
            saved = offers[0]
            when = datetime.fromtimestamp(saved.saved_at)
            self._text.setText(
                f"Unsaved paint from {when:%d %B, %H:%M} on this survey: "
                f"<b>{saved.layer}</b>, {saved.summary}."
            )

    def _restore(self) -> None:
        interpretation = self._session.interpretation
        if interpretation.offers:
            self._session.attempt(lambda: interpretation.restore(interpretation.offers[0]))

    def _discard(self) -> None:
        interpretation = self._session.interpretation
        if interpretation.offers:
            interpretation.discard(interpretation.offers[0])
