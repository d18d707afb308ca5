"""Keys, line numbers, times and stretch of the survey in view, without a window."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_s6.facies.scheme import SCHEMES
from napari_s6.plugin.canvas.layers import add_confidence, add_labels, add_volume, volume_of
from napari_s6.plugin.canvas.view import KEYS, SurveyView, survey_view
from napari_s6.survey.volume import make_volume

from ..surveys import INLINES, SHAPE, TIMES, layered_codes, small_survey

F3 = SCHEMES["F3"]


@pytest.fixture
def viewer() -> ViewerModel:
    return ViewerModel()


@pytest.fixture
def view(viewer: ViewerModel) -> SurveyView:
    view = survey_view(viewer)
    add_volume(viewer, small_survey(), "seismic")
    return view


def overlay_text(viewer: ViewerModel) -> str:
    canvas = getattr(viewer, "canvas", None)
    return (viewer.text_overlay if canvas is None else canvas.overlays.text).text


def press(viewer: ViewerModel, key: str) -> None:
    for bound, action in viewer.keymap.items():
        if str(bound) == key:
            action(viewer)
            return
    raise AssertionError(f"{key} is bound to nothing")


def test_there_is_one_view_for_a_viewer(viewer: ViewerModel) -> None:
    assert survey_view(viewer) is survey_view(viewer)
    assert survey_view(ViewerModel()) is not survey_view(viewer)


def test_a_viewer_without_a_survey_shows_nothing(viewer: ViewerModel) -> None:
    view = survey_view(viewer)
    for key in KEYS.values():
        press(viewer, key)
    assert view.view is None
    assert view.go_to(5) is None
    assert overlay_text(viewer) == ""


def test_one_key_for_each_view(viewer: ViewerModel, view: SurveyView) -> None:
    press(viewer, "J")
    assert view.view == "xline"
    assert view.title == "Crossline 320"
    press(viewer, "K")
    assert view.view == "slice"
    assert view.title == "Time slice 56 ms"
    press(viewer, "I")
    assert view.view == "iline"
    assert overlay_text(viewer) == view.title == "Inline 106"


def test_each_view_remembers_where_it_was(view: SurveyView) -> None:
    view.go_to(103, "iline")
    view.go_to(330, "xline")
    view.show("iline")
    assert view.number == 103
    view.show("xline")
    assert view.number == 330


@pytest.mark.parametrize(
    ("view_name", "asked", "reached"),
    [("iline", 109, 109), ("iline", 2, 100), ("xline", 327.2, 328), ("slice", 31, 32)],
)
def test_go_to_the_nearest_line(
    view: SurveyView, view_name: Any, asked: float, reached: float
) -> None:
    assert view.go_to(asked, view_name) == reached
    assert view.number == reached


def test_decreasing_and_uneven_line_numbers(viewer: ViewerModel) -> None:
    volume = make_volume(
        np.ones((3, 4, 5), np.float32),
        iline=[130, 110, 101],
        xline=[1, 2, 8, 9],
        samples=np.arange(5) * 2,
        domain="depth",
    )
    view = survey_view(viewer)
    add_volume(viewer, volume)
    view.go_to(101, "iline")
    assert (view.index, view.title) == (2, "Inline 101")
    view.go_to(7, "xline")
    assert (view.index, view.title) == (2, "Crossline 8")
    view.go_to(4, "slice")
    assert view.title == "Depth slice 4 m"


def test_a_sparse_survey_opens_where_its_data_are(viewer: ViewerModel) -> None:
    live = np.zeros((40, 50), bool)
    live[7], live[:, 33] = True, True
    volume = make_volume(
        np.ones((40, 50, 20), np.float32),
        iline=np.arange(40),
        xline=np.arange(50),
        samples=np.arange(20),
        live=live,
    )
    view = survey_view(viewer)
    add_volume(viewer, volume)
    assert view.number == 7
    view.show("xline")
    assert view.number == 33


def test_a_smaller_survey_is_not_looked_for_outside_itself(viewer: ViewerModel) -> None:
    view = survey_view(viewer)
    add_volume(viewer, small_survey())
    view.go_to(INLINES[-1])
    small = make_volume(
        np.ones((3, 30, 20), np.float32),
        iline=[5, 6, 7],
        xline=np.arange(30),
        samples=np.arange(20),
    )
    add_volume(viewer, small)
    assert viewer.dims.point[0] <= 2
    assert view.title == "Inline 6"


def test_stretch_stays_within_a_quarter_and_four(viewer: ViewerModel, view: SurveyView) -> None:
    labels = add_labels(viewer, view.layer.metadata["napari-s6"].volume, None, F3, "paint")
    for asked, kept in ((2.0, 2.0), (9.0, 4.0), (0.01, 0.25)):
        view.exaggeration = asked
        assert view.exaggeration == kept
        assert tuple(labels.scale) == tuple(view.seismic.scale) == (1, kept, 1)


def test_stretch_keeps_the_time_slice(view: SurveyView) -> None:
    view.go_to(72, "slice")
    view.exaggeration = 3.0
    assert view.number == 72


def test_layers_that_come_later_are_stretched_too(viewer: ViewerModel, view: SurveyView) -> None:
    view.exaggeration = 2.0
    foreign = viewer.add_image(np.zeros((4, 5, 6)))
    later = add_volume(viewer, small_survey())
    assert tuple(later.scale) == (1, 2, 1)
    assert tuple(foreign.scale) == (1, 1, 1)


def status(layer: Any, viewer: ViewerModel, at: tuple[float, ...]) -> str:
    return layer.get_status(
        at,
        view_direction=None,
        dims_displayed=list(viewer.dims.displayed),
        world=True,
    )["coordinates"]


def test_the_status_bar_says_lines_time_and_amplitude(
    viewer: ViewerModel, view: SurveyView
) -> None:
    view.exaggeration = 2.0
    view.go_to(102, "iline")
    said = status(view.seismic, viewer, (2, 2 * 3, 4))
    assert said == "inline 102, crossline 308, 20 ms: amplitude -2877"


def test_the_status_bar_says_facies_holes_and_confidence(viewer: ViewerModel) -> None:
    volume = small_survey(holes=True)
    view = survey_view(viewer)
    seismic = add_volume(viewer, volume)
    codes = layered_codes()
    codes[:, :, 20:] = 255
    labels = add_labels(viewer, volume, codes, F3, "paint")
    percent = np.full((SHAPE[0], SHAPE[2], SHAPE[1]), 73, np.uint8)
    confidence = add_confidence(viewer, volume, percent)
    view.go_to(105, "iline")
    assert status(seismic, viewer, (5, 1, 2)).endswith(": no trace")
    assert status(labels, viewer, (5, 0, 8)).endswith("8 ms: Upper North Sea")
    assert status(labels, viewer, (5, 21, 8)).endswith(f"{TIMES[21]:g} ms: unlabelled")
    assert status(confidence, viewer, (5, 1, 8)).endswith(": confidence 73%")
    assert "inline" not in status(seismic, viewer, (5, -9, 2))


def test_somebody_else_s_text_on_the_canvas_stays(viewer: ViewerModel) -> None:
    canvas = getattr(viewer, "canvas", None)
    overlay = viewer.text_overlay if canvas is None else canvas.overlays.text
    overlay.text = "Figure 1"
    survey_view(viewer)
    add_volume(viewer, small_survey())
    assert overlay.text == "Figure 1"


def test_the_text_goes_with_the_survey(viewer: ViewerModel, view: SurveyView) -> None:
    assert overlay_text(viewer)
    viewer.layers.clear()
    assert overlay_text(viewer) == ""


def test_changes_are_told(viewer: ViewerModel, view: SurveyView) -> None:
    told: list[str] = []
    view.changed.connect(lambda: told.append(view.title))
    view.go_to(104)
    assert told[-1] == "Inline 104"
    viewer.layers.clear()
    assert told[-1] == ""


def test_a_closed_viewer_is_let_go() -> None:
    viewer = ViewerModel()
    survey_view(viewer)
    gone = weakref.ref(viewer)
    del viewer
    gc.collect()
    assert gone() is None


def test_of_two_surveys_the_one_selected_is_shown(viewer: ViewerModel) -> None:
    survey_view(viewer)
    first = add_volume(viewer, small_survey(), "first")
    survey = volume_of(first)
    assert survey is not None
    paint = add_labels(viewer, survey, None, F3, "paint")
    off = add_labels(viewer, survey, None, F3, "off")
    off.visible = False
    second = add_volume(viewer, small_survey(), "second")
    viewer.layers.selection.active = second
    assert [layer.name for layer in viewer.layers if layer.visible] == ["second"]
    viewer.layers.selection.active = first
    assert [layer.name for layer in viewer.layers if layer.visible] == ["first", "paint"]
    assert paint.visible
