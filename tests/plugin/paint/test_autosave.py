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
from napari_s6.facies.scheme import PRESETS
from napari_s6.plugin.canvas import layers
from napari_s6.plugin.canvas.array import AXES
from napari_s6.plugin.paint.autosave import Autosave, Paint, SavedPaint, left_behind
from napari_s6.plugin.paint.codes import painted_codes
from napari_s6.plugin.paint.selection import Palette
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
    return values, Paint.of(values, values.any(axis=2))


def test_a_copy_holds_painted_traces_only_and_reads_back(tmp_path):
    _, paint = small_paint()
    assert len(paint.rows) == 50
    saving = Autosave(small_volume(), tmp_path)
    saving.write(paint, layer="Facies", scheme=PRESETS["F3"], summary="1 of 12 inlines")
    with np.load(saving.path, allow_pickle=False) as archive:
        assert archive["values"].shape == (50, 20)
    assert saving.path.stat().st_size < 3000
    assert not list(tmp_path.glob("*.tmp"))
    saving.remove()
    assert not list(tmp_path.iterdir())


def test_a_living_process_keeps_its_copies_to_itself(tmp_path):
    saving = Autosave(small_volume(), tmp_path)
    saving.write(small_paint()[1], layer="Facies", scheme=PRESETS["F3"], summary="")
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
    from napari_s6.plugin.paint.selection import Palette
    import napari_s6.plugin.paint.paint as paint
    paint.INTERVAL = 0.2
    viewer = ViewerModel()
    palette = Palette(viewer, Path({folder!r}))
    layers.add_volume(viewer, small_volume(), "survey")
    layer = palette.new_labels()
    layer.paint((4, 8, 30), 2)
    layer.paint((4, 12, 50), 5)
    while True:
        palette.watch.poll()
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
    palette = Palette(viewer, tmp_path)
    layers.add_volume(viewer, small_volume(first_line=500), "another survey")
    assert palette.offers == []
    image = layers.add_volume(viewer, small_volume(), "survey")
    palette.choose(seismic=image)
    [saved] = palette.offers
    assert saved.layer == "Facies"
    assert "of voxels" in saved.summary
    layer = palette.restore(saved)
    values = np.asarray(layer.data).transpose(AXES)
    assert values[4, 30, 8] == 2
    assert values[4, 50, 12] == 5
    assert palette.offers == []
    palette.close()
    assert not list(tmp_path.glob("*.paint.npz"))


def test_an_unreadable_copy_says_so(tmp_path):
    saving = Autosave(small_volume(), tmp_path)
    saving.write(small_paint()[1], layer="Facies", scheme=PRESETS["F3"], summary="")
    saved = SavedPaint(saving.path, {}, "Facies", PRESETS["F3"], "", 0.0, (0, 0.0))
    assert saved.read().values.max() == 5
    saving.path.write_bytes(b"gone")
    with pytest.raises(InputError, match="cannot be read"):
        saved.read()


def test_paint_as_codes_is_made_where_it_is_read() -> None:
    """Of a survey of ten billion samples, whose codes would take 10 GB."""
    shape = (5000, 2000, 1000)
    rows = np.array([7, 4999 * 2000 + 3, 4999 * 2000 + 1])
    values = np.repeat(np.array([[1], [2], [3]], np.uint8), shape[2], axis=1)
    like = np.broadcast_to(np.uint8(0), shape)
    volume = make_volume(like, iline=range(5000), xline=range(2000), samples=range(1000))
    codes = painted_codes(Paint(shape, rows, values), volume)
    assert codes.shape == shape
    assert (codes[0, 7].values == 0).all()
    last = codes[4999].values
    assert last.shape == shape[1:]
    assert (last[3] == 1).all()
    assert (last[1] == 2).all()
    assert (np.delete(last, [1, 3], 0) == 255).all()
    np.testing.assert_array_equal(codes[4998:, 3, 10:12].values, [[255, 255], [1, 1]])
