import numpy as np
import pytest
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.facies.painted import PaintedTraces
from napari_s6.facies.scheme import generic
from napari_s6.facies.sections import Section
from napari_s6.facies.targets import make_targets
from napari_s6.survey.volume import make_volume

SHAPE = (120, 150, 8)


def survey(shape: tuple[int, int, int] = SHAPE) -> xr.DataArray:
    live = np.ones(shape[:2], bool)
    live[:, 100:] = False
    return make_volume(
        np.broadcast_to(np.float32(0), shape),
        iline=100 + np.arange(shape[0]),
        xline=300 + np.arange(shape[1]),
        samples=4.0 * np.arange(shape[2]),
        live=live,
    )


def painted_volume() -> np.ndarray:
    codes = np.full(SHAPE, 255, np.uint8)
    codes[30, :, 2:5] = 1  # beyond the live traces too
    codes[31, 20:60, 6] = 0
    codes[:, 70, 3] = 2
    codes[90:93, 10, :] = np.arange(8) % 3
    return codes


def rows_of(codes: np.ndarray) -> PaintedTraces:
    """What a brush leaves: rows of the traces that it touched, erased ones among them."""
    touched = (codes != 255).any(axis=2)
    touched[5, 5:9] = True
    return PaintedTraces(SHAPE, np.flatnonzero(touched), codes[touched])


@pytest.mark.parametrize("lines", [None, [Section("iline", 130), Section("xline", 370)]])
def test_targets_are_the_same_from_a_volume_and_from_painted_traces(
    lines: list[Section] | None,
) -> None:
    codes = painted_volume()
    dense = make_targets(survey(), codes, generic(3), lines=lines, label_fraction=0.01)
    sparse = make_targets(survey(), rows_of(codes), generic(3), lines=lines, label_fraction=0.01)
    assert sparse.label_hash == dense.label_hash
    assert sparse.painted_fraction == dense.painted_fraction
    assert sparse.sections == dense.sections
    assert sparse.painted == dense.painted
    assert sparse.label_fraction == dense.label_fraction
    assert sparse.notes == dense.notes
    xr.testing.assert_identical(sparse.codes, dense.codes)
    np.testing.assert_array_equal(sparse.labels.positions, dense.labels.positions)
    for section in dense.painted:
        np.testing.assert_array_equal(sparse.section_labels(section), dense.section_labels(section))


def test_the_hash_of_labels_stays_what_it_was() -> None:
    """It is recorded in models, which are compared with the labels at hand."""
    targets = make_targets(survey(), painted_volume(), generic(3))
    assert targets.label_hash.startswith("45051439c6d7beac")


def test_only_painted_traces_are_kept_of_a_volume() -> None:
    codes = painted_volume()
    painted = PaintedTraces.from_volume(codes)
    assert painted.codes.shape == (np.count_nonzero((codes != 255).any(axis=2)), SHAPE[2])
    np.testing.assert_array_equal(painted.as_volume(), codes)
    np.testing.assert_array_equal(painted.mask, (codes != 255).any(axis=2))
    assert painted.voxels.sum() == np.count_nonzero(codes != 255)
    np.testing.assert_array_equal(painted.section("iline", 30), codes[30])
    np.testing.assert_array_equal(painted.section("xline", 70), codes[:, 70])


def test_a_copy_of_a_volume_is_independent_of_it() -> None:
    codes = painted_volume()
    painted = PaintedTraces.from_volume(codes)
    codes[:] = 255
    assert (painted.section("iline", 30)[:, 3] != 255).all()


def test_a_survey_that_no_array_could_hold_takes_paint() -> None:
    """Ten billion samples, of which three traces are painted."""
    shape = (5000, 2000, 1000)
    codes = np.repeat(np.array([[0], [1], [0]], np.uint8), shape[2], axis=1)
    painted = PaintedTraces(shape, np.array([7, 4999 * 2000 + 1, 4999 * 2000 + 3]), codes)
    volume = make_volume(
        np.broadcast_to(np.uint8(0), shape),
        iline=range(5000),
        xline=range(2000),
        samples=range(1000),
        live=np.ones(shape[:2], bool),
    )
    targets = make_targets(volume, painted, generic(2))
    assert targets.labels is painted
    assert targets.painted_fraction.voxels == 3000
    assert Section("iline", 4999) in targets.sections


def test_traces_without_labels_and_dead_ones_are_left_out() -> None:
    codes = painted_volume()
    live = np.asarray(survey().coords["live"].values)
    kept = rows_of(codes).labelled(live)
    np.testing.assert_array_equal(kept.mask, (codes != 255).any(axis=2) & live)
    assert kept.labelled(live) is kept


def test_numbers_that_are_no_codes_are_named() -> None:
    codes = painted_volume().astype(np.int16)
    codes[40, 3, 2] = -1
    with pytest.raises(InputError, match="hold -1 on the inline at position 40"):
        make_targets(survey(), codes, generic(3))
    codes[40, 3, 2] = 255
    codes[40, 120, 2] = -1  # on a dead trace
    make_targets(survey(), codes, generic(3))
    assert PaintedTraces.from_volume(painted_volume()).beyond(2) == (0, 2)


@pytest.mark.parametrize(
    ("positions", "codes", "message"),
    [
        ([1, 2], np.zeros((1, 4), np.uint8), "not \\(2, 4\\)"),
        ([1], np.zeros((1, 4), np.int64), "not uint8"),
        ([2, 1], np.zeros((2, 4), np.uint8), "do not ascend"),
        ([1, 6], np.zeros((2, 4), np.uint8), "do not ascend"),
    ],
)
def test_rows_that_do_not_fit_are_refused(
    positions: list[int], codes: np.ndarray, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        PaintedTraces((2, 3, 4), np.array(positions), codes)


def test_a_part_is_what_the_volume_holds() -> None:
    painted, volume = rows_of(painted_volume()), painted_volume()
    lazily = painted.lazily_on(survey())
    some = np.array([31, 5, 30])
    for key in [
        (30, slice(None), slice(2, 6)),
        (slice(28, 33), 40, slice(None)),
        (slice(None, None, 3), slice(60, 80), 3),
        (31, 25, 6),
        (91, slice(None), 4),
    ]:
        np.testing.assert_array_equal(painted.part(*key), volume[key])
        np.testing.assert_array_equal(lazily[key].values, volume[key])
    np.testing.assert_array_equal(
        painted.part(some, slice(20, 30), slice(None)), volume[some, 20:30]
    )
    with pytest.raises(InputError, match="open the survey as it was"):
        painted.lazily_on(survey((3, 4, 8)))
