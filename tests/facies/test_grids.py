import copy

import numpy as np
import pytest

from napari_s6.errors import InputError
from napari_s6.facies.grids import match_lines, match_samples, on_grid
from napari_s6.facies.record import update_facies_record
from napari_s6.survey.volume import make_volume


def volume(values, iline, xline, samples, domain="twt", **attrs):
    return make_volume(
        values, iline=iline, xline=xline, samples=samples, domain=domain, attrs=attrs
    )


@pytest.fixture
def labels():
    codes = np.random.default_rng(0).integers(0, 9, (4, 5, 6)).astype(np.uint8)
    return volume(codes, [10, 12, 14, 16], [5, 4, 3, 2, 1], [0, 4, 8, 12, 16, 20])


def test_lines_are_matched_by_number_in_any_order() -> None:
    assert match_lines(np.array([10, 12, 14]), np.array([14, 13, 10])).tolist() == [2, -1, 0]
    assert match_lines(np.array([14, 12, 10]), np.array([9, 10, 14])).tolist() == [-1, 2, 0]


@pytest.mark.parametrize(
    ("ours", "theirs", "found"),
    [
        ([0, 4, 8], [0, 4, 8], [0, 1, 2]),
        ([0, 4, 8], [-4, -2, 0, 10, 10.1], [-1, 0, 0, 2, -1]),
        ([0, 4, 8], [0, 2, 4, 6, 8], [0, 0, 1, 1, 2]),
        ([0, 2, 4, 6], [0, 4], [0, 2]),
        ([5], [5, 6], [0, -1]),
    ],
)
def test_samples_are_matched_to_the_nearest_within_half_an_interval(ours, theirs, found) -> None:
    assert match_samples(np.array(ours, float), np.array(theirs, float)).tolist() == found


def test_labels_land_on_their_lines_and_times(labels) -> None:
    survey = volume(np.zeros((6, 3, 4), np.float32), range(11, 17), [1, 3, 6], [4, 8, 12, 16])
    found = on_grid(labels, survey)
    expected = np.full(survey.shape, 255, np.uint8)
    for i, inline in enumerate(survey.iline.values):
        for j, crossline in enumerate(survey.xline.values):
            if inline in (12, 14, 16) and crossline in (1, 3):
                expected[i, j] = labels.sel(iline=inline, xline=crossline).values[1:5]
    np.testing.assert_array_equal(found.values, expected)
    assert found.dtype == np.uint8
    # Any part of it can be read on its own.
    np.testing.assert_array_equal(found[1].values, expected[1])
    np.testing.assert_array_equal(found[0].values, expected[0])
    np.testing.assert_array_equal(found[:, 1].values, expected[:, 1])
    np.testing.assert_array_equal(found[..., 2].values, expected[..., 2])
    np.testing.assert_array_equal(found[[5, 1], ::2].values, expected[[5, 1], ::2])
    assert found[3, 0, 2].item() == expected[3, 0, 2]
    assert copy.deepcopy(found).shape == expected.shape


def test_nothing_is_read_before_it_is_asked_for(labels) -> None:
    found = on_grid(labels, labels)
    labels.values[2, 2, 2] = 77
    assert found[2, 2, 2].item() == 77


def test_surveys_without_a_line_in_common_are_refused(labels) -> None:
    labels.attrs["source"] = "labels.sgy"
    other = volume(np.zeros((2, 5, 6)), [100, 101], [5, 4, 3, 2, 1], labels.twt.values)
    with pytest.raises(InputError, match=r"labels.sgy: its iline numbers 10 to 16 .* 100 to 101"):
        on_grid(labels, other)
    later = volume(np.zeros((4, 5, 2)), labels.iline, labels.xline, [1000, 1004])
    with pytest.raises(InputError, match="0 to 20 lies outside the survey's 1000 to 1004"):
        on_grid(labels, later)
    deep = volume(np.zeros((4, 5, 6)), labels.iline, labels.xline, labels.twt.values, "depth")
    with pytest.raises(InputError, match="is in twt, the survey in depth"):
        on_grid(labels, deep)


def test_counted_labels_are_matched_by_position(labels) -> None:
    update_facies_record(labels, counted=True)
    other = volume(np.zeros((4, 5, 6)), range(100, 104), range(5), 2.0 * np.arange(6))
    np.testing.assert_array_equal(on_grid(labels, other).values, labels.values)
    with pytest.raises(InputError, match="no line numbers"):
        on_grid(labels, other[1:])
