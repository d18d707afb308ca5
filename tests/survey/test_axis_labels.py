"""A survey in feet says so wherever its depths are written."""

import numpy as np
import pytest

from napari_s6.facies.scheme import F3
from napari_s6.formats.info import describe_volume
from napari_s6.horizons.labels import findings
from napari_s6.horizons.model import Horizon
from napari_s6.horizons.statistics import draw_thickness, facies_statistics
from napari_s6.study import run_pictures
from napari_s6.survey.axis_labels import axis_label, unit_name, unit_suffix, vertical_in_words
from napari_s6.survey.volume import make_volume


def survey(domain="depth", units="ft", dtype=np.float32):
    samples = np.arange(4000, 4080, 10.0)
    return make_volume(
        np.arange(5 * 6 * 8).reshape(5, 6, 8).astype(dtype) % 3,
        iline=np.arange(100, 105),
        xline=np.arange(300, 306),
        samples=samples,
        domain=domain,
        units=units,
    )


@pytest.mark.parametrize(
    ("domain", "units", "label", "name", "suffix", "words"),
    [
        ("twt", None, "two-way time (ms)", "ms", " ms", "4000 ms"),
        ("depth", None, "depth (m)", "m", " m", "4000 m"),
        ("depth", "ft", "depth (ft)", "ft", " ft", "4000 ft"),
        ("depth", "sample", "depth (samples)", "samples", "", "sample 4000"),
    ],
)
def test_an_axis_is_labelled_in_its_own_unit(domain, units, label, name, suffix, words):
    volume = survey(domain, units)
    assert axis_label(volume, domain) == label
    assert axis_label(volume, "iline") == "inline"
    assert unit_name(volume) == name
    assert unit_suffix(volume) == suffix
    assert vertical_in_words(volume, 4000.0) == words


def test_a_survey_in_feet_is_described_in_feet():
    text = describe_volume(survey()).as_text()
    assert "4000 to 4070 ft" in text


def test_horizons_in_feet_are_described_in_feet():
    volume = survey()
    z = np.full((5, 6), 4030.0)
    assert "4030 to 4030 ft" in Horizon("top", z).summary(volume)
    (said,) = findings(volume, [Horizon("top", z + 1000)])
    assert "4000 to 4070 ft" in said


def test_thickness_in_feet_is_drawn_and_counted_in_feet(tmp_path, monkeypatch):
    facies = survey(dtype=np.uint8)
    counted = facies_statistics(facies, facies, F3)
    assert counted.as_dict()["units"] == "ft"
    labels = []
    monkeypatch.setattr(
        "matplotlib.figure.Figure.savefig",
        lambda figure, *_args, **_how: labels.extend(axes.get_ylabel() for axes in figure.axes),
    )
    draw_thickness(tmp_path / "map.png", counted.thickness[0], facies, F3, 0)
    assert "thickness (ft)" in labels


def test_sections_of_a_study_in_feet_are_drawn_in_feet(tmp_path, monkeypatch):
    volume, figures = survey(), []
    monkeypatch.setattr(
        run_pictures, "save_picture", lambda figure, out, **_how: figures.append(figure) or out
    )
    codes = np.zeros(volume.shape, np.uint8)
    run_pictures.draw_section_panels(
        volume, "iline", 2, F3, None, codes, None, tmp_path / "section.png"
    )
    assert figures[0].axes[0].get_ylabel() == "depth (ft)"
