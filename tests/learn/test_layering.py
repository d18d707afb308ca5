import itertools

import numpy as np
import pytest
import torch
from scipy.ndimage import uniform_filter1d

from napari_s6.facies.layers import out_of_order
from napari_s6.learn.layering import LEAST, layered, reach


def _layered(chances, live=None, across=None):
    alive = None if live is None else torch.from_numpy(live)[None]
    found = layered(torch.from_numpy(np.asarray(chances))[None], alive, across)
    return found[0].numpy()


def _plainly(chances, live, across):
    """The same of one section, as a textbook has it: float64, and each trace by itself."""
    classes, traces, samples = chances.shape
    evidence = np.log(np.maximum(chances, LEAST)).astype(np.float64)
    if across > 1:
        evidence = evidence * live[None, :, None]
        evidence = uniform_filter1d(evidence, min(across, traces), axis=1, mode="constant")
    codes = np.empty((traces, samples), np.uint8)
    for trace in range(traces):
        best = np.full((classes, samples), -np.inf)
        came = np.zeros((classes, samples), int)
        best[:, 0] = evidence[:, trace, 0]
        for z in range(1, samples):
            for k in range(classes):
                came[k, z] = int(np.argmax(best[: k + 1, z - 1]))
                best[k, z] = best[came[k, z], z - 1] + evidence[k, trace, z]
        code = int(np.argmax(best[:, -1]))
        for z in range(samples - 1, -1, -1):
            codes[trace, z] = code
            code = came[code, z]
    return codes


@pytest.mark.parametrize(
    ("shape", "across"),
    [((4, 60, 40), 1), ((4, 60, 40), 6), ((3, 20, 50), 7), ((6, 7, 30), 30), ((2, 90, 12), 61)],
)
def test_it_is_what_a_plain_search_finds(shape, across):
    """On smooth chances, a tenth of the traces dead."""
    rng = np.random.default_rng(shape[1])
    coarse = rng.standard_normal((shape[0], shape[1] // 5 + 1, shape[2] // 5 + 1))
    scores = 3 * np.kron(coarse, np.ones((1, 5, 5)))[:, : shape[1], : shape[2]]
    scores += rng.standard_normal(shape)
    chances = (np.exp(scores) / np.exp(scores).sum(axis=0)).astype(np.float32)
    live = rng.random(shape[1]) > 0.1
    codes = _layered(chances, live, across)
    assert (codes != _plainly(chances, live, across)).mean() <= 1e-3
    assert len(np.unique(codes)) > 1


def test_sections_in_one_batch_are_layered_as_they_are_alone():
    torch.manual_seed(0)
    chances = torch.randn(3, 5, 40, 30).softmax(dim=1)
    live = torch.rand(3, 40) > 0.2
    together = layered(chances, live)
    for k in range(3):
        torch.testing.assert_close(together[k], layered(chances[k : k + 1], live[k : k + 1])[0])


def test_a_facies_that_is_nowhere_likely_is_left_out():
    chances = np.zeros((5, 30, 40), np.float32)
    chances[0, :, :20] = 1
    chances[4, :, 20:] = 1
    assert np.unique(_layered(chances)).tolist() == [0, 4]


def test_what_is_not_a_number_does_no_harm():
    chances = torch.full((1, 3, 12, 20), torch.nan)
    assert layered(chances).max() <= 2


def test_fewer_traces_are_summed_in_a_short_section():
    assert [reach(traces) for traces in (4, 40, 300, 2000)] == [1, 4, 30, 61]


def _best_by_trying(chances):
    """The likeliest order of one trace (classes, samples), by trying all."""
    classes, samples = chances.shape
    options = [
        codes
        for codes in itertools.product(range(classes), repeat=samples)
        if list(codes) == sorted(codes)
    ]
    score = [np.log(chances[list(codes), np.arange(samples)]).sum() for codes in options]
    return options[int(np.argmax(score))]


@pytest.mark.parametrize("seed", range(5))
def test_the_likeliest_layering_of_each_trace_is_found(seed):
    rng = np.random.default_rng(seed)
    chances = rng.dirichlet(np.ones(4), size=(6, 7)).transpose(2, 0, 1)
    codes = _layered(chances, across=1)
    for trace in range(6):
        assert tuple(codes[trace]) == _best_by_trying(chances[:, trace])


def test_layers_are_in_order_and_a_clean_section_stays_as_it_is():
    rng = np.random.default_rng(0)
    truth = np.sort(rng.integers(0, 5, (40, 30)), axis=1).astype(np.uint8)
    certain = np.eye(5)[truth].transpose(2, 0, 1) * 0.9 + 0.02
    np.testing.assert_array_equal(_layered(certain, across=1), truth)
    noise = rng.dirichlet(np.ones(5), size=(40, 30)).transpose(2, 0, 1)
    assert not out_of_order(_layered(noise)).any()


def test_an_island_goes_and_a_missing_layer_stays_missing():
    truth = np.zeros((50, 20), np.uint8)
    truth[:, 10:] = 3  # 1 and 2 are nowhere
    seen = truth.copy()
    seen[20:24, 3:6] = 3
    chances = np.eye(4)[seen].transpose(2, 0, 1) * 0.8 + 0.05
    np.testing.assert_array_equal(_layered(chances, across=9), truth)


def test_dead_traces_say_nothing_to_their_neighbours():
    truth = np.zeros((21, 10), np.uint8)
    truth[:, 5:] = 1
    seen = truth.copy()
    seen[8:13] = 1  # dead, and wrong
    live = np.ones(21, bool)
    live[8:13] = False
    chances = np.eye(2)[seen].transpose(2, 0, 1) * 0.98 + 0.01
    np.testing.assert_array_equal(_layered(chances, live, across=11), truth)


def test_the_relief_of_a_short_section_is_not_levelled():
    """A layer that rises and falls by two samples a trace, in a section of forty traces."""
    top = 20 + 2 * np.abs(np.arange(40) - 20)
    truth = (np.arange(100) >= top[:, None]).astype(np.uint8)
    chances = np.eye(2)[truth].transpose(2, 0, 1) * 0.8 + 0.1
    assert (_layered(chances) != truth).mean() < 0.02
    assert (_layered(chances, across=30) != truth).mean() > 0.05
