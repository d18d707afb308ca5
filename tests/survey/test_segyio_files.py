"""Every file of segyio's own test data, and generated oddities, from info to export.

Each has its expected outcome in a table: read, with what is in it, or refused, with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import segyio
import xarray as xr

from napari_s6.cli import main
from napari_s6.survey.open import open_volume
from napari_s6.survey.volume import live_traces
from napari_s6.survey.write import save_volume

MakeSegy = Callable[..., Any]
Nodes = list[tuple[int, int]]


@dataclass(frozen=True)
class Read:
    """A file that opens: grid, traces with a place of their own, and what the notes mention."""

    shape: tuple[int, int, int]
    traces: int
    endian: str = "big"
    note: str = ""
    unpredictable: str = ""


F3 = (23, 18, 75)
OUTCOMES: dict[str, Read | str] = {
    "Format1msb": Read(F3, 414),
    "Format3msb": Read(F3, 414),
    "Format5lsb": Read(F3, 414, "little"),
    "Format5msb": Read(F3, 414),
    "Format8msb": Read(F3, 414),
    "f3": Read(F3, 414),
    "f3-lsb": Read(F3, 414, "little"),
    "small": Read((5, 5, 50), 25),
    "text-embed-null": Read((5, 5, 50), 25),
    "decrement": Read(
        (5, 5, 4), 5, "big", "4 of bytes 3269-3272 fit the file size", "enough live traces"
    ),
    "1x1": "a pre-stack file of 4 offsets (bytes 189/193 hold the same line numbers",
    "small-ps": "a pre-stack file of 2 offsets (bytes 189/193 give 12 inline/crossline pairs",
    "shot-gather": "a shot-sorted file of 4 shots (bytes 189/193 hold the same line numbers",
}
READ = {name: outcome for name, outcome in OUTCOMES.items() if isinstance(outcome, Read)}
REFUSED = {name: outcome for name, outcome in OUTCOMES.items() if isinstance(outcome, str)}


def raw(path: Path, endian: str) -> tuple[list[dict[int, int]], np.ndarray]:
    """Trace headers and samples as segyio reads them."""
    with segyio.open(path, ignore_geometry=True, endian=endian) as file:
        headers = [{int(k): v for k, v in header.items()} for header in file.header]
        return headers, file.trace.raw[:]


def check_against_segyio(volume: xr.DataArray, path: Path, endian: str) -> None:
    """Every node holds its first trace's samples, and there is no other trace."""
    headers, samples = raw(path, endian)
    places = volume.attrs["iline_byte"], volume.attrs["xline_byte"]
    nodes: dict[tuple[int, int], int] = {}
    for number, header in enumerate(headers):
        nodes.setdefault((header[places[0]], header[places[1]]), number)
    whole = volume.values
    present = np.zeros(volume.shape[:2], bool)
    for (iline, xline), number in nodes.items():
        i = int(np.flatnonzero(volume["iline"].values == iline)[0])
        j = int(np.flatnonzero(volume["xline"].values == xline)[0])
        present[i, j] = True
        np.testing.assert_array_equal(whole[i, j], samples[number])
    assert not whole[~present].any()
    assert not (live_traces(volume) & ~present).any()


def check_export(volume: xr.DataArray, source: Path, out: Path, endian: str) -> None:
    """Export has the source's headers, trace by trace, and opens as what was exported."""
    save_volume(volume, out, sample_format="float32")
    headers, samples = raw(out, endian)
    before, original = raw(source, endian)
    assert headers == before
    again = open_volume(out)
    for coordinate in ("iline", "xline", "twt", "live"):
        np.testing.assert_allclose(again[coordinate], volume[coordinate])
    np.testing.assert_array_equal(again.values, volume.values.astype(np.float32))
    if not volume.attrs["duplicates"]:
        np.testing.assert_array_equal(samples, original.astype(np.float32))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of one training step, which predicts nonsense everywhere."""
    from napari_s6.demo import paint
    from napari_s6.facies.scheme import F3 as SCHEME
    from napari_s6.facies.targets import make_targets
    from napari_s6.learn.config import TrainConfig
    from napari_s6.learn.train import train
    from napari_s6.survey.synthetic import make_survey

    survey, truth = make_survey((68, 70, 48))
    codes = truth.copy(data=paint(survey, truth))
    config = TrainConfig.named(
        "fast", steps=1, crop_traces=32, crop_samples=32, decoder_channels=8, batch_size=4,
        device="cpu",
    )  # fmt: skip
    run = tmp_path_factory.mktemp("tiny") / "run"
    last = list(train(survey, make_targets(survey, codes, SCHEME), config, run=run))[-1]
    assert last.path is not None
    return run


@pytest.mark.realdata
class TestSegyioFiles:
    def test_every_file_has_its_outcome(self, test_data: Path) -> None:
        assert {path.stem for path in (test_data / "segy").glob("*.sgy")} == set(OUTCOMES)

    @pytest.mark.parametrize("name", REFUSED)
    def test_refused_with_the_reason(
        self, test_data: Path, name: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = test_data / "segy" / f"{name}.sgy"
        for verb in (["info"], ["info", "--header-bytes", "guess"]):
            assert main([verb[0], str(path), *verb[1:]]) == 2
            lines = capsys.readouterr().err.strip().splitlines()
            assert len(lines) == 1
            for part in (str(path), REFUSED[name], "stack it"):
                assert part in lines[0]

    @pytest.mark.parametrize("name", READ)
    def test_read_as_segyio_reads_it(
        self, test_data: Path, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path, expected = test_data / "segy" / f"{name}.sgy", READ[name]
        assert main(["info", str(path), "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert tuple(axis["count"] for axis in told["axes"]) == expected.shape
        assert told["traces"] == expected.traces
        assert told["byte_order"] == expected.endian
        assert expected.note in told["notes"]
        volume = open_volume(path)
        assert volume.shape == expected.shape
        assert volume.attrs["duplicates"] == 0
        check_against_segyio(volume, path, expected.endian)
        check_export(volume, path, tmp_path / "export.sgy", expected.endian)

    @pytest.mark.parametrize("name", READ)
    def test_predicted_and_written_with_its_headers(
        self,
        test_data: Path,
        name: str,
        tmp_path: Path,
        model: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        path, endian = test_data / "segy" / f"{name}.sgy", READ[name].endian
        out = tmp_path / "facies.sgy"
        predict = ["predict", str(model), str(path), "-o", str(out), "--device", "cpu"]
        if READ[name].unpredictable:
            assert main(predict) == 2
            assert READ[name].unpredictable in capsys.readouterr().err
            assert not out.exists()
            return
        assert main(predict) == 0
        headers, codes = raw(out, endian)
        assert headers == raw(path, endian)[0]
        assert codes.dtype == np.int8
        live = live_traces(open_volume(path))
        assert np.isin(codes, np.arange(-1, 6)).all()
        assert (codes >= 0).all(1).sum() == live.sum()
        copy = tmp_path / "copy.sgy"
        assert main(["export", str(out), "-o", str(copy)]) == 0
        assert raw(copy, endian)[0] == headers
        np.testing.assert_array_equal(raw(copy, endian)[1], codes)


def _patched(byte: int, value: int) -> Callable[[Path], None]:
    def patch(path: Path) -> None:
        whole = bytearray(path.read_bytes())
        whole[byte - 1 : byte + 1] = value.to_bytes(2, "big", signed=value < 0)
        path.write_bytes(whole)

    return patch


FULL: Nodes = [(il, xl) for il in (10, 12, 14, 16) for xl in range(101, 106)]
# name -> nodes, what make_segy is given, what is done to the file, and what the notes mention
ODDITIES: dict[str, tuple[Nodes, dict[str, Any], Callable[[Path], None] | None, str]] = {
    **{
        f"format {code}, {endian} endian": (FULL, {"code": code, "endian": endian}, None, "")
        for code in (1, 2, 3, 5, 8)
        for endian in ("big", "little")
    },
    "holes": (FULL[:3] + FULL[4:11] + FULL[13:], {"code": 1}, None, ""),
    "ragged": ([n for n in FULL if n[1] - 101 <= n[0] - 10], {}, None, ""),
    "decreasing": (FULL[::-1], {}, None, ""),
    "crossline-sorted": (sorted(FULL, key=lambda n: n[::-1]), {"code": 3}, None, ""),
    "steps": ([(100 * a, 7 * b) for a, b in FULL], {}, None, ""),
    "duplicates": ([*FULL, *FULL[3:7]], {}, None, ""),
    "a dead trace": (FULL, {"dead": True}, None, ""),
    "single inline": (FULL[:5], {}, None, ""),
    "single crossline": (FULL[::5], {}, None, ""),
    "single trace": (FULL[:1], {}, None, ""),
    "wrong sample count": (FULL, {}, _patched(3221, 77), "77 samples; 30"),
    "negative interval": (FULL, {}, _patched(3217, -2000), "negative sample interval -2000"),
    "no interval": (FULL, {}, _patched(3217, 0), "states no sample interval; 2000"),
    "negative delay": (FULL, {"start": -200}, None, ""),
    "delays that differ": (FULL, {}, _patched(3600 + 109, 40), "start times of 40 to 100"),
}


@pytest.mark.parametrize("name", ODDITIES)
def test_oddities_from_info_to_export(
    make_segy: MakeSegy, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    nodes, options, patch, note = ODDITIES[name]
    given = dict(options)
    if given.pop("dead", False):
        given["samples"] = np.ones((len(nodes), 30))
        given["samples"][3] = 0
    known = make_segy(nodes, **given)
    if patch is not None:
        patch(known.path)
    endian = options.get("endian", "big")
    assert main(["info", str(known.path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    distinct = len(set(nodes))
    assert told["traces"] == len(nodes)
    assert told["duplicates"] == len(nodes) - distinct
    assert told["live"] + told["dead"] == distinct
    assert told["dead"] == (1 if name == "a dead trace" else 0)
    assert note in told["notes"]
    volume = open_volume(known.path)
    if name == "wrong sample count":  # segyio believes it, and so cannot read the file
        first = [volume.sel(iline=n[0], xline=n[1]).values for n in nodes]
        np.testing.assert_array_equal(first, known.samples)
        again = open_volume(save_volume(volume, tmp_path / "out.sgy", sample_format="float32"))
        np.testing.assert_array_equal(again.values, volume.values)
        return
    check_against_segyio(volume, known.path, endian)
    check_export(volume, known.path, tmp_path / "out.sgy", endian)
