"""Sections as planes in space: where they stand, what is on them, what is read, and coming back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr
from napari.components import ViewerModel
from napari.layers import Surface

from napari_s6.facies.scheme import SCHEMES
from napari_s6.plugin.canvas import array, planes, space
from napari_s6.plugin.canvas.array import VolumeArray
from napari_s6.plugin.canvas.layers import add_confidence, add_labels, add_volume
from napari_s6.plugin.canvas.outline import outline_of
from napari_s6.plugin.canvas.planes import picture_of_cut, planes_of_cuts
from napari_s6.plugin.canvas.space import camera_of, is_right_handed
from napari_s6.plugin.canvas.view import survey_view
from napari_s6.survey.volume import make_volume

from ..surveys import SHAPE, layered_codes, small_survey
from .test_array import lazy_survey

F3 = SCHEMES["F3"]


@pytest.fixture
def viewer() -> ViewerModel:
    return ViewerModel()


def surface_of(viewer: ViewerModel) -> Surface:
    (found,) = [layer for layer in viewer.layers if isinstance(layer, Surface)]
    return found


# -- pictures -------------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_picture_has_the_layer_s_colours(viewer: ViewerModel, axis: int) -> None:
    layer = add_volume(viewer, small_survey())
    low, high = layer.contrast_limits
    values = np.take(np.asarray(layer.data), 3, axis)
    values = values.T if axis == 2 else values
    share = np.clip((values - low) / (high - low), 0, 1)
    expected = 255 * layer.colormap.map(share.ravel()).reshape(*share.shape, 4)
    np.testing.assert_allclose(picture_of_cut([layer], axis, 3), expected, atol=1.5)


def test_facies_lie_over_the_amplitudes_as_opaque_as_their_layer(viewer: ViewerModel) -> None:
    volume = small_survey()
    seismic = add_volume(viewer, volume)
    codes = layered_codes()
    codes[:, :, 20:] = 255
    labels = add_labels(viewer, volume, codes, F3, "paint")
    labels.opacity = 0.25
    below = picture_of_cut([seismic], 0, 2).astype(float)
    both = picture_of_cut([seismic, labels], 0, 2).astype(float)
    np.testing.assert_allclose(both[20:], below[20:], atol=1)
    colour = np.array([int(F3.colours[int(codes[2, 7, 5])][n : n + 2], 16) for n in (1, 3, 5)])
    np.testing.assert_allclose(both[5, 7, :3], 0.25 * colour + 0.75 * below[5, 7, :3], atol=1.5)


def test_a_large_section_s_picture_is_thinned(viewer: ViewerModel) -> None:
    layer = add_volume(viewer, small_survey())
    rows, columns, _ = picture_of_cut([layer], 0, 0, most=100).shape
    assert rows * columns <= 100
    assert rows > 1


# -- planes ---------------------------------------------------------------------------------------


def areas(made: planes.Planes) -> np.ndarray:
    corners = made.vertices[made.faces]
    return (
        np.linalg.norm(
            np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1
        )
        / 2
    )


@pytest.mark.parametrize(("axis", "index"), [(0, 2), (0, 7), (2, 3), (2, 9), (1, 11)])
def test_planes_cover_the_live_traces_and_nothing_else(
    viewer: ViewerModel, axis: int, index: int
) -> None:
    volume = small_survey(holes=True)
    live = volume["live"].values
    layer = add_volume(viewer, volume)
    made = planes_of_cuts([layer], [(axis, index)], live, SHAPE[2])
    count = {0: live[index], 1: live, 2: live[:, index]}[axis].sum()
    assert areas(made).sum() == pytest.approx(count * (1 if axis == 1 else SHAPE[2]))
    np.testing.assert_array_equal(made.vertices[:, axis], index)


def test_every_sample_is_drawn_where_it_lies(viewer: ViewerModel) -> None:
    """Each cut, in one sheet with the others: colours looked up as a graphics card does."""
    volume = small_survey(holes=True)
    layer = add_volume(viewer, volume)
    cuts = [(0, 2), (0, 7), (1, 11), (2, 9)]
    made = planes_of_cuts([layer], cuts, volume["live"].values, SHAPE[2])
    rows, columns = made.sheet.shape[:2]
    box = 0
    for axis, index in cuts:
        picture = picture_of_cut([layer], axis, index)
        flat = [k for k in (0, 1, 2) if k != axis]
        if axis == 2:
            flat = [1, 0]
        while box < len(made.vertices) // 4 and np.all(made.vertices[4 * box, axis] == index):
            corner = slice(4 * box, 4 * box + 4)
            at, place = made.vertices[corner][:, flat], made.places[corner]
            low, high = at.min(0), at.max(0)
            for row in np.arange(low[0] + 0.5, high[0]):
                for column in np.arange(low[1] + 0.5, high[1]):
                    share = (np.array([row, column]) - low) / (high - low)
                    u = place[0, 0] + share[1] * (place[1, 0] - place[0, 0])
                    v = place[0, 1] + share[0] * (place[3, 1] - place[0, 1])
                    seen = made.sheet[int((1 - v) * rows), int(u * columns)]
                    np.testing.assert_array_equal(seen, picture[int(row), int(column)])
            box += 1
    assert box == len(made.vertices) // 4


def test_many_pictures_go_beside_each_other(
    viewer: ViewerModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planes, "_MOST_ROWS", 60)
    volume = small_survey()
    layer = add_volume(viewer, volume)
    made = planes_of_cuts([layer], [(0, k) for k in range(5)], volume["live"].values, SHAPE[2])
    assert made.sheet.shape == (48, 60, 4)
    picture = picture_of_cut([layer], 0, 4)
    np.testing.assert_array_equal(made.sheet[:24, 40:], picture)


# -- the view -------------------------------------------------------------------------------------


def test_planes_stand_in_place_of_the_layers_and_go_again(viewer: ViewerModel) -> None:
    volume = small_survey()
    view = survey_view(viewer)
    seismic = add_volume(viewer, volume)
    paint = add_labels(viewer, volume, layered_codes(), F3, "paint")
    hidden = add_confidence(viewer, volume, np.zeros((12, 24, 20), np.uint8))
    hidden.visible = False
    foreign = viewer.add_points([[0, 0, 0]])
    viewer.layers.selection.active = paint
    view.exaggeration = 2.0
    view.go_to(104, "iline")
    view.go_to(330, "xline")
    order = viewer.dims.order
    view.show_space()
    assert viewer.dims.ndisplay == 3
    assert view.in_space
    assert not seismic.visible
    assert not paint.visible
    assert foreign.visible
    assert view.space.cuts == [(0, 4), (1, 12), (2, 15)]
    assert tuple(surface_of(viewer).scale) == (1, 2, 1)
    viewer.dims.ndisplay = 2  # napari's own button
    assert view.title == "Crossline 330"
    assert viewer.dims.order == order
    view.show("iline")
    assert view.title == "Inline 104"
    assert (seismic.visible, paint.visible, hidden.visible) == (True, True, False)
    assert list(viewer.layers) == [seismic, paint, hidden, foreign]
    assert viewer.layers.selection.active is paint


@pytest.mark.parametrize("own_button", [True, False])
def test_a_survey_too_large_is_never_read_whole(
    viewer: ViewerModel, monkeypatch: pytest.MonkeyPatch, own_button: bool
) -> None:
    monkeypatch.setattr(array, "LARGEST_BLOCK", 1000)
    volume, source = lazy_survey()
    view = survey_view(viewer)
    add_volume(viewer, volume)
    before = source.read
    if own_button:
        view.show_space()
    else:
        viewer.dims.ndisplay = 3
    sections = sum(source.shape[0] * source.shape[1] * source.shape[2] // n for n in source.shape)
    assert source.read - before <= 2 * sections
    assert len(view.space.cuts) == 3
    viewer.dims.ndisplay = 2
    assert source.read - before <= 3 * sections


def test_a_large_survey_gives_a_solid_of_one_empty_voxel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(array, "LARGEST_BLOCK", 1000)
    shown = VolumeArray(small_survey())
    assert shown[:, :, :].shape == (1, 1, 1)
    assert np.isnan(shown[:, :, :]).all()
    assert shown[2].shape == (24, 20)
    assert np.asarray(shown).shape == (12, 24, 20)


def test_a_plane_moves(viewer: ViewerModel) -> None:
    view = survey_view(viewer)
    layer = add_volume(viewer, small_survey())
    view.show_space()
    there = surface_of(viewer)
    view.move_to("iline", 1)
    view.move_to("slice", 99)  # beyond the last
    assert view.space.cuts[:2] == [(0, 1), (1, 23)]
    assert surface_of(viewer) is there  # napari takes its time to add a layer
    assert np.any(np.all(there.vertices[:, [0]] == 1, axis=1))
    sheet = there.texture
    np.testing.assert_array_equal(sheet[:24, :20], picture_of_cut([layer], 0, 1))
    view.show("iline")
    assert view.index == 1


def test_the_planes_follow_the_layers_looks(viewer: ViewerModel) -> None:
    volume = small_survey()
    view = survey_view(viewer)
    layer = add_volume(viewer, volume)
    view.show_space()
    layer.colormap = "seismic-bwr"
    layer.contrast_limits = (-100, 100)
    seen = surface_of(viewer).texture[:24, :20]
    np.testing.assert_array_equal(seen, picture_of_cut([layer], *view.space.cuts[0]))
    paint = add_labels(viewer, volume, layered_codes(), F3, "paint")
    assert not paint.visible
    seen = surface_of(viewer).texture[:24, :20]
    np.testing.assert_array_equal(seen, picture_of_cut([layer, paint], *view.space.cuts[0]))
    view.exaggeration = 3.0
    assert tuple(surface_of(viewer).scale) == (1, 3, 1)
    view.show("xline")
    assert paint.visible


def test_with_all_layers_hidden_the_survey_stands_all_the_same(viewer: ViewerModel) -> None:
    view = survey_view(viewer)
    layer = add_volume(viewer, small_survey())
    layer.visible = False
    view.show_space()
    assert len(view.space.cuts) == 3
    np.testing.assert_array_equal(
        surface_of(viewer).texture[:24, :20], picture_of_cut([layer], *view.space.cuts[0])
    )
    view.show("iline")
    assert not layer.visible


def sparse_survey(inlines: list[int], crosslines: list[int]) -> xr.DataArray:
    live = np.zeros((150, 130), bool)
    live[inlines], live[:, crosslines] = True, True
    return make_volume(
        np.ones((150, 130, 4), np.float32),
        iline=np.arange(150),
        xline=np.arange(130),
        samples=np.arange(4),
        live=live,
    )


def test_of_a_sparse_survey_the_lines_with_data_stand(viewer: ViewerModel) -> None:
    view = survey_view(viewer)
    add_volume(viewer, sparse_survey([20, 90], [7, 60, 111]))
    view.show_space()
    assert view.space.cuts == [(0, 20), (0, 90), (2, 7), (2, 60), (2, 111)]
    assert not view.space.movable


def test_a_survey_of_dead_traces_turns_to_3d_and_back(viewer: ViewerModel) -> None:
    survey = sparse_survey([20], [7])
    view = survey_view(viewer)
    add_volume(viewer, survey.assign_coords(live=survey["live"] & False))
    view.show_space()
    assert view.in_space
    view.show("xline")
    assert view.view == "xline"
    assert len(viewer.layers) == 1


def test_not_too_many_lines_at_once(viewer: ViewerModel) -> None:
    view = survey_view(viewer)
    add_volume(viewer, sparse_survey(list(range(0, 150, 5)), [3]))
    view.show_space()
    assert len(view.space.cuts) == space.MOST_LINES
    assert view.space.cuts[0] == (0, 0)
    assert view.space.cuts[-1] == (2, 3)


def test_without_a_survey_napari_s_3d_is_its_own(viewer: ViewerModel) -> None:
    view = survey_view(viewer)
    points = viewer.add_points(np.zeros((2, 3)))
    view.show_space()
    assert viewer.dims.ndisplay == 2
    viewer.dims.ndisplay = 3
    assert list(viewer.layers) == [points]
    assert points.visible


def test_layers_may_go_while_the_planes_stand(viewer: ViewerModel) -> None:
    view = survey_view(viewer)
    add_volume(viewer, small_survey())
    view.show_space()
    viewer.layers.clear()
    viewer.dims.ndisplay = 2
    assert len(viewer.layers) == 0
    add_volume(viewer, small_survey())
    view.show_space()
    assert len(view.space.cuts) == 3


@pytest.mark.parametrize(
    ("affine", "reverse", "right"),
    [
        (None, False, True),
        (None, True, False),
        ([0, 0, 25, 0, 25, 0], False, True),  # crosslines eastwards, inlines northwards
        ([0, 25, 0, 0, 0, 25], False, False),  # inlines eastwards, crosslines northwards
    ],
)
def test_the_survey_is_not_its_mirror_image(
    viewer: ViewerModel, affine: list[float] | None, reverse: bool, right: bool
) -> None:
    volume = small_survey()
    if reverse:
        volume = volume.isel(iline=slice(None, None, -1))
    if affine is not None:
        volume.attrs["affine"] = affine
    assert is_right_handed(volume) == right
    view = survey_view(viewer)
    add_volume(viewer, volume)
    view.show_space()
    camera = camera_of(viewer)
    assert camera.orientation[0] == ("away" if right else "towards")
    direction: Any = camera.view_direction
    assert direction[1] > 0.3  # looks down, the way time runs
    assert (direction[0] > 0) == right  # and along the inlines' axis, away from the viewer


def test_the_outline_is_the_survey_s_box_and_says_its_lines() -> None:
    outline = outline_of(small_survey(), away=True)
    assert outline.edges.shape == (12, 2, 3)
    ends = np.concatenate([outline.edges[:, 0], outline.edges.sum(axis=1)])
    np.testing.assert_array_equal(ends.min(0), [-0.5] * 3)
    np.testing.assert_array_equal(ends.max(0), [11.5, 23.5, 19.5])
    assert np.count_nonzero(outline.edges[:, 1]) == 12
    words = ["300", "crossline", "338", "100", "inline", "111", "8", "ms", "100"]
    assert outline.words == words
