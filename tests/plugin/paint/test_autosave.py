"""Paint outlives the process that painted it."""

import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_s6.errors import InputError
from napari_s6.facies.codes import to_layer
from napari_s6.facies.scheme import SCHEMES
from napari_s6.plugin.canvas import layers
from napari_s6.plugin.canvas.array import AXES
from napari_s6.plugin.jobs.runner import JobRunner
from napari_s6.plugin.paint.autosave import Autosave, SavedPaint, left_behind
from napari_s6.plugin.paint.interpretation import Interpretation
from napari_s6.plugin.paint.painted import copy_painted
from napari_s6.survey.volume import make_volume


def small_volume(first_line=100):
    return make_volume(
        np.zeros((12, 70, 20), np.float32),
        iline=np.arange(first_line, first_line + 12),
        xline=np.arange(70),
        samples=np.arange(20) * 4.0,
        attrs={"source": "survey.sgy"},
    )


def small_paint():
    values = np.zeros((12, 70, 20), np.uint8)
    values[4, 10:60, 3:9] = 2
    values[4, 30, 12] = 5
    return values, copy_painted(values, values.any(axis=2))


def test_a_copy_holds_painted_traces_only_and_reads_back(tmp_path):
    _, paint = small_paint()
    assert len(paint.positions) == 50
    saving = Autosave(small_volume(), tmp_path)
    saving.write(paint, layer="Facies", scheme=SCHEMES["F3"], summary="1 of 12 inlines")
    with np.load(saving.path, allow_pickle=False) as archive:
        assert archive["values"].shape == (50, 20)
    assert saving.path.stat().st_size < 3000
    assert not list(tmp_path.glob("*.tmp"))
    saving.remove()
    assert not list(tmp_path.iterdir())


def test_a_living_process_keeps_its_copies_to_itself(tmp_path):
    saving = Autosave(small_volume(), tmp_path)
    saving.write(small_paint()[1], layer="Facies", scheme=SCHEMES["F3"], summary="")
    assert left_behind(small_volume(), tmp_path) == []


def test_a_damaged_copy_is_told_when_read_and_others_are_still_offered(tmp_path):
    (tmp_path / "broken.paint.npz").write_bytes(b"PK\x03\x04 not an archive")
    assert left_behind(small_volume(), tmp_path) == []


PAINTER = """
    import sys, time
    import numpy as np
    from pathlib import Path
    from napari.components import ViewerModel
    sys.path.insert(0, {tests!r})
    from test_autosave import small_volume
    from napari_s6.plugin.canvas import layers
    from napari_s6.plugin.jobs.runner import JobRunner
    from napari_s6.plugin.paint.interpretation import Interpretation
    import napari_s6.plugin.paint.paint as paint
    paint.INTERVAL = 0.2
    viewer = ViewerModel()
    interpretation = Interpretation(viewer, JobRunner(), Path({folder!r}))
    layers.add_volume(viewer, small_volume(), "survey")
    layer = interpretation.new_labels()
    layer.paint((4, 8, 30), 2)
    layer.paint((4, 12, 50), 5)
    while True:
        interpretation.watch.poll()
        time.sleep(0.05)
"""


def test_paint_is_offered_back_after_kill_9(tmp_path):
    code = textwrap.dedent(PAINTER.format(tests=str(Path(__file__).parent), folder=str(tmp_path)))
    painter = subprocess.Popen([sys.executable, "-c", code])
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("*.paint.npz")):
        assert painter.poll() is None, "the painter ended by itself"
        assert time.monotonic() < deadline, "no copy was made"
        time.sleep(0.05)
    painter.send_signal(signal.SIGKILL)
    painter.wait()

    viewer = ViewerModel()
    interpretation = Interpretation(viewer, JobRunner(), tmp_path)
    layers.add_volume(viewer, small_volume(first_line=500), "another survey")
    assert interpretation.offers == []
    image = layers.add_volume(viewer, small_volume(), "survey")
    interpretation.choose(seismic=image)
    [saved] = interpretation.offers
    assert saved.layer == "Facies"
    assert "of voxels" in saved.summary
    layer = interpretation.restore(saved)
    values = np.asarray(layer.data).transpose(AXES)
    assert values[4, 30, 8] == 2
    assert values[4, 50, 12] == 5
    assert interpretation.offers == []
    interpretation.close()
    assert not list(tmp_path.glob("*.paint.npz"))


def test_an_unreadable_copy_says_so(tmp_path):
    saving = Autosave(small_volume(), tmp_path)
    saving.write(small_paint()[1], layer="Facies", scheme=SCHEMES["F3"], summary="")
    saved = SavedPaint(saving.path, {}, "Facies", SCHEMES["F3"], "", 0.0, (0, 0.0))
    assert to_layer(saved.read().codes).max() == 5
    saving.path.write_bytes(b"gone")
    with pytest.raises(InputError, match="cannot be read"):
        saved.read()
