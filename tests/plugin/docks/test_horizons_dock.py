"""The Horizons dock in a real window, worked with clicks and keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pytestqt")
pytestmark = pytest.mark.gui

from qtpy.QtCore import Qt  # noqa: E402
from qtpy.QtWidgets import QMessageBox  # noqa: E402

from napari_s6.facies.codes import from_layer  # noqa: E402
from napari_s6.facies.scheme import F3  # noqa: E402
from napari_s6.plugin.canvas.array import AXES  # noqa: E402
from napari_s6.plugin.canvas.layers import add_labels, add_volume, volume_of  # noqa: E402
from napari_s6.plugin.canvas.view import survey_view  # noqa: E402
from napari_s6.plugin.docks.horizons import fill as horizon_fill  # noqa: E402
from napari_s6.plugin.docks.horizons.fill import preview_layer  # noqa: E402
from napari_s6.plugin.docks.horizons.table import BELOW, COLOUR, NAME  # noqa: E402

from ..surveys import CROSSLINES, INLINES, SHAPE, TIMES, layered_codes, small_survey  # noqa: E402


@pytest.fixture
def viewer(qtbot: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    monkeypatch.setenv("NAPARI_S6_PROJECTS", str(tmp_path / "projects"))
    import napari

    viewer = napari.Viewer()
    add_volume(viewer, small_survey())
    qtbot.wait(50)
    yield viewer
    viewer.close()
    qtbot.wait(50)


@pytest.fixture
def dock(qtbot: Any, viewer: Any) -> Any:
    widget = viewer.window.add_plugin_dock_widget("napari-s6", "Horizons")[1]
    qtbot.waitUntil(widget.isVisible)
    return widget


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """The tops of the survey's facies as text, a file for each, the lowest first."""
    codes = layered_codes()
    paths = []
    for k in (5, 4, 3, 2, 1):
        first = np.argmax(codes >= k, axis=2).astype(float)
        first[~(codes >= k).any(2)] = SHAPE[2]
        rows = [
            f"{il} {xl} {TIMES[0] + 4 * (first[i, j] - 0.5)}"
            for i, il in enumerate(INLINES)
            for j, xl in enumerate(CROSSLINES)
        ]
        paths.append(tmp_path / f"Top {F3.names[k].replace('/', ' ')}.txt")
        paths[-1].write_text("\n".join(rows))
    return paths


def loaded(qtbot: Any, dock: Any, files: list[Path]) -> None:
    dock.load(files)
    qtbot.waitUntil(lambda: not dock.busy)


def painted(qtbot: Any, dock: Any) -> np.ndarray:
    """Click on paint; return the paint as codes (inlines, crosslines, samples)."""
    click(qtbot, dock.fill_button)
    qtbot.waitUntil(lambda: not dock.busy)
    layer = dock.session.interpretation.labels
    return from_layer(np.asarray(layer.data).transpose(AXES))


def click(qtbot: Any, button: Any) -> None:
    assert button.isVisible()
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def option(dock: Any, name: str) -> Any:
    """The box or the line of one of the options."""
    editor = dock.fill_box.form.editors[name]
    return getattr(editor, "box", getattr(editor, "line", None)).native


def choose(box: Any, data: Any) -> None:
    box.setCurrentIndex(box.findData(data))
    box.activated.emit(box.currentIndex())


def test_loading_lists_them_from_the_top_down(qtbot: Any, viewer: Any, dock: Any, files) -> None:
    assert not dock.fill_button.isEnabled()
    files[0].with_name("bad.txt").write_text("no numbers here")
    loaded(qtbot, dock, [files[0].with_name("bad.txt"), *files])
    names = [dock.table.item(row, NAME).text() for row in range(1, 6)]
    assert names == [f"Top {name.replace('/', ' ')}" for name in F3.names[1:]]
    boxes = [dock.table.cellWidget(row, BELOW) for row in range(6)]
    assert [box.currentText() for box in boxes] == list(F3.names)
    said = dock.said.toPlainText()
    assert "bad.txt" in said
    assert "Top Scruff: on 240 of 240 traces, " in said
    assert len(viewer.layers["Horizons"].data) > 0


def test_paint_is_the_truth_and_can_be_undone(qtbot: Any, viewer: Any, dock: Any, files) -> None:
    loaded(qtbot, dock, files)
    survey_view(viewer).go_to(105, "iline")
    assert option(dock, "lines").currentText() == "Inline 105, in view"
    codes = painted(qtbot, dock)
    np.testing.assert_array_equal(codes[5], layered_codes()[5])
    assert (np.delete(codes, 5, axis=0) == 255).all()
    assert dock.said.toPlainText().startswith(f"Painted {20 * 24:,} voxels into Facies.")
    watch = dock.session.interpretation.watch
    assert watch.voxels.sum() == 480
    assert watch.painted.inlines == 1 or not watch.painted.of_inlines
    labels = dock.session.interpretation.labels
    labels.undo()
    assert not np.asarray(labels.data).any()
    assert watch.voxels.sum() == 0


def test_lines_by_number_and_painted_ones(qtbot: Any, viewer: Any, dock: Any, files) -> None:
    loaded(qtbot, dock, files)
    choose(option(dock, "lines"), "painted")
    dock.preview_button.setChecked(True)
    qtbot.waitUntil(lambda: "nothing is painted" in dock.said.toPlainText())
    choose(option(dock, "lines"), "listed")
    assert option(dock, "listed").isVisible()
    qtbot.keyClicks(option(dock, "listed"), "iline:101 xline:306")
    qtbot.waitUntil(lambda: preview_layer(viewer) is not None)
    codes = painted(qtbot, dock)
    assert preview_layer(viewer) is None
    lines = np.zeros(SHAPE[:2], bool)
    lines[1], lines[:, 3] = True, True
    np.testing.assert_array_equal((codes != 255).all(2), lines)
    dock.session.interpretation.labels.data[1, :, :5] = (
        0  # not an edit: what was there is not known
    )
    choose(option(dock, "lines"), "painted")
    codes = painted(qtbot, dock)
    np.testing.assert_array_equal(codes[lines], layered_codes()[lines])


def test_the_preview_follows_what_is_asked_for(qtbot: Any, viewer: Any, dock: Any, files) -> None:
    loaded(qtbot, dock, files)
    survey_view(viewer).go_to(103, "iline")
    click(qtbot, dock.preview_button)
    layer = preview_layer(viewer)
    assert viewer.layers[-1].name == "Horizons"
    shown = np.asarray(layer.data[3])
    np.testing.assert_array_equal(from_layer(shown.T), layered_codes()[3])
    choose(dock.table.cellWidget(2, BELOW), "nothing")
    qtbot.waitUntil(lambda: (np.asarray(layer.data[3]) == 0).any())
    shown = from_layer(np.asarray(layer.data[3]).T)
    np.testing.assert_array_equal(shown == 255, layered_codes()[3] == 2)
    assert "1 of 6 intervals stay unlabelled" in dock.said.toPlainText()
    # The status bar tells the facies, and painting goes on in the paint's own layer.
    assert layer.get_status((3, 20, 4), world=True)["value"] in F3.names
    assert dock.session.interpretation.labels is None
    click(qtbot, dock.preview_button)
    assert preview_layer(viewer) is None


def test_paint_that_is_there_is_kept_unless_asked(
    qtbot: Any, viewer: Any, dock: Any, files
) -> None:
    loaded(qtbot, dock, files)
    volume = volume_of(viewer.layers[0])
    labels = add_labels(viewer, volume, None, F3, "mine")
    labels.data_setitem((np.full(9, 2), np.arange(9), np.full(9, 4)), 6)
    survey_view(viewer).go_to(102, "iline")
    assert dock.fill_button.text() == "Paint into mine"
    codes = painted(qtbot, dock)
    assert (codes[2, 4, :9] == 5).all()
    assert (codes[2, 5] == layered_codes()[2, 5]).all()
    dock.fill_box.form.editors["replace_paint"].tick.native.click()
    codes = painted(qtbot, dock)
    np.testing.assert_array_equal(codes[2], layered_codes()[2])


def test_a_large_filling_is_counted_and_saved(
    qtbot: Any, viewer: Any, dock: Any, files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(horizon_fill, "UNDOABLE_VOXELS", 100)
    loaded(qtbot, dock, files)
    choose(option(dock, "lines"), "all")
    codes = painted(qtbot, dock)
    np.testing.assert_array_equal(codes, layered_codes())
    watch = dock.session.interpretation.watch
    assert watch.voxels.sum() == codes.size
    assert "too many to undo" in dock.said.toPlainText()
    dock.session.interpretation.labels.undo()  # nothing to undo: nothing happens
    assert watch.voxels.sum() == codes.size
    # Painting over what is there is asked for.
    dock.fill_box.form.editors["replace_paint"].tick.native.click()
    dock.session.interpretation.labels.data[:] = 1
    answers = iter([QMessageBox.StandardButton.No, QMessageBox.StandardButton.Yes])
    monkeypatch.setattr(QMessageBox, "question", lambda *_args: next(answers))
    assert (painted(qtbot, dock) == 0).all()
    np.testing.assert_array_equal(painted(qtbot, dock), layered_codes())


def test_stopping_is_told(qtbot: Any, dock: Any, files, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Load horizons" in dock.said.toPlainText()
    loaded(qtbot, dock, files)

    def slowly(_filling: Any, _paint: Any, token: Any) -> Iterator[Any]:
        while not token.cancelled:
            token.share = 0.5
            yield from ()

    monkeypatch.setattr(horizon_fill, "gather", slowly)
    click(qtbot, dock.fill_button)
    qtbot.waitUntil(dock.bar.stop_button.isVisible)
    click(qtbot, dock.bar.stop_button)
    qtbot.waitUntil(lambda: not dock.busy)
    assert dock.said.toPlainText() == "Stopped."
    assert not np.asarray(dock.session.interpretation.labels.data).any()


def test_the_list_is_worked_with_mouse_and_keys(qtbot: Any, viewer: Any, dock: Any, files) -> None:
    loaded(qtbot, dock, files)
    table = dock.table
    before = len(viewer.layers["Horizons"].data)
    table.item(1, NAME).setCheckState(Qt.CheckState.Unchecked)
    assert len(viewer.layers["Horizons"].data) < before
    table.item(2, NAME).setText("seabed")
    assert dock.set.entries[1].horizon.name == "seabed"
    table.select(1)
    click(qtbot, dock.up_button)
    assert table.item(1, NAME).text() == "seabed"
    assert table.places == [0]
    click(qtbot, dock.sort_button)
    assert table.item(2, NAME).text() == "seabed"
    table.select(1)
    qtbot.keyClick(table, Qt.Key.Key_Delete)
    assert [entry.horizon.name for entry in dock.set.entries].count("seabed") == 0
    assert table.rowCount() == 5
    assert not table.item(1, COLOUR).icon().isNull()


def test_boundaries_of_a_facies_layer(qtbot: Any, viewer: Any, dock: Any) -> None:
    volume = volume_of(viewer.layers[0])
    labels = add_labels(viewer, volume, layered_codes(), F3, "true facies")
    dock.facies_button.menu().aboutToShow.emit()
    (action,) = dock.facies_button.menu().actions()
    assert action.text() == "true facies"
    action.trigger()
    qtbot.waitUntil(lambda: len(dock.set.entries) > 0)
    qtbot.waitUntil(lambda: not dock.busy)
    assert dock.set.entries[0].horizon.name == "Top Middle North Sea (true facies)"
    assert dock.set.entries[0].colour == F3.colours[1]
    assert labels in viewer.layers


def test_a_closed_dock_lets_go(qtbot: Any, viewer: Any, files) -> None:
    outer, dock = viewer.window.add_plugin_dock_widget("napari-s6", "Horizons")
    loaded(qtbot, dock, files)
    dock.preview_button.setChecked(True)
    qtbot.waitUntil(lambda: preview_layer(viewer) is not None)
    viewer.window.remove_dock_widget(outer)
    qtbot.wait(50)
    assert preview_layer(viewer) is None
    lines = viewer.layers["Horizons"]
    survey_view(viewer).go_to(108, "iline")  # the lines go on following
    assert (lines.data[:, 0, 0] == 8).all()
    again = viewer.window.add_plugin_dock_widget("napari-s6", "Horizons")[1]
    assert again.table.rowCount() == 6
