"""Looking for dead traces of large surveys in the background, after they are shown.

Small files are scanned when they are opened. In a large one it takes seconds to minutes, so it is
shown first; once known, the dead traces disappear from the screen and from what follows.
"""

from collections.abc import Callable, Iterator
from weakref import ref

import xarray as xr
from napari.components import ViewerModel
from napari.utils.notifications import show_error

from napari_s6.learn.events import Failed
from napari_s6.plugin.canvas.layers import replace_volume, volume_of
from napari_s6.plugin.jobs.job import Job, JobStopped, JobToken
from napari_s6.survey.dead import drop_dead
from napari_s6.survey.record import survey_record


def scan_in_background(
    viewer: ViewerModel,
    volume: xr.DataArray,
    then: Callable[[xr.DataArray, xr.DataArray], None],
) -> Job | None:
    """Start looking for a survey's dead traces unless they are known; needs a running Qt.

    ``then`` is called on the GUI thread with the volume and the one that has taken its place, once
    the layers are up to date. The scan ends early when the survey is closed.

    Returns the job; None if there is nothing to do.
    """
    if survey_record(volume).dead_scanned is not False or not _qt_runs():
        return None
    from napari_s6.plugin.jobs.timer import job_timer

    viewer_ref = ref(viewer)

    def scan(token: JobToken) -> Iterator[xr.DataArray]:
        def go_on(share: float) -> None:
            token.progress(share)
            there = viewer_ref()
            if there is None or all(volume_of(y) is not volume for y in tuple(there.layers)):
                raise JobStopped

        yield drop_dead(volume, go_on)

    def show(event: xr.DataArray | Failed) -> None:
        there = viewer_ref()
        if isinstance(event, Failed):
            show_error(f"dead traces cannot be looked for: {event.message}")
        elif there is not None:
            replace_volume(there, volume, event)
            then(volume, event)

    return job_timer(viewer).runner.start(scan, "dead traces", hear=show)


def _qt_runs() -> bool:
    try:
        from qtpy.QtWidgets import QApplication
    except ImportError:  # without a window there is nobody to show it to
        return False
    return QApplication.instance() is not None
