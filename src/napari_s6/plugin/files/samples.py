"""File > Open Sample: a synthetic survey made on the spot, and the real F3 benchmark."""

import os
from pathlib import Path
from typing import Any

from napari_s6.errors import InputError
from napari_s6.facies.scheme import F3
from napari_s6.formats.benchmark import is_benchmark
from napari_s6.formats.fetch import F3_MD5, F3_URL, default_folder, fetch_f3
from napari_s6.learn.events import Failed
from napari_s6.plugin.canvas.layers import labels_layer_data, volume_layer_data
from napari_s6.plugin.jobs.job import Job

LayerData = tuple[Any, dict[str, Any], str]


def synthetic_survey() -> list[LayerData]:
    """Return a synthetic survey and, hidden, its true facies."""
    from napari_s6.survey.synthetic import make_survey

    _attend_to_viewer()
    seismic, facies = make_survey()
    data, options, kind = labels_layer_data(seismic, facies, F3, "True facies")
    return [
        volume_layer_data(seismic, "Synthetic survey"),
        (data, options | {"visible": False}, kind),
    ]


def f3_benchmark() -> list[LayerData]:
    """Return the F3 benchmark; the first time, fetch it behind a window that can be cancelled.

    ``$NAPARI_S6_F3`` names another folder for it, ``$NAPARI_S6_F3_URL`` another address, and
    ``$NAPARI_S6_F3_CHECKSUM`` the checksum of what is there ("none" for none).

    Raises
    ------
    InputError
        If it cannot be fetched, or the user cancelled; what has arrived is kept for the next time.
    """
    from napari_s6.plugin.files.reader import read

    folder = default_folder()
    if not is_benchmark(folder):
        _fetch_behind_dialog(folder)
    return read(folder)


def _attend_to_viewer() -> None:
    from napari import current_viewer

    from napari_s6.plugin.canvas.view import survey_view

    viewer = current_viewer()
    if viewer is not None:
        survey_view(viewer)


class _Cancelled(Exception):
    """The user cancelled the download; not a RuntimeError."""


def _fetch_behind_dialog(folder: Path) -> None:
    """Fetch in a thread; a dialog shows how far it is and keeps the window alive meanwhile."""
    from qtpy.QtCore import QEventLoop, QTimer
    from qtpy.QtWidgets import QProgressDialog

    url = os.environ.get("NAPARI_S6_F3_URL", F3_URL)
    checksum: str | None = os.environ.get("NAPARI_S6_F3_CHECKSUM", F3_MD5)
    arrived: list[int | None] = [0, None]

    def fetch(token: Any) -> Any:
        def progress(done: int, total: int | None) -> None:
            if token.cancelled:
                raise _Cancelled("cancelled; the next time goes on from here")
            arrived[:] = done, total

        yield fetch_f3(
            folder, url, checksum=None if checksum == "none" else checksum, progress=progress
        )

    dialog = QProgressDialog("Fetching the F3 facies benchmark", "Cancel", 0, 0)
    dialog.setWindowTitle("napari-s6")
    dialog.setMinimumWidth(380)
    dialog.setMinimumDuration(0)
    dialog.setAutoClose(False)
    dialog.setAutoReset(False)
    job = Job(fetch, "fetch")
    dialog.canceled.connect(job.token.cancel)
    loop, timer = QEventLoop(), QTimer()

    def look() -> None:
        done, total = arrived
        if total:
            dialog.setMaximum(1000)
            dialog.setValue(round(1000 * (done or 0) / total))
            dialog.setLabelText(_in_words(done or 0, total))
        if not job.alive:
            loop.quit()

    timer.timeout.connect(look)
    timer.start(100)
    job.start()
    loop.exec_() if hasattr(loop, "exec_") else loop.exec()
    timer.stop()
    dialog.close()
    dialog.deleteLater()
    for event in job.drain():
        if isinstance(event, Failed):
            raise InputError(f"F3 benchmark: {event.message}")


def _in_words(done: int, total: int) -> str:
    if done >= total:
        return "Checking and unpacking the F3 facies benchmark"
    return f"Fetching the F3 facies benchmark: {done / 1e6:,.0f} of {total / 1e6:,.0f} MB"
