import itertools

import numpy as np
import pytest
import torch

from napari_s6.learn.inference.carrying import ALIKE, PARTS, REACH, SHARE, WINDOW, carried
from napari_s6.learn.inference.dips import CELL, dips, whole_numbers

SAMPLES = 120


def _dipping(dip, traces, seed=0):
    rng = np.random.default_rng(seed)
    fine = np.convolve(rng.standard_normal(6 * SAMPLES), np.hanning(9), "same")
    place = np.arange(SAMPLES) + 2 * SAMPLES - dip * np.arange(traces)[:, None]
    return np.interp(place, np.arange(6 * SAMPLES), fine).astype(np.float32)


def _carried(evidence, seismic, live=None):
    alive = np.ones(len(seismic), bool) if live is None else live
    quiet = np.where(alive[:, None], seismic, 0).astype(np.float32)
    found = carried(
        torch.from_numpy(evidence)[None],
        torch.from_numpy(quiet)[None],
        torch.from_numpy(alive)[None],
    )
    return found[0].numpy()


def _one(cells, cell, sample, size=1 << 20):
    evidence = np.zeros((cells, 1, SAMPLES), np.int64)
    evidence[cell, 0, sample] = size
    return evidence


def test_it_fades_with_the_distance_on_both_sides():
    found = _carried(_one(50, 20, 60), _dipping(0.0, 200))[:, 0, 60] / (1 << 20)
    reach = min(REACH, SHARE * 200)
    wanted = np.exp(-CELL * np.abs(np.arange(50) - 20) / reach)
    np.testing.assert_allclose(found[5:45], wanted[5:45], atol=0.03)


@pytest.mark.parametrize("dip", [-0.6, 0.4])
def test_it_goes_along_the_reflections(dip):
    found = _carried(_one(50, 25, 60), _dipping(dip, 200))[:, 0]
    for cell in (15, 20, 30, 35):
        centre = (found[cell] * np.arange(SAMPLES)).sum() / found[cell].sum()
        assert abs(centre - 60 - CELL * dip * (cell - 25)) < 2.5, cell
        assert found[cell].sum() > 0.3 * (1 << 20)


def test_most_of_it_stops_where_reflections_end():
    """On either side of a fault the rock is another one; now and then it looks alike."""
    evidence = np.zeros((50, 1, SAMPLES), np.int64)
    evidence[10] = 1 << 20
    before, behind = [], []
    for seed in range(0, 12, 2):
        sides = [_dipping(0.0, 100, seed=seed), _dipping(0.0, 100, seed=seed + 1)]
        found = _carried(evidence, np.concatenate(sides))[:, 0].mean(axis=1) / (1 << 20)
        before.append(found[24])
        behind.append(found[26])
    assert min(before) > 0.25
    assert np.mean(behind) < 0.4 * np.mean(before)


def test_nothing_passes_through_noise():
    noise = np.random.default_rng(0).standard_normal((200, SAMPLES)).astype(np.float32)
    found = _carried(_one(50, 25, 60), noise)[:, 0].sum(axis=1)
    assert found[25] == 1 << 20
    assert found[[20, 30]].max() < 0.01 * (1 << 20)


def test_it_crosses_a_gap():
    live = np.ones(200, bool)
    live[100:112] = False
    found = _carried(_one(50, 22, 60), _dipping(0.0, 200), live)[:, 0].sum(axis=1)
    assert found[30] > 0.3 * (1 << 20)


def test_a_section_is_the_same_alone_and_beside_a_longer_one():
    rng = np.random.default_rng(3)
    long, short = _dipping(0.3, 200), np.zeros((200, SAMPLES), np.float32)
    short[:77] = _dipping(-0.4, 77, seed=4)
    live = np.ones((2, 200), bool)
    live[1, 77:] = False
    evidence = rng.integers(-(1 << 16), 1 << 16, (2, 50, 3, SAMPLES))
    evidence[1, 20:] = 0
    both = torch.from_numpy(np.stack([long, short])), torch.from_numpy(live)
    together = carried(torch.from_numpy(evidence), *both).numpy()
    np.testing.assert_array_equal(together[0], _carried(evidence[0], long))
    alone = _carried(evidence[1, :21], short[:84], live[1, :84])
    np.testing.assert_array_equal(together[1, :21], alone)


def test_a_mirrored_section_gives_a_mirrored_result():
    rng = np.random.default_rng(5)
    evidence = rng.integers(0, 1 << 20, (40, 2, SAMPLES))
    seismic = _dipping(0.5, 160)
    found, mirrored = _carried(evidence, seismic), _carried(evidence[::-1].copy(), seismic[::-1])
    # The last trace of a smoothed pair is not its first: dips differ in their last digits.
    np.testing.assert_allclose(mirrored[::-1], found, atol=0.02 * np.abs(found).max())


def test_it_is_what_plain_loops_find():
    """The same in floating point, sample by sample as it is described."""
    rng = np.random.default_rng(6)
    traces, cells = 96, 24
    seismic = _dipping(0.4, traces) + 0.2 * rng.standard_normal((traces, SAMPLES))
    seismic = seismic.astype(np.float32)
    evidence = rng.integers(0, 1 << 20, (cells, 2, SAMPLES))
    live = torch.ones(1, traces, dtype=torch.bool)
    coarse = dips(whole_numbers(torch.from_numpy(seismic)[None], live), live)[0]
    places = np.arange(SAMPLES)
    middle = CELL * np.arange(coarse.shape[1]) + (CELL - 1) / 2
    dip = np.array([np.interp(places, middle, row) for row in coarse.numpy()])
    stack = seismic.reshape(cells, CELL, SAMPLES).sum(axis=1)
    fade = np.exp(-CELL / (SHARE * traces))

    def moved(before, here, values):
        """Values of the cell ``before`` where they arrive in the cell ``here``."""
        way = np.sign(here - before)
        source = np.clip(places - way * CELL * (dip[before] + dip[here]) / 2, 0, SAMPLES - 1)
        there = np.interp(source, places, stack[before])
        kernel = np.ones(WINDOW)
        alike, size, other = (
            np.convolve(one, kernel, "same")
            for one in (stack[here] * there, stack[here] ** 2, there**2)
        )
        passing = np.clip((alike / np.sqrt(size * other) - ALIKE[0]) / (ALIKE[1] - ALIKE[0]), 0, 1)
        return np.array([np.interp(source, places, one) for one in values]) * passing * fade

    wanted = evidence.astype(float)
    for order in (range(cells), range(cells)[::-1]):
        moving = np.zeros((2, SAMPLES))
        for before, here in itertools.pairwise(order):
            moving = moved(before, here, moving + evidence[before])
            wanted[here] += moving
    found = _carried(evidence, seismic)
    np.testing.assert_allclose(found, wanted, rtol=0.03, atol=8 * PARTS)
