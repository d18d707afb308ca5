"""File > Open Sample: a synthetic survey made on the spot, and the real F3 benchmark."""

import os
from pathlib import Path

from napari_s6.facies.scheme import F3
from napari_s6.formats.benchmark import is_benchmark
from napari_s6.formats.fetch import F3_MD5, F3_URL, default_folder, fetch_f3
from napari_s6.plugin.canvas.layers import labels_layer_data, volume_layer_data
from napari_s6.plugin.files.reader import LayerData, read
from napari_s6.plugin.jobs.waiting import wait_for
from napari_s6.survey.record import Progress


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


def _fetch_behind_dialog(folder: Path) -> None:
    """Fetch as a job; a dialog shows how far it is and keeps the window alive meanwhile."""
    url = os.environ.get("NAPARI_S6_F3_URL", F3_URL)
    checksum = os.environ.get("NAPARI_S6_F3_CHECKSUM", F3_MD5)
    arrived = (0, 0)

    def fetch(progress: Progress) -> Path:
        def tell(done: int, total: int | None) -> None:
            nonlocal arrived
            arrived = (done, total or 0)
            progress(done / total if total else 0.0)

        return fetch_f3(
            folder, url, checksum=None if checksum == "none" else checksum, progress=tell
        )

    wait_for(
        fetch,
        "Fetching",
        lambda: _in_words(*arrived),
        stopped="F3 benchmark: stopped; the next time goes on from here",
    )


def _in_words(done: int, total: int) -> str:
    if not total:
        return "Fetching the F3 facies benchmark"
    if done >= total:
        return "Checking and unpacking the F3 facies benchmark"
    return f"Fetching the F3 facies benchmark: {done / 1e6:,.0f} of {total / 1e6:,.0f} MB"
