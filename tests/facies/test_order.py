import numpy as np

from napari_s6.facies.order import lie_in_order, out_of_order


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
