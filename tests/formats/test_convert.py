"""Surveys in another format: the same samples, holes, lines, map and headers, in little memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import segyio
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.formats.convert import convert_volume
from napari_s6.formats.info import describe
from napari_s6.formats.open import open_volume
from napari_s6.formats.save import save_volume, write_segy
from napari_s6.survey.record import survey_record
from napari_s6.survey.volume import live_traces, make_volume

MakeSegy = Callable[..., Any]
NODES = [(il, xl) for il in range(10, 80, 2) for xl in range(101, 145) if (il * xl) % 7]


@pytest.fixture
def source(make_segy: MakeSegy) -> Path:
    """A survey with holes, two dead traces and a duplicate."""
    nodes = [*NODES, NODES[5]]
    samples = np.random.default_rng(3).integers(1, 90, (len(nodes), 70))
    samples[[3, 40]] = 0
    path: Path = make_segy(nodes, samples=samples, n_samples=70).path
    return path


def headers_of(path: Path) -> list[bytes]:
    with segyio.open(path, ignore_geometry=True) as file:
        return [bytes(file.header[i].buf) for i in range(file.tracecount)]


@pytest.mark.parametrize("suffix", ["zarr", "nc", "npy", "sgy"])
def test_the_same_survey(source: Path, tmp_path: Path, suffix: str) -> None:
    volume = open_volume(source)
    out = convert_volume(open_volume(source, scan_dead=False), tmp_path / f"out.{suffix}")
    again = open_volume(out)
    xr.testing.assert_equal(again.astype(np.float32), volume)
    assert survey_record(again).affine == survey_record(volume).affine
    assert again.attrs["dead_traces"] == 2
    if suffix == "sgy":
        assert headers_of(out) == headers_of(source)
    else:
        assert "A KNOWN FILE" in " ".join(describe(out).text)


def test_dead_traces_found_on_the_way_are_known_afterwards(source: Path, tmp_path: Path) -> None:
    out = convert_volume(open_volume(source, scan_dead=False), tmp_path / "out.zarr")
    again = open_volume(out, scan_dead=False)
    assert again.attrs["dead_scanned"] is True
    np.testing.assert_array_equal(live_traces(again), live_traces(open_volume(source)))


def test_exported_with_the_source_headers(source: Path, tmp_path: Path) -> None:
    converted = open_volume(convert_volume(open_volume(source), tmp_path / "out.zarr"))
    codes = np.full(converted.shape, 3, np.uint8)
    out = write_segy(codes, converted, tmp_path / "facies.sgy", sample_format="int8")
    assert headers_of(out) == headers_of(source)


def test_exported_with_headers_made_where_the_source_is_gone(source: Path, tmp_path: Path) -> None:
    original = open_volume(source)
    converted = open_volume(convert_volume(original, tmp_path / "out.zarr"))
    corners = np.reshape(original.attrs["corner_points"], (-1, 4))
    whole = original.values
    source.unlink()
    out = save_volume(converted, tmp_path / "again.sgy")
    again = open_volume(out)
    np.testing.assert_array_equal(again.values, whole)
    for coordinate in ("iline", "xline", "twt", "live"):
        np.testing.assert_array_equal(again[coordinate], original[coordinate])
    np.testing.assert_allclose(np.reshape(again.attrs["corner_points"], (-1, 4)), corners)
    with segyio.open(out, ignore_geometry=True) as file:
        text = bytes(file.text[0]).decode("latin-1")
    assert text.startswith("C 1 A KNOWN FILE")
    assert "COMPUTED FROM THE LINE NUMBERS" in text


def test_stopped_halfway_nothing_is_left(source: Path, tmp_path: Path) -> None:
    def stop(share: float) -> None:
        assert 0 < share <= 1
        raise KeyboardInterrupt

    for suffix in ("zarr", "nc", "npy", "sgy"):
        with pytest.raises(KeyboardInterrupt):
            convert_volume(open_volume(source), tmp_path / f"out.{suffix}", progress=stop)
    assert [p.name for p in tmp_path.iterdir()] == [source.name]


def test_memory_is_that_of_a_few_blocks(tmp_path: Path) -> None:
    """A virtual survey of 157 MB; a block of 64 x 128 traces holds 10 MB."""
    import dask.array as da

    cube = da.ones((128, 1024, 300), np.float32, chunks=(64, 128, 300))
    volume = make_volume(
        cube, iline=range(128), xline=range(1024), samples=range(300), attrs={"dead_scanned": True}
    )
    tracemalloc.start()
    convert_volume(volume, tmp_path / "out.zarr")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 70e6


def test_an_unknown_suffix(source: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"out\.vds: no format"):
        convert_volume(open_volume(source), tmp_path / "out.vds")
