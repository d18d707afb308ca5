"""``DataArray.s6`` and ``Dataset.s6``."""

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_hex

import napari_s6.accessor  # noqa: F401  xarray knows `s6` from it
import napari_s6.facies.record as records
from napari_s6.errors import InputError
from napari_s6.facies.scheme import F3
from napari_s6.formats.open import open_volume
from napari_s6.survey.record import survey_record
from napari_s6.survey.synthetic import make_survey


@pytest.fixture
def surveyed():
    survey, facies = make_survey((6, 20, 48))
    records.update_facies_record(facies, scheme=F3, convention="codes")
    yield survey, facies
    pyplot.close("all")


def test_record(surveyed):
    assert surveyed[0].s6.record == survey_record(surveyed[0])


@pytest.mark.parametrize("section", ["iline:103", ("iline", 103)])
def test_plot_of_amplitudes(surveyed, section):
    survey = surveyed[0]
    axes = survey.s6.plot_section(section)
    assert axes.get_title() == "inline 103"
    assert axes.get_xlabel() == "crossline"
    assert axes.get_ylabel() == "two-way time (ms)"
    (image,) = axes.get_images()
    np.testing.assert_array_equal(image.get_array(), survey.sel(iline=103).values.T)
    left, right, bottom, top = image.get_extent()
    assert (left, right) == (300, 319)
    assert bottom > top  # time runs downwards
    assert axes.get_legend() is None


def test_plot_says_the_surveys_own_unit(surveyed):
    deep = surveyed[0].rename(twt="depth")
    deep.depth.attrs["units"] = "ft"
    assert deep.s6.plot_section("xline:304").get_ylabel() == "depth (ft)"


def test_plot_of_facies_has_the_schemes_colours(surveyed):
    facies = surveyed[1]
    axes = facies.to_dataset().s6.plot_section("xline:305")
    (image,) = axes.get_images()
    assert to_hex(image.cmap(image.norm(2))) == F3.colours[2]
    present = np.unique(facies.sel(xline=305))
    named = [text.get_text() for text in axes.get_legend().get_texts()]
    assert named == [F3.names[k] for k in present]


def test_plot_goes_where_it_is_told(surveyed):
    _, axes = pyplot.subplots()
    assert surveyed[0].s6.plot_section("iline:100", axes=axes) is axes


@pytest.mark.parametrize("section", ["iline:100-103", "iline:999", "time:4"])
def test_plot_refuses_what_is_not_one_section(surveyed, section):
    with pytest.raises(InputError):
        surveyed[0].s6.plot_section(section)


def test_statistics(surveyed):
    survey, facies = surveyed
    counted = facies.s6.statistics()
    assert [one.name for one in counted.facies] == list(F3.names)
    assert counted.facies[0].voxels == int((facies == 0).sum())
    described = survey.s6.statistics()
    assert described.live == 120
    assert described.amplitudes["p100"] == pytest.approx(float(survey.max()), rel=1e-5)


def test_scheme_is_recorded_or_numbered(surveyed):
    survey, facies = surveyed
    assert facies.s6.scheme == F3
    plain = facies.copy()
    records.update_facies_record(plain, scheme=None)
    assert plain.s6.scheme.n_classes == int(facies.max()) + 1
    with pytest.raises(InputError, match="no facies"):
        plain.copy(data=np.full(plain.shape, 255, np.uint8)).s6.scheme  # noqa: B018
    with pytest.raises(InputError, match="amplitudes"):
        survey.s6.scheme  # noqa: B018


def test_save(surveyed, tmp_path):
    survey, facies = surveyed
    path = survey.s6.save(tmp_path / "survey.sgy")
    np.testing.assert_allclose(open_volume(path), survey, rtol=1e-6)
    saved = facies.s6.save(tmp_path / "facies.zarr")
    assert records.facies_record(open_volume(saved)).scheme == F3
