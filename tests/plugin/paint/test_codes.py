import numpy as np

from napari_s6.plugin.paint.autosave import Paint
from napari_s6.plugin.paint.codes import painted_codes, painted_traces
from napari_s6.survey.volume import make_volume


def test_paint_becomes_the_codes_of_its_traces() -> None:
    shape = (4, 5, 3)
    values = np.random.default_rng(1).integers(0, 7, shape, dtype=np.uint8)
    values[2:] = 0
    volume = make_volume(values, iline=range(4), xline=range(5), samples=range(3))
    paint = Paint.of(values, values.any(axis=2))
    painted = painted_traces(paint)
    np.testing.assert_array_equal(painted.as_volume(), painted_codes(paint, volume).values)
    assert painted.mask.sum() == len(paint.rows)


def test_rows_of_paint_may_come_in_any_order() -> None:
    paint = Paint((2, 2, 1), np.array([3, 0]), np.array([[2], [1]], np.uint8))
    np.testing.assert_array_equal(painted_traces(paint).as_volume(), [[[0], [255]], [[255], [1]]])
