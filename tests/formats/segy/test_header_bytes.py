"""Where line numbers stand in trace headers: presets, guesses, and set-ups kept under a name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import segyio

from napari_s6.cli.main import main
from napari_s6.errors import InputError
from napari_s6.formats.open import open_volume
from napari_s6.formats.save import save_volume
from napari_s6.formats.segy.setups import (
    parse_header_bytes,
    remove_setup,
    save_setup,
    saved_setups,
    setups_file,
)
from napari_s6.survey.header_bytes import HeaderBytes
from napari_s6.survey.reading import Reading

MakeSegy = Callable[..., Any]
Nodes = list[tuple[int, int]]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "config äö" / "napari-s6"
    monkeypatch.setenv("NAPARI_S6_CONFIG", str(folder))
    return folder


def lines_of(volume: Any) -> list[tuple[int, int]]:
    rows, columns = np.nonzero(volume["live"].values)
    iline, xline = volume["iline"].values[rows], volume["xline"].values[columns]
    return list(zip(iline.tolist(), xline.tolist(), strict=True))


def write_lines(path: Path, nodes: Nodes, pair: tuple[int, int], n_samples: int = 4) -> None:
    """Put line numbers into four bytes each, wherever these are, and nothing into offsets."""
    whole = bytearray(path.read_bytes())
    for number, node in enumerate(nodes):
        start = 3600 + number * (240 + 4 * n_samples) - 1
        whole[start + 37 : start + 41] = bytes(4)
        for byte, line in zip(pair, node, strict=True):
            whole[start + byte : start + byte + 4] = line.to_bytes(4, "big")
    path.write_bytes(whole)


@pytest.mark.parametrize("pair", [(5, 21), (9, 21), (17, 21), (213, 217), (221, 225), (233, 237)])
@pytest.mark.parametrize("order", ["inline-sorted", "crossline-sorted", "any order", "holes"])
def test_lines_elsewhere_are_found_and_told(
    make_segy: MakeSegy, pair: tuple[int, int], order: str
) -> None:
    nodes = [(il, xl) for il in range(300, 340, 2) for xl in range(1101, 1131)]
    if order == "crossline-sorted":
        nodes.sort(key=lambda n: n[::-1])
    elif order == "any order":
        nodes = [nodes[i] for i in np.random.default_rng(0).permutation(len(nodes))]
    elif order == "holes":
        nodes = [n for n in nodes if (n[0] * 7 + n[1]) % 5]
    known = make_segy(nodes, iline_byte=37, xline_byte=37, n_samples=4)
    write_lines(known.path, nodes, pair)
    volume = open_volume(known.path)
    assert lines_of(volume) == sorted(nodes)
    assert (volume.attrs["iline_byte"], volume.attrs["xline_byte"]) == pair
    assert volume.attrs["header_bytes_from"] == "guessed"
    assert "189/193 make no grid" in volume.attrs["notes"]
    assert f"{pair[0]}/{pair[1]}" in volume.attrs["notes"]
    with pytest.raises(InputError, match=f"a grid is made by {pair[0]}/{pair[1]}"):
        open_volume(known.path, Reading(header_bytes="37,41"))


def test_a_guessed_file_is_exported_with_its_lines(
    make_segy: MakeSegy, grid_nodes: Nodes, tmp_path: Path
) -> None:
    known = make_segy(grid_nodes, iline_byte=9, xline_byte=21)
    volume = open_volume(known.path)
    out = save_volume(volume, tmp_path / "out.sgy")
    with segyio.open(out, ignore_geometry=True) as file:
        lines = np.stack([file.attributes(b)[:] for b in (9, 21)], 1)
    assert [tuple(n) for n in lines.tolist()] == grid_nodes


def test_coordinates_are_no_line_numbers(make_segy: MakeSegy, grid_nodes: Nodes) -> None:
    """X and Y of a survey laid out to the north make as good a grid as line numbers do."""
    known = make_segy(grid_nodes, iline_byte=89, xline_byte=93)
    with pytest.raises(InputError, match="same line numbers"):
        open_volume(known.path)


def test_a_sparse_survey_is_guessed_by_its_order(make_segy: MakeSegy) -> None:
    """Ten whole lines fill a hundredth of their grid."""
    nodes = [(il, xl) for il in (130, 459, 608) for xl in range(300, 500)]
    nodes += [(il, xl) for xl in (327, 380) for il in range(100, 750) if il not in (130, 459, 608)]
    known = make_segy(nodes, n_samples=2, iline_byte=5, xline_byte=21)
    assert set(lines_of(open_volume(known.path, Reading(header_bytes="guess")))) == set(nodes)


def test_counters_and_noise_are_no_lines(make_segy: MakeSegy) -> None:
    rng = np.random.default_rng(3)
    known = make_segy([(0, 0)] * 300, n_samples=2)
    with segyio.open(known.path, "r+", ignore_geometry=True) as file:
        for number in range(300):
            file.header[number].update({5: number, 9: number // 2, 17: int(rng.integers(1000))})
            file.header[number].update({21: int(rng.integers(500)), 197: number // 30})
    with pytest.raises(InputError, match="no line numbers or the file holds gathers"):
        open_volume(known.path)


def test_a_line_of_ensembles(make_segy: MakeSegy) -> None:
    known = make_segy([(0, cdp) for cdp in range(700, 760)], iline_byte=29, xline_byte=21)
    with segyio.open(known.path, "r+", ignore_geometry=True) as file:
        for number in range(60):
            file.header[number].update({17: 100 + number // 2, 29: 1})
    volume = open_volume(known.path)
    assert volume.shape == (1, 60, 30)
    np.testing.assert_array_equal(volume["xline"], range(700, 760))
    np.testing.assert_array_equal(volume.values[0], known.samples)


def test_shots_are_not_guessed_into_a_grid(make_segy: MakeSegy) -> None:
    """Field record by ensemble, with the ensembles rolling along: every pair is unique."""
    nodes = [(shot, 100 + 2 * shot + channel) for shot in range(1, 21) for channel in range(24)]
    known = make_segy(nodes, n_samples=2, iline_byte=9, xline_byte=21)
    with segyio.open(known.path, "r+", ignore_geometry=True) as file:
        for number in range(len(nodes)):
            file.header[number].update({13: 1 + number % 24})
    with pytest.raises(InputError, match=r"shot-sorted file of 20 shots.*stack it"):
        open_volume(known.path)


def test_the_standard_is_kept_when_it_makes_a_grid(make_segy: MakeSegy, grid_nodes: Nodes) -> None:
    known = make_segy(grid_nodes)
    for chosen in (None, "standard", "guess", "189,193", HeaderBytes()):
        volume = open_volume(known.path, Reading(header_bytes=chosen))
        assert lines_of(volume) == grid_nodes
        assert (volume.attrs["iline_byte"], volume.attrs["xline_byte"]) == (189, 193)
        assert (volume.attrs["header_bytes_from"] == "guessed") == (chosen == "guess")


def test_what_a_user_may_write(config: Path) -> None:
    assert parse_header_bytes("petrel") == HeaderBytes(5, 21, 73, 77)
    assert parse_header_bytes("standard") == HeaderBytes(189, 193, 181, 185)
    assert parse_header_bytes(" 9, 13 ") == HeaderBytes(9, 13)
    assert parse_header_bytes("9,13,73,77") == HeaderBytes(9, 13, 73, 77)
    assert parse_header_bytes("guess") is None
    for wrong, reason in {
        "9": "two positions",
        "9,13,73": "two positions",
        "0,13": "iline byte 0",
        "189,238": "xline byte 238",
        "Petrel 2": "one of standard, petrel, guess",
    }.items():
        with pytest.raises(InputError, match=reason):
            parse_header_bytes(wrong)


def test_set_ups_are_kept_by_name(config: Path) -> None:
    assert saved_setups() == {}
    path = save_setup("Vendor ü", HeaderBytes(9, 21))
    assert path == setups_file() == config / "header_bytes.json"
    save_setup("other", HeaderBytes(17, 21, 73, 77))
    assert parse_header_bytes("Vendor ü") == HeaderBytes(9, 21)
    assert list(saved_setups()) == ["Vendor ü", "other"]
    remove_setup("other")
    assert list(saved_setups()) == ["Vendor ü"]
    with pytest.raises(InputError, match="not saved"):
        remove_setup("other")
    for wrong in ("petrel", "guess", "", "9,21", "../x"):
        with pytest.raises(InputError, match="set-up name"):
            save_setup(wrong, HeaderBytes())
    path.write_text('{"a": {"iline": 0}}')
    with pytest.raises(InputError, match=r"header_bytes\.json.*remove it"):
        saved_setups()


def test_the_command_line_saves_and_uses_them(
    make_segy: MakeSegy, grid_nodes: Nodes, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(make_segy(grid_nodes, iline_byte=9, xline_byte=21).path)
    guess = ["info", path, "--header-bytes", "guess", "--save-header-bytes", "vendor"]
    assert main(guess) == 0
    assert saved_setups()["vendor"] == HeaderBytes(9, 21)
    assert main(["info", path, "--header-bytes", "vendor"]) == 0
    assert "bytes 9/21/181/185" in capsys.readouterr().out
    assert main(["info", path, "--header-bytes", "nobody"]) == 2
    assert "nobody" in capsys.readouterr().err
    assert main(["info", path, "--header-bytes", "standard"]) == 2
    assert "9/21" in capsys.readouterr().err
