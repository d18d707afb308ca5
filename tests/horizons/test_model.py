import numpy as np
import pytest

from napari_s6.horizons.model import (
    codes_between,
    fill_gaps,
    horizons_of,
    intervals_between,
    tops_of,
)


def layered(seed: int, n_classes: int = 5, traces: int = 40, samples: int = 60) -> np.ndarray:
    """Random intervals from the top down, some of them missing on some traces."""
    tops = np.random.default_rng(seed).integers(0, samples + 1, (traces, n_classes - 1))
    return (np.arange(samples)[None, :, None] >= tops[:, None, :]).sum(axis=2).astype(np.uint8)


@pytest.mark.parametrize("seed", range(4))
def test_intervals_to_horizons_and_back_is_the_identity(seed) -> None:
    codes = layered(seed)
    codes[7] = 255
    times = 100 + 4.0 * np.arange(codes.shape[1])
    horizons = horizons_of(codes, times, 5)
    assert horizons.shape == (40, 4)
    np.testing.assert_array_equal(intervals_between(horizons, times), codes)
    np.testing.assert_array_equal(codes_between(tops_of(codes, 5), codes.shape[1]), codes)


def test_a_horizon_lies_between_the_samples_it_parts() -> None:
    codes = np.array([[0, 0, 2, 2], [1, 1, 1, 1]], np.uint8)
    assert horizons_of(codes, np.array([0.0, 4, 8, 12]), 3).tolist() == [[6, 6], [-2, 14]]


def test_gaps_take_the_label_above_or_else_below() -> None:
    x = 255
    codes = np.array([[x, 1, x, 2, x], [x, x, x, x, x]], np.uint8)
    assert fill_gaps(codes).tolist() == [[1, 1, 1, 2, 2], [x] * 5]
    assert np.isnan(tops_of(codes, 3)).tolist() == [[False, False], [True, True]]


def test_traces_without_a_horizon_stay_unlabelled() -> None:
    horizons = np.array([[2.0, np.nan], [2.0, 10.0]])
    codes = intervals_between(horizons, np.array([0.0, 4.0, 8.0, 12.0]))
    assert codes.tolist() == [[255] * 4, [0, 1, 1, 2]]
