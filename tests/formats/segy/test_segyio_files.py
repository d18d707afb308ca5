"""Every file of segyio's own test data, from info to export.

Each has its expected outcome in a table: read, with what is in it, or refused, with the reason.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from napari_s6.cli.main import main
from napari_s6.formats.open import open_volume
from napari_s6.survey.volume import live_traces

from .against_segyio import check_against_segyio, check_export, raw


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
