"""Paint is sparse from the brush to the loss: no array of the survey's size is made of it."""

import time
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_s6.facies.painted import PaintedTraces
from napari_s6.plugin.canvas import layers
from napari_s6.plugin.session.session import Session
from napari_s6.plugin.session.state import State
from napari_s6.plugin.session.torch_import import import_torch
from napari_s6.survey.lazy import LazyArray
from napari_s6.survey.volume import make_volume

pytest.importorskip("torch")

#: 384 million voxels, of which a few sections are painted.
SHAPE = (800, 800, 600)


class Noise(LazyArray):
    """Amplitudes that are made up when they are read."""

    shape, dtype = SHAPE, np.dtype(np.float32)

    def _read(self, key: tuple[Any, ...]) -> np.ndarray:
        asked = [np.arange(n)[k] for n, k in zip(SHAPE, key, strict=True)]
        size = [len(one) for one in asked if one.ndim]
        return np.random.default_rng(0).standard_normal(size, np.float32)


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    # What is predicted goes to the disk: what is made in memory is made of the paint.
    monkeypatch.setattr("napari_s6.plugin.session.prediction_file.free_memory", lambda: 100_000)
    grid = make_volume(
        np.broadcast_to(np.float32(1), SHAPE),
        iline=np.arange(SHAPE[0]),
        xline=np.arange(SHAPE[1]),
        samples=4.0 * np.arange(SHAPE[2]),
    ).assign_attrs(dead_scanned=True)
    survey = Noise().on(grid, "amplitude", grid.attrs)
    viewer = ViewerModel()
    session = Session(viewer, folder=tmp_path)
    layers.add_volume(viewer, survey, "survey")
    yield session
    session.close()


def stroke(labels: Any, inlines: slice, crosslines: slice, value: int) -> None:
    """Paint a strip across some traces, as napari does: by the positions of its voxels."""
    nodes = np.mgrid[inlines, slice(100 * value, 100 * value + 30), crosslines]
    labels.data_setitem(tuple(axis.ravel() for axis in nodes), np.uint8(value))


def test_a_step_is_trained_without_a_cube_of_labels(
    session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_painted: PaintedTraces) -> np.ndarray:
        raise AssertionError("the paint was made a volume")

    monkeypatch.setattr(PaintedTraces, "as_volume", refuse)
    labels = session.interpretation.new_labels()
    labels_bytes = labels.data.nbytes
    import_torch().result()  # which would take minutes while memory is traced
    tracemalloc.start()
    for value in (1, 2):
        stroke(labels, slice(100, 101), slice(200, 700), value)
        stroke(labels, slice(600, 601), slice(200, 700), value)
        stroke(labels, slice(200, 700), slice(500, 501), value)
    session.configure(
        steps=1, batch_size=2, crop_traces=32, crop_samples=32, validation="none", device="cpu"
    )
    session.train()
    deadline = time.monotonic() + 180
    while session.busy:
        assert time.monotonic() < deadline, session.history.text
        session.poll()
        time.sleep(0.02)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert session.state is State.IDLE, session.history.text
    assert session.history.losses["cross_entropy"], "a step was made"
    assert session.interpretation.watch.painted.inlines == 2
    assert peak < labels_bytes / 3, f"{peak / 2**20:.0f} MB of {labels_bytes / 2**20:.0f} MB"
