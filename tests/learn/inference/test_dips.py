import numpy as np
import pytest
import torch

from napari_s6.learn.inference.dips import CELL, STEEPEST, whole_numbers
from napari_s6.learn.inference.dips import dips as dips_of


def dips(seismic, live):
    """Dips of amplitudes."""
    return dips_of(whole_numbers(seismic, live), live)


def _dipping(dip, traces=64, samples=120, seed=0):
    """Reflections of random strength that descend by ``dip`` samples a trace."""
    rng = np.random.default_rng(seed)
    fine = np.convolve(rng.standard_normal(4 * samples), np.hanning(9), "same")
    place = np.arange(samples) + samples - dip * np.arange(traces)[:, None]
    return torch.from_numpy(np.interp(place, np.arange(4 * samples), fine))[None].float()


def _all_live(seismic):
    return torch.ones(seismic.shape[:2], dtype=torch.bool)


@pytest.mark.parametrize("dip", [-1.0, -0.4, 0.0, 0.25, 0.7, 1.0])
def test_plane_reflections_have_the_dip_they_were_made_with(dip):
    seismic = _dipping(dip)
    found = dips(seismic, _all_live(seismic))
    assert found.shape == (1, 64 // CELL, 120 // CELL)
    inside = found[0, 3:-3, 5:-5]
    assert abs(float(inside.median()) - dip) < 0.05 + 0.1 * abs(dip)
    assert float((inside - dip).abs().max()) < 0.3


def test_size_and_sign_of_the_amplitudes_do_not_matter():
    seismic, live = _dipping(0.5), _all_live(_dipping(0.5))
    found = dips(seismic, live)
    torch.testing.assert_close(dips(-1024 * seismic, live), found, rtol=0, atol=0)
    torch.testing.assert_close(dips(3e-7 * seismic, live), found, rtol=0, atol=0.01)


def test_weak_reflections_count_as_strong_ones_do():
    """The lower half is a hundred times weaker and dips the other way."""
    seismic = torch.cat([_dipping(0.6, samples=80), 0.01 * _dipping(-0.6, samples=80)], dim=2)
    found = dips(seismic, _all_live(seismic))[0, 3:-3]
    assert float(found[:, 5:14].median()) > 0.5
    assert float(found[:, -14:-5].median()) < -0.5


def test_a_section_is_the_same_alone_and_beside_a_longer_one():
    long = _dipping(0.8, traces=80)
    short = torch.zeros_like(long)
    short[:, :40] = _dipping(-0.5, traces=40)
    live = torch.ones(2, 80, dtype=torch.bool)
    live[1, 40:] = False
    together = dips(torch.cat([long, short]), live)
    assert torch.equal(together[0], dips(long, live[:1])[0])
    alone = dips(short[:, :44], live[1:, :44])[0]
    assert torch.equal(together[1, : len(alone)], alone)


def test_a_gap_takes_the_dip_of_what_surrounds_it():
    seismic = _dipping(0.5)
    live = _all_live(seismic)
    live[:, 28:32] = False
    found = dips(seismic.masked_fill(~live[:, :, None], 0.0), live)[0, 3:-3, 5:-5]
    assert float((found - 0.5).abs().max()) < 0.35


@pytest.mark.parametrize("shape", [(1, 4, 1), (1, 4, 2), (2, 8, 3), (1, 12, 5)])
def test_small_and_silent_sections_lie_flat(shape):
    silent = torch.zeros(shape)
    assert not dips(silent, _all_live(silent)).any()
    noise = torch.randn(shape)
    assert float(dips(noise, _all_live(noise)).abs().max()) <= STEEPEST
