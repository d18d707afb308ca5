import itertools

import numpy as np
import pytest
import torch

from napari_s6.facies.order import out_of_order
from napari_s6.learn.inference.dips import CELL
from napari_s6.learn.inference.layering import LEAST, layered


def _layered(probabilities, seismic=None, live=None):
    """Codes of one section; without seismic nothing is carried from cell to cell."""
    probabilities = torch.from_numpy(np.asarray(probabilities))[None]
    traces, samples = probabilities.shape[2:]
    seismic = np.zeros((traces, samples)) if seismic is None else seismic
    alive = None if live is None else torch.from_numpy(live)[None]
    found = layered(probabilities, torch.from_numpy(np.asarray(seismic, np.float32))[None], alive)
    return found[0].numpy()


def _flat(traces, samples):
    """Reflections that lie flat."""
    return np.tile(np.sin(np.arange(samples) / 1.5), (traces, 1))


def _plainly(probabilities):
    """Codes of one trace (classes, samples), as a textbook has it."""
    classes, samples = probabilities.shape
    evidence = np.log(np.maximum(probabilities, LEAST)).astype(np.float64)
    best = np.full((classes, samples), -np.inf)
    came = np.zeros((classes, samples), int)
    best[:, 0] = evidence[:, 0]
    for z in range(1, samples):
        for k in range(classes):
            came[k, z] = int(np.argmax(best[: k + 1, z - 1]))
            best[k, z] = best[came[k, z], z - 1] + evidence[k, z]
    code, codes = int(np.argmax(best[:, -1])), np.empty(samples, np.uint8)
    for z in range(samples - 1, -1, -1):
        codes[z] = code
        code = came[code, z]
    return codes


def _alike_in_a_cell(rng, classes, samples):
    coarse = np.kron(rng.standard_normal((classes, samples // 5 + 1)), np.ones(5))[:, :samples]
    logits = 3 * coarse + rng.standard_normal((classes, samples))
    probabilities = (np.exp(logits) / np.exp(logits).sum(axis=0)).astype(np.float32)
    return probabilities, np.repeat(probabilities[:, None], CELL, axis=1)


@pytest.mark.parametrize(("classes", "samples"), [(4, 40), (3, 50), (6, 30), (2, 12), (1, 9)])
def test_it_is_what_a_plain_search_finds(classes, samples):
    rng = np.random.default_rng(samples)
    for _ in range(20):
        probabilities, cell = _alike_in_a_cell(rng, classes, samples)
        codes = _layered(cell)
        assert (codes == codes[0]).all()
        assert (codes[0] != _plainly(probabilities)).mean() <= 1e-3


def _best_by_trying(probabilities):
    """The likeliest order of one trace (classes, samples), by trying all."""
    classes, samples = probabilities.shape
    options = [
        codes
        for codes in itertools.product(range(classes), repeat=samples)
        if list(codes) == sorted(codes)
    ]
    score = [np.log(probabilities[list(codes), np.arange(samples)]).sum() for codes in options]
    return options[int(np.argmax(score))]


@pytest.mark.parametrize("seed", range(20))
def test_the_likeliest_layering_is_found(seed):
    probabilities = np.random.default_rng(seed).dirichlet(np.ones(4), size=7).T
    codes = _layered(np.repeat(probabilities[:, None], CELL, axis=1))
    assert tuple(codes[0]) == _best_by_trying(probabilities)


def test_sections_in_one_batch_are_layered_as_they_are_alone():
    torch.manual_seed(0)
    probabilities, seismic = torch.randn(3, 5, 40, 30).softmax(dim=1), torch.randn(3, 40, 30)
    live = torch.rand(3, 40) > 0.2
    live[:, 0], live[1, 23:], live[1, 22] = True, False, True
    together = layered(probabilities, seismic, live)
    for k, traces in enumerate((40, 23, 40)):
        one = np.s_[k : k + 1, :traces]
        alone = layered(probabilities[k : k + 1, :, :traces], seismic[one], live[one])[0]
        torch.testing.assert_close(together[k, :traces], alone, rtol=0, atol=0)


def test_a_facies_that_is_nowhere_likely_is_left_out():
    probabilities = np.zeros((5, 30, 40), np.float32)
    probabilities[0, :, :20] = 1
    probabilities[4, :, 20:] = 1
    assert np.unique(_layered(probabilities)).tolist() == [0, 4]


def test_what_is_not_a_number_does_no_harm():
    probabilities = torch.full((1, 3, 12, 20), torch.nan)
    assert layered(probabilities, torch.full((1, 12, 20), torch.nan)).max() <= 2


def test_layers_are_in_order_and_a_clean_section_stays_as_it_is():
    truth = np.zeros((40, 60), np.uint8)
    for top in (10, 24, 41, 50):
        truth[:, top:] += 1
    certain = np.eye(5)[truth].transpose(2, 0, 1) * 0.9 + 0.02
    np.testing.assert_array_equal(_layered(certain), truth)
    np.testing.assert_array_equal(_layered(certain, _flat(40, 60)), truth)
    noise = np.random.default_rng(0).dirichlet(np.ones(5), size=(40, 30)).transpose(2, 0, 1)
    assert not out_of_order(_layered(noise)).any()


def test_an_island_goes_and_a_missing_layer_stays_missing():
    truth = np.zeros((48, 20), np.uint8)
    truth[:, 10:] = 3  # 1 and 2 are nowhere
    seen = truth.copy()
    seen[20:24, 3:6] = 3
    probabilities = np.eye(4)[seen].transpose(2, 0, 1) * 0.8 + 0.05
    np.testing.assert_array_equal(_layered(probabilities, _flat(48, 20)), truth)


def test_what_neighbours_know_of_a_reflection_outweighs_one_trace():
    """A boundary that is seen ten samples too deep on a few traces, with dipping reflections."""
    traces, samples = 120, 100
    top = 30 + np.arange(traces) * 0.4
    place = np.arange(samples) - 0.4 * np.arange(traces)[:, None]
    seismic = np.sin(place / 1.7) + np.sin(place / 2.9)
    truth = (np.arange(samples) >= top[:, None]).astype(np.uint8)
    seen = truth.copy()
    seen[60:72] = np.arange(samples) >= (top[60:72] + 10)[:, None]
    probabilities = np.eye(2)[seen].transpose(2, 0, 1) * 0.8 + 0.1
    assert (_layered(probabilities) != truth)[60:72].mean() > 0.08
    assert (_layered(probabilities, seismic) != truth).mean() < 0.01


def test_dead_traces_say_nothing_to_their_neighbours():
    truth = np.zeros((32, 40), np.uint8)
    truth[:, 20:] = 1
    seen = truth.copy()
    seen[8:20] = 1  # dead, and wrong
    live = np.ones(32, bool)
    live[8:20] = False
    probabilities = np.eye(2)[seen].transpose(2, 0, 1) * 0.98 + 0.01
    np.testing.assert_array_equal(_layered(probabilities, _flat(32, 40), live), truth)


def test_the_relief_of_a_short_section_is_not_levelled():
    """A layer that rises and falls by a sample a trace, in a section of forty traces."""
    top = 20 + np.abs(np.arange(40) - 20)
    truth = (np.arange(100) >= top[:, None]).astype(np.uint8)
    place = np.arange(100) - top[:, None]
    seismic = np.sin(place / 2) + np.sin(place / 3.3)
    probabilities = np.eye(2)[truth].transpose(2, 0, 1) * 0.8 + 0.1
    assert (_layered(probabilities, seismic) != truth).mean() < 0.02


@pytest.mark.parametrize("traces", [1, 2, 3, 5])
def test_few_traces_are_enough(traces):
    truth = np.zeros((traces, 30), np.uint8)
    truth[:, 12:] = 1
    probabilities = np.eye(2)[truth].transpose(2, 0, 1) * 0.8 + 0.1
    np.testing.assert_array_equal(_layered(probabilities, _flat(traces, 30)), truth)
