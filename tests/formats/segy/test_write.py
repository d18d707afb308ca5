"""SEG-Y files written: the source's headers, trace for trace, and the values where they belong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import segyio
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.formats.open import open_volume
from napari_s6.formats.save import save_volume
from napari_s6.formats.segy.array import open_segy
from napari_s6.formats.segy.text import file_text
from napari_s6.formats.segy.write import write_segy
from napari_s6.survey.synthetic import make_survey
from napari_s6.survey.volume import make_volume

MakeSegy = Callable[..., Any]
Nodes = list[tuple[int, int]]


def headers_and_samples(path: Path, *, endian: str = "big") -> tuple[list[bytes], np.ndarray]:
    with segyio.open(path, ignore_geometry=True, endian=endian) as file:
        return [bytes(file.header[i].buf) for i in range(file.tracecount)], file.trace.raw[:]


def codes_like(volume: xr.DataArray) -> np.ndarray:
    """A code for every voxel that tells where it is."""
    i, j, k = np.indices(volume.shape)
    return ((i * 7 + j * 3 + k) % 100).astype(np.int8)


ARRANGEMENTS: dict[str, Callable[[Nodes], Nodes]] = {
    "inline-sorted": lambda nodes: nodes,
    "crossline-sorted": lambda nodes: sorted(nodes, key=lambda n: n[::-1]),
    "decreasing": lambda nodes: nodes[::-1],
    "any order": lambda nodes: [nodes[i] for i in np.random.default_rng(2).permutation(len(nodes))],
    "holes": lambda nodes: [n for n in nodes if n not in [(10, 103), (16, 101)]],
    "duplicates": lambda nodes: [*nodes, nodes[3], nodes[3], nodes[8]],
}


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_facies_with_the_source_headers(
    make_segy: MakeSegy, grid_nodes: Nodes, tmp_path: Path, arrangement: str, lazy: bool
) -> None:
    known = make_segy(ARRANGEMENTS[arrangement](grid_nodes))
    volume = open_segy(known.path)
    codes = codes_like(volume)
    values: Any = volume.copy(data=codes).chunk(iline=2) if lazy else codes
    out = write_segy(values, volume, tmp_path / "out.sgy", sample_format="int8")
    before, _ = headers_and_samples(known.path)
    after, samples = headers_and_samples(out)
    assert after == before
    for node, trace in zip(known.nodes, samples, strict=True):
        i = volume["iline"].values.tolist().index(node[0])
        j = volume["xline"].values.tolist().index(node[1])
        np.testing.assert_array_equal(trace, codes[i, j])
    with (
        segyio.open(out, ignore_geometry=True) as new,
        segyio.open(known.path, ignore_geometry=True) as old,
    ):
        assert int(new.format) == 8
        fields = {key for key in old.bin if old.bin[key] != new.bin[key]}
        assert fields == {segyio.BinField.Format}


@pytest.mark.parametrize("sample_format", ["int8", "int16", "int32", "float32"])
@pytest.mark.parametrize("endian", ["big", "little"])
@pytest.mark.parametrize("code", [1, 3, 5, 8])
def test_export_then_import_is_the_identity(
    make_segy: MakeSegy,
    grid_nodes: Nodes,
    tmp_path: Path,
    code: int,
    endian: str,
    sample_format: Any,
) -> None:
    known = make_segy(grid_nodes[:-3], code=code, endian=endian)
    volume = open_volume(known.path)
    whole = volume.copy(data=np.rint(volume.values).astype(volume.dtype))
    out = save_volume(whole, tmp_path / "again.segy", sample_format=sample_format)
    again = open_volume(out)
    assert again.dtype == np.dtype(sample_format)
    xr.testing.assert_equal(again.astype(volume.dtype), whole)
    assert again.attrs["byte_order"] == endian
    headers, samples = headers_and_samples(out, endian=endian)
    assert headers == headers_and_samples(known.path, endian=endian)[0]
    np.testing.assert_array_equal(samples, np.rint(known.samples))


def test_blank_lines_of_the_text_header_say_what_it_is(
    make_segy: MakeSegy, grid_nodes: Nodes, tmp_path: Path
) -> None:
    known = make_segy(grid_nodes)
    volume = open_segy(known.path)
    out = write_segy(volume, volume, tmp_path / "out.sgy", text=["FACIES", "-1 IS NONE"])
    with (
        segyio.open(out, ignore_geometry=True) as new,
        segyio.open(known.path, ignore_geometry=True) as old,
    ):
        lines = [[bytes(f.text[0])[i * 80 : i * 80 + 80] for i in range(40)] for f in (old, new)]
    changed = [i for i in range(40) if lines[0][i] != lines[1][i]]
    assert changed == [2, 3]
    assert lines[1][2] == b"C 3 FACIES".ljust(80)
    assert lines[1][3] == b"C 4 -1 IS NONE".ljust(80)


def test_extended_headers_are_copied(
    make_segy: MakeSegy, grid_nodes: Nodes, tmp_path: Path
) -> None:
    known = make_segy(grid_nodes)
    whole = bytearray(known.path.read_bytes())
    whole[3504:3506] = (1).to_bytes(2, "big")
    extended = "AN EXTENDED HEADER".ljust(3200).encode("cp037")
    known.path.write_bytes(bytes(whole[:3600]) + extended + bytes(whole[3600:]))
    volume = open_segy(known.path)
    out = write_segy(volume, volume, tmp_path / "out.sgy")
    assert out.read_bytes()[3600:6800] == extended
    np.testing.assert_array_equal(open_segy(out).values, volume.values)


def test_a_crop_has_headers_that_fit(
    make_segy: MakeSegy, grid_nodes: Nodes, tmp_path: Path
) -> None:
    known = make_segy(grid_nodes)
    volume = open_segy(known.path)
    crop = volume.isel(iline=slice(1, 3), xline=slice(2, 5), twt=slice(4, 20, 2))
    out = save_volume(crop, tmp_path / "crop.sgy")
    xr.testing.assert_equal(open_segy(out), crop)
    iline, xline = crop["iline"].values, crop["xline"].values
    said = f"A PART: IL {iline[0]}-{iline[-1]}, XL {xline[0]}-{xline[-1]}, 8 SAMPLES"
    assert any(said in line for line in file_text(out))
    whole = save_volume(volume, tmp_path / "whole.sgy")
    assert not any("A PART" in line for line in file_text(whole))
    with segyio.open(out, ignore_geometry=True) as file:
        assert file.tracecount == 6
        np.testing.assert_array_equal(file.samples, crop["twt"].values)
        assert set(file.attributes(115)[:]) == {8}
        assert set(file.attributes(117)[:]) == {4000}
        assert file.attributes(1)[:].tolist() == [8, 9, 10, 13, 14, 15]


def test_convert_is_applied_to_each_block(
    make_segy: MakeSegy, grid_nodes: Nodes, tmp_path: Path
) -> None:
    volume = open_segy(make_segy(grid_nodes).path)
    codes = np.full(volume.shape, 255, np.uint8)
    codes[2] = 4
    out = write_segy(
        codes,
        volume,
        tmp_path / "out.sgy",
        sample_format="int8",
        convert=lambda c: np.where(c == 255, np.int8(-1), c.astype(np.int8)),
    )
    expected = np.full(volume.shape, -1)
    expected[2] = 4
    np.testing.assert_array_equal(open_segy(out).values, expected)


def test_without_a_segy_source(tmp_path: Path) -> None:
    seismic, _ = make_survey((9, 7, 40), seed=1)
    live = np.ones((9, 7), bool)
    live[3, 2] = live[5] = False
    volume = make_volume(
        seismic.values * live[..., None],
        iline=[3, 6, 9, 12, 15, 18, 21, 24, 30],
        xline=range(700, 707),
        samples=400 + 4 * np.arange(40),
        live=live,
    )
    shares: list[float] = []
    out = write_segy(volume, volume, tmp_path / "made.sgy", progress=shares.append)
    assert shares[-1] == 1
    xr.testing.assert_equal(open_volume(out), volume)
    with segyio.open(out, ignore_geometry=True) as file:
        # One hole is left out; the line without any live trace is kept, marked dead.
        assert file.tracecount == 62
        assert file.attributes(189)[:5].tolist() == [3] * 5
        np.testing.assert_array_equal(file.samples, volume["twt"].values)
        assert (file.attributes(29)[:] == 2).sum() == 7
        assert bytes(file.text[0]).startswith(b"C 1 WRITTEN BY NAPARI-S6")


def test_depth_stays_depth(tmp_path: Path) -> None:
    values = np.arange(24, dtype=np.float32).reshape(2, 3, 4) + 1
    volume = make_volume(
        values, iline=[1, 2], xline=[5, 6, 7], samples=[1000, 1003, 1006, 1009], domain="depth"
    )
    xr.testing.assert_equal(open_volume(save_volume(volume, tmp_path / "d.sgy")), volume)


class TestRefusals:
    @pytest.fixture
    def volume(self, make_segy: MakeSegy, grid_nodes: Nodes) -> xr.DataArray:
        return open_segy(make_segy(grid_nodes).path)

    def left_behind(self, folder: Path) -> list[str]:
        return sorted(p.name for p in folder.iterdir())

    @pytest.mark.parametrize("overwrite", [False, True])
    def test_the_source_is_never_overwritten(self, volume: xr.DataArray, overwrite: bool) -> None:
        source = Path(volume.attrs["source"])
        before = source.read_bytes()
        with pytest.raises(InputError, match=r"is the source"):
            write_segy(volume, volume, source, overwrite=overwrite)
        assert source.read_bytes() == before
        assert self.left_behind(source.parent) == ["known.sgy"]

    def test_the_source_by_another_name(self, volume: xr.DataArray) -> None:
        source = Path(volume.attrs["source"])
        link = source.with_name("link.sgy")
        link.symlink_to(source)
        with pytest.raises(InputError, match="is the source"):
            write_segy(volume, volume, link, overwrite=True)

    def test_an_existing_file(self, volume: xr.DataArray, tmp_path: Path) -> None:
        out = tmp_path / "there.sgy"
        out.write_text("mine")
        with pytest.raises(InputError, match=r"there\.sgy: exists already"):
            write_segy(volume, volume, out)
        assert out.read_text() == "mine"
        write_segy(volume, volume, out, overwrite=True)
        np.testing.assert_array_equal(open_segy(out).values, volume.values)

    @pytest.mark.parametrize(
        ("value", "reason"),
        [(0.5, "fractions"), (np.nan, "fractions"), (300, "beyond -128 to 127")],
    )
    def test_values_that_do_not_fit(
        self, volume: xr.DataArray, tmp_path: Path, value: float, reason: str
    ) -> None:
        values = np.zeros(volume.shape)
        values[3, 4, 5] = value
        with pytest.raises(InputError, match=reason):
            write_segy(values, volume, tmp_path / "out.sgy", sample_format="int8")
        assert self.left_behind(tmp_path) == ["known.sgy"]

    def test_a_failure_halfway_leaves_nothing(self, volume: xr.DataArray, tmp_path: Path) -> None:
        def fail(block: np.ndarray) -> np.ndarray:
            raise RuntimeError("halfway")

        with pytest.raises(RuntimeError, match="halfway"):
            write_segy(volume, volume, tmp_path / "out.sgy", convert=fail)
        assert self.left_behind(tmp_path) == ["known.sgy"]

    def test_a_source_that_is_gone(self, volume: xr.DataArray, tmp_path: Path) -> None:
        values = volume.values
        Path(volume.attrs["source"]).unlink()
        with pytest.raises(InputError, match=r"known\.sgy: gone"):
            write_segy(values, volume, tmp_path / "out.sgy")
        made = write_segy(values, volume, tmp_path / "out.sgy", source=False)
        np.testing.assert_array_equal(open_segy(made).values, values)

    def test_a_source_with_other_lines(
        self, volume: xr.DataArray, make_segy: MakeSegy, tmp_path: Path
    ) -> None:
        other = make_segy([(1, 1), (1, 2)], name="other.sgy").path
        with pytest.raises(InputError, match=r"other\.sgy: has none of the volume's lines"):
            write_segy(volume, volume, tmp_path / "out.sgy", source=other)

    def test_an_unknown_suffix(self, volume: xr.DataArray, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"out\.tif: no format"):
            save_volume(volume, tmp_path / "out.tif")

    def test_uneven_samples(self, tmp_path: Path) -> None:
        volume = make_volume(np.ones((2, 2, 3)), iline=[1, 2], xline=[1, 2], samples=[0, 1, 5])
        with pytest.raises(InputError, match="not evenly spaced"):
            save_volume(volume, tmp_path / "out.sgy")
        assert self.left_behind(tmp_path) == []


@pytest.mark.realdata
def test_ten_lines_of_f3(test_data: Path, tmp_path: Path) -> None:
    source = test_data / "f3-lines" / "f3_lines.sgy"
    volume = open_volume(source)
    rows = (np.arange(volume.shape[0]) % 100).astype(np.int8)
    codes = np.broadcast_to(rows[:, None, None], volume.shape)
    out = write_segy(codes, volume, tmp_path / "facies.sgy", sample_format="int8")
    before, _ = headers_and_samples(source)
    after, samples = headers_and_samples(out)
    assert after == before
    with segyio.open(source, ignore_geometry=True) as file:
        lines = file.attributes(189)[:]
    np.testing.assert_array_equal(samples, np.repeat(((lines - 100) % 100)[:, None], 462, 1))
