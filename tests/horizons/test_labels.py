"""Facies between horizons: order, names, gaps, crossings, and what is told about them."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.facies.scheme import F3
from napari_s6.facies.sections import parse_lines
from napari_s6.horizons.labels import (
    bridged,
    default_facies,
    findings,
    labels_from_horizons,
    scheme_of_horizons,
    top_down,
    traces_of,
)
from napari_s6.horizons.model import Horizon
from napari_s6.survey.volume import make_volume

NAN = np.nan


@pytest.fixture
def volume() -> xr.DataArray:
    live = np.ones((4, 10), bool)
    live[3, 0] = False
    return make_volume(
        np.zeros((4, 10, 50), np.float32), iline=[100, 102, 104, 106], xline=range(300, 310),
        samples=4.0 * np.arange(50), live=live,
    )  # fmt: skip


def flat(z: float) -> np.ndarray:
    return np.full((4, 10), float(z))


def test_horizons_of_different_parts_of_a_dipping_survey_are_in_order() -> None:
    dip = np.arange(10) * 20.0
    upper, lower = flat(0) + dip, flat(30) + dip
    upper[:, :4], lower[:, 6:] = NAN, NAN  # the lower one's median is the smaller one
    assert np.nanmedian(lower) < np.nanmedian(upper)
    empty = Horizon("empty", flat(NAN))
    found = top_down([empty, Horizon("lower", lower), Horizon("upper", upper)])
    assert [horizon.name for horizon in found] == ["upper", "lower", "empty"]


def test_names_and_order_tell_the_facies() -> None:
    def facies(*names: str) -> list[int | None]:
        return default_facies([Horizon(name, flat(0)) for name in names], F3)

    assert facies("a", "b") == [0, 1, 2]
    assert facies("Top Scruff (run 3)", "top_zechstein") == [3, 4, 5]
    assert facies("a", "Top Rijnland/Chalk", "b") == [0, 1, 3, 4]
    assert facies("Lower North Sea", "b", "c", "d", "e") == [1, 2, 3, 4, 5, None]
    three = [Horizon(name, flat(0)) for name in "abc"]
    assert default_facies(three, F3, {0: 2}) == [2, 3, 4, 5]
    assert default_facies(three, F3, {1: None, 3: 0}) == [0, None, 1, 0]
    assert default_facies(three, F3, {0: None}) == [None, 0, 1, 2]
    assert facies("Zechstein", "b", "c") == [4, 5, None, None]


def test_horizons_name_the_facies_between_them() -> None:
    named = [Horizon(name, flat(0)) for name in ("seabed", "Top Sand", "top_salt", "Top Sand")]
    scheme = scheme_of_horizons(named)
    assert scheme.names == ("Above seabed", "Below seabed", "Sand", "salt", "Sand 2")
    assert default_facies(named[:3], scheme_of_horizons(named[:3])) == [0, 1, 2, 3]
    # Names that look like a code do not stand for one.
    numbered = [Horizon(f"Top Facies {k}", flat(0)) for k in (1, 2)]
    assert default_facies(numbered, scheme_of_horizons(numbered)) == [0, 1, 2]


def test_only_small_gaps_are_bridged() -> None:
    z = flat(NAN)
    z[0, [2, 3, 6, 9]] = [10, 20, 50, 80]
    z[3, 3] = 50
    horizon = bridged(Horizon("h", z), 2)
    np.testing.assert_allclose(horizon.z[0], [NAN, NAN, 10, 20, 30, 40, 50, 60, 70, 80])
    np.testing.assert_allclose(horizon.z[:, 3], [20, 30, 40, 50])
    assert np.isnan(horizon.z[1:3, 2]).all()
    assert bridged(Horizon("h", z), 0).z is z
    np.testing.assert_array_equal(np.isnan(bridged(Horizon("h", z), 1).z), np.isnan(z))


@pytest.mark.parametrize(
    ("crossing", "expected"), [("lower", (10, 10)), ("upper", (20, 20)), ("neither", None)]
)
def test_crossing_horizons(volume: xr.DataArray, crossing, expected) -> None:
    upper, lower = flat(40), flat(80)
    upper[1, 4], lower[1, 4] = 80, 40
    horizons = [Horizon("a", upper), Horizon("b", lower), Horizon("c", flat(120))]
    codes = labels_from_horizons(volume, horizons, range(4), crossing=crossing).values
    np.testing.assert_array_equal(np.bincount(codes[0, 0]), [10, 10, 10, 20])
    counts = np.bincount(codes[1, 4], minlength=4)[:4]
    if expected is None:
        assert counts.tolist() == [0, 0, 0, 20]
    else:
        first, _ = expected
        assert counts.tolist() == [first, 0, 30 - first, 20]
    (said,) = findings(volume, horizons)
    assert said == "b lies above a on 1 of 39 traces"


def test_a_horizon_in_the_middle_may_be_undefined_where_others_cross(volume) -> None:
    upper, middle, lower = flat(80), flat(NAN), flat(40)
    horizons = [Horizon(n, z) for n, z in (("a", upper), ("b", middle), ("c", lower))]
    codes = labels_from_horizons(volume, horizons, range(4), crossing="upper").values
    np.testing.assert_array_equal(np.bincount(codes[0, 0], minlength=4)[[0, 3]], [20, 30])


def test_only_the_lines_asked_for_are_filled(volume: xr.DataArray) -> None:
    traces = traces_of(volume, parse_lines(["iline:102", "xline:304,306"], volume))
    codes = labels_from_horizons(volume, [Horizon("a", flat(100))], [0, 1], traces=traces).values
    np.testing.assert_array_equal((codes != 255).any(2), traces)
    assert traces.sum() == 10 + 2 * 4 - 2
    with pytest.raises(InputError, match="no such line"):
        traces_of(volume, parse_lines(["iline:103"]))


def test_what_is_out_of_the_ordinary_is_told(volume: xr.DataArray) -> None:
    gaps, deep = flat(60.0), flat(100.0)
    gaps[:, :5] = NAN
    deep[0, :2] = [-4, 400]
    horizons = [Horizon("gaps", gaps), Horizon("deep", deep), Horizon("none", flat(NAN))]
    assert findings(volume, horizons) == [
        "deep lies outside the survey's 0 to 196 ms on 2 traces",
        "gaps is undefined on 19 of 39 traces",
        "none is on none of these traces",
    ]
    twice = [horizons[0], Horizon("too", gaps)]
    assert findings(volume, twice) == ["2 horizons are undefined on 19 of 39 traces"]
    line = traces_of(volume, parse_lines(["xline:309"], volume))
    assert findings(volume, horizons, line) == ["none is on none of these traces"]
    dead = np.zeros((4, 10), bool)
    dead[3, 0] = True
    assert findings(volume, horizons, dead) == ["there is no live trace on these lines"]
    with pytest.raises(InputError, match="give one facies more"):
        labels_from_horizons(volume, horizons, [0, 1])
