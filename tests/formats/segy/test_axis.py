"""Intervals, starts, counts and units that headers get wrong, and what is done about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_s6.cli.main import main
from napari_s6.errors import InputError
from napari_s6.formats.open import open_volume
from napari_s6.formats.save import save_volume
from napari_s6.survey.reading import Reading
from napari_s6.survey.record import survey_record

MakeSegy = Callable[..., Any]
Nodes = list[tuple[int, int]]


def patch(path: Path, fields: dict[int, tuple[int, int]]) -> None:
    """Overwrite big-endian fields: file position -> (value, width)."""
    whole = bytearray(path.read_bytes())
    for byte, (value, width) in fields.items():
        whole[byte - 1 : byte - 1 + width] = value.to_bytes(width, "big", signed=value < 0)
    path.write_bytes(whole)


FIRST = 3600


@pytest.mark.parametrize(
    ("fields", "step", "start", "note"),
    [
        ({3217: (-4000, 2)}, 4, 100, "negative sample interval -4000; 4000 used"),
        ({3217: (-2000, 2), FIRST + 117: (2000, 2)}, 2, 100, "negative"),
        ({3217: (40000, 2)}, 40, 100, "40000 in the binary header, 2000"),
        ({3217: (0, 2)}, 2, 100, "no sample interval; 2000 of the first trace"),
        ({3217: (0, 2), FIRST + 117: (0, 2)}, 4, 100, "4 (ms, m or ft) assumed"),
        ({FIRST + 109: (-50, 2)}, 2, -50, "start times of -50 to 100"),
        ({3501: (256, 2), FIRST + 215: (-10, 2)}, 2, 10, ""),
        ({FIRST + 215: (-10, 2)}, 2, 100, ""),
    ],
    ids=[
        "negative", "negative but known", "large", "absent", "absent twice", "negative delay",
        "scaled delay", "no scalar before revision 1",
    ],
)  # fmt: skip
def test_contradictions_are_settled_and_told(
    make_segy: MakeSegy, grid_nodes: Nodes, fields: Any, step: float, start: float, note: str
) -> None:
    known = make_segy(grid_nodes)
    patch(known.path, fields)
    volume = open_volume(known.path)
    np.testing.assert_allclose(volume["twt"], start + step * np.arange(30))
    assert note in survey_record(volume).notes


def test_revision_2_has_an_exact_interval(make_segy: MakeSegy, grid_nodes: Nodes) -> None:
    known = make_segy(grid_nodes)
    bits = int.from_bytes(np.array(333.25, ">f8").tobytes(), "big")
    patch(known.path, {3501: (512, 2), 3273: (bits, 8)})
    assert open_volume(known.path)["twt"].values[1] == pytest.approx(100.33325)


@pytest.mark.parametrize(
    ("overrides", "dim", "units", "step", "start"),
    [
        (Reading(interval=3, start=-12), "twt", "ms", 3, -12),
        (Reading(unit="s"), "twt", "ms", 2000, 100_000),
        (Reading(unit="s", interval=0.004, start=0.5), "twt", "ms", 4, 500),
        (Reading(unit="m"), "depth", "m", 2, 100),
        (Reading(unit="ft", start=0), "depth", "ft", 2, 0),
        (Reading(unit="ms", n_samples=30), "twt", "ms", 2, 100),
    ],
    ids=str,
)
def test_overrides_win_and_survive_an_export(
    make_segy: MakeSegy, grid_nodes: Nodes, tmp_path: Path,
    overrides: Reading, dim: str, units: str, step: float, start: float,
) -> None:  # fmt: skip
    known = make_segy(grid_nodes)
    volume = open_volume(known.path, overrides)
    assert volume.dims[2] == dim
    assert volume[dim].attrs["units"] == units
    np.testing.assert_allclose(volume[dim], start + step * np.arange(30))
    assert "given" in volume.attrs["notes"]
    if step > 65:
        return  # more than SEG-Y headers hold
    again = open_volume(save_volume(volume, tmp_path / "out.sgy"))
    assert again.dims == volume.dims
    assert again[dim].attrs["units"] == units
    np.testing.assert_allclose(again[dim], volume[dim])
    np.testing.assert_array_equal(again.values, volume.values)


def test_a_sample_count_must_account_for_the_file(
    make_segy: MakeSegy, grid_nodes: Nodes, tmp_path: Path
) -> None:
    """Every header says 77; another count than 30 fits the file's size, too."""
    known = make_segy(grid_nodes)
    patch(known.path, {3221: (77, 2), FIRST + 115: (77, 2)})
    with pytest.raises(InputError, match="sample count is wrong"):
        open_volume(known.path)
    with pytest.raises(InputError, match="sample count 31"):
        open_volume(known.path, Reading(n_samples=31))
    volume = open_volume(known.path, Reading(n_samples=30))
    np.testing.assert_array_equal(volume.values.reshape(20, 30), known.samples)
    again = open_volume(save_volume(volume, tmp_path / "out.sgy"))
    np.testing.assert_array_equal(again.values, volume.values)


@pytest.mark.parametrize(
    "wrong",
    [{"interval": 0}, {"interval": float("nan")}, {"start": float("inf")}, {"n_samples": 0},
     {"unit": "fathom"}],
)  # fmt: skip
def test_absurd_overrides(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        Reading(**wrong)


def test_overrides_are_for_segy(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((2, 3, 4), np.float32))
    with pytest.raises(InputError, match="SEG-Y files only"):
        open_volume(tmp_path / "a.npy", Reading(interval=2))


def test_the_command_line_passes_them_on(
    make_segy: MakeSegy, grid_nodes: Nodes, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(make_segy(grid_nodes).path)
    given = ["--unit", "ft", "--sample-interval", "5", "--start", "30", "--sample-count", "30"]
    assert main(["info", path, *given]) == 0
    assert "30 to 175 ft (30, step 5)" in capsys.readouterr().out
    assert main(["info", path, "--sample-count", "29"]) == 2
    assert "30 do" in capsys.readouterr().err
