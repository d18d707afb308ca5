"""Sections read slab by slab: the same samples as numpy selects, and each chunk decoded once."""

from __future__ import annotations

import copy
import pickle
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
import zarr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from xarray.core import indexing

from napari_s6.formats.open import open_volume
from napari_s6.formats.save import save_volume
from napari_s6.survey.amplitudes import amplitude_limit, sample_traces
from napari_s6.survey.slabs import SlabArray, in_bricks
from napari_s6.survey.synthetic import make_survey

SHAPE, CHUNKS = (21, 17, 30), (8, 6, 12)
VALUES = np.arange(np.prod(SHAPE), dtype=np.int32).reshape(SHAPE)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("slabs") / "a.zarr"
    array = zarr.create_array(str(folder), shape=SHAPE, dtype="i4", chunks=CHUNKS)
    array[...] = VALUES
    return array


class Bricks:
    """An array in memory that is selected from as one of Zarr's is."""

    shape, dtype, chunks = SHAPE, VALUES.dtype, CHUNKS

    @property
    def oindex(self) -> Bricks:
        return self

    def __getitem__(self, key: Any) -> np.ndarray:
        return xr.Variable(("i", "j", "k"), VALUES)[key].values


class Watched:
    """A Zarr array that notes what is read of it, and what of that is still in memory."""

    def __init__(self, array: Any) -> None:
        self.array = array
        self.shape, self.dtype, self.chunks = array.shape, array.dtype, array.chunks
        self.keys: list[Any] = []
        self.parts: list[weakref.ref[np.ndarray]] = []
        self.oindex = self

    def __getitem__(self, key: Any) -> np.ndarray:
        part = np.asarray(self.array.oindex[key])
        self.keys.append(key)
        self.parts.append(weakref.ref(part))
        return part


def variable(slabs: SlabArray) -> xr.Variable:
    return xr.Variable(("i", "j", "k"), indexing.LazilyIndexedArray(slabs))


def keys(size: int) -> Any:
    return st.one_of(
        st.just(slice(None)),
        st.integers(-size, size - 1),
        st.slices(size).filter(lambda s: len(range(*s.indices(size))) > 0),
        st.lists(st.integers(0, size - 1), max_size=6).map(lambda n: np.array(n, int)),
    )


@settings(
    max_examples=300, deadline=None, derandomize=True, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(st.tuples(*(keys(n) for n in SHAPE)), st.sampled_from([400, 6000, 10**6]))
def test_whatever_is_selected(key: Any, slab_bytes: int) -> None:
    slabs = variable(SlabArray(Bricks(), slab_bytes))
    expected = xr.Variable(("i", "j", "k"), VALUES)[key].values
    for _ in range(2):  # the second time from what is held
        np.testing.assert_array_equal(slabs[key].values, expected)


def test_neighbouring_sections_are_read_once(stored: Any) -> None:
    watched = Watched(stored)
    read = watched.keys
    volume = variable(SlabArray(watched))
    for i in range(16):
        np.testing.assert_array_equal(volume[i].values, VALUES[i])
    assert len(read) == 2
    for j in range(6):
        np.testing.assert_array_equal(volume[:, j].values, VALUES[:, j])
    np.testing.assert_array_equal(volume[15].values, VALUES[15])  # both directions are held
    np.testing.assert_array_equal(volume[9:14].values, VALUES[9:14])
    assert len(read) == 3
    np.testing.assert_array_equal(volume[3, 4].values, VALUES[3, 4])  # one trace is no section
    assert len(read) == 4


def test_what_is_held_is_bounded(stored: Any) -> None:
    limit = 5000
    watched = Watched(stored)
    volume = variable(SlabArray(watched, limit))
    for axis, size in enumerate(SHAPE):
        for n in range(size):
            volume[(slice(None),) * axis + (n,)].values  # noqa: B018
    held = [slab for one in watched.parts if (slab := one()) is not None]
    assert 0 < sum(slab.nbytes for slab in held) <= 3 * limit


def test_a_section_is_no_view_of_what_is_held(stored: Any) -> None:
    volume = variable(SlabArray(stored))
    section = volume[3].values
    section[:] = 0
    np.testing.assert_array_equal(volume[3].values, VALUES[3])


@pytest.mark.parametrize(
    "key",
    [
        (slice(3, 11), slice(None), slice(2, None, 5)),
        (np.array([4, 1, 18]), slice(2, 9), np.array([0, 29])),
        (7, np.array([], int), slice(None)),
        (slice(None), 5, np.array([3, 3, 2])),
    ],
)
def test_selections_of_zarr(stored: Any, key: Any) -> None:
    expected = xr.Variable(("i", "j", "k"), VALUES)[key].values
    np.testing.assert_array_equal(variable(SlabArray(stored, 400))[key].values, expected)


def test_pickled_and_copied(stored: Any, tmp_path: Path) -> None:
    slabs = SlabArray(stored)
    for other in (pickle.loads(pickle.dumps(slabs)), copy.deepcopy(slabs)):
        np.testing.assert_array_equal(variable(other)[2:5].values, VALUES[2:5])


def test_few_bricks_are_read_to_know_the_amplitudes(tmp_path: Path) -> None:
    survey = make_survey((70, 400, 40))[0]
    volume = open_volume(save_volume(survey, tmp_path / "survey.zarr"))
    assert in_bricks(volume)
    assert in_bricks(volume.isel(xline=slice(3, None)))
    assert not in_bricks(survey)
    watched = Watched(zarr.open(str(tmp_path / "survey.zarr"), mode="r")["amplitude"])
    counted = SlabArray(watched).on(volume, "amplitude")
    samples = sample_traces(counted)
    assert 800 < len(samples) <= 1000
    bricks = sum(len(np.unique(np.atleast_1d(key[1]) // 32)) for key in watched.keys)
    assert bricks <= 40 * 5  # of 40 x 13 on the lines read
    assert amplitude_limit(volume) == pytest.approx(amplitude_limit(survey), rel=0.1)
