"""The whole job in a real window, with real clicks, keys and files; run by test_window.py.

A process of its own, so that torch is first imported with the window open. Prints a JSON report
as its last line; any failure ends it with a traceback.
"""

import json
import sys
import threading
import time
from pathlib import Path

import napari
import numpy as np
import segyio
from napari.utils.notifications import NotificationSeverity, notification_manager
from napari_window import canvas, qt_window
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QPushButton
from window_hands import Hands, Overseer

from napari_s6.evaluation.baselines import most_frequent_by_depth
from napari_s6.evaluation.metrics import evaluate_facies
from napari_s6.facies.codes import from_layer
from napari_s6.facies.targets import make_targets
from napari_s6.formats.open import open_volume
from napari_s6.formats.save import save_volume
from napari_s6.plugin.canvas import layers
from napari_s6.plugin.canvas.array import AXES
from napari_s6.plugin.session.learning import Learning
from napari_s6.plugin.session.state import State
from napari_s6.plugin.session.torch_import import torch_is_ready
from napari_s6.plugin.widgets.editors import ChoiceEditor, NumberEditor
from napari_s6.survey.synthetic import make_survey

SHAPE = (64, 96, 128)
BRUSH = 7
#: Inlines painted by hand; another one is taken over from the prediction.
PAINTED, ACCEPTED = (6, 19, 32, 57), 45

folder = Path(sys.argv[1])
report: dict[str, object] = {}


def paint_inline(layer, inline: int) -> None:
    """Stroke along the middle of each facies of an inline, where the brush fits into it."""
    layers.show_section(viewer, layer, "iline", inline)
    hands.process(0.05)
    for code in range(6):
        QTest.keyClick(canvas(viewer), Qt.Key(Qt.Key.Key_1 + code))
        assert layer.selected_label == code + 1
        assert str(layer.mode) == "paint"
        path: list[tuple[float, int]] = []
        for trace in range(4, SHAPE[1] - 4, 4):
            depths = np.flatnonzero(truth[inline, trace] == code)
            if len(depths) > BRUSH + 1:
                path.append((float(np.median(depths)), trace))
            elif path:
                hands.drag(layer, path)
                path = []
        if path:
            hands.drag(layer, path)


def open_and_paint() -> None:
    """Open the survey, make a label layer, paint a few inlines with the mouse."""
    layer = session.interpretation.labels
    assert layer is None
    hands.click(facies_dock.new_button)
    layer = session.interpretation.labels
    QTest.keyClick(canvas(viewer), Qt.Key.Key_2)
    while layer.brush_size > BRUSH:
        QTest.keyClick(canvas(viewer), Qt.Key.Key_BracketLeft)
    for inline in PAINTED:
        paint_inline(layer, inline)
    hands.until(
        lambda: f"{len(PAINTED)} of 64 inlines" in facies_dock.painted.text(), "painted fraction", 5
    )
    report["painted"] = facies_dock.painted.text()
    codes = from_layer(np.asarray(layer.data).transpose(AXES))
    labelled = codes != 255
    report["paint_right"] = float((codes == truth)[labelled].mean())
    assert report["paint_right"] > 0.9, "strokes do not land where they are drawn"


def change_every_control() -> None:
    """Each control of the dock changes its own field of the configuration, and nothing else."""
    hands.click(train_dock.findChild(QPushButton, "advanced-toggle"))
    hands.process(0.1)
    changed = []
    for form in (train_dock.settings, train_dock.advanced):
        for name, editor in form.editors.items():
            before, control = session.config.model_dump(), getattr(editor, "box", None)
            if isinstance(editor, NumberEditor):
                if editor.tick is not None and not editor.tick.value:
                    hands.click(editor.tick.native)
                spin = control.native
                hands.type_into(spin, f"{spin.value() + spin.singleStep():g}")
            elif isinstance(editor, ChoiceEditor):
                down = control.native.currentIndex() + 1 < control.native.count()
                QTest.keyClick(control.native, Qt.Key.Key_Down if down else Qt.Key.Key_Up)
            else:
                hands.click(editor.tick.native)
            after = session.config.model_dump()
            differing = {name for name in after if after[name] != before[name]}
            if name == "preset":
                assert "preset" in differing
            else:
                assert differing == {name}, f"{name} changed {differing}"
            changed.append(name)
    report["controls"] = changed


def set_up_training() -> None:
    """Set what this small survey needs."""
    session.configure(preset="fast", model="constrained", label_fraction=None, device="cpu", seed=0)
    for name, number in (
        ("steps", "160"),
        ("batch_size", "6"),
        ("crop_traces", "64"),
        ("crop_samples", "128"),
    ):
        hands.type_into(train_dock.advanced.editors[name].box.native, number)
    assert (session.config.steps, session.config.batch_size) == (160, 6)


def train_pause_resume_stop() -> None:
    """Start, hold, go on, stop: each answers at once, and a usable model stays."""
    hands.heart.phase = "import"
    hands.until(lambda: torch_is_ready(), "torch imported")
    hands.heart.phase = "training"
    config = session.config
    hands.click(train_dock.train_button)
    assert session.state is State.TRAINING
    report["training_thread"] = session.job_thread_id
    hands.until(lambda: len(session.history.losses.get("cross_entropy", [])) >= 2, "first steps")
    hands.until(lambda: (np.asarray(prediction().data)[ACCEPTED] > 0).any(), "a preview")
    clock = time.perf_counter()
    hands.click(train_dock.pause_button)
    assert session.state is State.PAUSED
    report["pause_answered"] = time.perf_counter() - clock
    hands.until(lambda: "Paused at step" in train_dock.status.text(), "paused")
    steps = len(session.history.losses.get("cross_entropy", []))
    hands.process(1.0)
    assert len(session.history.losses.get("cross_entropy", [])) == steps, (
        "it computes though it is paused"
    )
    assert train_dock.pause_button.text() == "Resume"
    hands.click(train_dock.pause_button)
    hands.until(lambda: session.history.losses["cross_entropy"][-1][0] >= 50, "more steps", 300)
    clock = time.perf_counter()
    hands.click(train_dock.stop_button)
    assert not train_dock.stop_button.isEnabled()
    report["stop_answered"] = time.perf_counter() - clock
    hands.until(lambda: session.state is State.IDLE, "stopped")
    report["stopped_after"] = time.perf_counter() - clock
    hands.until(lambda: session.model is not None, "model of the stopped run")
    saved = json.loads((session.model.path / "run.json").read_text())
    assert saved["config"] == json.loads(config.model_dump_json()), "not the dock's configuration"


def prediction():
    """The prediction layer."""
    return viewer.layers["S6 prediction"]


def predict_and_accept() -> None:
    """Predict a section, accept it, take that back with a key, accept again, correct it."""
    hands.heart.phase = "predicting"
    layer = session.interpretation.labels
    layers.show_section(viewer, layer, "iline", ACCEPTED)
    hands.click(train_dock.section_button)
    hands.until(lambda: session.state is State.IDLE, "section predicted")
    before = np.array(layer.data)
    hands.click(train_dock.accept_button)
    assert np.count_nonzero(layer.data[ACCEPTED]) == SHAPE[1] * SHAPE[2]
    viewer.layers.selection.active = layer
    QTest.keyClick(canvas(viewer), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert np.array_equal(layer.data, before), "accepting is not one undoable edit"
    hands.click(train_dock.accept_button)
    paint_inline(layer, ACCEPTED)
    hands.until(
        lambda: f"{len(PAINTED) + 1} of 64 inlines" in facies_dock.painted.text(),
        "painted fraction",
        5,
    )


def train_again_and_predict() -> None:
    """Go on from the stopped model with more paint, to the end; predict the volume."""
    hands.heart.phase = "training"
    assert train_dock.start_from.box.current_choice == "Current model"
    stopped = session.model.path
    hands.click(train_dock.train_button)
    hands.until(lambda: session.state is State.TRAINING and session.history.losses, "second run")
    hands.until(lambda: session.state is not State.TRAINING, "second run's end", 400)
    assert session.state is State.IDLE, session.history.text
    assert session.model.path != stopped
    assert session.history.mean_iou
    hands.heart.phase = "predicting"
    hands.click(train_dock.volume_button)
    hands.until(lambda: session.state is State.IDLE, "volume predicted", 200)
    hands.heart.phase = "exporting"


def export_and_open_again() -> None:
    """Export by the dock, read it with segyio alone and with napari, compare and measure."""
    _, export_dock = viewer.window.add_plugin_dock_widget("napari-s6", "Export facies")
    out = folder / "facies.sgy"
    layer_box = export_dock.layer_box.box.native
    index = layer_box.findText("S6 prediction")
    while layer_box.currentIndex() != index:
        step = Qt.Key.Key_Down if layer_box.currentIndex() < index else Qt.Key.Key_Up
        QTest.keyClick(layer_box, step)
    export_dock.file_line.selectAll()
    QTest.keyClicks(export_dock.file_line, str(out))
    hands.click(export_dock.export_button)
    hands.until(lambda: not export_dock.busy and out.exists(), "exported", 60)
    with segyio.open(folder / "survey.sgy", ignore_geometry=True) as source:
        lines = source.attributes(189)[:], source.attributes(193)[:]
    with segyio.open(out, ignore_geometry=True) as written:
        assert written.tracecount == SHAPE[0] * SHAPE[1]
        assert np.array_equal(written.attributes(189)[:], lines[0])
        assert np.array_equal(written.attributes(193)[:], lines[1])
        values = written.trace.raw[:].reshape(SHAPE)
    predicted = from_layer(np.asarray(prediction().data).transpose(AXES))
    assert np.array_equal(values.astype(np.int16), predicted.astype(np.int16))
    [again] = viewer.open(out, plugin="napari-s6")
    assert isinstance(again, napari.layers.Labels)
    assert np.array_equal(again.data, prediction().data)
    viewer.layers.remove(again)
    survey = open_volume(folder / "survey.sgy")
    reference = survey.copy(data=truth)
    exported = survey.copy(data=values.astype(np.uint8))
    by_depth = [np.bincount(truth[:, :, k].ravel(), minlength=6).argmax() for k in range(SHAPE[2])]
    naive = survey.copy(data=np.broadcast_to(np.uint8(by_depth), SHAPE).copy())
    watch = session.interpretation.watch
    codes = from_layer(np.asarray(watch.layer.data).transpose(AXES))
    painted_naive = most_frequent_by_depth(make_targets(survey, codes, watch.scheme))
    report["baseline_of_paint"] = evaluate_facies(
        painted_naive.volume(survey), reference, live=survey
    ).mean_iou
    report["baseline_of_truth"] = evaluate_facies(naive, reference, live=survey).mean_iou
    report["mean_iou"] = evaluate_facies(exported, reference, live=survey).mean_iou


class Broken(Learning):
    """Fails as CUDA does when it runs out of memory: with a RuntimeError in the generator."""

    def train(self, *args, **options):
        raise RuntimeError("injected: out of memory")
        yield


def fail_and_start_again() -> None:
    """An injected error is told; the next run works; closing the window ends it."""
    intact, session.learning = session.learning, Broken()
    hands.click(train_dock.train_button)
    hands.until(lambda: session.state is State.FAILED, "failed", 30)
    assert "injected" in train_dock.status.text()
    session.learning = intact
    hands.click(train_dock.train_button)
    hands.until(lambda: session.history.losses, "restart")
    report["restarted"] = session.state.value
    thread = session.job_thread_id
    viewer.close()
    hands.process(0.3)
    hands.until(lambda: session.closed, "session closed", 30)
    assert thread not in {t.ident for t in threading.enumerate()}, "the thread outlives the window"


seismic, facies = make_survey(SHAPE)
truth = np.asarray(facies.values)
save_volume(seismic, folder / "survey.sgy", sample_format="float32")
overseer = Overseer()
viewer = napari.Viewer()
qt_window(viewer).resize(1500, 1000)
hands = Hands(viewer, overseer)
viewer.open(folder / "survey.sgy", plugin="napari-s6")
hands.process(0.3)
assert "torch" not in sys.modules, "torch was imported before the window asked for it"
_, facies_dock = viewer.window.add_plugin_dock_widget("napari-s6", "Facies")
session = facies_dock.session
hands.says = lambda: f"{session.state}, {session.history.text!r}"
open_and_paint()
assert "torch" not in sys.modules
clock = time.perf_counter()
_, train_dock = viewer.window.add_plugin_dock_widget("napari-s6", "Train S6")
QApplication.processEvents()
report["dock_usable_after"] = time.perf_counter() - clock
change_every_control()
set_up_training()
layers.show_section(viewer, session.interpretation.labels, "iline", ACCEPTED)
train_pause_resume_stop()
predict_and_accept()
train_again_and_predict()
viewer.window.screenshot(str(folder / "window.png"), canvas_only=False, flash=False)
export_and_open_again()
fail_and_start_again()
told = [n for n in notification_manager.records if n.severity >= NotificationSeverity.ERROR]
report["errors"] = [str(n.message) for n in told]
report["gui_thread"] = threading.get_ident()
report["computed_by_the_window"] = sorted(overseer.found)
report["polls_seen"] = overseer.polls
report["beats"] = hands.heart.beats
report["longest_gap"] = {phase: max(gaps) for phase, gaps in hands.heart.gaps.items()}
report["gap_p99"] = {p: float(np.quantile(gaps, 0.99)) for p, gaps in hands.heart.gaps.items()}
print(json.dumps(report))
