"""Painted traces out of a layer's array, and back into one."""

import numpy as np

from napari_s6.facies.codes import from_layer
from napari_s6.plugin.paint import painted as module
from napari_s6.plugin.paint.painted import copy_painted, put_painted


def test_paint_is_copied_as_the_codes_of_its_traces_and_put_back(monkeypatch) -> None:
    monkeypatch.setattr(module, "_BLOCK", 3)
    values = np.random.default_rng(1).integers(0, 7, (4, 5, 3), dtype=np.uint8)
    values[2:] = 0
    before = values.copy()
    copied = copy_painted(values, values.any(axis=2))
    assert copied.mask.sum() == np.count_nonzero(values.any(axis=2))
    values[0] = 9  # the copy is the layer's of that moment
    np.testing.assert_array_equal(copied.as_volume(), from_layer(before))
    again = np.zeros_like(values)
    put_painted(copied, again)
    np.testing.assert_array_equal(again, before)
