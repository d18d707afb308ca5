"""Volumes and codes as layers: upright, coloured, writable, and back again."""

from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image

from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.scheme import SCHEMES, generic
from napari_s6.plugin.canvas.array import AXES, VolumeArray
from napari_s6.plugin.canvas.layers import (
    RECORD_KEY,
    add_confidence,
    add_labels,
    add_reconstruction,
    add_volume,
    facies_scheme_of,
    kind_of,
    labels_layer_data,
    replace_volume,
    section_in_view,
    set_scheme,
    show_cut,
    show_section,
    volume_of,
)
from napari_s6.plugin.canvas.view import survey_view
from napari_s6.survey.volume import make_volume

from ..napari_window import slice_of
from ..surveys import codes_of, layered_codes, samples, small_survey

F3 = SCHEMES["F3"]


def test_a_volume_opens_upright_with_time_down() -> None:
    viewer, volume = ViewerModel(), small_survey()
    layer = add_volume(viewer, volume)
    show_section(viewer, layer, "iline", 3)
    np.testing.assert_array_equal(slice_of(layer).raw, samples()[3].T)
    assert tuple(viewer.dims.axis_labels) == ("inline", "time", "crossline")
    show_section(viewer, layer, "xline", 5)
    np.testing.assert_array_equal(slice_of(layer).raw, samples()[:, 5].T)
    show_cut(viewer, layer, 1, 7)
    np.testing.assert_array_equal(slice_of(layer).raw, samples()[:, :, 7])


def test_amplitudes_are_clipped_symmetrically_at_their_99th_percentile() -> None:
    layer = add_volume(ViewerModel(), small_survey())
    low, high = layer.contrast_limits
    assert low == -high
    assert high == pytest.approx(np.percentile(np.abs(samples()), 99), rel=0.02)


def test_a_survey_of_zeros_opens() -> None:
    layer = add_volume(ViewerModel(), small_survey() * 0)
    assert tuple(layer.contrast_limits) == (-1, 1)


@pytest.mark.parametrize("stretch", [0.25, 1.0, 4.0])
@pytest.mark.parametrize(("orientation", "index"), [("iline", 0), ("iline", 11), ("xline", 19)])
def test_the_section_shown_is_the_section_in_view(
    orientation: str, index: int, stretch: float
) -> None:
    viewer, volume = ViewerModel(), small_survey()
    layer = add_volume(viewer, volume)
    labels = add_labels(viewer, volume, None, F3, "paint")
    layer.scale = labels.scale = (1, stretch, 1)
    show_section(viewer, layer, orientation, index)
    assert section_in_view(viewer, layer) == (orientation, index)
    assert section_in_view(viewer, labels) == (orientation, index)


def test_no_section_in_a_time_slice_in_3d_or_of_a_foreign_layer() -> None:
    viewer = ViewerModel()
    layer = add_volume(viewer, small_survey())
    foreign = viewer.add_image(np.zeros((4, 5, 6)))
    assert section_in_view(viewer, foreign) is None
    show_cut(viewer, layer, 1, 3)
    assert section_in_view(viewer, layer) is None
    viewer.dims.ndisplay = 3
    assert section_in_view(viewer, layer) is None


def test_foreign_layers_have_no_survey() -> None:
    foreign = Image(np.zeros((4, 5)))
    assert volume_of(foreign) is None
    assert volume_of(None) is None
    assert kind_of(foreign) is None
    assert facies_scheme_of(foreign) is None


def test_new_labels_are_empty_writable_bytes_in_the_scheme_s_colours() -> None:
    viewer, volume = ViewerModel(), small_survey()
    labels = add_labels(viewer, volume, None, F3, "paint")
    assert labels.data.dtype == np.uint8
    assert labels.data.flags.writeable
    assert not labels.data.any()
    assert labels.editable
    assert volume_of(labels) is volume
    assert facies_scheme_of(labels) is F3
    for k, facies in enumerate(F3.classes):
        rgb = [int(facies.colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        np.testing.assert_allclose(labels.get_color(k + 1)[:3], rgb, atol=1 / 255)
    assert list(labels.features["facies"]) == ["unlabelled", *F3.names]


def test_codes_come_back_as_they_went() -> None:
    viewer, volume = ViewerModel(), small_survey()
    codes = layered_codes()
    codes[3:5] = UNLABELLED
    labels = add_labels(viewer, volume, codes, F3, "paint")
    back = codes_of(labels)
    np.testing.assert_array_equal(back.values, codes)
    assert back.dims == volume.dims
    np.testing.assert_array_equal(back["iline"], volume["iline"])
    np.testing.assert_array_equal(labels.data[2].T, codes[2] + 1)


def test_codes_on_dead_traces_are_left_out() -> None:
    viewer, volume = ViewerModel(), small_survey(holes=True)
    labels = add_labels(viewer, volume, layered_codes(), F3, "paint")
    values = labels.data.transpose(AXES)
    live = volume["live"].values
    assert not values[~live].any()
    np.testing.assert_array_equal(values[live], layered_codes()[live] + 1)


def test_codes_of_another_grid_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        add_labels(ViewerModel(), small_survey(), np.zeros((2, 3, 4), np.uint8), F3, "paint")


def test_codes_are_a_copy_that_later_paint_does_not_change() -> None:
    labels = add_labels(ViewerModel(), small_survey(), None, F3, "paint")
    before = codes_of(labels)
    labels.data[:] = 3
    assert (before.values == UNLABELLED).all()


def test_paint_and_undo_through_napari() -> None:
    viewer, volume = ViewerModel(), small_survey()
    add_volume(viewer, volume)
    labels = add_labels(viewer, volume, None, F3, "paint")
    show_section(viewer, labels, "xline", 6)
    labels.selected_label, labels.brush_size = 4, 3
    labels.paint((2, 10, 6), 4)
    codes = codes_of(labels).values
    assert codes[2, 6, 10] == 3
    assert (codes != UNLABELLED).any(axis=(0, 2)).sum() == 1  # on that crossline only
    labels.undo()
    assert (codes_of(labels).values == UNLABELLED).all()


def test_labels_take_the_place_and_stretch_of_their_survey() -> None:
    viewer, volume = ViewerModel(), small_survey()
    add_volume(viewer, volume).scale = (1, 2, 1)
    assert tuple(add_labels(viewer, volume, None, F3, "paint").scale) == (1, 2, 1)


def test_another_scheme_changes_colours_and_names() -> None:
    labels = add_labels(ViewerModel(), small_survey(), None, F3, "paint")
    scheme = generic(3)
    set_scheme(labels, scheme)
    assert facies_scheme_of(labels) is scheme
    assert list(labels.features["facies"]) == ["unlabelled", *scheme.names]


def test_a_duplicated_layer_knows_its_survey() -> None:
    viewer, volume = ViewerModel(), small_survey()
    add_volume(viewer, volume)
    labels = add_labels(viewer, volume, layered_codes(), F3, "paint")
    from copy import deepcopy

    data, options, _ = deepcopy(labels.as_layer_data_tuple())
    again = viewer.add_labels(data, **{**options, "name": "copy"})
    assert volume_of(again) is volume
    assert facies_scheme_of(again) == F3


def test_a_better_known_survey_replaces_the_old_one_everywhere() -> None:
    viewer, volume = ViewerModel(), small_survey()
    image = add_volume(viewer, volume)
    labels = add_labels(viewer, volume, layered_codes(), F3, "paint")
    better = small_survey(holes=True)
    replace_volume(viewer, volume, better)
    assert volume_of(image) is better
    assert volume_of(labels) is better
    assert isinstance(image.data, VolumeArray)
    assert np.isnan(image.data[6]).any()
    assert labels.metadata[RECORD_KEY].scheme is F3


def test_confidence_and_reconstruction_lie_on_the_survey() -> None:
    viewer, volume = ViewerModel(), small_survey()
    image = add_volume(viewer, volume)
    percent = np.full(volume.shape, 50, np.uint8).transpose(AXES)
    confidence = add_confidence(viewer, volume, percent)
    again = add_reconstruction(viewer, volume, samples().transpose(AXES))
    assert (kind_of(confidence), kind_of(again)) == ("confidence", "reconstruction")
    assert tuple(confidence.contrast_limits) == (0, 100)
    assert tuple(again.contrast_limits) == tuple(image.contrast_limits)
    assert volume_of(confidence) is volume_of(again) is volume


@pytest.mark.parametrize(
    ("affine", "step", "aspect"),
    [
        (None, 1, 1.0),
        ([0, 0, 12.5, 0, 25, 0], 2, 1.0),  # inlines 25 m apart, every second crossline
        ([0, 0, 12.5, 0, 25, 0], 1, 2.0),
        ([0, 6, -10, 0, 8, 7.5], 1, 0.8),  # turned by 37 degrees
        ([0, 0, 1, 0, 100, 0], 1, 4.0),
        ([0, 1, 1, 0, 1, 1], 1, 1.0),  # no area
    ],
)
def test_bins_are_drawn_with_their_sides_as_they_are(
    affine: list[float] | None, step: int, aspect: float
) -> None:
    volume = make_volume(
        np.ones((4, 5, 6), np.float32),
        iline=np.arange(4),
        xline=step * np.arange(5),
        samples=np.arange(6),
        attrs={} if affine is None else {"affine": affine},
    )
    viewer = ViewerModel()
    survey_view(viewer)
    seismic = add_volume(viewer, volume)
    assert tuple(seismic.scale) == pytest.approx((aspect, 1, 1))
    survey_view(viewer).exaggeration = 2.0
    paint = add_labels(viewer, volume, None, SCHEMES["F3"], "paint")
    assert tuple(paint.scale) == pytest.approx((aspect, 2, 1))
    data, options, _ = labels_layer_data(volume, None, SCHEMES["F3"], "read")
    read = viewer.add_labels(data, **options)
    assert tuple(read.scale) == pytest.approx((aspect, 2, 1))
