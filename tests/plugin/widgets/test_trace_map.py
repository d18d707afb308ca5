"""The map of traces as a widget: what is drawn where, and what a click says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr

pytest.importorskip("pytestqt")
pytestmark = pytest.mark.gui

from qtpy.QtCore import QPoint, Qt  # noqa: E402
from qtpy.QtGui import QColor  # noqa: E402

from napari_s6.plugin.widgets.trace_map import LIVE, PAINTED, Stroke, TraceMap, _ticks  # noqa: E402
from napari_s6.survey.map_frame import MapFrame  # noqa: E402
from napari_s6.survey.volume import make_volume  # noqa: E402

TURNED = [0.0, 20.0, -15.0, 0.0, 15.0, 20.0]  # by 37 degrees, 25 m either way


def survey(affine: list[float] | None) -> xr.DataArray:
    live = np.ones((40, 60), bool)
    live[:, 30:] = False
    return make_volume(
        np.zeros((40, 60, 2), np.float32),
        iline=np.arange(100, 140),
        xline=np.arange(300, 420, 2),
        samples=[0, 4],
        live=live,
        attrs={} if affine is None else {"affine": affine},
    )


@pytest.fixture
def map_widget(qtbot: Any) -> TraceMap:
    widget = TraceMap()
    qtbot.addWidget(widget)
    widget.resize(320, 300)
    widget.show()
    qtbot.waitUntil(widget.isVisible)
    return widget


def colour_at(widget: TraceMap, iline: float, xline: float) -> str:
    x, y = widget.position(iline, xline)
    return str(QColor(widget.grab().toImage().pixel(round(x), round(y))).name())


@pytest.mark.parametrize("affine", [None, TURNED], ids=["plain", "turned"])
def test_traces_holes_and_paint_are_drawn_where_they_are(
    map_widget: TraceMap, affine: list[float] | None
) -> None:
    painted = np.zeros((40, 60), bool)
    painted[20:30, :10] = True
    map_widget.show_survey(survey(affine), painted)
    assert colour_at(map_widget, 110, 330) == LIVE
    assert colour_at(map_widget, 125, 310) == PAINTED
    assert colour_at(map_widget, 110, 390) not in (LIVE, PAINTED)


@pytest.mark.parametrize("affine", [None, TURNED], ids=["plain", "turned"])
def test_everything_lies_inside_the_widget(
    map_widget: TraceMap, affine: list[float] | None
) -> None:
    map_widget.show_survey(survey(affine))
    for iline in (100, 139):
        for xline in (300, 418):
            x, y = map_widget.position(iline, xline)
            assert 0 < x < map_widget.width()
            assert 0 < y < map_widget.height()


def test_north_is_up_and_a_plain_map_has_inlines_upwards(map_widget: TraceMap) -> None:
    map_widget.show_survey(survey(None))
    (x0, y0), (x1, y1) = map_widget.position(100, 300), map_widget.position(110, 310)
    assert x1 - x0 == pytest.approx(y0 - y1)  # ten lines either way, to the right and upwards
    assert x1 > x0
    map_widget.show_survey(survey([0, 0, 25, 9000, -25, 0]))  # inlines southwards
    assert map_widget.position(110, 300)[1] > map_widget.position(100, 300)[1]


@pytest.mark.parametrize("affine", [None, TURNED], ids=["plain", "turned"])
def test_a_click_says_which_lines_are_there(
    qtbot: Any, map_widget: TraceMap, affine: list[float] | None
) -> None:
    map_widget.show_survey(survey(affine))
    at = QPoint(*(round(v) for v in map_widget.position(117, 342)))
    with qtbot.waitSignal(map_widget.clicked) as heard:
        qtbot.mouseClick(map_widget, Qt.MouseButton.LeftButton, pos=at)
    iline, xline, right = heard.args
    assert iline == pytest.approx(117, abs=1)
    assert xline == pytest.approx(342, abs=1)
    assert not right


def test_strokes_cross_the_map(map_widget: TraceMap) -> None:
    map_widget.show_survey(survey(None))
    map_widget.draw([Stroke((120, 120), (300, 418), "#ff0000", 3)])
    assert colour_at(map_widget, 120, 350) == "#ff0000"
    map_widget.draw([])
    assert colour_at(map_widget, 120, 350) == LIVE


def test_no_survey_is_an_empty_map(map_widget: TraceMap) -> None:
    map_widget.show_survey(survey(None))
    map_widget.show_survey(None)
    with pytest.raises(ValueError, match="no survey"):
        map_widget.position(100, 300)
    assert not map_widget.grab().isNull()


def test_numbers_along_an_edge_have_no_minus_zero() -> None:
    volume = make_volume(
        np.zeros((16, 256, 2), np.float32),
        iline=np.arange(16),
        xline=np.arange(256),
        samples=np.arange(2),
    )
    ticks = _ticks(MapFrame.of(volume), "xline")
    assert ticks[0] == 0
    assert not np.signbit(ticks[0])
