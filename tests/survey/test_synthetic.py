"""The built-in survey: a plausible earth, known everywhere, that cannot be guessed from depth."""

from __future__ import annotations

import functools
import time

import numpy as np
import pytest
import xarray as xr

from napari_s6.survey.synthetic import make_survey


@functools.cache
def made(seed: int) -> tuple[xr.DataArray, xr.DataArray]:
    return make_survey(seed=seed)


@pytest.fixture(scope="module")
def survey() -> tuple[xr.DataArray, xr.DataArray]:
    return made(0)


def mean_iou(guess: np.ndarray, truth: np.ndarray) -> float:
    scores = [
        ((guess == k) & (truth == k)).sum() / ((guess == k) | (truth == k)).sum() for k in range(6)
    ]
    return float(np.mean(scores))


@pytest.mark.parametrize("seed", range(4))
def test_depth_alone_says_little(seed: int) -> None:
    facies = made(seed)[1].values
    counts = np.stack([(facies == k).sum((0, 1)) for k in range(6)])
    guess = np.broadcast_to(counts.argmax(0), facies.shape)
    assert mean_iou(guess, facies) <= 0.5


def test_the_same_seed_gives_the_same_survey_within_seconds(
    survey: tuple[xr.DataArray, xr.DataArray],
) -> None:
    began = time.process_time()
    again = make_survey()
    assert time.process_time() - began < 5
    for first, second in zip(survey, again, strict=True):
        xr.testing.assert_identical(first, second)
    assert not survey[0].equals(made(1)[0])


def test_types_and_axes(survey: tuple[xr.DataArray, xr.DataArray]) -> None:
    seismic, facies = survey
    assert (seismic.dtype, facies.dtype) == (np.float32, np.uint8)
    assert seismic.shape == facies.shape == (96, 128, 192)
    assert seismic.dims == ("iline", "xline", "twt")
    assert np.isfinite(seismic.values).all()
    assert seismic["live"].values.all()
    np.testing.assert_array_equal(np.diff(seismic["twt"]), 4)
    assert seismic.coords.equals(facies.coords)


def test_six_groups_from_young_to_old(survey: tuple[xr.DataArray, xr.DataArray]) -> None:
    facies = survey[1].values
    shares = np.bincount(facies.ravel(), minlength=6) / facies.size
    assert (shares > 0.03).all()
    # Older rock is never above younger: facies only grow with depth.
    assert (np.diff(facies.astype(int), axis=2) >= 0).mean() > 0.9995
    mean_depth = [np.nonzero(facies == k)[2].mean() for k in range(6)]
    assert np.all(np.diff(mean_depth) > 0)


def test_a_dome_pierces_what_lies_above(survey: tuple[xr.DataArray, xr.DataArray]) -> None:
    facies = survey[1].values
    top = np.where((facies == 5).any(2), (facies == 5).argmax(2), 192)
    assert np.ptp(np.minimum(top, 191)) > 0.3 * 192
    crest = np.unravel_index(top.argmin(), top.shape)
    above = facies[crest][: top.min()]
    assert 4 not in above


def test_faults_offset_the_horizons(survey: tuple[xr.DataArray, xr.DataArray]) -> None:
    facies = survey[1].values
    chalk = (facies >= 3).argmax(2)
    assert abs(np.diff(chalk, axis=1)).max() >= 5


def test_reflections_mark_the_boundaries(survey: tuple[xr.DataArray, xr.DataArray]) -> None:
    seismic, facies = (v.values for v in survey)
    strength = abs(seismic)
    chalk = (facies >= 3).argmax(2)
    rows, columns = np.indices(chalk.shape)
    near = np.max([strength[rows, columns, chalk + k] for k in (-2, -1, 0, 1, 2)], axis=0)
    assert (
        near.mean()
        > 1.5
        * np.max(
            [strength[rows, columns, chalk - 25 + k] for k in (-2, -1, 0, 1, 2)], axis=0
        ).mean()
    )


def test_noise_and_bandwidth(survey: tuple[xr.DataArray, xr.DataArray]) -> None:
    seismic = survey[0].values
    power = (abs(np.fft.rfft(seismic, axis=2)) ** 2).mean((0, 1))
    frequency = np.fft.rfftfreq(192, 0.004)
    peak = frequency[power.argmax()]
    assert 12 < peak < 60
    assert power[frequency > 110].sum() < 0.01 * power.sum()
    # Neighbouring traces agree, but not perfectly.
    pairs = np.corrcoef(seismic[:, 40].ravel(), seismic[:, 41].ravel())[0, 1]
    assert 0.6 < pairs < 0.98


@pytest.mark.parametrize("shape", [(2, 2, 2), (5, 70, 64), (33, 17, 101)])
def test_any_size(shape: tuple[int, int, int]) -> None:
    seismic, facies = make_survey(shape)
    assert seismic.shape == facies.shape == shape
    assert np.isfinite(seismic.values).all()
    assert facies.values.max() <= 5


def test_a_shape_that_is_none() -> None:
    with pytest.raises(ValueError, match="three axes"):
        make_survey((4, 4))  # type: ignore[arg-type]
