import numpy as np
import pytest

from napari_s6.errors import InputError
from napari_s6.facies.sections import Section, parse_lines, valid_sections
from napari_s6.survey.volume import make_volume


def survey(live: np.ndarray, samples: int = 4, step: int = 1):
    inlines, crosslines = live.shape
    return make_volume(
        np.broadcast_to(np.float32(0), (inlines, crosslines, samples)),
        iline=100 + step * np.arange(inlines),
        xline=300 + step * np.arange(crosslines),
        samples=4.0 * np.arange(samples),
        live=live,
    )


def test_lines_are_parsed_in_order_and_once() -> None:
    assert parse_lines(["iline:130,459", "xline:327", "crossline:327, 5-7", "inline:130"]) == [
        Section("iline", 130),
        Section("iline", 459),
        Section("xline", 327),
        Section("xline", 5),
        Section("xline", 6),
        Section("xline", 7),
    ]


def test_a_range_takes_the_lines_that_exist() -> None:
    volume = survey(np.ones((10, 10), bool), step=4)
    lines = parse_lines(["iline:103-112"], volume)
    assert lines == [Section("iline", 104), Section("iline", 108), Section("iline", 112)]
    with pytest.raises(InputError, match="iline:101: the survey has no such line"):
        parse_lines(["iline:101"], volume)
    with pytest.raises(InputError, match="no xline from 1 to 2"):
        parse_lines(["xline:1-2"], volume)


@pytest.mark.parametrize(
    "spec", ["130", "time:4", "iline:", "iline:a", "iline:1,,2", "iline:1-2-3"]
)
def test_other_texts_are_refused_by_name(spec) -> None:
    with pytest.raises(InputError, match=f"lines '{spec}'"):
        parse_lines([spec])


def test_sections_of_a_survey_of_whole_lines() -> None:
    live = np.zeros((300, 400), bool)
    live[[30, 141], :] = True  # two inlines
    live[:, [27, 80, 275]] = True  # three crosslines
    assert valid_sections(survey(live)) == [
        Section("iline", 130),
        Section("iline", 241),
        Section("xline", 327),
        Section("xline", 380),
        Section("xline", 575),
    ]


def test_a_section_needs_64_live_traces_and_half_of_its_extent() -> None:
    live = np.zeros((4, 300), bool)
    live[0, 10:74] = True  # 64 in a row
    live[1, 10:73] = True  # 63
    live[2, 0:200:3] = True  # 67, a third of its extent
    live[3, 0:200:2] = True  # 100, half
    assert valid_sections(survey(live)) == [Section("iline", 100), Section("iline", 103)]


def test_a_small_survey_uses_its_longest_lines() -> None:
    live = np.ones((8, 20), bool)
    live[3] = False
    assert valid_sections(survey(live)) == [
        Section("iline", 100 + i) for i in (0, 1, 2, 4, 5, 6, 7)
    ]
    assert len(valid_sections(survey(np.ones((9, 9), bool)))) == 18
    assert valid_sections(survey(np.zeros((9, 9), bool))) == []
