import os

import pytest

from napari_s6.errors import InputError
from napari_s6.survey.scratch import scratch_array


def test_the_room_is_taken_at_once(tmp_path):
    array = scratch_array(tmp_path / "a.bin", (3, 50, 1000))
    assert array.shape == (3, 50, 1000)
    assert not array.any()
    array[1] = 7
    array.flush()
    assert (tmp_path / "a.bin").stat().st_size == 150_000
    if hasattr(os, "posix_fallocate"):
        assert (tmp_path / "a.bin").stat().st_blocks * 512 >= 150_000


def test_too_little_room_is_said_and_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    with pytest.raises(InputError, match=r"0\.2 GB of scratch .*No space left.* another disk"):
        scratch_array(tmp_path / "a.bin", (200, 1000, 1000))
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(InputError, match="gone"):
        scratch_array(tmp_path / "gone" / "a.bin", (2, 2))
