"""The live plot of a training run: losses above, validation below."""

import numpy as np
import pyqtgraph
from napari.utils.theme import get_theme
from qtpy.QtCore import QSize
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QSizePolicy

from napari_s6.plugin.state import Course

#: Told apart by people who do not tell red from green (Okabe and Ito).
CROSS_ENTROPY, RECONSTRUCTION, MEAN_IOU = "#e69f00", "#56b4e9", "#00b27c"


class CurvePlot(pyqtgraph.GraphicsLayoutWidget):
    """Cross entropy, reconstruction error and validation mIoU against the step."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumHeight(170)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setToolTip(
            "Cross entropy of the labels, squared error of the reconstruction as a share of the\n"
            "variance, and mean IoU on the labels held back. Drag to move, scroll to zoom."
        )
        self.ci.layout.setContentsMargins(0, 0, 4, 0)
        self.ci.layout.setSpacing(2)
        self.losses = self.addPlot(row=0, col=0)
        self.validation = self.addPlot(row=1, col=0)
        self.validation.setXLink(self.losses)
        self.validation.setYRange(0, 1, padding=0.02)
        self.validation.setLimits(yMin=-0.05, yMax=1.05)
        self.losses.setLimits(yMin=0)
        self.ci.layout.setRowStretchFactor(0, 3)
        self.ci.layout.setRowStretchFactor(1, 2)
        self.cross_entropy = self._curve(self.losses, CROSS_ENTROPY)
        self.reconstruction = self._curve(self.losses, RECONSTRUCTION)
        self.mean_iou = self._curve(self.validation, MEAN_IOU, points=True)
        for plot in (self.losses, self.validation):
            plot.getAxis("left").setWidth(34)
            plot.setMenuEnabled(False)
            plot.hideButtons()
            plot.showGrid(y=True, alpha=0.15)
        self.losses.getAxis("left").setTickDensity(0.5)
        self.validation.getAxis("left").setTicks([[(0.0, "0"), (0.5, "0.5"), (1.0, "1")]])
        self.losses.getAxis("bottom").setStyle(showValues=False)
        self.losses.getAxis("bottom").setHeight(4)

    def sizeHint(self) -> QSize:
        """No higher than it need be; it grows where there is room."""
        return QSize(240, 170)

    def use_theme(self, name: str) -> None:
        """Take the colours of napari's theme."""
        theme = get_theme(name)
        ground = QColor(theme.background.as_hex())
        text = QColor(theme.text.as_hex())
        self.setBackground(ground)
        for plot in (self.losses, self.validation):
            for side in ("left", "bottom"):
                plot.getAxis(side).setPen(text)
                plot.getAxis(side).setTextPen(text)
        self.losses.setTitle(
            f"<span style='color:{CROSS_ENTROPY}'>cross entropy</span> &nbsp; "
            f"<span style='color:{RECONSTRUCTION}'>reconstruction error</span>",
            size="9pt",
        )
        self.validation.setTitle(
            f"<span style='color:{MEAN_IOU}'>validation mIoU</span>", size="9pt"
        )

    def show_course(self, course: Course) -> None:
        """Draw a run's curves so far."""
        for curve, points in (
            (self.cross_entropy, course.cross_entropy),
            (self.reconstruction, course.reconstruction),
            (self.mean_iou, course.mean_iou),
        ):
            curve.setData(np.asarray(points, float).reshape(-1, 2))

    def _curve(
        self, plot: pyqtgraph.PlotItem, colour: str, points: bool = False
    ) -> pyqtgraph.PlotDataItem:
        marks = {"symbol": "o", "symbolSize": 5, "symbolBrush": colour, "symbolPen": None}
        return plot.plot(pen=pyqtgraph.mkPen(colour, width=1.5), **(marks if points else {}))
