"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from napari_s6.errors import InputError
from napari_s6.survey.atomic import atomic_path


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_a_file_appears_at_the_end(tmp_path: Path) -> None:
    out = tmp_path / "Ergebnis mit Blank ü.sgy"
    with atomic_path(out) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".sgy"
        temporary.write_text("new")
        assert not out.exists()
    assert names(tmp_path) == [out.name]
    assert out.read_text() == "new"


@pytest.mark.parametrize("existing", [False, True])
def test_a_folder_appears_whole(tmp_path: Path, existing: bool) -> None:
    out = tmp_path / "out.zarr"
    if existing:
        (out / "old").mkdir(parents=True)
    with atomic_path(out, overwrite=existing) as temporary:
        (temporary / "new").mkdir(parents=True)
    assert names(tmp_path) == ["out.zarr"]
    assert names(out) == ["new"]


@pytest.mark.parametrize("kind", ["file", "folder", "nothing"])
def test_a_failure_leaves_what_was_there(tmp_path: Path, kind: str) -> None:
    out = tmp_path / "out"
    out.write_text("old")

    def write(temporary: Path) -> None:
        if kind == "file":
            temporary.write_text("half")
        elif kind == "folder":
            (temporary / "half").mkdir(parents=True)
        raise KeyError("broken")

    with pytest.raises(KeyError, match="broken"), atomic_path(out, overwrite=True) as temporary:
        write(temporary)
    assert names(tmp_path) == ["out"]
    assert out.read_text() == "old"


def test_what_exists_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("old")
    with pytest.raises(InputError, match="exists already"), atomic_path(out):
        pytest.fail("entered")
    assert out.read_text() == "old"


def test_what_appears_meanwhile_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "out"

    def write() -> None:
        with atomic_path(out) as temporary:
            temporary.write_text("ours")
            out.write_text("theirs")

    with pytest.raises(InputError, match="appeared"):
        write()
    assert names(tmp_path) == ["out"]
    assert out.read_text() == "theirs"


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match=r"the folder .*nowhere does not exist"),
        atomic_path(tmp_path / "nowhere" / "out"),
    ):
        pytest.fail("entered")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_full_or_read_only_disk_is_one_line(tmp_path: Path, code: int) -> None:
    def write() -> None:
        with atomic_path(tmp_path / "out.nc") as temporary:
            temporary.write_text("half")
            raise OSError(code, "no room")

    with pytest.raises(InputError, match=r"out\.nc: cannot be written"):
        write()
    assert names(tmp_path) == []


def test_other_errors_keep_their_type(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), atomic_path(tmp_path / "out"):
        (tmp_path / "another file").read_text()
