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

from benchmarks.process import CHECKOUT, memory, own_environment

#: MB above the empty window that opening, scrolling and painting may take.
LIMIT = 300
STEPS = 50


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
