import itertools

import numpy as np
import pytest

from napari_s6.facies.layers import layered, lie_in_order, out_of_order


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
    codes = layered(chances, across=1)
    for trace in range(6):
        assert tuple(codes[trace]) == _best_by_trying(chances[:, trace])


def test_layers_are_in_order_and_a_clean_section_stays_as_it_is():
    rng = np.random.default_rng(0)
    truth = np.sort(rng.integers(0, 5, (40, 30)), axis=1).astype(np.uint8)
    certain = np.eye(5)[truth].transpose(2, 0, 1) * 0.9 + 0.02
    np.testing.assert_array_equal(layered(certain, across=1), truth)
    noise = rng.dirichlet(np.ones(5), size=(40, 30)).transpose(2, 0, 1)
    assert not out_of_order(layered(noise)).any()


def test_an_island_goes_and_a_missing_layer_stays_missing():
    truth = np.zeros((50, 20), np.uint8)
    truth[:, 10:] = 3  # 1 and 2 are nowhere
    seen = truth.copy()
    seen[20:24, 3:6] = 3
    chances = np.eye(4)[seen].transpose(2, 0, 1) * 0.8 + 0.05
    np.testing.assert_array_equal(layered(chances, across=9), truth)


def test_dead_traces_say_nothing_to_their_neighbours():
    truth = np.zeros((21, 10), np.uint8)
    truth[:, 5:] = 1
    seen = truth.copy()
    seen[8:13] = 1  # dead, and wrong
    live = np.ones(21, bool)
    live[8:13] = False
    chances = np.eye(2)[seen].transpose(2, 0, 1) * 0.98 + 0.01
    np.testing.assert_array_equal(layered(chances, live, across=11), truth)


def test_traces_out_of_order_are_found():
    codes = np.array([[0, 1, 2], [0, 255, 0], [1, 255, 0], [2, 1, 255], [255, 255, 255]], np.uint8)
    assert out_of_order(codes).tolist() == [False, False, True, True, False]


def test_paint_shows_an_order_only_if_each_facies_is_seen_with_the_next():
    whole = np.array([[0, 0, 1, 2], [0, 1, 1, 2]], np.uint8)
    assert lie_in_order([whole])
    assert lie_in_order([whole[:, :3], whole[:, 1:]])  # the order is shown piece by piece
    strokes = np.array([[255, 0, 0, 255], [255, 1, 255, 255], [255, 2, 2, 255]], np.uint8)
    assert not lie_in_order([strokes])  # in no order, for no trace holds two
    assert not lie_in_order([whole, whole[:, ::-1]])
    assert not lie_in_order([np.full((2, 3), 255, np.uint8)])
    assert not lie_in_order([np.full((2, 3), 4, np.uint8)])


def test_the_relief_of_a_short_section_is_not_levelled():
    """A layer that rises and falls by two samples a trace, in a section of forty traces."""
    top = 20 + 2 * np.abs(np.arange(40) - 20)
    truth = (np.arange(100) >= top[:, None]).astype(np.uint8)
    chances = np.eye(2)[truth].transpose(2, 0, 1) * 0.8 + 0.1
    assert (layered(chances) != truth).mean() < 0.02
    assert (layered(chances, across=30) != truth).mean() > 0.05
