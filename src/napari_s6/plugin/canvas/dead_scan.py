"""Looking for dead traces of large surveys in the background, after they are shown.

Small files are scanned when they are opened. In a large one it takes seconds to minutes, so it is
shown first; once known, the dead traces disappear from the screen and from what follows.
"""

from collections.abc import Callable
from typing import Any
from weakref import ref

import xarray as xr
from napari.components import ViewerModel

from napari_s6.plugin.canvas.layers import replace_volume, volume_of
from napari_s6.survey.dead import drop_dead
from napari_s6.survey.record import survey_record


class _Abandoned(Exception):
    """The survey was closed while it was being scanned."""


def scan_in_background(
    viewer: ViewerModel,
    volume: xr.DataArray,
    then: Callable[[xr.DataArray, xr.DataArray], None] | None = None,
) -> Any | None:
    """Start looking for a survey's dead traces unless they are known; needs a running Qt.

    ``then`` is called on the GUI thread with the volume and the one that has taken its place, once
    the layers are up to date.

    Returns the worker, whose ``finished`` signal comes when the layers are up to date; None if
    there is nothing to do.
    """
    if survey_record(volume).dead_scanned is not False or not _qt_runs():
        return None
    from napari.qt.threading import create_worker

    viewer_ref = ref(viewer)

    def still_wanted(_share: float = 0.0) -> None:
        there = viewer_ref()
        if there is None or not any(volume_of(layer) is volume for layer in tuple(there.layers)):
            raise _Abandoned

    def scan() -> xr.DataArray | None:
        try:
            return drop_dead(volume, still_wanted)
        except _Abandoned:
            return None

    def show(scanned: xr.DataArray | None) -> None:
        there = viewer_ref()
        if scanned is not None and there is not None:
            replace_volume(there, volume, scanned)
            if then is not None:
                then(volume, scanned)

    return create_worker(scan, _connect={"returned": show})


def _qt_runs() -> bool:
    try:
        from qtpy.QtWidgets import QApplication
    except ImportError:  # without a window there is nobody to show it to
        return False
    return QApplication.instance() is not None
