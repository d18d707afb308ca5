"""How amplitudes are shown: balance, clip, polarity, brush, sections with data; no window."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr
from napari.components import ViewerModel
from napari.utils.colormaps import AVAILABLE_COLORMAPS

from napari_s6.facies.scheme import SCHEMES
from napari_s6.plugin.canvas import balanced
from napari_s6.plugin.canvas.array import AXES, VolumeArray
from napari_s6.plugin.canvas.balanced import BalancedArray
from napari_s6.plugin.canvas.colormaps import SEISMIC_COLORMAPS, flipped
from napari_s6.plugin.canvas.display import (
    balance_window,
    reverse_polarity,
    reverses_polarity,
    set_balance,
    set_clip,
)
from napari_s6.plugin.canvas.layers import add_labels, add_volume, replace_volume, show_cut
from napari_s6.plugin.canvas.space import camera_of
from napari_s6.plugin.canvas.view import survey_view
from napari_s6.survey.balance import Balance
from napari_s6.survey.volume import make_volume

from ..surveys import INLINES, SHAPE, samples, small_survey
from .test_array import KEYS, lazy_survey


@pytest.fixture
def viewer() -> ViewerModel:
    return ViewerModel()


def decaying_survey() -> xr.DataArray:
    rng = np.random.default_rng(0)
    values = rng.standard_normal((6, 20, 200)) * 1000 * np.exp(-np.linspace(0, 3, 200))
    return make_volume(
        values.astype(np.float32),
        iline=np.arange(6),
        xline=np.arange(20),
        samples=4 * np.arange(200),
    )


# -- balance --------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_a_balanced_slice_is_the_balanced_survey_cut(key: Any) -> None:
    volume = small_survey(holes=True)
    truth = Balance.of(volume, 40).traces(samples())
    truth = np.where(volume["live"].values[..., None], truth, np.nan).transpose(AXES)
    array = BalancedArray(volume, 40)
    np.testing.assert_allclose(array[key], truth[key], rtol=1e-5)
    assert array.dtype == np.float32


def test_balanced_voxels_by_arrays_of_indices() -> None:
    volume = small_survey(holes=True)
    truth = Balance.of(volume, 40).traces(samples()).transpose(AXES)
    at = np.array([1, 8, 8]), np.array([0, 3, 3]), np.array([2, 1, 19])
    expected = truth[at]
    np.testing.assert_allclose(
        BalancedArray(volume, 40)[at], [expected[0], np.nan, expected[2]], rtol=1e-5
    )


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_block_one_line_thick_is_a_section(axis: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What napari asks for, and balanced as quickly: not by way of the whole survey."""
    monkeypatch.setattr(balanced, "SLICE_SAMPLES", 500)
    volume, source = lazy_survey()
    array = BalancedArray(volume, 6)
    before = source.read
    key: list[Any] = [slice(None)] * 3
    key[axis] = slice(4, 5)
    block = array[tuple(key)]
    key[axis] = 4
    read = source.read - before
    np.testing.assert_allclose(block.squeeze(axis), array[tuple(key)], rtol=1e-5)
    lines = {0: 1 / SHAPE[0], 1: 8 / SHAPE[2], 2: 1 / SHAPE[1]}  # slice and window
    assert read == pytest.approx(array.size * lines[axis])


@pytest.mark.parametrize("axis", [0, 2])
def test_balancing_a_section_reads_that_section_only(axis: int) -> None:
    volume, source = lazy_survey()
    array = BalancedArray(volume, 40)
    before = source.read
    key: list[int | slice] = [slice(None)] * 3
    key[axis] = 4
    array[tuple(key)]
    assert source.read - before == array.size // array.shape[axis]


def test_switching_balance_on_and_off_leaves_the_survey_alone(viewer: ViewerModel) -> None:
    volume = decaying_survey()
    recorded = volume.values.copy()
    layer = add_volume(viewer, volume)
    assert balance_window(layer) is None
    set_balance(layer, 100.0)
    assert balance_window(layer) == 100.0
    shown = np.asarray(layer.data[2])
    assert shown[150:].std() == pytest.approx(shown[20:70].std(), rel=0.15)
    assert recorded[2, :, 150:].std() < 0.3 * recorded[2, :, 20:70].std()
    assert isinstance(layer.data, VolumeArray)  # what export asks for the survey itself
    assert layer.data.volume is volume
    set_balance(layer, None)
    np.testing.assert_array_equal(layer.data[2], recorded[2].T)
    np.testing.assert_array_equal(volume.values, recorded)


def test_colours_end_at_a_percentile_of_what_is_shown(viewer: ViewerModel) -> None:
    volume = decaying_survey()
    layer = add_volume(viewer, volume)
    for window in (None, 100.0):
        set_balance(layer, window, 95.0)
        set_clip(layer, 95.0)
        low, high = layer.contrast_limits
        assert low == -high
        inside = np.abs(np.asarray(layer.data)) <= high
        assert inside.mean() == pytest.approx(0.95, abs=0.002)


def test_a_better_known_survey_stays_balanced(viewer: ViewerModel) -> None:
    old, new = decaying_survey(), decaying_survey()
    layer = add_volume(viewer, old)
    set_balance(layer, 200.0)
    replace_volume(viewer, old, new)
    assert balance_window(layer) == 200.0
    assert layer.data.volume is new


def test_the_status_bar_says_the_amplitude_as_recorded(viewer: ViewerModel) -> None:
    survey_view(viewer)
    layer = add_volume(viewer, small_survey())
    set_balance(layer, 40.0)
    show_cut(viewer, layer, 0, 2)
    shown = layer.get_status(
        (2, 3, 4), view_direction=None, dims_displayed=list(viewer.dims.displayed), world=True
    )
    assert shown["coordinates"].endswith("amplitude -2877")


# -- colours --------------------------------------------------------------------------------------


def test_reversed_polarity_exchanges_peaks_and_troughs(viewer: ViewerModel) -> None:
    layer = add_volume(viewer, small_survey())
    layer.colormap = SEISMIC_COLORMAPS["seismic-bwr"]
    share = np.linspace(0, 1, 11)
    before = layer.colormap.map(share)
    reverse_polarity(layer, True)
    assert reverses_polarity(layer)
    np.testing.assert_allclose(layer.colormap.map(share), before[::-1], atol=1e-6)
    reverse_polarity(layer, True)  # once is enough
    np.testing.assert_allclose(layer.colormap.map(share), before[::-1], atol=1e-6)
    reverse_polarity(layer, False)
    assert layer.colormap.name == "seismic-bwr"
    np.testing.assert_allclose(layer.colormap.map(share), before, atol=1e-6)


@pytest.mark.parametrize("name", SEISMIC_COLORMAPS)
def test_napari_s_list_has_every_map_both_ways_round(viewer: ViewerModel, name: str) -> None:
    layer = add_volume(viewer, small_survey())
    for one in (name, flipped(SEISMIC_COLORMAPS[name]).name):
        assert one in AVAILABLE_COLORMAPS
        layer.colormap = one
        assert layer.colormap.name == one


def lightness(colours: np.ndarray) -> np.ndarray:
    """CIE L* of sRGB colours."""
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    y = linear @ [0.2126, 0.7152, 0.0722]
    return np.where(y > 0.008856, 116 * np.cbrt(y) - 16, 903.3 * y)


@pytest.mark.parametrize("name", ["seismic-vik", "seismic-roma", "seismic-berlin"])
def test_maps_that_claim_even_steps_have_them(name: str) -> None:
    ramp = lightness(SEISMIC_COLORMAPS[name].map(np.linspace(0, 1, 101))[:, :3])
    middle = ramp[50]
    assert abs(middle - ramp[0]) > 40
    for side in (ramp[10:46], ramp[55:91]):
        steps = np.diff(side)
        assert np.all(steps > 0) or np.all(steps < 0)
        assert np.abs(steps).max() < 4 * np.abs(steps).mean()


# -- sections -------------------------------------------------------------------------------------


@pytest.mark.parametrize("stretch", [0.5, 1.0, 2.0, 4.0])
def test_the_brush_is_round_on_the_screen(viewer: ViewerModel, stretch: float) -> None:
    volume = make_volume(
        np.ones((3, 80, 80), np.float32),
        iline=np.arange(3),
        xline=np.arange(80),
        samples=np.arange(80),
    )
    view = survey_view(viewer)
    add_volume(viewer, volume)
    labels = add_labels(viewer, volume, None, SCHEMES["F3"], "paint")
    view.exaggeration = stretch
    view.go_to(1, "iline")
    labels.brush_size = 24
    labels.paint((1, 40, 40), 1)
    rows, columns = np.nonzero(labels.data[1])
    high, wide = stretch * (np.ptp(rows) + 1), np.ptp(columns) + 1
    assert wide > 10
    assert high == pytest.approx(wide, abs=1 + stretch)


def sparse_survey() -> xr.DataArray:
    live = np.zeros((200, 150), bool)
    live[[20, 90, 180]] = True
    live[:, [33, 100]] = True
    return make_volume(
        np.ones((200, 150, 4), np.float32),
        iline=np.arange(1000, 1200)[::-1],
        xline=np.arange(150),
        samples=np.arange(4),
        live=live,
    )


def test_next_and_previous_section_with_data(viewer: ViewerModel) -> None:
    view = survey_view(viewer)
    add_volume(viewer, sparse_survey())
    view.go_to(1050, "iline")
    assert view.step(1) == 1109  # by number, though these lines decrease along the axis
    assert view.step(1) == 1179
    assert view.step(1) is None
    assert view.number == 1179
    assert view.step(-1) == 1109
    view.go_to(0, "xline")
    assert [view.step(1), view.step(1), view.step(1)] == [33, 100, None]


def test_whole_lines_are_drawn_smoothly_and_single_traces_are_not(viewer: ViewerModel) -> None:
    view = survey_view(viewer)
    layer = add_volume(viewer, sparse_survey())
    for number, drawn in ((1109, "linear"), (1110, "nearest"), (1179, "linear")):
        view.go_to(number, "iline")
        assert layer.interpolation2d == drawn
    view.go_to(33, "xline")
    assert layer.interpolation2d == "linear"
    view.show("slice")
    assert layer.interpolation2d == "nearest"
    layer.interpolation2d = "cubic"  # somebody's own choice
    view.go_to(1110, "iline")
    assert layer.interpolation2d == "cubic"


def test_without_a_whole_line_any_with_data_will_do(viewer: ViewerModel) -> None:
    live = np.zeros((200, 150), bool)
    live[:, 70] = True
    view = survey_view(viewer)
    add_volume(viewer, sparse_survey().assign_coords(live=(("iline", "xline"), live)))
    view.go_to(1050, "iline")
    assert view.step(1) == 1051
    view.show("slice")
    view.go_to(0)
    assert view.step(1) == 1


@pytest.mark.parametrize(
    ("affine", "slice_is"),
    [(None, "up"), ([0, 0, 25, 0, 25, 0], "up"), ([0, 0, 25, 0, -25, 0], "down")],
    ids=["no X and Y", "inlines northwards", "inlines southwards"],
)
def test_a_time_slice_lies_as_the_map_does(
    viewer: ViewerModel, affine: list[float] | None, slice_is: str
) -> None:
    volume = small_survey()
    if affine is not None:
        volume.attrs["affine"] = affine
    view = survey_view(viewer)
    add_volume(viewer, volume)
    for name, vertical in (("slice", slice_is), ("xline", "down"), ("slice", slice_is)):
        view.show(name)
        assert camera_of(viewer).orientation[1] == vertical
    view.show_space()
    assert camera_of(viewer).orientation[1] == "down"


def test_positions_can_be_set_without_turning(viewer: ViewerModel) -> None:
    view = survey_view(viewer)
    add_volume(viewer, small_survey())
    view.exaggeration = 2.0
    view.go_to(INLINES[3], "iline")
    view.move_to("xline", SHAPE[1] - 2)
    view.move_to("slice", 5)
    assert view.view == "iline"
    assert view.number == INLINES[3]
    assert (view.position("xline"), view.position("slice")) == (SHAPE[1] - 2, 5)
