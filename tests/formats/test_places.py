"""Places that can't be written: full disks, read-only folders, odd names; what was there stays."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from napari_s6.cli.main import main
from napari_s6.errors import InputError
from napari_s6.formats import netcdf
from napari_s6.formats.convert import convert_volume
from napari_s6.formats.open import open_volume
from napari_s6.formats.save import save_volume
from napari_s6.survey.atomic import atomic_path
from napari_s6.survey.synthetic import make_survey

SUFFIXES = ("sgy", "npy", "zarr", "nc")


@pytest.fixture(scope="module")
def survey() -> xr.DataArray:
    return make_survey((24, 20, 90))[0]


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """Have writing beyond a size fail, in this process, as the system does it."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ended_by = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ended_by)


@pytest.mark.skipif(sys.platform != "linux", reason="limits the size of a file as Linux does")
@pytest.mark.parametrize("existing", [False, True])
@pytest.mark.parametrize("suffix", ["sgy", "npy", "zarr"])
def test_a_disk_that_becomes_full(
    survey: xr.DataArray, tmp_path: Path, suffix: str, existing: bool,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """No file may become larger than 20 kB: writing fails in the middle, as on a full disk."""
    source = save_volume(survey, tmp_path / "survey.sgy")
    out = tmp_path / f"out.{suffix}"
    before = survey[:5] if existing else None
    if before is not None:
        save_volume(before, out)
    there = sorted(p.name for p in tmp_path.iterdir())
    with no_file_larger_than(20_000):
        ended = main(["convert", str(source), str(out), "--overwrite"])
    said = capsys.readouterr().err
    lines = [line for line in said.splitlines() if line.startswith("napari-s6")]
    assert ended == 2, said
    assert len(lines) == 1
    assert "cannot be written (" in lines[0]
    assert "Traceback" not in said
    assert sorted(p.name for p in tmp_path.iterdir()) == there
    if before is not None:
        np.testing.assert_array_equal(open_volume(out).values, before.values)


def test_netcdf_stops_before_the_disk_is_full(
    survey: xr.DataArray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HDF5 does not survive a full disk, so it must not come to that."""
    monkeypatch.setattr(
        netcdf.shutil, "disk_usage", lambda _: type("Usage", (), {"free": netcdf.SPARE_BYTES + 999})
    )
    with pytest.raises(InputError, match=r"out\.nc: cannot be written \(No space"):
        save_volume(survey, tmp_path / "out.nc")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_folder_that_cannot_be_written_to(
    survey: xr.DataArray, tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    source = save_volume(survey, tmp_path / "survey.sgy")
    # Root may write anywhere, so that a folder's mode would prove nothing.
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path)
    assert main(["convert", str(source), str(tmp_path / f"out.{suffix}")]) == 2
    assert "its folder cannot be written to; choose another place" in capsys.readouterr().err


def test_a_read_only_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There, even removing what is not there fails."""

    def refuse(path: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)

    out = tmp_path / "out.sgy"
    monkeypatch.setattr(os, "unlink", refuse)
    with pytest.raises(InputError, match="Read-only"), atomic_path(out) as temporary:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(temporary))


@pytest.mark.parametrize(
    "name", ["with blanks", "Überlagerung ø 地震", "a'b\"c;d&e", "dots.in.it", "-o", "n" * 240]
)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_names(survey: xr.DataArray, tmp_path: Path, name: str, suffix: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    source = save_volume(survey, folder / f"{name}.{suffix}")
    again = open_volume(source)
    np.testing.assert_array_equal(again.values, survey.values)
    out = convert_volume(again, folder / f"{name} 2.zarr")
    np.testing.assert_array_equal(open_volume(out).values, survey.values)


def test_a_name_that_is_too_long(survey: xr.DataArray, tmp_path: Path) -> None:
    for suffix in SUFFIXES:
        with pytest.raises(InputError, match="cannot be written"):
            save_volume(survey, tmp_path / f"{'n' * 256}.{suffix}")
    assert list(tmp_path.iterdir()) == []
