"""SEG-Y files read: every sample where its header says, whatever the order, format or holes."""

from __future__ import annotations

import copy
import pickle
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import segyio
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.formats.open import open_volume
from napari_s6.formats.segy.array import open_segy
from napari_s6.formats.segy.grid import HeaderBytes
from napari_s6.survey.dead import drop_dead, find_dead_traces
from napari_s6.survey.lazy import backing_array
from napari_s6.survey.reading import Reading
from napari_s6.survey.volume import live_traces, make_volume, read_section

MakeSegy = Callable[..., Any]


def assert_holds(volume: xr.DataArray, nodes: list[tuple[int, int]], samples: np.ndarray) -> None:
    """Every node's trace is where its lines say, and there is nothing else."""
    whole = volume.values
    assert whole.dtype.isnative
    seen = set()
    for node, trace in zip(nodes, samples, strict=True):
        if node in seen:
            continue
        seen.add(node)
        np.testing.assert_array_equal(volume.sel(iline=node[0], xline=node[1]).values, trace)
    live = live_traces(volume)
    assert live.sum() == len(seen)
    assert not whole[~live].any()
    # Sections and slices are read another way than the whole cube.
    for index in range(volume.shape[0]):
        np.testing.assert_array_equal(read_section(volume, "iline", index), whole[index])
    for index in range(volume.shape[1]):
        np.testing.assert_array_equal(read_section(volume, "xline", index), whole[:, index])
    for index in (0, 7, -1):
        np.testing.assert_array_equal(volume.isel(twt=index).values, whole[:, :, index])


@pytest.mark.parametrize("endian", ["big", "little"])
@pytest.mark.parametrize("code", [1, 2, 3, 5, 8])
def test_every_sample_format_and_byte_order(
    make_segy: MakeSegy, grid_nodes: list[tuple[int, int]], code: int, endian: str
) -> None:
    known = make_segy(grid_nodes, code=code, endian=endian)
    volume = open_segy(known.path)
    assert volume.dtype == known.samples.dtype
    assert volume.attrs["byte_order"] == endian
    np.testing.assert_array_equal(volume["twt"], 100 + 2.0 * np.arange(30))
    assert_holds(volume, known.nodes, known.samples)


ORDERS = {
    "crossline-sorted": lambda nodes: sorted(nodes, key=lambda n: n[::-1]),
    "decreasing": lambda nodes: nodes[::-1],
    "decreasing crosslines": lambda nodes: sorted(nodes, key=lambda n: (n[0], -n[1])),
    "any order": lambda nodes: [nodes[i] for i in np.random.default_rng(1).permutation(len(nodes))],
    "holes": lambda nodes: [n for n in nodes if n not in [(10, 103), (16, 101), (14, 105)]],
    "ragged": lambda nodes: [n for n in nodes if (n[1] - 101) * 2 <= n[0] - 10],
    "a cross of two lines": lambda nodes: [n for n in nodes if n[0] == 12 or n[1] == 104],
    "one inline": lambda nodes: [n for n in nodes if n[0] == 14],
    "one trace": lambda nodes: nodes[7:8],
    "negative and large lines": lambda nodes: [(n[0] * 100_000 - 1_200_000, -n[1]) for n in nodes],
}


@pytest.mark.parametrize("order", ORDERS)
def test_any_arrangement_of_traces(
    make_segy: MakeSegy, grid_nodes: list[tuple[int, int]], order: str
) -> None:
    nodes = ORDERS[order](grid_nodes)
    known = make_segy(nodes, code=3)
    volume = open_segy(known.path)
    assert sorted({n[0] for n in nodes}) == volume["iline"].values.tolist()
    assert sorted({n[1] for n in nodes}) == volume["xline"].values.tolist()
    assert_holds(volume, nodes, known.samples)


def test_first_of_duplicates_wins_and_they_are_counted(
    make_segy: MakeSegy, grid_nodes: list[tuple[int, int]]
) -> None:
    known = make_segy([*grid_nodes, grid_nodes[3], grid_nodes[3], grid_nodes[9]])
    volume = open_segy(known.path)
    assert volume.attrs["duplicates"] == 3
    assert_holds(volume, known.nodes, known.samples)


def test_selections_are_lazy_and_right(
    make_segy: MakeSegy, grid_nodes: list[tuple[int, int]]
) -> None:
    nodes = [n for n in grid_nodes if n != (12, 103)]
    known = make_segy(nodes, code=1)
    volume = open_segy(known.path)
    whole = volume.values
    part = volume.isel(iline=slice(None, None, -2), xline=[4, 0, 2], twt=slice(3, 20, 5))
    assert not isinstance(backing_array(part), np.ndarray)
    np.testing.assert_array_equal(part.values, whole[::-2][:, [4, 0, 2], 3:20:5])
    np.testing.assert_array_equal(volume.isel(iline=1, twt=4).values, whole[1, :, 4])
    np.testing.assert_array_equal(volume.isel(iline=1, xline=1, twt=4).values, whole[1, 1, 4])
    np.testing.assert_array_equal(
        volume.transpose("twt", "xline", "iline").isel(twt=2).values, whole[:, :, 2].T
    )
    points = volume.isel(iline=xr.DataArray([0, 2], dims="p"), xline=xr.DataArray([1, 3], dims="p"))
    np.testing.assert_array_equal(points.values, whole[[0, 2], [1, 3]])
    for same in (pickle.loads(pickle.dumps(volume)), copy.deepcopy(volume), volume.copy()):
        np.testing.assert_array_equal(same.values, whole)


def test_line_numbers_at_other_bytes(
    make_segy: MakeSegy, grid_nodes: list[tuple[int, int]]
) -> None:
    known = make_segy(grid_nodes, iline_byte=5, xline_byte=21)
    assert_holds(open_volume(known.path, Reading(header_bytes="5,21")), known.nodes, known.samples)
    with pytest.raises(InputError, match=r"known\.sgy.*189/193.*same line numbers.*5/21"):
        open_volume(known.path, Reading(header_bytes="standard"))
    with pytest.raises(InputError, match="iline byte 0"):
        open_volume(known.path, Reading(header_bytes="0,193"))


def test_corner_points_carry_the_scalar(
    make_segy: MakeSegy, grid_nodes: list[tuple[int, int]]
) -> None:
    points = np.reshape(open_segy(make_segy(grid_nodes).path).attrs["corner_points"], (-1, 4))
    assert {tuple(p) for p in points} == {
        (il, xl, 10 * il, 10 * xl) for il in (10, 16) for xl in (101, 105)
    }


def test_dead_traces_are_found(make_segy: MakeSegy, grid_nodes: list[tuple[int, int]]) -> None:
    samples = np.ones((20, 40))
    samples[3] = 0
    # Alive by a single sample that a coarse look misses.
    samples[5] = 0
    samples[5, 33] = 8
    known = make_segy(grid_nodes, samples=samples, n_samples=40)
    with segyio.open(known.path, "r+", ignore_geometry=True) as file:
        file.trace[8] = np.full(40, np.nan, np.float32)
    volume = open_segy(known.path)
    dead = find_dead_traces(volume)
    assert [grid_nodes[3], grid_nodes[8]] == [
        (int(volume["iline"][i]), int(volume["xline"][j]))
        for i, j in zip(*dead.nonzero(), strict=True)
    ]
    shares: list[float] = []
    scanned = drop_dead(volume, shares.append)
    assert shares[-1] == 1
    assert (live_traces(volume) & ~live_traces(scanned)).sum() == 2
    assert scanned.attrs["dead_traces"] == 2
    assert live_traces(volume).all()
    opened = open_volume(known.path)
    assert opened.attrs["dead_scanned"]
    np.testing.assert_array_equal(live_traces(opened), live_traces(scanned))
    assert live_traces(open_volume(known.path, scan_dead=False)).all()


def test_dead_traces_of_an_array() -> None:
    values = np.ones((3, 4, 50), np.float32)
    values[2] = 0
    values[0, 1] = 0
    values[0, 1, 49] = 1
    volume = make_volume(values, iline=range(3), xline=range(4), samples=range(50))
    np.testing.assert_array_equal(find_dead_traces(volume), [[0] * 4, [0] * 4, [1] * 4])


class TestUnusableFiles:
    """Each ends in one line that names the file and a remedy."""

    def refuse(self, path: Path, reason: str) -> None:
        with pytest.raises(InputError, match=reason) as caught:
            open_volume(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_missing(self, tmp_path: Path) -> None:
        self.refuse(tmp_path / "none.sgy", "no such file")

    @pytest.mark.parametrize("size", [0, 10, 3600, 3700, 3840])
    def test_headers_alone(
        self, make_segy: MakeSegy, grid_nodes: list[tuple[int, int]], size: int
    ) -> None:
        path = make_segy(grid_nodes).path
        path.write_bytes(path.read_bytes()[:size])
        self.refuse(path, "too few")

    @pytest.mark.parametrize("lost", [1, 100, 359, 361])
    def test_cut_short(
        self, make_segy: MakeSegy, grid_nodes: list[tuple[int, int]], lost: int
    ) -> None:
        path = make_segy(grid_nodes).path
        path.write_bytes(path.read_bytes()[:-lost])
        self.refuse(path, "cut short")

    def test_noise(self, tmp_path: Path) -> None:
        path = tmp_path / "noise.sgy"
        path.write_bytes(np.random.default_rng(0).bytes(50_000))
        self.refuse(path, "not SEG-Y")

    def test_text(self, tmp_path: Path) -> None:
        path = tmp_path / "text.SEGY"
        path.write_text("il,xl,z\n" * 2000)
        self.refuse(path, "not SEG-Y")

    def test_sample_format_without_a_meaning(
        self, make_segy: MakeSegy, grid_nodes: list[tuple[int, int]]
    ) -> None:
        path = make_segy(grid_nodes).path
        with path.open("r+b") as file:
            file.seek(3224)
            file.write(b"\x00\x04")
        self.refuse(path, "sample format 4")

    def test_line_numbers_that_make_no_grid(self, make_segy: MakeSegy) -> None:
        rng = np.random.default_rng(0)
        nodes = [(int(a), int(b)) for a, b in rng.integers(-2_000_000, 2_000_000, (2500, 2))]
        self.refuse(make_segy(nodes, n_samples=2).path, r"grid of 2\d+ inlines x 2\d+ crosslines")

    def test_prestack(self, make_segy: MakeSegy, grid_nodes: list[tuple[int, int]]) -> None:
        known = make_segy(grid_nodes * 3)
        with segyio.open(known.path, "r+", ignore_geometry=True) as file:
            for number in range(60):
                file.header[number][37] = 100 * (number // 20)
        self.refuse(known.path, "pre-stack file of 3 offsets")

    def test_another_kind_of_file(self, tmp_path: Path) -> None:
        path = tmp_path / "picture.png"
        path.write_bytes(b"\x89PNG")
        self.refuse(path, r"no format we know")


@pytest.mark.parametrize("seed", range(4))
def test_damaged_headers_end_in_a_read_or_one_line(
    make_segy: MakeSegy, grid_nodes: list[tuple[int, int]], tmp_path: Path, seed: int
) -> None:
    """Bytes of the binary and trace headers at random, and files cut anywhere."""
    rng = np.random.default_rng(seed)
    good = make_segy(grid_nodes, code=[1, 3, 5, 8][seed]).path.read_bytes()
    path = tmp_path / "damaged.sgy"
    refusals: list[str] = []
    read = 0
    for case in range(60):
        whole = bytearray(good)
        if case % 3 == 0:
            whole = whole[: rng.integers(len(whole))]
        else:
            where = rng.integers(3200, 3600 if case % 3 == 1 else len(whole), 8)
            for position in where:
                whole[position] = rng.integers(256)
        path.write_bytes(whole)
        try:
            volume = open_volume(path)
        except InputError as refusal:
            refusals.append(str(refusal))
        else:
            assert volume.isel(iline=0).values.shape == volume.shape[1:]
            read += 1
    assert read
    assert refusals
    assert all(str(path) in line and "\n" not in line for line in refusals)


def test_sample_count_comes_from_the_file_size(
    make_segy: MakeSegy, grid_nodes: list[tuple[int, int]]
) -> None:
    known = make_segy(grid_nodes)
    with known.path.open("r+b") as file:
        file.seek(3220)
        file.write((77).to_bytes(2, "big"))
    volume = open_segy(known.path)
    assert volume.shape == (4, 5, 30)
    assert "77 samples; 30" in volume.attrs["notes"]
    assert_holds(volume, known.nodes, known.samples)


def test_extended_text_headers_are_skipped(
    make_segy: MakeSegy, grid_nodes: list[tuple[int, int]]
) -> None:
    known = make_segy(grid_nodes)
    whole = bytearray(known.path.read_bytes())
    whole[3504:3506] = (2).to_bytes(2, "big")
    known.path.write_bytes(bytes(whole[:3600]) + b"\x40" * 6400 + bytes(whole[3600:]))
    assert_holds(open_segy(known.path), known.nodes, known.samples)


def test_extended_text_headers_of_unknown_number(
    make_segy: MakeSegy, grid_nodes: list[tuple[int, int]]
) -> None:
    known = make_segy(grid_nodes)
    whole = bytearray(known.path.read_bytes())
    whole[3504:3506] = (-1).to_bytes(2, "big", signed=True)
    stanza = "((SEG: EndText))".ljust(3200).encode("cp037")
    known.path.write_bytes(bytes(whole[:3600]) + b"\x40" * 3200 + stanza + bytes(whole[3600:]))
    assert_holds(open_segy(known.path), known.nodes, known.samples)


@pytest.mark.realdata
class TestRealFiles:
    """The files of segyio's own tests, and ten lines of F3, against segyio."""

    @pytest.mark.parametrize(
        "name",
        [
            "f3",
            "f3-lsb",
            "Format1msb",
            "Format3msb",
            "Format5lsb",
            "Format5msb",
            "Format8msb",
            "small",
            "text-embed-null",
        ],
    )
    def test_samples_and_lines(self, test_data: Path, name: str) -> None:
        path = test_data / "segy" / f"{name}.sgy"
        volume = open_segy(path)
        endian = "little" if "lsb" in name else "big"
        with segyio.open(path, ignore_geometry=True, endian=endian) as file:
            lines = np.stack([file.attributes(b)[:] for b in (189, 193)], 1)
            np.testing.assert_allclose(volume["twt"].values, file.samples)
            assert_holds(volume, [tuple(n) for n in lines.tolist()], file.trace.raw[:])

    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("small-ps", "pre-stack file of 2 offsets"),
            ("1x1", "pre-stack file of 4 offsets .*same line numbers in all 4 traces"),
            ("shot-gather", "shot-sorted file of 4 shots .*same line numbers in all 61 traces"),
        ],
    )
    def test_prestack_and_shots_are_refused(self, test_data: Path, name: str, reason: str) -> None:
        with pytest.raises(InputError, match=reason):
            open_volume(test_data / "segy" / f"{name}.sgy")

    def test_absurd_headers(self, test_data: Path) -> None:
        volume = open_segy(test_data / "segy" / "decrement.sgy")
        assert volume.shape == (5, 5, 4)
        assert live_traces(volume).sum() == 5
        assert "4 of bytes 3269-3272 fit the file size" in volume.attrs["notes"]

    def test_ten_lines_of_f3(self, test_data: Path) -> None:
        path = test_data / "f3-lines" / "f3_lines.sgy"
        volume = open_volume(path)
        assert volume.shape == (651, 951, 462)
        assert volume.dtype == np.int16
        assert volume.attrs["traces"] == 7686
        assert volume.attrs["dead_traces"] == 200
        assert live_traces(volume).sum() == 7486
        with segyio.open(path, ignore_geometry=True) as file:
            raw = file.trace.raw[:]
            lines = np.stack([file.attributes(b)[:] for b in (189, 193)], 1)
        for orientation, column, line in (("iline", 0, 130), ("xline", 1, 889)):
            here = lines[:, column] == line
            others = lines[here, 1 - column]
            section = volume.sel({orientation: line})
            other = "xline" if orientation == "iline" else "iline"
            np.testing.assert_array_equal(section.sel({other: others}).values, raw[here])

    def test_header_bytes_have_defaults(self) -> None:
        assert vars(HeaderBytes()) == {"iline": 189, "xline": 193, "x": 181, "y": 185}


def test_samples_picked_one_by_one_are_read_from_their_traces_alone(make_segy: MakeSegy) -> None:
    nodes = [(il, xl) for il in range(60) for xl in range(50)]
    known = make_segy(nodes, n_samples=200, samples=np.ones((3000, 200)))
    volume = open_segy(known.path)
    tracemalloc.start()
    part = volume.isel(iline=3, twt=[5, 0, 199]).values
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_array_equal(part, volume.values[3][:, [5, 0, 199]])
    assert peak < 200_000  # three samples of every trace alone would be 36 kB, all are 2.4 MB
