"""Memory that a survey of F3's size takes in napari's window, opened lazily, scrolled and painted.

python -m benchmarks.viewer_memory SURVEY

Needs a screen (``xvfb-run -a``). Counted above the window with nothing in it: *private* memory,
which the process alone has (anonymous and shared-memory pages), and apart from it *mapped* pages
of files, which are the system's cache and are given up when something else needs the room.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.noise_survey import write_survey
from benchmarks.part import Found, Settings, need_linux, need_screen
from benchmarks.table import Row, at_most

CHECKOUT = Path(__file__).resolve().parents[1]
F3, TINY = (651, 951, 462), (24, 64, 64)
#: MB above the empty window that opening, scrolling and painting may take.
LIMIT = 300
STEPS = 50


def part(settings: Settings) -> Found:
    """Memory above the empty window, after each of the steps."""
    need_linux()
    need_screen()
    shape = TINY if settings.tiny else F3
    with tempfile.TemporaryDirectory(prefix="napari-s6-bench-") as folder:
        path = Path(folder) / "survey.sgy"
        write_survey(path, shape)
        found = in_a_window(path)
    if isinstance(found, str):
        raise RuntimeError(found)
    taken = {name: one["private"] for name, one in found["MB"].items() if name != "empty"}
    megabytes = 2 * shape[0] * shape[1] * shape[2] / 1e6
    note = f"private memory above the empty window; a survey of {megabytes:.0f} MB"
    rows = [Row(f"memory in the window, {name}", mb, "MB", note=note) for name, mb in taken.items()]
    worst = Row("memory in the window, most", found["worst"], "MB", target=at_most(LIMIT))
    return Found([*rows, worst], found)


def memory() -> dict[str, float]:
    """MB of private memory and of mapped files of this process, as Linux counts them."""
    lines = Path("/proc/self/status").read_text().splitlines()
    kilobytes = {
        name: int(rest.split()[0])
        for name, _, rest in (line.partition(":") for line in lines)
        if name.startswith("Rss")
    }
    private = kilobytes["RssAnon"] + kilobytes["RssShmem"]
    return {"private": private / 1024, "mapped": kilobytes["RssFile"] / 1024}


def measure(path: str) -> dict[str, Any]:
    """Open, scroll, paint; MB above the empty window after each."""
    import napari
    import numpy as np
    from qtpy.QtWidgets import QApplication

    from napari_s6.facies.scheme import F3
    from napari_s6.plugin.canvas.layers import add_labels, show_cut, volume_of

    viewer = napari.Viewer()
    # A layer of a few pixels, so that what the first one of all costs is no survey's.
    viewer.add_labels(np.ones((2, 2), np.uint8))
    viewer.add_image(np.ones((2, 2), np.float32))
    _let_live(QApplication)
    viewer.layers.clear()
    _let_live(QApplication)
    empty = memory()
    taken = {"empty": empty}

    def note(what: str) -> None:
        _let_live(QApplication)
        now = memory()
        taken[what] = {kind: now[kind] - empty[kind] for kind in now}

    [seismic] = viewer.open(path, plugin="napari-s6")
    note("opened")
    volume = volume_of(seismic)
    assert volume is not None
    shape = seismic.data.shape
    for what, axis, count in (("inlines", 0, STEPS), ("crosslines", 2, STEPS), ("slices", 1, 10)):
        for n in range(count):
            show_cut(viewer, seismic, axis, (n + 1) * shape[axis] // (count + 1))
            QApplication.processEvents()
        note(f"{count} {what}")
    labels = add_labels(viewer, volume, None, F3, "paint")
    for n in range(10):
        line = (n + 1) * shape[0] // 11
        show_cut(viewer, labels, 0, line)
        for trace in range(20, shape[2] - 20, 10):
            labels.paint((line, shape[1] // 2, trace), n % 6 + 1)
        QApplication.processEvents()
    note("painted")
    worst = max(one["private"] for name, one in taken.items() if name != "empty")
    viewer.close()
    return {"MB": taken, "worst": worst, "limit": LIMIT, "reached": worst < LIMIT}


def _let_live(application: Any) -> None:
    import gc
    import time

    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        application.processEvents()
        time.sleep(0.02)
    gc.collect()


def own_environment(folder: str) -> dict[str, str]:
    """The environment for a window that leaves the user's settings, models and paint alone."""
    return dict(
        os.environ,
        QT_API="pyside6",
        XDG_DATA_HOME=folder,
        NAPARI_CONFIG=str(Path(folder) / "settings.yaml"),
        NAPARI_S6_AUTOSAVE=str(Path(folder) / "autosave"),
    )


def in_a_window(path: Path) -> dict[str, Any] | str:
    """Measure in a process of its own; a sentence where that cannot be done here."""
    if not Path("/proc/self/status").exists():
        return "not measured: counted as Linux does"
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return "not measured: no screen (run under xvfb-run -a)"
    with tempfile.TemporaryDirectory(prefix="napari-s6-bench-") as folder:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.viewer_memory", str(path)],
            env=own_environment(folder),
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=True,
        )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1])))
