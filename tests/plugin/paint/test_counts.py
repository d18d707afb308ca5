"""The painted fraction follows strokes, undo and redo exactly."""

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_s6.facies.scheme import SCHEMES
from napari_s6.plugin.canvas import layers
from napari_s6.plugin.canvas.array import AXES
from napari_s6.plugin.jobs.runner import JobRunner
from napari_s6.plugin.paint.counts import PaintTally
from napari_s6.plugin.paint.keeper import ProjectKeeper
from napari_s6.plugin.paint.paint import PaintWatch
from napari_s6.survey.volume import live_traces, make_volume


@pytest.fixture
def volume():
    rng = np.random.default_rng(0)
    live = np.ones((70, 80), bool)
    live[:3, :5] = False
    return make_volume(
        rng.normal(size=(70, 80, 40)).astype(np.float32),
        iline=np.arange(100, 170),
        xline=np.arange(300, 380),
        samples=np.arange(40) * 4.0,
        live=live,
    )


@pytest.fixture
def watch(volume, tmp_path):
    viewer = ViewerModel()
    layers.add_volume(viewer, volume, "survey")
    layer = layers.add_labels(viewer, volume, None, SCHEMES["F3"], "Facies")
    watch = PaintWatch(layer, volume, SCHEMES["F3"], JobRunner(), ProjectKeeper(tmp_path))
    yield watch
    watch.close()


def recounted(watch, volume):
    return PaintTally(np.asarray(watch.layer.data), live_traces(volume)).recount()


def check(watch, volume):
    truth = recounted(watch, volume)
    np.testing.assert_array_equal(watch.voxels, truth.voxels[1:7])
    assert watch.painted == truth.painted


def stroke(layer, points, value):
    """Paint as a drag of the mouse does: many dabs, one entry in the history."""
    with layer.block_history():
        for point in points:
            layer.paint(point, value)


def test_counts_follow_strokes_undo_and_redo(watch, volume):
    layer = watch.layer
    layer.brush_size = 7
    rng = np.random.default_rng(1)
    for k in range(6):
        inline = int(rng.integers(70))
        start = rng.uniform([10, 10], [30, 70])
        stroke(layer, [(inline, start[0] + d, start[1] + d) for d in range(5)], 1 + k % 4)
        check(watch, volume)
    stroke(layer, [(20, 20, x) for x in range(10, 60, 3)], 0)
    for verb in (layer.undo, layer.undo, layer.undo, layer.redo, layer.undo, layer.redo):
        verb()
        check(watch, volume)
    for _ in range(10):
        layer.undo()
    check(watch, volume)
    assert watch.painted.voxels == 0


def test_counts_follow_fill_and_setitem(watch, volume):
    layer = watch.layer
    layer.fill((5, 3, 3), 2)
    check(watch, volume)
    rows = np.arange(40)
    layer.data_setitem((np.full(40, 9), rows, rows), (rows % 6 + 1).astype(np.uint8))
    check(watch, volume)
    layer.undo()
    check(watch, volume)
    layer.data = np.zeros_like(layer.data)
    check(watch, volume)


def test_a_painted_inline_counts_as_one_inline_and_no_crosslines(watch, volume):
    values = np.asarray(watch.layer.data).transpose(AXES)
    index = np.nonzero(np.ones((80, 40)))
    watch.layer.data_setitem((np.full(3200, 30), index[1], index[0]), np.uint8(3))
    assert values[30].all()
    assert (watch.painted.inlines, watch.painted.crosslines) == (1, 0)
    assert str(watch.painted).startswith("1 of 70 inlines, 0 of 80 crosslines, 1.4 %")


def test_counts_of_a_large_layer_are_taken_aside(volume, tmp_path, monkeypatch):
    monkeypatch.setattr("napari_s6.plugin.paint.paint.QUICK_VOXELS", 1000)
    viewer = ViewerModel()
    codes = np.zeros(volume.shape, np.uint8)
    layer = layers.add_labels(viewer, volume, codes, SCHEMES["F3"], "Facies")
    watch = PaintWatch(layer, volume, SCHEMES["F3"], JobRunner(), ProjectKeeper(tmp_path))
    layer.paint((5, 20, 20), 4)  # while it is being counted
    paint = watch.copier()()
    check(watch, volume)
    assert len(paint.positions) == 70 * 80 - 15, "all live traces"
    watch.close()
