"""Spreads and paired differences."""

import math

import numpy as np
import pytest
from scipy import stats

from napari_s6.study.summary import PairedDifference, Spread


def test_the_interval_is_that_of_the_paired_t_test():
    first, second = [0.41, 0.52, 0.47, 0.44, 0.50], [0.60, 0.55, 0.58, 0.61, 0.62]
    gap = PairedDifference.of(first, second)
    expected = stats.ttest_rel(second, first).confidence_interval(0.95)
    assert gap.mean == pytest.approx(np.mean(second) - np.mean(first))
    assert (gap.low, gap.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert gap.pairs == 5
    assert str(gap) == "+0.124"


def test_a_common_level_of_a_pair_does_not_widen_the_interval():
    level = np.array([0.1, 0.4, 0.8])
    gap = PairedDifference.of(level, level + 0.05 + np.array([0.01, -0.01, 0.0]))
    assert gap.high - gap.low < 0.06
    assert gap.low > 0


def test_one_pair_has_no_interval_and_none_no_mean():
    one, none = PairedDifference.of([0.5], [0.7]), PairedDifference.of([], [])
    assert one.mean == pytest.approx(0.2)
    assert one.interval == "–"
    assert none.pairs == 0
    assert str(none) == "–"


def test_spreads():
    spread = Spread.of([0.2, 0.4, math.nan])
    assert (spread.mean, spread.count) == (pytest.approx(0.3), 2)
    assert spread.deviation == pytest.approx(np.std([0.2, 0.4], ddof=1))
    assert str(Spread.of([0.25])) == "0.250"
    assert str(Spread.of([math.nan])) == "–"
