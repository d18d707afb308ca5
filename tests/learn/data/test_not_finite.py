"""NaN and infinity in traces that are otherwise alive: no amplitude, from reading to prediction."""

import numpy as np
import pytest
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.scheme import F3
from napari_s6.facies.targets import make_targets
from napari_s6.formats.info import describe
from napari_s6.formats.open import open_volume
from napari_s6.formats.save import save_volume
from napari_s6.learn import events
from napari_s6.learn.data.normalise import fit_normalisation
from napari_s6.learn.inference.predict import predict_section
from napari_s6.learn.model import load_model_folder
from napari_s6.learn.training.train import train_model_events
from napari_s6.survey.amplitudes import amplitude_limit
from napari_s6.survey.dead import drop_dead
from napari_s6.survey.volume import live_traces

BAD = (np.nan, np.inf, -np.inf)


@pytest.fixture(scope="module")
def damaged(survey) -> xr.DataArray:
    """The survey with a tenth of its samples not finite, and one trace with none that is."""
    values = survey.values.copy()
    rng = np.random.default_rng(0)
    hit = rng.random(values.shape) < 0.1
    values[hit] = rng.choice(BAD, hit.sum())
    values[5, 7] = np.nan
    return unscanned(survey.copy(data=values))


def unscanned(volume: xr.DataArray) -> xr.DataArray:
    """As from a file whose dead traces were not looked for."""
    volume.attrs = {**volume.attrs, "dead_scanned": False}
    return volume


@pytest.fixture(scope="module")
def silent(damaged) -> xr.DataArray:
    """The same with zeros in their place."""
    return damaged.copy(data=np.nan_to_num(damaged.values, posinf=0.0, neginf=0.0))


def test_reading_keeps_them_and_says_so(damaged, tmp_path):
    path = save_volume(damaged, tmp_path / "damaged.sgy")
    volume = open_volume(path)
    np.testing.assert_array_equal(volume.values, damaged.values)
    assert not live_traces(volume)[5, 7]
    assert live_traces(volume).sum() == damaged.shape[0] * damaged.shape[1] - 1
    found = describe(path)
    assert 0.08 < found.not_finite < 0.12
    assert "are NaN or infinite: taken as 0" in found.as_text()
    assert np.isfinite(list(found.amplitudes.values())).all()
    assert sum(found.histogram) > 0


def test_an_export_of_what_was_read_is_the_same(damaged, tmp_path):
    again = open_volume(save_volume(damaged, tmp_path / "damaged.sgy"))
    for suffix in ("sgy", "zarr", "nc", "npy"):
        out = save_volume(again, tmp_path / f"again.{suffix}")
        np.testing.assert_array_equal(open_volume(out).values, damaged.values)
    with pytest.raises(InputError, match="fractions"):
        save_volume(again, tmp_path / "whole.sgy", sample_format="int16")


def test_the_scale_is_that_of_the_finite_samples(survey, damaged):
    fitted, before = fit_normalisation(damaged), fit_normalisation(survey)
    assert fitted.scale == pytest.approx(before.scale, rel=0.03)
    assert fitted.clip == pytest.approx(before.clip, rel=0.03)
    assert amplitude_limit(damaged) == pytest.approx(amplitude_limit(survey), rel=0.03)
    assert fitted(np.array([*BAD, 1e300])).tolist() == [0, 0, 0, 0]


def test_no_finite_sample_is_refused(survey):
    nothing = unscanned(survey.copy(data=np.full(survey.shape, np.nan, np.float32)))
    with pytest.raises(InputError, match="no finite sample"):
        fit_normalisation(nothing)
    with pytest.raises(InputError, match="no live trace"):
        fit_normalisation(drop_dead(nothing))


def test_trained_and_predicted_like_silence(damaged, silent, painted, config, tmp_path):
    """The network never sees them, so nothing that comes out of it is not finite."""
    volume = drop_dead(damaged)
    stream = list(
        train_model_events(volume, make_targets(volume, painted, F3), config, run=tmp_path / "run")
    )
    assert isinstance(stream[-1], events.Finished)
    steps = [event for event in stream if isinstance(event, events.Stepped)]
    assert steps[-1].losses.keys() == {"cross_entropy", "reconstruction"}
    assert np.isfinite([list(event.losses.values()) for event in steps]).all()
    model = load_model_folder(tmp_path / "run", "cpu")
    codes, confidence = predict_section(model, volume, "iline", 5)
    assert np.isfinite(confidence).all()
    assert (codes[7] == UNLABELLED).all()
    assert (np.delete(codes, 7, 0) != UNLABELLED).all()
    live = volume["live"]
    again, sure = predict_section(model, silent.assign_coords(live=live), "iline", 5)
    np.testing.assert_array_equal(again, codes)
    np.testing.assert_array_equal(sure, confidence)
