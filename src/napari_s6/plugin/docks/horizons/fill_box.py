"""The part of the *Horizons* dock that says which lines are filled between horizons, and how."""

import re
from collections.abc import Sequence

import numpy as np
import xarray as xr
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_s6.errors import InputError
from napari_s6.facies.attribution import attribute
from napari_s6.facies.sections import parse_lines
from napari_s6.horizons.labels import bridged, traces_of
from napari_s6.horizons.model import Horizon
from napari_s6.plugin.canvas.view import SurveyView
from napari_s6.plugin.docks.horizons.fill import Filling
from napari_s6.plugin.docks.horizons.fill_options import FILL_ROWS, FILLED_LINES, FillOptions
from napari_s6.plugin.docks.horizons.horizon_set import HorizonSet
from napari_s6.plugin.paint.interpretation import Interpretation
from napari_s6.plugin.widgets.form import Form, LabelledRows
from napari_s6.survey.volume import live_traces


class FillBox(QWidget):
    """The form of the options, and what is to be filled by them.

    Signals
    -------
    changed
        One of the options is another.
    """

    changed = Signal()

    def __init__(
        self, view: SurveyView, horizons: HorizonSet, interpretation: Interpretation
    ) -> None:
        super().__init__()
        self._view, self._set, self._interpretation = view, horizons, interpretation
        self._filled: list[tuple[Horizon, Horizon]] = []
        self._reach = 0
        self.form: Form[FillOptions] = Form(FillOptions(), FILL_ROWS)
        self._rows = LabelledRows(list(self.form.editors.values()))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._rows)
        self.form.changed.connect(lambda _options: self.changed.emit())

    @property
    def options(self) -> FillOptions:
        """Which lines are to be filled, and how."""
        return self.form.value

    def follow(self) -> None:
        """Follow what is in view."""
        self._rows.set_visible(self.form.editors["listed"], self.options.lines == "listed")
        upright = self._view.view in ("iline", "xline")
        title = f"{self._view.title}, in view" if upright else FILLED_LINES["section"]
        self.form.choice("lines").offer({**FILLED_LINES, "section": title})

    @property
    def can_fill(self) -> bool:
        """Whether there is a section to fill, if it is that which is asked for."""
        return self.options.lines != "section" or self._view.view in ("iline", "xline")

    def filling(self, *, everywhere: bool = False) -> Filling:
        """What is asked for.

        Parameters
        ----------
        everywhere
            All lines where the section in view is asked for: a preview is looked at on others too.

        Raises
        ------
        InputError
            If there is nothing to fill, or lines are named that the survey does not have.
        """
        volume = self._set.volume
        if volume is None:
            raise InputError("there is no survey in view; open one first")
        horizons, facies = self._set.column(self._interpretation.scheme)
        if not horizons:
            raise InputError("no horizon parts facies; load one, or choose a facies below it")
        return Filling(
            volume,
            self._bridged(horizons),
            facies,
            self._traces(volume, everywhere),
            self.options.crossing,
            self.options.replace_paint,
        )

    def _bridged(self, horizons: Sequence[Horizon]) -> list[Horizon]:
        """Horizons with their small gaps filled, those of last time if they are the same."""
        reach = self.options.bridge
        known = {id(before.z): after for before, after in self._filled} if reach else {}
        kept = known if reach == self._reach else {}
        found = [kept.get(id(h.z)) or bridged(h, reach) for h in horizons]
        self._filled, self._reach = list(zip(horizons, found, strict=True)), reach
        return found

    def _traces(self, volume: xr.DataArray, everywhere: bool) -> np.ndarray:
        """Boolean (inlines, crosslines): the traces to fill."""
        mask = np.zeros(volume.shape[:2], bool)
        lines = self.options.lines
        if lines == "all" or (lines == "section" and everywhere):
            mask[:] = True
        elif lines == "section":
            self._mark_section(mask)
        elif lines == "listed":
            specs = [part for part in re.split(r"[;\s]+", self.options.listed) if part]
            if not specs:
                raise InputError("no lines are named; write them as iline:130,459 xline:327")
            mask = traces_of(volume, parse_lines(specs, volume))
        else:
            self._mark_painted(mask, live_traces(volume))
        return mask

    def _mark_section(self, mask: np.ndarray) -> None:
        if self._view.view == "iline":
            mask[self._view.index] = True
        elif self._view.view == "xline":
            mask[:, self._view.index] = True
        else:
            raise InputError("no inline or crossline is in view; turn to one to fill it")

    def _mark_painted(self, mask: np.ndarray, live: np.ndarray) -> None:
        watch = self._interpretation.watch
        traces = watch.traces if watch is not None else np.zeros(mask.shape, bool)
        if not traces.any():
            raise InputError("nothing is painted yet; choose other lines to fill")
        counted = attribute(traces, live)
        mask[np.flatnonzero(counted["iline"].any(axis=1))] = True
        mask[:, np.flatnonzero(counted["xline"].any(axis=0))] = True
