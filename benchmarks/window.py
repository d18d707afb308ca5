"""Does the window breathe while it works: gaps between events of its thread, and drawing.

python -m benchmarks.window [--seconds 15]

Needs a screen (``xvfb-run -a``). A timer of 4 ms beats on the window's thread; a gap is the time
between two beats. Idle, while torch is imported, training and predicting; in each but the import
the next section is asked for again and again, timed until it is drawn. How fast training is
meanwhile is told by its own events (`plain_training` measures the same without a window).
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.process import CHECKOUT, own_environment

BEAT = 4
PAUSES = 5
#: Of the training that is watched, put over preset ``fast``: it never ends by itself.
SETTINGS: dict[str, Any] = {"steps": 100_000, "minutes": None}
SHAPE = (96, 256, 256)


def main() -> None:
    """Measure in a process of its own, where torch has not been imported yet; print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=15.0, help="of each phase")
    for line in as_lines(run(parser.parse_args().seconds)):
        print(line)


def run(seconds: float) -> dict[str, Any]:
    """The measurements of a window opened for them, by phase."""
    code = f"from benchmarks.window import measure; measure({seconds})"
    with tempfile.TemporaryDirectory(prefix="napari-s6-bench-") as folder:
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=CHECKOUT,
            env=own_environment(folder),
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    return dict(json.loads(done.stdout.splitlines()[-1]))


def as_lines(found: dict[str, Any]) -> list[str]:
    """The measurements as text."""
    lines = []
    for phase, one in found["phases"].items():
        drawn = f", next section drawn after {one['drawn']:.0f} ms" if one["drawn"] else ""
        lines.append(
            f"{phase:10s} gaps: median {one['median']:.1f}, p99 {one['p99']:.1f}, longest "
            f"{one['longest']:.0f} ms{drawn}"
        )
    lines += [f"{name}: {value:.2f} s" for name, value in found["seconds"].items()]
    lines += [f"training, {name}: {rate:.1f} sections/s" for name, rate in found["rates"].items()]
    return lines


class Heart:
    """Beats on the window's thread and notes the gaps while it is asked to."""

    def __init__(self) -> None:
        from qtpy.QtCore import Qt, QTimer

        self.gaps: list[float] = []
        self.counting = False
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start(BEAT)

    def _beat(self) -> None:
        now = time.perf_counter()
        if self.counting:
            self.gaps.append(1000 * (now - self._last))
        self._last = now


def measure(seconds: float) -> None:
    """Open a window, work in it, and print what was measured as JSON."""
    import napari
    import numpy as np
    from qtpy.QtCore import QEventLoop, QTimer

    from napari_s6.cli import demo_job as demo
    from napari_s6.facies.scheme import F3
    from napari_s6.learn import events
    from napari_s6.plugin.canvas.layers import add_labels, add_volume, show_cut
    from napari_s6.plugin.session import learning as background
    from napari_s6.plugin.session.state import State
    from napari_s6.plugin.session.window import session_of
    from napari_s6.survey.synthetic import make_survey

    class Learning(background.Learning):
        """Notes when the training itself tells of its steps, whenever the window hears of it."""

        def __init__(self) -> None:
            super().__init__()
            self.steps: list[tuple[float, int]] = []

        def train(self, *args: Any, **options: Any) -> Iterator[events.TrainingEvent]:
            for event in super().train(*args, **options):
                if isinstance(event, events.Stepped):
                    self.steps.append((time.perf_counter(), event.step))
                yield event

    learning = Learning()
    survey, truth = make_survey(SHAPE)
    viewer = napari.Viewer()
    viewer.window._qt_window.resize(1500, 1000)
    heart = Heart()
    phases: dict[str, dict[str, float]] = {}
    waits: dict[str, float] = {}
    rates: dict[str, float] = {}

    def live(span: float) -> None:
        loop = QEventLoop()
        QTimer.singleShot(round(1000 * span), loop.quit)
        loop.exec()

    def until(condition: Callable[[], bool], limit: float = 300.0) -> float:
        clock = time.perf_counter()
        while not condition():
            if time.perf_counter() - clock > limit:
                raise TimeoutError(session.history.text)
            live(0.02)
        return time.perf_counter() - clock

    def note(phase: str, drawn: list[float]) -> None:
        gaps = np.array(heart.gaps)
        phases[phase] = {
            "median": float(np.median(gaps)),
            "p99": float(np.quantile(gaps, 0.99)),
            "longest": float(gaps.max()),
            "drawn": float(np.median(drawn)) if drawn else 0.0,
        }
        heart.gaps = []

    def step() -> tuple[float, int]:
        """When the next training step is told, and its number; nothing unless it trains."""
        if session.state is not State.TRAINING:
            return time.perf_counter(), 0
        heard = len(learning.steps)
        until(lambda: len(learning.steps) > heard)
        return learning.steps[-1]

    def note_rate(what: str, before: tuple[float, int], after: tuple[float, int]) -> None:
        if after[1]:
            taken = (after[1] - before[1]) * session.config.batch_size
            rates[what] = taken / (after[0] - before[0])

    def watch(phase: str) -> None:
        """Half the time nothing is asked for, then the next section three times a second."""
        start = step()
        heart.gaps, heart.counting = [], True
        live(seconds / 2)
        heart.counting = False
        middle = step()
        note_rate("window open, at rest", start, middle)
        drawn, end = [], time.perf_counter() + seconds / 2
        scene = viewer.window._qt_viewer.canvas._scene_canvas
        done: list[float] = []
        scene.events.draw.connect(lambda event: done.append(time.perf_counter()), position="last")
        line = 0
        while time.perf_counter() < end:
            line = (line + 7) % survey.sizes["iline"]
            done.clear()
            clock = time.perf_counter()
            show_cut(viewer, seismic, 0, line)
            deadline = clock + 2
            while not done and time.perf_counter() < deadline:
                live(0.001)
            drawn.append(1000 * ((done or [deadline])[0] - clock))
            live(0.3)
        note_rate("window open, going from section to section", middle, step())
        note(phase, drawn)

    def pause() -> tuple[float, float]:
        """Seconds until the docks have answered, and until nothing is computed."""
        clock = time.perf_counter()
        session.pause()
        live(0.0)
        answered = time.perf_counter() - clock
        until(lambda: session.history.text.startswith("Paused at"))
        paused = time.perf_counter() - clock
        live(0.2)
        session.resume()
        step()
        return answered, paused

    seismic = add_volume(viewer, survey, "survey")
    paint = add_labels(viewer, survey, demo.paint(survey, truth), F3, "Facies")
    session = session_of(viewer)
    session.learning = learning
    session.interpretation.choose(seismic=seismic, labels=paint)
    live(2.0)
    watch("idle")
    assert "torch" not in sys.modules, "torch was imported before it was asked for"
    clock = time.perf_counter()
    viewer.window.add_plugin_dock_widget("napari-s6", "Train S6")
    live(0.0)
    waits["click to a usable dock"] = time.perf_counter() - clock
    live(0.02)  # the dock is drawn; the import begins a tenth of a second later
    heart.counting = True
    until(lambda: session._devices_known)
    heart.counting = False
    waits["click to torch imported"] = time.perf_counter() - clock
    note("import", [])
    session.configure(**SETTINGS)
    clock = time.perf_counter()
    session.attempt(session.train)
    until(lambda: bool(session.history.losses))  # heard, not merely taken
    waits["click to first step"] = time.perf_counter() - clock
    until(lambda: "S6 prediction" in viewer.layers)
    waits["click to first preview"] = time.perf_counter() - clock
    live(2.0)
    watch("training")
    pauses = [pause() for _ in range(PAUSES)]
    waits["Pause answered"] = max(answered for answered, _ in pauses)
    waits["Pause to paused"] = max(paused for _, paused in pauses)
    clock = time.perf_counter()
    session.stop()
    live(0.0)
    waits["Stop answered"] = time.perf_counter() - clock
    until(lambda: session.state is State.IDLE)
    waits["Stop to stopped"] = time.perf_counter() - clock
    until(lambda: session.model is not None)
    session.attempt(session.predict_volume)
    live(1.0)
    watch("predicting")
    session.stop()
    until(lambda: session.state is State.IDLE)
    config = json.loads(session.config.model_dump_json())
    viewer.close()
    print(json.dumps({"phases": phases, "seconds": waits, "rates": rates, "config": config}))


if __name__ == "__main__":
    main()
