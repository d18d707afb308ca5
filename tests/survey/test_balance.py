"""Balanced amplitudes against their definition, computed sample by sample."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from napari_s6.survey import balance
from napari_s6.survey.balance import FLOOR, Balance
from napari_s6.survey.lazy import Key, LazyArray
from napari_s6.survey.volume import make_volume


def survey(values: np.ndarray, live: np.ndarray | None = None) -> xr.DataArray:
    inlines, crosslines, samples = values.shape
    return make_volume(
        values,
        iline=np.arange(inlines),
        xline=np.arange(crosslines),
        samples=4.0 * np.arange(samples),
        live=live,
    )


class Counted(LazyArray):
    """Samples in memory, and how many were asked for at a time."""

    def __init__(self, values: np.ndarray, read: list[int]) -> None:
        self.values, self.read = values, read
        self.shape, self.dtype = values.shape, values.dtype

    def _read(self, key: Key) -> np.ndarray:
        part = xr.Variable(("iline", "xline", "sample"), self.values)[key].values
        self.read.append(part.size)
        return part


def by_definition(trace: np.ndarray, half: int, level: float) -> np.ndarray:
    shown = np.zeros(len(trace))
    for t, x in enumerate(trace):
        window = trace[max(0, t - half) : t + half + 1]
        window = window[np.isfinite(window) & (window != 0)]
        rms = np.sqrt(np.mean(window**2)) if len(window) else 0.0
        shown[t] = level * x / (rms + FLOOR * level)
    return shown


@pytest.mark.parametrize("half", [1, 4, 100])
def test_every_sample_is_divided_by_the_rms_around_it(half: int) -> None:
    rng = np.random.default_rng(0)
    traces = rng.standard_normal((3, 5, 40)) * np.linspace(1, 200, 40)
    traces[0, 0, :7] = 0
    shown = Balance(half, 3.0).traces(traces)
    assert shown.dtype == np.float32
    for place in np.ndindex(3, 5):
        np.testing.assert_allclose(
            shown[place], by_definition(traces[place], half, 3.0), rtol=1e-5, atol=1e-6
        )


def test_a_trace_that_decays_comes_out_level() -> None:
    rng = np.random.default_rng(1)
    decay = np.exp(-np.linspace(0, 4, 600))
    traces = rng.standard_normal((50, 600)) * decay
    shown = Balance(30, 1.0).traces(traces)
    top, bottom = shown[:, 40:140].std(), shown[:, 300:400].std()
    assert top == pytest.approx(bottom, rel=0.1)
    assert traces[:, 40:140].std() > 4 * traces[:, 300:400].std()


def test_mutes_stay_silent_and_noise_is_not_brought_up_without_end() -> None:
    trace = np.zeros(100)
    trace[50:] = np.tile([1.0, -1.0], 25)
    trace[:20] = np.tile([1e-9, -1e-9], 10)
    shown = Balance(5, 1.0).traces(trace)
    assert np.abs(shown[:20]).max() < 1e-6
    assert not shown[26:44].any()
    np.testing.assert_allclose(np.abs(shown[50:]), 1 / (1 + FLOOR), rtol=1e-5)


def test_samples_that_are_no_numbers_stay_so_and_spoil_no_others() -> None:
    trace = np.ones(30, np.float32)
    trace[10], trace[11] = np.nan, np.inf
    shown = Balance(4, 1.0).traces(trace)
    assert np.isnan(shown[10])
    assert np.isinf(shown[11])
    np.testing.assert_allclose(np.delete(shown, [10, 11]), 1 / (1 + FLOOR), rtol=1e-5)


@pytest.mark.parametrize("dtype", [np.int16, np.float32, ">f4"])
def test_window_and_level_are_the_survey_s(dtype: str) -> None:
    values = np.tile(np.array([300, -300], dtype), (4, 5, 30))
    found = Balance.of(survey(values), window=100)
    assert found.half == 12  # 100 ms are 25 samples of 4 ms
    assert found.level == pytest.approx(300)
    np.testing.assert_allclose(np.abs(found.traces(values)), 300 / (1 + FLOOR), rtol=1e-5)


def test_a_window_needs_a_length() -> None:
    with pytest.raises(ValueError, match="window"):
        Balance.of(survey(np.ones((2, 2, 4), np.float32)), window=0)


@pytest.mark.parametrize("share", [1.0, 0.2])
def test_a_time_slice_is_the_sections_cut(share: float) -> None:
    rng = np.random.default_rng(2)
    values = rng.standard_normal((12, 15, 50)).astype(np.float32) * np.linspace(1, 9, 50)
    live = rng.random((12, 15)) < share
    found = Balance(6, 2.0)
    sections = found.traces(values)
    for sample in (0, 3, 25, 49):
        shown = found.slice(survey(values, live), sample)
        np.testing.assert_allclose(shown[live], sections[live, sample], rtol=1e-5)


def test_a_large_survey_s_time_slice_needs_few_traces(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    gain = np.linspace(1, 8, 61)[:, None, None] * np.linspace(3, 1, 47)[:, None]
    values = (gain * np.where(rng.random((61, 47, 41)) < 0.5, 1.0, -1.0)).astype(np.float32)
    monkeypatch.setattr(balance, "SLICE_SAMPLES", 61 * 47 * 41 // 20)
    found = Balance(20, 1.0)
    read: list[int] = []
    volume = Counted(values, read).on(survey(values), "amplitude")
    shown = found.slice(volume, 20)
    assert 61 * 47 < sum(read) <= 61 * 47 + 1.3 * balance.SLICE_SAMPLES  # the slice, and the gain
    np.testing.assert_allclose(shown, found.traces(values)[:, :, 20], rtol=0.05)


def test_the_gain_beside_a_hole_is_that_of_the_traces_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = np.tile(np.array([5.0, -5.0], np.float32), (40, 40, 10))
    live = np.ones((40, 40), bool)
    live[:, 20:] = False
    values[~live] = 0
    monkeypatch.setattr(balance, "SLICE_SAMPLES", 2000)
    shown = Balance(4, 1.0).slice(survey(values, live), 10)
    np.testing.assert_allclose(shown[live], 1 / (1 + FLOOR / 5), rtol=1e-4)
