import numpy as np
import pytest
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.facies.scheme import generic
from napari_s6.facies.sections import Section
from napari_s6.facies.targets import draw_order, make_targets
from napari_s6.survey.volume import make_volume

SHAPE = (120, 150, 8)


def survey(live: np.ndarray | None = None, shape: tuple[int, int, int] = SHAPE) -> xr.DataArray:
    return make_volume(
        np.broadcast_to(np.float32(0), shape),
        iline=100 + np.arange(shape[0]),
        xline=300 + np.arange(shape[1]),
        samples=4.0 * np.arange(shape[2]),
        live=live,
    )


def blank(shape: tuple[int, int, int] = SHAPE) -> np.ndarray:
    return np.full(shape, 255, np.uint8)


def test_strokes_on_lines_belong_to_those_lines_only() -> None:
    codes = blank()
    codes[30, :, 2:5] = 1
    codes[:, 70, 3] = 2
    targets = make_targets(survey(), codes, generic(3))
    assert targets.sections == (Section("iline", 130), Section("xline", 370))
    inline = targets.section_labels(Section("iline", 130))
    np.testing.assert_array_equal(inline, codes[30])
    crossline = targets.section_labels(Section("xline", 370))
    np.testing.assert_array_equal(crossline, codes[:, 70])


def test_a_trace_counts_only_for_the_line_it_was_painted_on() -> None:
    codes = blank()
    codes[30, 10:60, 4] = 1  # 50 traces of an inline
    codes[40:43, 20, 4] = 0  # 3 of a crossline that crosses it below
    targets = make_targets(survey(), codes, generic(2))
    assert targets.sections == (Section("iline", 130), Section("xline", 320))
    crossline = targets.section_labels(Section("xline", 320))
    assert np.flatnonzero((crossline != 255).any(axis=1)).tolist() == [40, 41, 42]
    with pytest.raises(ValueError, match="xline:321 is not among"):
        targets.section_labels(Section("xline", 321))


def test_a_fully_labelled_cube_counts_both_ways_whatever_its_proportions() -> None:
    targets = make_targets(survey(), np.zeros(SHAPE, np.uint8), generic(1))
    assert len(targets.sections) == SHAPE[0] + SHAPE[1]
    long = (300, 70, 2)
    targets = make_targets(survey(shape=long), np.zeros(long, np.uint8), generic(1))
    assert len(targets.sections) == sum(long[:2])


def test_dead_traces_carry_no_labels() -> None:
    live = np.ones(SHAPE[:2], bool)
    live[30, 100:] = False
    codes = blank()
    codes[30] = 1
    targets = make_targets(survey(live), codes, generic(2))
    labels = targets.section_labels(Section("iline", 130))
    assert (labels[:100] == 1).all()
    assert (labels[100:] == 255).all()
    assert (targets.codes.values[30, 100:] == 255).all()
    assert targets.painted_fraction.voxels == 100 * SHAPE[2]
    assert targets.painted_fraction.of_voxels == live.sum() * SHAPE[2]


def test_paint_may_go_on_after_targets_were_made() -> None:
    codes = blank()
    codes[30, :, 2] = 1
    targets = make_targets(survey(), codes, generic(2))
    codes[:] = 0
    assert (targets.section_labels(Section("iline", 130)) == 1).sum() == SHAPE[1]
    assert targets.codes.values.min() == 1


def test_asked_lines_use_all_their_labels_in_their_own_orientation() -> None:
    codes = blank()
    codes[[30, 90], :, 2] = 1
    targets = make_targets(survey(), codes, generic(2), lines=[Section("iline", 190)])
    assert targets.sections == (Section("iline", 190),)
    crossed = make_targets(survey(), codes, generic(2), lines=[Section("xline", 310)])
    labels = crossed.section_labels(Section("xline", 310))
    assert np.flatnonzero((labels != 255).any(axis=1)).tolist() == [30, 90]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (Section("iline", 131), "iline:131: has no labels"),
        (Section("iline", 99), "iline:99: the survey has no such line"),
    ],
)
def test_lines_that_cannot_be_used_are_named(line, said) -> None:
    codes = blank()
    codes[30, :, 2] = 1
    with pytest.raises(InputError, match=said):
        make_targets(survey(), codes, generic(2), lines=[line])


def test_a_line_with_four_live_traces_is_no_section() -> None:
    live = np.zeros(SHAPE[:2], bool)
    live[[10, 40, 70, 100]] = True
    codes = blank()
    codes[10, :, 1] = 0
    with pytest.raises(InputError, match="xline:300: cannot be used as a section"):
        make_targets(survey(live), codes, generic(1), lines=[Section("xline", 300)])
    codes[:, 20, 1] = 0
    codes[10] = 255
    with pytest.raises(InputError, match="no facies are painted"):
        make_targets(survey(live), codes, generic(1))
    codes[40] = 0
    codes[[70, 100], 77, 1] = 0
    targets = make_targets(survey(live), codes, generic(1))
    assert targets.sections == (Section("iline", 140), Section("iline", 170), Section("iline", 200))


def test_unusable_paint_is_reported() -> None:
    live = np.ones(SHAPE[:2], bool)
    live[:, 5] = False
    live[:10, 5] = True
    codes = blank()
    codes[:10, 5, 1] = 0
    codes[30, :, 1] = 0
    targets = make_targets(survey(live), codes, generic(1))
    assert Section("xline", 305) not in targets.sections
    assert len(targets.notes) == 1
    assert "xline:305" in targets.notes[0]


def test_label_fraction_counts_sections_of_both_orientations_rounded_up() -> None:
    codes = blank()
    codes[::10, :, 2] = 1  # 12 inlines of 120 + 150 sections
    targets = make_targets(survey(), codes, generic(2), label_fraction=0.02)
    assert len(targets.painted) == 12
    assert len(targets.sections) == 6  # 5.4 rounded up
    assert targets.label_fraction == pytest.approx(6 / 270)
    assert targets.notes == ()
    tiny = make_targets(survey(), codes, generic(2), label_fraction=1e-6)
    assert len(tiny.sections) == 1


def test_asking_for_more_than_is_painted_or_for_what_changes_nothing_is_said() -> None:
    codes = blank()
    codes[::10, :, 2] = 1
    more = make_targets(survey(), codes, generic(2), label_fraction=0.5)
    assert more.sections == more.painted
    assert more.notes == (
        "label fraction 50 % asks for 135 of 270 sections, but only 12 are painted; all of them "
        "are used",
    )
    same = make_targets(survey(), codes, generic(2), label_fraction=12 / 270)
    assert same.sections == same.painted
    assert "changes nothing" in same.notes[0]
    with pytest.raises(InputError, match="label fraction 2 is not above 0"):
        make_targets(survey(), codes, generic(2), label_fraction=2)


def test_draws_are_reproducible_nested_and_differ_between_seeds() -> None:
    codes = np.zeros(SHAPE, np.uint8)
    volume, scheme = survey(), generic(1)

    def draw(fraction: float, seed: int) -> set[Section]:
        return set(make_targets(volume, codes, scheme, label_fraction=fraction, seed=seed).sections)

    assert draw(0.04, 3) == draw(0.04, 3)
    assert draw(0.02, 3) < draw(0.04, 3)
    assert draw(0.04, 3) != draw(0.04, 4)


def test_the_order_of_a_draw_never_changes() -> None:
    assert draw_order(8, 0).tolist() == [3, 2, 1, 6, 0, 7, 4, 5]
    assert draw_order(8, 12345).tolist() == [7, 0, 1, 5, 4, 6, 3, 2]


def test_excluded_sections_are_neither_drawn_nor_counted() -> None:
    codes = np.zeros(SHAPE, np.uint8)
    held_out = {Section("iline", 100 + i) for i in range(120)}
    targets = make_targets(survey(), codes, generic(1), label_fraction=0.1, exclude=held_out)
    assert len(targets.sections) == 15
    assert not held_out & set(targets.painted)


def test_label_hash_tells_labels_apart_and_nothing_else() -> None:
    codes = blank()
    codes[30, :, 2] = 1
    codes[50, :, 2] = 1
    hashes = [make_targets(survey(), codes, generic(2)).label_hash for _ in range(2)]
    assert hashes[0] == hashes[1]
    assert (
        make_targets(survey(), codes, generic(2), lines=[Section("iline", 130)]).label_hash
        != (hashes[0])
    )
    codes[30, 3, 2] = 0
    assert make_targets(survey(), codes, generic(2)).label_hash != hashes[0]


def test_a_code_outside_the_scheme_is_named() -> None:
    codes = blank()
    codes[30, :, 2] = 6
    with pytest.raises(
        InputError, match=r"iline 130 hold code 6, but scheme .* has 6 facies, 0 to 5"
    ):
        make_targets(survey(), codes, generic(6))


def test_labels_of_another_survey_are_refused() -> None:
    with pytest.raises(InputError, match="labels have shape"):
        make_targets(survey(), blank((3, 4, 5)), generic(2))
    other = survey().copy(data=blank()).assign_coords(iline=np.arange(120))
    with pytest.raises(InputError, match="other iline numbers"):
        make_targets(survey(), other, generic(2))


def test_painted_fraction_reads_like_a_sentence() -> None:
    codes = blank()
    codes[[30, 40, 50], :, 0] = 1
    fraction = make_targets(survey(), codes, generic(2)).painted_fraction
    assert str(fraction) == "3 of 120 inlines, 0 of 150 crosslines, 0.31 % of voxels"
    assert fraction.sections == pytest.approx(3 / 270)
