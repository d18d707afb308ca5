"""Paint outlives the process that painted it."""

import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
from napari.components import ViewerModel

from napari_s6.plugin.canvas import layers
from napari_s6.plugin.canvas.array import AXES
from napari_s6.plugin.jobs.runner import JobRunner
from napari_s6.plugin.paint.interpretation import Interpretation
from napari_s6.plugin.paint.keeper import ProjectKeeper
from napari_s6.project.folder import Project
from napari_s6.project.recent import recent_projects
from napari_s6.survey.volume import make_volume


def small_volume():
    return make_volume(
        np.arange(12 * 70 * 20, dtype=np.float32).reshape(12, 70, 20),
        iline=np.arange(100, 112),
        xline=np.arange(70),
        samples=np.arange(20) * 4.0,
    )


def begin(folder: Path) -> Interpretation:
    return Interpretation(ViewerModel(), JobRunner(), ProjectKeeper(folder))


def test_nothing_is_kept_before_the_first_stroke(tmp_path):
    interpretation = begin(tmp_path)
    layers.add_volume(interpretation.viewer, small_volume(), "survey")
    interpretation.new_labels()
    interpretation.close()
    assert not list(tmp_path.iterdir())


def test_strokes_are_kept_within_the_interval(tmp_path, monkeypatch):
    monkeypatch.setattr("napari_s6.plugin.paint.paint.INTERVAL", 0.05)
    interpretation = begin(tmp_path)
    layers.add_volume(interpretation.viewer, small_volume(), "survey")
    interpretation.new_labels().paint((4, 8, 30), 2)
    deadline = time.monotonic() + 30
    while not (interpretation.keeper.project and interpretation.keeper.project.state.labels):
        assert time.monotonic() < deadline, "the stroke was not kept"
        interpretation.poll()
        time.sleep(0.01)
    [entry] = interpretation.keeper.project.state.labels
    assert "1 of 12 inlines" in entry.summary
    interpretation.close()
    interpretation.keeper.close()


def test_a_failure_to_keep_is_told_and_tried_again(tmp_path):
    (tmp_path / "file").write_text("in the way")
    interpretation = begin(tmp_path / "file")
    layers.add_volume(interpretation.viewer, small_volume(), "survey")
    interpretation.new_labels().paint((4, 8, 30), 2)
    watch = interpretation.watch
    watch.keep_now()
    assert "cannot be saved" in watch.autosave_error
    assert watch.unsaved
    (tmp_path / "file").unlink()
    watch.keep_now()
    assert not watch.unsaved
    interpretation.close()
    interpretation.keeper.close()


PAINTER = """
    import sys, time
    from pathlib import Path
    sys.path.insert(0, {tests!r})
    from test_keeper import begin, small_volume
    from napari_s6.plugin.canvas import layers
    import napari_s6.plugin.paint.paint as paint
    paint.INTERVAL = 0.2
    interpretation = begin(Path({folder!r}))
    layers.add_volume(interpretation.viewer, small_volume(), "survey")
    layer = interpretation.new_labels()
    layer.paint((4, 8, 30), 2)
    layer.paint((4, 12, 50), 5)
    while True:
        interpretation.poll()
        time.sleep(0.05)
"""


def test_paint_is_there_after_kill_9(tmp_path):
    code = textwrap.dedent(PAINTER.format(tests=str(Path(__file__).parent), folder=str(tmp_path)))
    painter = subprocess.Popen([sys.executable, "-c", code])
    deadline = time.monotonic() + 60
    while not any(one.state.labels for one in recent_projects(tmp_path)):
        assert painter.poll() is None, "the painter ended by itself"
        assert time.monotonic() < deadline, "nothing was kept"
        time.sleep(0.05)
    painter.send_signal(signal.SIGKILL)
    painter.wait()

    [recent] = recent_projects(tmp_path)
    with Project(recent.folder) as project:
        assert not project.read_only
        [entry] = project.state.labels
        interpretation = begin(tmp_path)
        interpretation.keeper.work_in(project)
        volume = small_volume()
        layers.add_volume(interpretation.viewer, volume, "survey")
        layer = interpretation.show_kept(entry, volume)
        values = np.asarray(layer.data).transpose(AXES)
        assert values[4, 30, 8] == 2
        assert values[4, 50, 12] == 5
        interpretation.close()
