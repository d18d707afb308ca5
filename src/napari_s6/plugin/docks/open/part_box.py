"""Which part of a survey to load, and the size that it has."""

import xarray as xr
from qtpy.QtWidgets import QGridLayout, QLabel, QWidget

from napari_s6.errors import InputError
from napari_s6.plugin.docks.open.crop_editor import CropEditor
from napari_s6.plugin.docks.open.survey_facts import said_size
from napari_s6.plugin.widgets.rows import button
from napari_s6.survey.crop import Crop
from napari_s6.survey.volume import Orientation


class PartBox(QWidget):
    """The ranges of a form's crop, what comes of them, and a way back to the whole."""

    def __init__(self, crop: CropEditor) -> None:
        super().__init__()
        self._crop = crop
        self._volume: xr.DataArray | None = None
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(3)
        self.size_words = QLabel()
        self.size_words.setWordWrap(True)
        self.size_words.setObjectName("size")
        self.whole_button = button("Whole", "Load everything", self.choose_whole)
        grid.addWidget(crop.widget.native, 0, 0, 1, 2)
        grid.addWidget(self.size_words, 1, 0)
        grid.addWidget(self.whole_button, 1, 1)
        grid.setColumnStretch(0, 1)
        crop.changed.connect(lambda _crop: self._show_size())

    def show_survey(self, volume: xr.DataArray) -> None:
        """Say sizes of this survey, whose lines and times the ranges are.

        A volume whose dead traces have become known is the same survey.
        """
        self._volume = volume
        self._show_size()

    def choose_whole(self) -> None:
        """Choose everything."""
        self._crop.choose_whole()

    def corners(self) -> dict[Orientation, tuple[float, float]]:
        """Return the first and the last line of the part chosen, of either direction."""
        inlines, crosslines = self._crop.axis("iline"), self._crop.axis("xline")
        return {
            "iline": (inlines.first.value(), inlines.last.value()),
            "xline": (crosslines.first.value(), crosslines.last.value()),
        }

    def _show_size(self) -> None:
        if self._volume is None:
            return
        crop = self._crop.form.value
        self.whole_button.setEnabled(crop != Crop())
        try:
            self.size_words.setText(said_size(crop.size(self._volume)))
        except InputError as error:
            self.size_words.setText(f"Nothing lies there: {error}")
