"""The Facies and Train S6 docks in a real window, with stand-ins for training."""

import threading

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets")

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QMainWindow

from napari_s6.facies.scheme import SCHEMES, write_scheme
from napari_s6.plugin.canvas import layers
from napari_s6.plugin.paint.keeper import ProjectKeeper
from napari_s6.plugin.paint.painted import copy_painted
from napari_s6.plugin.session.results import PREDICTION
from napari_s6.plugin.session.state import State
from napari_s6.survey.volume import make_volume

from ..fake_learning import FakeLearning
from ..napari_window import canvas, qt_window

pytestmark = pytest.mark.gui


def survey():
    rng = np.random.default_rng(0)
    return make_volume(
        rng.normal(size=(70, 80, 40)).astype(np.float32),
        iline=np.arange(100, 170),
        xline=np.arange(300, 380),
        samples=np.arange(40) * 4.0,
        attrs={"source": "survey.sgy"},
    )


@pytest.fixture
def viewer(qtbot, tmp_path, monkeypatch):
    # Not napari's make_napari_viewer: it makes the next napari.Viewer of the same run register the
    # plugins' commands a second time, which is an error.
    import napari

    monkeypatch.setenv("NAPARI_S6_PROJECTS", str(tmp_path / "projects"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    viewer = napari.Viewer(show=False)
    yield viewer
    viewer.close()
    qtbot.wait(50)


@pytest.fixture
def docks(viewer, tmp_path, qtbot):
    from napari_s6.plugin.docks.facies.facies_dock import FaciesDock
    from napari_s6.plugin.docks.train.train_dock import TrainDock

    layers.add_volume(viewer, survey(), "survey")
    facies, train = FaciesDock(viewer), TrainDock(viewer)
    viewer.window.add_dock_widget(facies, name="Facies")
    viewer.window.add_dock_widget(train, name="Train S6")
    session = train.session
    assert facies.session is session, "one session for a viewer"
    session.learning = FakeLearning()
    session.runs_folder = tmp_path / "models"
    yield facies, train
    facies.timer.end()


def click(qtbot, button):
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def until(qtbot, condition):
    """Wait; long enough for a machine that is busy with other things."""
    qtbot.waitUntil(lambda: bool(condition()), timeout=30_000)


def paint(session):
    layer = session.interpretation.labels
    for code in range(6):
        for trace in range(5, 75, 4):
            layer.paint((30, 3 + 6 * code, trace), code + 1)
    return layer


def test_painting_shows_in_the_table_and_keys_pick_facies(docks, qtbot, viewer):
    facies, train = docks
    session = facies.session
    assert not train.train_button.isEnabled(), "there is nothing to train on yet"
    click(qtbot, facies.new_button)
    layer = session.interpretation.labels
    assert layer.data.dtype == np.uint8
    assert str(layer.mode) == "paint"
    drawn = canvas(viewer)
    qtbot.keyClick(drawn, Qt.Key.Key_4)
    assert layer.selected_label == 4
    assert facies.table.currentRow() == 3
    facies.table.cellClicked.emit(1, 1)
    assert layer.selected_label == 2
    layer.paint((30, 10, 20), 2)
    painted = np.count_nonzero(layer.data)
    until(qtbot, lambda: facies.table.item(1, 3).text() == f"{painted}")
    assert facies.table.item(1, 4).text() == "100.0 %"
    assert "1 of 70 inlines" in facies.painted.text()
    layer.undo()
    until(qtbot, lambda: "0 of 70 inlines" in facies.painted.text())
    assert train.train_button.isEnabled()


def menu_entry(facies, text):
    return next(one for one in facies.menu_button.menu().actions() if one.text() == text)


def test_schemes_are_edited_loaded_and_refused(docks, qtbot, tmp_path):
    facies, _ = docks
    session = facies.session
    told = []
    session.told.connect(lambda severity, text: told.append(text))
    click(qtbot, facies.new_button)
    layer = session.interpretation.labels
    facies.table.item(0, 1).setText("Overburden")
    assert session.interpretation.scheme.names[0] == "Overburden"
    assert layers.facies_scheme_of(layer).names[0] == "Overburden"
    facies.table.item(1, 1).setText("Overburden")
    assert "more than one" in told[-1]
    assert facies.table.item(1, 1).text() == "Middle North Sea", "the old name is back"
    facies.table.item(0, 2).setText("q")
    assert session.interpretation.scheme.classes[0].key == "q"
    for suffix in ("json", "csv"):
        write_scheme(SCHEMES["10 facies"], tmp_path / f"ten.{suffix}")
        facies.load_scheme(str(tmp_path / f"ten.{suffix}"))
        assert facies.table.rowCount() == 10
        assert session.interpretation.scheme.n_classes == 10
        session.interpretation.set_scheme(SCHEMES["F3"])
    (tmp_path / "bad.json").write_text("{}")
    facies.load_scheme(str(tmp_path / "bad.json"))
    assert "bad.json" in told[-1]
    menu_entry(facies, "Add a facies").trigger()
    assert session.interpretation.scheme.n_classes == 7
    layer.paint((3, 3, 3), 7)
    menu_entry(facies, "Remove the last facies").trigger()
    assert "is painted" in told[-1]
    assert session.interpretation.scheme.n_classes == 7


def test_training_from_the_dock(docks, qtbot, viewer):
    facies, train = docks
    session = train.session
    click(qtbot, facies.new_button)
    paint(session)
    session.learning.steps, session.learning.delay = 500, 0.02
    click(qtbot, train.train_button)
    assert session.state is State.TRAINING
    assert session.job_thread_id != threading.get_ident()
    assert not train.train_button.isEnabled()
    assert not train.settings.editors["device"].widget.enabled, "settings are of the next run"
    until(qtbot, lambda: "Step" in train.status.text() and "left" in train.status.text())
    until(
        qtbot,
        lambda: (
            "cross_entropy" in train.plot.losses
            and len(train.plot.losses["cross_entropy"].points) > 2
        ),
    )
    click(qtbot, train.pause_button)
    assert session.state is State.PAUSED
    assert train.pause_button.text() == "Resume"
    click(qtbot, train.pause_button)
    assert session.state is State.TRAINING
    until(qtbot, lambda: PREDICTION in viewer.layers and viewer.layers[PREDICTION].data.any())
    click(qtbot, train.stop_button)
    until(qtbot, lambda: session.state is State.IDLE)
    until(qtbot, lambda: train.volume_button.isEnabled())
    assert "constrained" in train.model.text()
    click(qtbot, train.section_button)
    until(qtbot, lambda: session.state is State.IDLE)
    before = np.count_nonzero(session.interpretation.labels.data)
    click(qtbot, train.accept_button)
    assert np.count_nonzero(session.interpretation.labels.data) > before


def test_pause_and_stop_are_answered_while_a_step_is_being_computed(docks, qtbot):
    facies, train = docks
    session = train.session
    click(qtbot, facies.new_button)
    paint(session)
    learning = session.learning
    learning.steps, learning.delay = 500, 0.0
    learning.gate.clear()
    click(qtbot, train.train_button)
    until(qtbot, learning.inside.is_set)
    # No event is processed in between: what the click itself does is the answer.
    click(qtbot, train.pause_button)
    assert session.state is State.PAUSED
    assert train.status.text() == "Paused"
    assert train.pause_button.text() == "Resume"
    click(qtbot, train.pause_button)
    assert session.state is State.TRAINING
    assert train.status.text() == "Going on"
    click(qtbot, train.stop_button)
    assert train.status.text() == "Stopping"
    assert not train.stop_button.isEnabled()
    assert not train.pause_button.isEnabled()
    qtbot.wait(300)
    assert session.stopping, "the step is still being computed"
    assert train.status.text() == "Stopping"
    assert not session.history.losses
    learning.gate.set()
    until(qtbot, lambda: session.state is State.IDLE)
    assert train.status.text().startswith("Stopped at step 2")
    assert len(session.history.losses.get("cross_entropy", [])) <= 1, "it went on after that step"


def test_an_error_is_shown_and_the_next_run_works(docks, qtbot):
    facies, train = docks
    session = train.session
    click(qtbot, facies.new_button)
    paint(session)
    session.learning.error = RuntimeError("CUDA out of memory")
    click(qtbot, train.train_button)
    until(qtbot, lambda: session.state is State.FAILED)
    assert "out of memory" in train.status.text()
    session.learning.error = None
    click(qtbot, train.train_button)
    until(qtbot, lambda: session.state is State.IDLE)
    assert "Finished" in train.status.text()


def test_closing_the_dock_stops_its_training(docks, qtbot, viewer):
    facies, train = docks
    session = train.session
    click(qtbot, facies.new_button)
    paint(session)
    session.learning.steps = 100_000
    click(qtbot, train.train_button)
    until(qtbot, lambda: session.history.losses)
    viewer.window.remove_dock_widget(train)
    assert session.stopping
    until(qtbot, lambda: session.state is State.IDLE)
    assert session.model is not None


def test_closing_the_window_ends_the_training(docks, qtbot, viewer):
    facies, train = docks
    session = train.session
    click(qtbot, facies.new_button)
    paint(session)
    session.learning.steps = 100_000
    click(qtbot, train.train_button)
    until(qtbot, lambda: session.history.losses)
    thread = session.job_thread_id
    assert isinstance(qt_window(viewer), QMainWindow)
    # Docks learn of their window when it is shown, which it is not here.
    train.timer.follow(qt_window(viewer))
    viewer.close()
    until(qtbot, lambda: session.closed)
    assert thread not in {t.ident for t in threading.enumerate()}


def test_the_last_project_is_offered_and_gone_on_with(viewer, qtbot, tmp_path):
    from napari_s6.plugin.docks.facies.facies_dock import FaciesDock

    values = np.zeros((70, 80, 40), np.uint8)
    values[7, 10:50, 5:20] = 3
    keeper = ProjectKeeper(tmp_path / "projects")
    keeper.keep(
        copy_painted(values, values.any(axis=2)),
        survey(),
        name="Mine",
        scheme=SCHEMES["F3"],
        summary="a lot",
        id="mine",
    )
    keeper.close()
    dock = FaciesDock(viewer)
    viewer.window.add_dock_widget(dock, name="Facies")
    assert not dock.go_on.isHidden()
    click(qtbot, dock.go_on.go_on_button)
    until(qtbot, lambda: "Mine" in viewer.layers)
    layer = viewer.layers["Mine"]
    np.testing.assert_array_equal(np.asarray(layer.data).transpose(0, 2, 1), values)
    assert dock.go_on.isHidden()
    dock.timer.end()
