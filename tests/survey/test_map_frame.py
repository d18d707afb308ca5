"""Lines on a map: corners, the nearest line, and cells in which no line gets lost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr

from napari_s6.survey.map_frame import MapFrame
from napari_s6.survey.volume import make_volume


def survey(iline: Any, xline: Any, affine: list[float] | None = None) -> xr.DataArray:
    values = np.zeros((len(iline), len(xline), 2), np.float32)
    attrs = {} if affine is None else {"affine": affine}
    return make_volume(values, iline=iline, xline=xline, samples=[0, 4], attrs=attrs)


def test_without_coordinates_inlines_run_upwards_and_crosslines_to_the_right() -> None:
    frame = MapFrame.of(survey([100, 101, 102], [300, 302, 304, 306]))
    assert not frame.is_located
    assert frame.edges == ((99.5, 102.5), (299, 307))
    np.testing.assert_allclose(
        frame.corners, [(299, 99.5), (307, 99.5), (307, 102.5), (299, 102.5)]
    )
    assert frame.nearest(303.2, 101.6) == (2, 2)


def test_with_coordinates_the_map_is_theirs() -> None:
    # Inlines step 25 m east, crosslines 12.5 m south.
    frame = MapFrame.of(survey([1, 2, 3], [10, 11], [1000, 25, 0, 5000, 0, -12.5]))
    assert frame.is_located
    np.testing.assert_allclose(frame.corners[0], (1000 + 0.5 * 25, 5000 - 9.5 * 12.5))
    assert frame.nearest(1000 + 3 * 25 + 9, 5000 - 10 * 12.5 + 2) == (2, 0)


def test_coordinates_that_span_no_area_are_no_map() -> None:
    assert not MapFrame.of(survey([1, 2], [3, 4], [0, 1, 2, 0, 2, 4])).is_located


def test_decreasing_lines_are_found_where_they_are() -> None:
    frame = MapFrame.of(survey([130, 120, 110], [5, 6]))
    assert frame.nearest(6, 129) == (0, 1)
    cells = frame.cells({1: np.array([[True, False], [False, False], [False, False]])})
    np.testing.assert_array_equal(cells, [[0, 0], [0, 0], [1, 0]])


def test_missing_lines_leave_room() -> None:
    frame = MapFrame.of(survey([1, 2, 5], [1, 2]))
    cells = frame.cells({1: np.ones((3, 2), bool)})
    np.testing.assert_array_equal(cells[:, 0], [1, 1, 0, 0, 1])


@pytest.mark.parametrize("line", [0, 123, 499])
def test_a_single_line_stays_in_sight_on_a_coarse_map(line: int) -> None:
    frame = MapFrame.of(survey(np.arange(500), np.arange(70)))
    mask = np.zeros((500, 70), bool)
    mask[line] = True
    cells = frame.cells({1: mask}, (50, 40))
    assert cells.shape == (50, 40)
    np.testing.assert_array_equal(np.flatnonzero(cells.all(axis=1)), [line // 10])
    assert cells.sum() == 40


def test_paint_covers_the_traces_below() -> None:
    frame = MapFrame.of(survey([1, 2], [1, 2]))
    painted = np.array([[False, True], [False, False]])
    cells = frame.cells({1: np.ones((2, 2), bool), 2: painted})
    np.testing.assert_array_equal(cells, [[1, 2], [1, 1]])
