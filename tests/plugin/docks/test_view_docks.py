"""The Section and Export docks in a real window, worked with clicks and keys."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pytestqt")
pytestmark = pytest.mark.gui

from qtpy.QtCore import Qt  # noqa: E402

from napari_s6.facies.files import open_facies  # noqa: E402
from napari_s6.facies.scheme import SCHEMES  # noqa: E402
from napari_s6.plugin.canvas.layers import add_labels, add_volume, volume_of  # noqa: E402
from napari_s6.plugin.canvas.view import survey_view  # noqa: E402
from napari_s6.plugin.docks.export import options  # noqa: E402

from ..napari_window import qt_window, scene_canvas  # noqa: E402
from ..surveys import layered_codes, small_survey  # noqa: E402

F3 = SCHEMES["F3"]
Dock = Callable[[str], Any]


def click(qtbot: Any, button: Any) -> None:
    assert button.isVisible()
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_each_view_is_one_click(qtbot: Any, viewer: Any, dock: Dock) -> None:
    section = dock("Section")
    assert not section.controls.isEnabled()
    add_volume(viewer, small_survey())
    qtbot.waitUntil(section.controls.isEnabled)
    view = survey_view(viewer)
    for name in ("xline", "slice", "iline"):
        click(qtbot, section.view_buttons[name])
        assert view.view == name
        qtbot.waitUntil(lambda: section.line_box.value() == view.number)
        assert section.view_buttons[name].isChecked()


def test_keys_work_on_the_canvas(qtbot: Any, viewer: Any) -> None:
    view = survey_view(viewer)
    add_volume(viewer, small_survey())
    add_labels(viewer, small_survey(), None, F3, "paint")
    for key, name in (("J", "xline"), ("K", "slice"), ("I", "iline")):
        scene_canvas(viewer).events.key_press(key=_key(key), text=key)
        assert view.view == name


def _key(name: str) -> Any:
    from vispy.util.keys import Key

    return Key(name)


def test_go_to_a_line_by_typing_it(qtbot: Any, viewer: Any, dock: Dock) -> None:
    add_volume(viewer, small_survey())
    section, view = dock("Section"), survey_view(viewer)
    click(qtbot, section.view_buttons["xline"])
    qtbot.waitUntil(lambda: section.line_box.maximum() == 338)
    box = section.line_box.lineEdit()
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, "327")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: section.line_box.value() == view.number)
    assert view.number in (326, 328)
    section.line_box.stepBy(1)
    assert view.number in (328, 330)


def test_stretch_colours_and_clip(qtbot: Any, viewer: Any, dock: Dock) -> None:
    layer = add_volume(viewer, small_survey())
    section = dock("Section")
    section.stretch.setValue(section.stretch.maximum())
    assert tuple(layer.scale) == (1, 4, 1)
    click(qtbot, section.one_to_one)
    assert tuple(layer.scale) == (1, 1, 1)
    section.colours.setCurrentIndex(section.colours.findData("seismic-grey"))
    section.colours.activated.emit(section.colours.currentIndex())
    assert layer.colormap.name == "seismic-grey"
    wide = layer.contrast_limits[1]
    section.clip.setValue(90)
    assert layer.contrast_limits[1] == -layer.contrast_limits[0] < wide


def test_a_closed_dock_is_not_told_any_more(qtbot: Any, viewer: Any) -> None:
    add_volume(viewer, small_survey())
    for name in ("Section", "Export facies"):
        outer, _ = viewer.window.add_plugin_dock_widget("napari-s6", name)
        viewer.window.remove_dock_widget(outer)
    qtbot.wait(50)
    survey_view(viewer).go_to(103)
    add_labels(viewer, small_survey(), None, F3, "paint")
    qtbot.wait(50)


def exported(qtbot: Any, dock: Any) -> str:
    qtbot.waitUntil(lambda: not dock.busy, timeout=20_000)
    return str(dock.said.text())


@pytest.mark.parametrize("suffix", list(options.FACIES_FILES))
def test_export_writes_what_is_painted(
    qtbot: Any, viewer: Any, dock: Dock, tmp_path: Path, suffix: str
) -> None:
    volume = small_survey()
    add_volume(viewer, volume)
    add_labels(viewer, volume, layered_codes(), F3, "paint")
    export = dock("Export facies")
    export.form.edit("suffix", suffix)
    out = tmp_path / f"facies{suffix}"
    export.file_line.setText(str(out))
    click(qtbot, export.export_button)
    assert exported(qtbot, export) == f"Wrote {out}"
    np.testing.assert_array_equal(open_facies(out).values, layered_codes())


def test_export_runs_in_a_thread_of_its_own_on_a_copy(
    qtbot: Any, viewer: Any, dock: Dock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    volume = small_survey()
    labels = add_labels(viewer, volume, layered_codes(), F3, "paint")
    export = dock("Export facies")
    started, go_on, threads = threading.Event(), threading.Event(), []
    save = options.save_labels

    def slowly(*args: Any, **given: Any) -> Path:
        threads.append(threading.get_ident())
        started.set()
        assert go_on.wait(10)
        return save(*args, **given)

    monkeypatch.setattr(options, "save_labels", slowly)
    export.file_line.setText(str(tmp_path / "facies.sgy"))
    click(qtbot, export.export_button)
    qtbot.waitUntil(started.is_set)
    assert export.bar.stop_button.isVisible()
    labels.data[:] = 0
    go_on.set()
    exported(qtbot, export)
    assert threads != [threading.get_ident()]
    np.testing.assert_array_equal(open_facies(tmp_path / "facies.sgy").values, layered_codes())


def test_stop_leaves_no_file(
    qtbot: Any, viewer: Any, dock: Dock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_labels(viewer, small_survey(), layered_codes(), F3, "paint")
    export = dock("Export facies")
    started, go_on = threading.Event(), threading.Event()
    save = options.save_labels

    def slowly(*args: Any, **given: Any) -> Path:
        started.set()
        assert go_on.wait(10)
        return save(*args, **given)

    monkeypatch.setattr(options, "save_labels", slowly)
    folder = tmp_path / "out"
    folder.mkdir()
    export.file_line.setText(str(folder / "facies.sgy"))
    click(qtbot, export.export_button)
    qtbot.waitUntil(started.is_set)
    click(qtbot, export.bar.stop_button)
    go_on.set()
    assert exported(qtbot, export).startswith("Stopped")
    assert list(folder.iterdir()) == []


def test_an_export_that_fails_says_why(qtbot: Any, viewer: Any, dock: Dock, tmp_path: Path) -> None:
    add_labels(viewer, small_survey(), layered_codes(), F3, "paint")
    export = dock("Export facies")
    export.file_line.setText(str(tmp_path / "missing" / "facies.sgy"))
    click(qtbot, export.export_button)
    assert "missing" in exported(qtbot, export)
    export.file_line.setText(str(tmp_path / "facies.sgy"))
    click(qtbot, export.export_button)
    assert exported(qtbot, export).startswith("Wrote")


def test_a_picture_of_the_section_in_view(
    qtbot: Any, viewer: Any, dock: Dock, tmp_path: Path
) -> None:
    volume = small_survey()
    add_volume(viewer, volume)
    add_labels(viewer, volume, layered_codes(), F3, "paint")
    export = dock("Export facies")
    survey_view(viewer).go_to(104, "iline")
    assert export.section.text() == "Inline 104"
    export.save_picture(tmp_path / "section.png")
    assert exported(qtbot, export) == f"Wrote {tmp_path / 'section.png'}"
    survey_view(viewer).show("slice")
    assert not export.picture_button.isEnabled()


def test_export_follows_the_layers(viewer: Any, dock: Dock) -> None:
    volume = small_survey()
    add_volume(viewer, volume)
    export = dock("Export facies")
    assert not export.export_button.isEnabled()
    first = add_labels(viewer, volume, None, F3, "first")
    second = add_labels(viewer, volume, None, F3, "second")
    assert export.layer is second
    viewer.layers.selection.active = first
    assert export.layer is first
    viewer.layers.remove(first)
    assert export.layer is second
    assert len(export.layer_box.box) == 1


def test_dead_traces_of_a_large_survey_are_found_after_it_is_shown(qtbot: Any, viewer: Any) -> None:
    volume = small_survey()
    volume.values[3:5] = 0
    volume.attrs["dead_scanned"] = False
    survey_view(viewer)
    layer = add_volume(viewer, volume)
    assert volume_of(layer) is volume
    qtbot.waitUntil(lambda: volume_of(layer).attrs["dead_scanned"], timeout=10_000)
    assert not volume_of(layer)["live"].values[3:5].any()
    assert np.isnan(layer.data[4]).all()


def test_docks_become_tabs_where_they_do_not_fit(qtbot: Any, viewer: Any) -> None:
    viewer.window.resize(1400, 900)
    window = qt_window(viewer)
    opened = {}
    for name in ("Section", "Base map", "Facies", "Horizons", "Train S6", "Export facies"):
        outer, widget = viewer.window.add_plugin_dock_widget("napari-s6", name)
        opened[name] = outer
        qtbot.waitUntil(lambda o=outer, w=widget: o.x() > 0 and o.height() >= 0.7 * w.room)
    assert window.height() <= 900
    qtbot.waitUntil(lambda: sum(outer.x() > 0 for outer in opened.values()) == 2)
    assert all(window.tabifiedDockWidgets(outer) for outer in opened.values())


def test_an_export_does_not_propose_the_file_that_the_layer_came_from(
    qtbot: Any, viewer: Any, dock: Dock, tmp_path: Path
) -> None:
    survey = small_survey().assign_attrs(source=str(tmp_path / "survey.sgy"))
    (tmp_path / "survey_labels.sgy").write_bytes(b"what an interpreter painted last year")
    add_volume(viewer, survey)
    add_labels(viewer, survey, None, F3, "survey_labels.sgy")
    export = dock("Export facies")
    assert export.file_line.text() == str(tmp_path / "survey_labels_2.sgy")


def test_a_renamed_layer_has_its_new_name_in_the_docks(qtbot: Any, viewer: Any, dock: Dock) -> None:
    survey = small_survey()
    seismic = add_volume(viewer, survey)
    paint = add_labels(viewer, survey, None, F3, "Facies")
    export, horizons, section = dock("Export facies"), dock("Horizons"), dock("Section")
    paint.name, seismic.name = "North", "Survey of 1987"
    qtbot.waitUntil(lambda: "Survey of 1987" in section.survey.text())
    assert export.layer_box.box.current_choice == "North"
    assert horizons.fill_button.text() == "Paint into North"


def test_the_export_goes_with_the_survey_in_view(
    qtbot: Any, viewer: Any, dock: Dock, tmp_path: Path
) -> None:
    """Facies, name and folder proposed; a folder that was chosen stays."""
    paint = []
    for name in ("north", "south"):
        (tmp_path / name).mkdir()
        survey = small_survey().assign_attrs(source=str(tmp_path / name / f"{name}.sgy"))
        add_volume(viewer, survey, name)
        paint.append(add_labels(viewer, survey, None, F3, "Paint of " + name[0]))
    export = dock("Export facies")
    for name, layer in zip(("north", "south"), paint, strict=True):
        viewer.layers.selection.active = viewer.layers[name]
        qtbot.waitUntil(lambda y=layer: export.layer is y)
        assert export.file_line.text() == str(tmp_path / name / f"{name}_Paint_of_{name[0]}.sgy")
    export.file_line.setText(str(tmp_path / "mine.sgy"))
    viewer.layers.selection.active = viewer.layers["north"]
    assert export.file_line.text() == str(tmp_path / "north_Paint_of_n.sgy")
