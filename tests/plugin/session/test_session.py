"""The session's verbs, without a window: states, jobs, layers, settings, failure and closing."""

import threading
import time

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_s6.errors import InputError
from napari_s6.facies.codes import to_layer
from napari_s6.learn.config import TrainConfig
from napari_s6.plugin.canvas import layers
from napari_s6.plugin.canvas.array import AXES
from napari_s6.plugin.session.prediction_file import SectionFile
from napari_s6.plugin.session.results import CONFIDENCE, PREDICTION, RECONSTRUCTION
from napari_s6.plugin.session.session import Session
from napari_s6.plugin.session.state import State
from napari_s6.survey.volume import make_volume

from ..fake_learning import FakeLearning, truth


@pytest.fixture
def volume():
    live = np.ones((70, 80), bool)
    live[0, :10] = False
    rng = np.random.default_rng(0)
    return make_volume(
        rng.normal(size=(70, 80, 40)).astype(np.float32),
        iline=np.arange(100, 170),
        xline=np.arange(300, 380),
        samples=np.arange(40) * 4.0,
        live=live,
    )


@pytest.fixture
def session(volume, tmp_path):
    viewer = ViewerModel()
    session = Session(viewer, learning=FakeLearning(), folder=tmp_path)
    session.news = []
    session.told.connect(lambda severity, text: session.news.append((severity, text)))
    layers.add_volume(viewer, volume, "survey")
    yield session
    session.close()


def paint_section(session, inline=30):
    layer = session.interpretation.new_labels()
    layers.show_section(session.viewer, layer, "iline", inline)
    codes = to_layer(truth(layers.volume_of(layer)))
    traces, samples = np.nonzero(codes[inline, 20:60])
    voxels = (np.full_like(traces, inline), samples, traces + 20)
    layer.data_setitem(voxels, codes[inline, traces + 20, samples])
    return layer


def wait(session, until=None, seconds=10.0):
    """Poll as the window's timer does."""
    until = until or (lambda: not session.busy)
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline, f"still {session.state}: {session.history.text}"
        session.poll()
        time.sleep(0.005)
    session.poll()


def test_training_previews_into_layers_of_their_own_and_keeps_the_paint(session):
    paint = paint_section(session)
    before = np.array(paint.data)
    session.train()
    assert session.state is State.TRAINING
    wait(session)
    assert session.state is State.IDLE
    assert session.learning.threads.isdisjoint({threading.get_ident()})
    names = [layer.name for layer in session.viewer.layers]
    assert {PREDICTION, CONFIDENCE} <= set(names)
    assert names[-1] == paint.name, "paint is on top"
    wait(session, lambda: RECONSTRUCTION in session.viewer.layers)
    predicted = np.asarray(session.viewer.layers[PREDICTION].data).transpose(AXES)
    live = np.asarray(session.interpretation.seismic.metadata[layers.RECORD_KEY].volume["live"])
    np.testing.assert_array_equal(
        predicted[30], to_layer(truth(layers.volume_of(session.interpretation.seismic)))[30]
    )
    assert live[30].all()
    assert not predicted[29].any()
    assert np.asarray(session.viewer.layers[CONFIDENCE].data)[30].max() == 80
    again = session.viewer.layers[RECONSTRUCTION].data
    assert np.isnan(again[29]).all()
    assert (again[30] == 1).all()
    np.testing.assert_array_equal(paint.data, before)
    assert session.viewer.layers.selection.active is paint
    assert [step for step, _ in session.history.losses.get("cross_entropy", [])] == [1, 2, 3, 4, 5]
    assert session.history.mean_iou == [(5, 0.75)]
    assert session.model.description.startswith("constrained")


def test_result_layers_are_used_again(session):
    paint_section(session)
    for _ in range(2):
        session.train()
        wait(session)
    assert sum(layer.name.startswith("S6 prediction") for layer in session.viewer.layers) == 1
    assert session.learning.calls[0]["start_from"] is None
    assert session.learning.calls[1]["start_from"].is_dir(), "the second goes on from the first"


def test_only_a_section_that_is_seen_is_drawn_anew(session):
    layer = paint_section(session, inline=30)
    session.train()
    wait(session)
    results, drawn = session.results, []
    results.prediction.refresh = lambda **options: drawn.append(1)
    assert not results.refresh(session.view), "nothing is new"
    results.touched("iline", 29)
    assert not results.refresh(session.view)
    results.touched("iline", 30)
    assert results.refresh(session.view)
    results.touched("xline", 7)  # a column of the inline in view
    assert results.refresh(session.view)
    results.touched("iline", 29)
    layers.show_cut(session.viewer, layer, 1, 10)
    assert results.refresh(session.view), "all of them cross a time slice"
    assert len(drawn) == 3


def test_progress_is_told_now_and_then_and_at_the_end(session, monkeypatch):
    monkeypatch.setattr("napari_s6.plugin.session.session.REDRAW_EVERY", 0.1)
    paint_section(session)
    session.learning.steps, session.learning.delay = 60, 0.005
    told = []
    session.progressed.connect(
        lambda: told.append(len(session.history.losses.get("cross_entropy", [])))
    )
    began = time.monotonic()
    session.train()
    wait(session)
    beats = (time.monotonic() - began) / 0.1
    assert told[-1] == 60
    assert 3 <= len(told) <= beats + 4, "and not once for every step"


def test_the_labels_are_those_of_the_click(session):
    layer = paint_section(session)
    session.learning.delay = 0.2
    session.train()
    layer.data_setitem((np.array([50]), np.array([5]), np.array([5])), np.uint8(1))
    wait(session)
    codes = session.learning.calls[0]["targets"].codes.values
    assert codes[30, 40, 0] == 0
    assert codes[50, 5, 5] == 255


def test_pause_resume_and_stop_answer_at_once(session):
    paint_section(session)
    session.learning.steps, session.learning.delay = 1000, 0.02
    session.train()
    wait(session, lambda: session.history.losses)
    clock = time.monotonic()
    session.pause()
    assert session.state is State.PAUSED
    wait(session, lambda: "Paused at step" in session.history.text)
    steps = len(session.history.losses.get("cross_entropy", []))
    for _ in range(20):
        session.poll()
        time.sleep(0.01)
    assert len(session.history.losses.get("cross_entropy", [])) <= steps + 1
    session.resume()
    assert session.state is State.TRAINING
    wait(session, lambda: len(session.history.losses.get("cross_entropy", [])) > steps + 3)
    session.stop()
    assert session.stopping
    wait(session)
    assert time.monotonic() - clock < 5
    assert session.state is State.IDLE
    assert session.history.text.startswith("Stopped at step")
    assert session.model is not None, "a stopped run leaves a usable model"


def test_a_paused_run_can_be_stopped(session):
    paint_section(session)
    session.learning.steps = 1000
    session.train()
    session.pause()
    session.stop()
    wait(session)
    assert session.state is State.IDLE


@pytest.mark.parametrize("error", [RuntimeError("CUDA out of memory"), KeyboardInterrupt("no")])
def test_an_error_is_told_and_the_next_run_works(session, error):
    paint_section(session)
    session.learning.error = error
    session.train()
    wait(session)
    assert session.state is State.FAILED
    assert ("error", str(error)) in session.news
    session.learning.error = None
    session.train()
    assert session.state is State.TRAINING
    wait(session)
    assert session.state is State.IDLE


def test_what_is_missing_is_said_in_one_line(session):
    with pytest.raises(InputError, match="label layer"):
        session.train()
    with pytest.raises(InputError, match="no model"):
        session.predict_section()
    session.interpretation.new_labels()
    session.train()
    wait(session)
    assert session.state is State.FAILED
    assert "no facies are painted" in session.news[-1][1]


def test_predicting_and_accepting(session):
    layer = paint_section(session)
    session.train()
    wait(session)
    session.predict_volume()
    assert session.state is State.PREDICTING
    wait(session)
    predicted = np.asarray(session.viewer.layers[PREDICTION].data).transpose(AXES)
    np.testing.assert_array_equal(
        predicted, to_layer(truth(layers.volume_of(session.interpretation.seismic)))
    )
    layers.show_section(session.viewer, layer, "xline", 7)
    layer.data_setitem((np.array([9]), np.array([0]), np.array([7])), np.uint8(6))
    before = np.array(layer.data)
    count = session.accept()
    paint = np.asarray(layer.data).transpose(AXES)
    assert count == 69 * 40 - 1, "a dead trace and a painted voxel are left alone"
    assert paint[9, 7, 0] == 6
    assert paint[20, 7].tolist() == predicted[20, 7].tolist()
    layer.undo()
    np.testing.assert_array_equal(layer.data, before)
    session.accept(over_paint=True)
    assert np.asarray(layer.data).transpose(AXES)[9, 7, 0] == 1
    session.poll()
    assert session.interpretation.watch.voxels.sum() == np.count_nonzero(layer.data)


def test_predict_section_fills_the_section_in_view_only(session):
    layer = paint_section(session)
    session.train()
    wait(session)
    layers.show_section(session.viewer, layer, "xline", 33)
    session.predict_section()
    wait(session)
    predicted = np.asarray(session.viewer.layers[PREDICTION].data).transpose(AXES)
    assert predicted[1:, 33].all()
    assert not predicted[:30, 34].any()


def test_accepting_a_region(session):
    layer = paint_section(session)
    session.train()
    wait(session)
    layers.show_section(session.viewer, layer, "iline", 12)
    session.predict_section()
    wait(session)
    with pytest.raises(InputError, match="region"):
        session.accept(region=True)
    scale = np.array([1.0, 2.0, 1.0])
    for each in (session.interpretation.seismic, layer):
        each.scale = scale
    shapes = session.draw_region()
    assert session.viewer.layers.selection.active is shapes
    corners = np.array([[12, 4.6, 9.6], [12, 4.6, 20.4], [12, 8.4, 20.4], [12, 8.4, 9.6]])
    shapes.add_polygons(corners)
    shapes.add_polygons(np.where(np.arange(3) == 0, 13, corners))
    count = session.accept(region=True)
    assert count == 11 * 4
    paint = np.asarray(layer.data).transpose(AXES)
    assert paint[12, 10:21, 5:9].all()
    assert np.count_nonzero(paint[12]) == 44
    assert len(shapes.data) == 1, "what was accepted is used up, the other section's is not"
    assert session.viewer.layers.selection.active is layer


def test_predictions_too_large_for_memory_go_to_disk(session, monkeypatch):
    layer = paint_section(session)
    session.train()
    wait(session)
    for name in (PREDICTION, CONFIDENCE):
        session.viewer.layers.remove(name)
    monkeypatch.setattr("napari_s6.plugin.session.prediction_file.free_memory", lambda: 100_000)
    session.predict_volume()
    wait(session)
    values = session.viewer.layers[PREDICTION].data
    assert isinstance(values, SectionFile)
    assert (values.path / "zarr.json").exists() or (values.path / ".zarray").exists()
    expected = to_layer(truth(layers.volume_of(session.interpretation.seismic))).transpose(AXES)
    np.testing.assert_array_equal(np.asarray(values), expected)
    np.testing.assert_array_equal(values[:, :, 5], expected[:, :, 5])
    np.testing.assert_array_equal(values[:, 7, :], expected[:, 7, :])
    np.testing.assert_array_equal(values[3], expected[3])
    layers.show_section(session.viewer, layer, "iline", 40)
    assert session.accept() == 80 * 40
    session.close()
    assert not values.path.exists()


def test_settings_are_validated_and_presets_keep_choices(session):
    session.configure(model="unconstrained", label_fraction=0.02, device="cpu", batch_size=4)
    session.configure(preset="paper")
    config = session.config
    assert (config.model, config.label_fraction, config.device) == ("unconstrained", 0.02, "cpu")
    assert config.batch_size == TrainConfig.named("paper").batch_size
    with pytest.raises(InputError, match="learning_rate"):
        session.configure(learning_rate=-1.0)
    assert session.config == config


def test_loading_a_model_that_is_none_is_told(session, tmp_path):
    session.load_model(tmp_path / "nowhere")
    wait(session)
    assert session.model is None
    assert session.news[-1][0] == "error"
    paint_section(session)
    session.train()
    wait(session)
    assert session.state is State.IDLE


def test_closing_while_training_ends_the_thread(session, tmp_path):
    paint_section(session)
    session.learning.steps = 100_000
    session.train()
    wait(session, lambda: session.history.losses)
    thread = session.job_thread_id
    session.close()
    assert thread not in {t.ident for t in threading.enumerate()}


def test_training_keeps_the_paint_first(session, tmp_path):
    paint_section(session)
    session.train()
    wait(session, lambda: list((tmp_path / "projects").glob("*.s6/labels/*.npz")))


def test_napari_s_own_new_label_layer_is_taken_on(session):
    shape = session.interpretation.seismic.data.shape
    layer = session.viewer.add_labels(np.zeros(shape, np.uint8), name="Labels")
    assert session.interpretation.labels is layer
    assert layers.facies_scheme_of(layer) == session.interpretation.scheme


def test_removing_the_layers_while_training_is_survived(session):
    paint_section(session)
    session.learning.steps = 30
    session.train()
    wait(session, lambda: session.history.losses)
    session.viewer.layers.clear()
    wait(session)
    assert session.state is State.IDLE
    assert session.interpretation.seismic is None
