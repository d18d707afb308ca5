"""Pages that show what a file holds: survey and map, amplitudes, trace header, binary, text."""

from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import QLabel, QTabWidget, QVBoxLayout, QWidget

from napari_s6.plugin.docks.open.header_view import (
    BinaryHeaderTable,
    TextHeaderView,
    TraceHeaderTable,
)
from napari_s6.plugin.docks.open.inspect import Inspection
from napari_s6.plugin.docks.open.survey_facts import said_survey
from napari_s6.plugin.widgets.amplitude_view import AmplitudeView
from napari_s6.plugin.widgets.trace_map import Stroke, TraceMap
from napari_s6.survey.volume import Orientation

PART = "#d55e00"


class SurveyPage(QWidget):
    """A survey in a table of words, and the map of its traces with the part chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.facts = QLabel()
        self.facts.setTextFormat(Qt.TextFormat.RichText)
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.map = TraceMap()
        self.words = QLabel()
        for label in (self.facts, self.words):
            label.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addWidget(self.facts)
        layout.addWidget(self.map, 1)
        layout.addWidget(self.words)

    def show_found(self, found: Inspection) -> None:
        """Show a file's survey; dead traces stand out on the map once they are known."""
        self.facts.setText(said_survey(found))
        dead = found.dead
        self.map.show_survey(found.volume, dead if dead.any() else None)
        words = ""
        if dead.any():
            words = f"{int(dead.sum()):,} dead traces in yellow."
        elif found.facies:
            words = "Facies lie on the grid of their survey, which is where to choose a part."
        elif found.info.dead is None:
            words = "Dead traces are looked for once it is open."
        self.words.setText(words)
        self.words.setVisible(bool(words))

    def draw_part(self, part: dict[Orientation, tuple[float, float]] | None) -> None:
        """Draw the part from and to these lines over the map; None draws nothing."""
        if part is None:
            self.map.draw(())
            return
        (i0, i1), (j0, j1) = part["iline"], part["xline"]
        self.map.draw([Stroke((i0, i0, i1, i1, i0), (j0, j1, j1, j0, j0), PART, 2.0)])


class InspectionTabs(QTabWidget):
    """Everything that is known of a file, a page for each kind.

    They take what room there is, where Qt's tabs would like the height of the highest page.
    """

    def __init__(self) -> None:
        super().__init__()
        self.survey = SurveyPage()
        self.amplitudes = AmplitudeView()
        self.trace_header = TraceHeaderTable()
        self.binary_header = BinaryHeaderTable()
        self.text_header = TextHeaderView()
        self.addTab(self.survey, "Survey")
        self.addTab(self.amplitudes, "Amplitudes")
        self.addTab(self.trace_header, "Trace header")
        self.addTab(self.binary_header, "Binary")
        self.addTab(self.text_header, "Text")

    def hasHeightForWidth(self) -> bool:
        """Not so, though labels on the pages wrap: they would ask for more than they need."""
        return False

    def sizeHint(self) -> QSize:
        """Enough for the facts and a small map."""
        return QSize(300, 380)

    def show_found(self, found: Inspection) -> None:
        """Show a file; pages for headers only where it has any."""
        self.survey.show_found(found)
        self.amplitudes.show_amplitudes(found.info)
        for page in (self.trace_header, self.binary_header, self.text_header):
            page.show_found(found)
            self.setTabVisible(self.indexOf(page), found.is_segy)
