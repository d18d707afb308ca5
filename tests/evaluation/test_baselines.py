import numpy as np
import pytest

from napari_s6.errors import InputError
from napari_s6.evaluation.baselines import (
    copied_boundaries,
    interpolated_boundaries,
    most_frequent_by_depth,
    without_learning,
)
from napari_s6.evaluation.metrics import evaluate_facies
from napari_s6.facies.files import open_labels_on_survey
from napari_s6.facies.scheme import generic
from napari_s6.facies.sections import Section, parse_lines
from napari_s6.facies.targets import make_targets
from napari_s6.formats.open import open_volume
from napari_s6.survey.volume import make_volume

SHAPE = (80, 100, 50)


def dipping() -> np.ndarray:
    """Three intervals whose boundaries are planes in inline and crossline."""
    i, j = np.arange(SHAPE[0])[:, None, None], np.arange(SHAPE[1])[None, :, None]
    s = np.arange(SHAPE[2])
    return ((s >= 10 + 0.1 * i + 0.05 * j) * 1 + (s >= 25 + 0.2 * i)).astype(np.uint8)


def survey(codes: np.ndarray):
    return make_volume(
        codes,
        iline=100 + 2 * np.arange(SHAPE[0]),
        xline=300 + np.arange(SHAPE[1]),
        samples=4.0 * np.arange(SHAPE[2]),
    )


def painted(inlines=(), crosslines=()):
    codes = dipping()
    labels = np.full(SHAPE, 255, np.uint8)
    labels[list(inlines)] = codes[list(inlines)]
    labels[:, list(crosslines)] = codes[:, list(crosslines)]
    volume = survey(codes)
    return volume, make_targets(volume, labels, generic(3))


def test_planes_are_interpolated_and_continued() -> None:
    volume, targets = painted(inlines=(20, 60))
    predicted = interpolated_boundaries(volume, targets).volume(volume)
    truth = volume.values
    assert (predicted.values[[20, 60]] == truth[[20, 60]]).all()
    # Whole samples on the training lines: boundaries elsewhere are within one sample.
    assert (predicted.values != truth).mean() < 0.03
    assert (predicted.values[0] != truth[0]).mean() < 0.04


def test_the_orientation_with_more_lines_is_followed() -> None:
    volume, targets = painted(inlines=(20,), crosslines=(10, 50, 90))
    baseline = interpolated_boundaries(volume, targets)
    assert baseline.name == "boundaries interpolated between 3 xlines"
    section = baseline.section("xline", 50)
    np.testing.assert_array_equal(section, volume.values[:, 50])
    for orientation, index in (("iline", 30), ("xline", 70)):
        cube = baseline.volume(volume).values
        expected = cube[index] if orientation == "iline" else cube[:, index]
        np.testing.assert_array_equal(baseline.section(orientation, index), expected)


def test_any_part_of_a_baseline_can_be_read_alone() -> None:
    volume, targets = painted(inlines=(20, 60))
    baseline = interpolated_boundaries(volume, targets)
    lazy, cube = baseline.volume(volume), baseline.volume(volume).values
    assert cube.shape == SHAPE
    for i in (0, 33):
        np.testing.assert_array_equal(cube[i], baseline.section("iline", i))
    np.testing.assert_array_equal(lazy[:, 4].values, cube[:, 4])
    np.testing.assert_array_equal(lazy[[7, 2], 3:9:2, 5].values, cube[[7, 2], 3:9:2, 5])
    np.testing.assert_array_equal(lazy[5, 6].values, cube[5, 6])
    assert lazy[5, 6, 7].item() == cube[5, 6, 7]


def test_the_first_line_is_copied() -> None:
    volume, targets = painted(inlines=(20, 60))
    baseline = copied_boundaries(volume, targets)
    assert baseline.name == "boundaries of iline 140 copied everywhere"
    assert (baseline.volume(volume).values == volume.values[20]).all()


def test_most_frequent_facies_of_each_depth() -> None:
    volume, targets = painted(inlines=(20, 60))
    section = most_frequent_by_depth(targets).section("xline", 3)
    labels = volume.values[[20, 60]].reshape(-1, SHAPE[2])
    expected = [np.bincount(labels[:, s]).argmax() for s in range(SHAPE[2])]
    assert (section == np.array(expected)).all()
    assert section.shape == (SHAPE[0], SHAPE[2])


def test_depths_without_labels_take_the_nearest() -> None:
    labels = np.full(SHAPE, 255, np.uint8)
    labels[20, :, 10:20] = 0
    labels[20, :, 30:35] = 2
    volume = survey(dipping())
    baselines = without_learning(volume, make_targets(volume, labels, generic(3)))
    assert len(baselines) == 1  # too little of each trace is labelled to see boundaries
    column = baselines[0].section("iline", 0)[0]
    assert column.tolist() == [0] * 25 + [2] * 25
    with pytest.raises(InputError, match="labelled over half their length"):
        copied_boundaries(volume, make_targets(volume, labels, generic(3)))


def test_one_line_allows_two_baselines() -> None:
    volume, targets = painted(inlines=(20,))
    assert len(without_learning(volume, targets)) == 2
    with pytest.raises(InputError, match="need two parallel lines"):
        interpolated_boundaries(volume, targets)


def test_dead_traces_of_a_training_line_take_the_nearest_boundaries() -> None:
    codes = dipping()
    volume = survey(codes)
    live = np.ones(SHAPE[:2], bool)
    live[20, 90:] = False
    volume = volume.assign_coords(live=(("iline", "xline"), live))
    labels = np.full(SHAPE, 255, np.uint8)
    labels[20] = codes[20]
    labels[20, 90:] = 2  # filler
    targets = make_targets(volume, labels, generic(3))
    assert targets.sections == (Section("iline", 140),)
    section = copied_boundaries(volume, targets).section("iline", 5)
    assert (section[90:] == codes[20, 89]).all()


@pytest.mark.realdata
def test_real_lines_without_learning(test_data) -> None:
    """The table that every network is measured against: intervals 2-9, and all ten."""
    volume = open_volume(test_data / "f3-lines" / "f3_lines.sgy")
    labels = open_labels_on_survey(
        test_data / "f3-lines" / "f3_lines_labels.sgy", volume, n_classes=10
    )
    training = parse_lines(["iline:130,459"], volume)
    targets = make_targets(volume, labels, generic(10, first=0), lines=training)
    tested = parse_lines(["xline:327,575,889"], volume)
    found = []
    for baseline in without_learning(volume, targets):
        prediction = baseline.volume(volume)
        scores = [
            evaluate_facies(prediction, labels, live=volume, sections=tested, classes=classes)
            for classes in (range(2, 10), None)
        ]
        found.append(tuple(round(score.mean_iou, 3) for score in scores))
    assert found == [(0.549, 0.637), (0.692, 0.751), (0.843, 0.871)]
