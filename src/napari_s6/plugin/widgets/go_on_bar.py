"""The bar that offers to go on with what was done before."""

from qtpy.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from napari_s6.plugin.session.session import Session


class GoOnBar(QFrame):
    """Says which project can be gone on with; hidden when there is none, or one is open."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setObjectName("go-on")
        self.setStyleSheet("#go-on { border: 1px solid #d0a030; border-radius: 4px; }")
        self._text = QLabel()
        self._text.setWordWrap(True)
        self.go_on_button = QPushButton("Go on")
        self.go_on_button.setToolTip("Open this project: its paint, models and view come back")
        self.go_on_button.clicked.connect(self._go_on)
        self.later_button = QPushButton("Not now")
        self.later_button.setToolTip("Begin something new; the project stays where it is")
        self.later_button.clicked.connect(self._later)
        buttons = QWidget()
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.go_on_button)
        row.addWidget(self.later_button)
        layout = QVBoxLayout(self)
        layout.addWidget(self._text)
        layout.addWidget(buttons)
        self.hide()

    def show_offers(self) -> None:
        """Show the newest project with the survey in hand."""
        offers = self._session.desk.offers
        self.setVisible(bool(offers))
        if offers:
            self._text.setText(f"Go on with <b>{offers[0].describe()}</b>?")

    def _go_on(self) -> None:
        offers = self._session.desk.offers
        if offers:
            self._session.attempt(lambda: self._session.desk.open(offers[0].folder))

    def _later(self) -> None:
        self._session.desk.forget_offers()
        self.show_offers()
