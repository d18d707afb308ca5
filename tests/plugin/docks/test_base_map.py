"""The Base map and Section docks in a real window, worked with clicks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xarray as xr

pytest.importorskip("pytestqt")
pytestmark = pytest.mark.gui

from qtpy.QtCore import QPoint, Qt  # noqa: E402
from qtpy.QtGui import QColor  # noqa: E402

from napari_s6.facies.scheme import SCHEMES  # noqa: E402
from napari_s6.plugin.canvas.display import balance_window, reverses_polarity  # noqa: E402
from napari_s6.plugin.canvas.layers import add_labels, add_volume, volume_of  # noqa: E402
from napari_s6.plugin.canvas.view import survey_view  # noqa: E402
from napari_s6.plugin.docks.base_map_dock import CURRENT, BaseMapDock  # noqa: E402
from napari_s6.plugin.widgets.trace_map import LIVE, PAINTED  # noqa: E402
from napari_s6.survey.volume import make_volume  # noqa: E402

from ..napari_window import scene_canvas  # noqa: E402
from ..surveys import small_survey  # noqa: E402

Dock = Callable[[str], Any]


def click(qtbot: Any, base: BaseMapDock, iline: float, xline: float, button: Any = None) -> None:
    at = QPoint(*(round(v) for v in base.map.position(iline, xline)))
    qtbot.mouseClick(base.map, button or Qt.MouseButton.LeftButton, pos=at)


def colour_at(base: BaseMapDock, iline: float, xline: float) -> str:
    x, y = base.map.position(iline, xline)
    return str(QColor(base.map.grab().toImage().pixel(round(x), round(y))).name())


def crosses(base: BaseMapDock, iline: float, xline: float) -> bool:
    """Whether the section in view is drawn within two pixels of a place."""
    x, y = (round(v) for v in base.map.position(iline, xline))
    image = base.map.grab().toImage()
    around = [(x + i, y + j) for i in range(-2, 3) for j in range(-2, 3)]
    return any(QColor(image.pixel(*at)).name() == CURRENT for at in around)


def sparse_survey() -> xr.DataArray:
    live = np.zeros((200, 150), bool)
    live[[20, 90, 180]] = True
    live[:, [33, 100]] = True
    return make_volume(
        np.ones((200, 150, 4), np.float32),
        iline=np.arange(1000, 1200),
        xline=np.arange(500, 650),
        samples=np.arange(4),
        live=live,
    )


def test_a_click_goes_to_the_line_there(qtbot: Any, viewer: Any, dock: Dock) -> None:
    base, view = dock("Base map"), survey_view(viewer)
    add_volume(viewer, small_survey())
    qtbot.waitUntil(lambda: base.volume is not None)
    click(qtbot, base, 103, 330)
    assert view.title == "Inline 103"
    click(qtbot, base, 108, 310, Qt.MouseButton.RightButton)
    assert view.title == "Crossline 310"
    click(qtbot, base, 102, 324)
    assert view.title == "Crossline 324"
    view.show("iline")
    assert view.title == "Inline 102"


def test_a_click_on_a_sparse_survey_takes_the_line_with_data(
    qtbot: Any, viewer: Any, dock: Dock
) -> None:
    base, view = dock("Base map"), survey_view(viewer)
    add_volume(viewer, sparse_survey())
    qtbot.waitUntil(lambda: base.volume is not None)
    click(qtbot, base, 1091.5, 570)
    assert view.title == "Inline 1090"
    click(qtbot, base, 1140, 601.4)
    assert view.title == "Crossline 600"
    click(qtbot, base, 1050, 565)  # far from any
    assert view.title == "Crossline 565"


def test_the_map_shows_where_one_is(qtbot: Any, viewer: Any, dock: Dock) -> None:
    add_volume(viewer, small_survey())
    base, view = dock("Base map"), survey_view(viewer)
    qtbot.wait(100)
    view.go_to(109, "iline")
    qtbot.waitUntil(lambda: crosses(base, 109, 306))
    assert not crosses(base, 104, 306)
    view.go_to(306, "xline")
    qtbot.waitUntil(lambda: crosses(base, 104, 306))
    assert not crosses(base, 109, 320)


def test_the_map_shows_what_is_painted(qtbot: Any, viewer: Any, dock: Dock) -> None:
    volume = small_survey()
    add_volume(viewer, volume)
    base, view = dock("Base map"), survey_view(viewer)
    labels = add_labels(viewer, volume, None, SCHEMES["F3"], "paint")
    view.go_to(110, "iline")
    labels.data_setitem((np.full(50, 3), np.arange(50) % 20, np.arange(50) // 3), 1)
    qtbot.waitUntil(lambda: colour_at(base, 103, 306) == PAINTED, timeout=3000)
    assert colour_at(base, 106, 306) == LIVE
    assert "1 of 12 inlines" in base.said.text()
    labels.undo()
    qtbot.waitUntil(lambda: colour_at(base, 103, 306) == LIVE, timeout=3000)


def test_dead_traces_disappear_once_they_are_known(qtbot: Any, viewer: Any, dock: Dock) -> None:
    volume = small_survey()
    volume.values[3:5] = 0
    volume.attrs["dead_scanned"] = False
    base, view = dock("Base map"), survey_view(viewer)
    layer = add_volume(viewer, volume)
    view.go_to(110)
    qtbot.waitUntil(lambda: bool(volume_of(layer).attrs["dead_scanned"]), timeout=10_000)
    qtbot.waitUntil(lambda: base.volume is volume_of(layer))
    qtbot.waitUntil(lambda: colour_at(base, 103.5, 312) not in (LIVE, PAINTED))
    assert colour_at(base, 108, 312) == LIVE


def test_in_3d_a_click_moves_both_planes(qtbot: Any, viewer: Any, dock: Dock) -> None:
    add_volume(viewer, small_survey())
    base, view, section = dock("Base map"), survey_view(viewer), dock("Section")
    qtbot.mouseClick(section.space_button, Qt.MouseButton.LeftButton)
    assert view.in_space
    click(qtbot, base, 103, 330)
    assert view.in_space
    assert view.space.cuts == [(0, 3), (1, 12), (2, 15)]
    qtbot.waitUntil(lambda: section.planes["iline"][1].text() == "103")
    section.planes["slice"][0].setValue(2)
    assert view.space.cuts[1] == (1, 2)
    qtbot.mouseClick(section.view_buttons["slice"], Qt.MouseButton.LeftButton)
    assert view.title == "Time slice 16 ms"
    qtbot.waitUntil(lambda: section.line_box.isVisible() and not section.space_button.isChecked())


def test_next_section_with_data_by_button_and_key(qtbot: Any, viewer: Any, dock: Dock) -> None:
    add_volume(viewer, sparse_survey())
    section, view = dock("Section"), survey_view(viewer)
    view.go_to(1000, "iline")
    qtbot.waitUntil(lambda: section.line_box.value() == 1000)
    qtbot.waitUntil(lambda: not section.step_buttons[0].isEnabled())
    qtbot.mouseClick(section.step_buttons[1], Qt.MouseButton.LeftButton)
    assert view.number == 1020
    from vispy.util.keys import SHIFT, Key

    canvas = scene_canvas(viewer)
    canvas.events.key_press(key=Key("Right"), text="", modifiers=[SHIFT])
    assert view.number == 1090
    qtbot.waitUntil(section.step_buttons[0].isEnabled)
    qtbot.mouseClick(section.step_buttons[0], Qt.MouseButton.LeftButton)
    assert view.number == 1020


def test_balance_and_polarity_from_the_dock(qtbot: Any, viewer: Any, dock: Dock) -> None:
    layer = add_volume(viewer, small_survey())
    section = dock("Section")
    section.window_box.setValue(48)
    assert balance_window(layer) is None  # a length alone switches nothing on
    section.balance.click()
    assert balance_window(layer) == 48
    section.window_box.setValue(60)
    assert balance_window(layer) == 60
    section.polarity.click()
    section.colours.setCurrentIndex(section.colours.findData("seismic-vik"))
    section.colours.activated.emit(section.colours.currentIndex())
    assert layer.colormap.name == "seismic-vik-flipped"
    assert reverses_polarity(layer)
    section.balance.click()
    section.polarity.click()
    assert balance_window(layer) is None
    assert layer.colormap.name == "seismic-vik"
    other = add_volume(viewer, small_survey(), "other")
    viewer.layers.selection.active = other
    qtbot.waitUntil(lambda: section.colours.currentData() == "seismic-grey")


def test_a_closed_map_is_not_told_any_more(qtbot: Any, viewer: Any) -> None:
    outer, base = viewer.window.add_plugin_dock_widget("napari-s6", "Base map")
    viewer.window.remove_dock_widget(outer)
    add_volume(viewer, small_survey())
    survey_view(viewer).go_to(103)
    qtbot.wait(150)
    assert base.volume is None
