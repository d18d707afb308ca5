"""How much of each facies there is: voxels, thickness, volume, and the files that say so."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from napari_s6.cli.main import main
from napari_s6.errors import InputError
from napari_s6.facies.files import save_facies
from napari_s6.facies.scheme import F3, generic
from napari_s6.formats.open import open_volume
from napari_s6.horizons.files import read_horizons
from napari_s6.horizons.statistics import facies_statistics, write_statistics
from napari_s6.survey.geometry import Affine
from napari_s6.survey.synthetic import make_survey
from napari_s6.survey.volume import make_volume

TURNED = Affine(600_000.0, 20.0, -7.5, 6_000_000.0, 15.0, 10.0)  # 25 m by 12.5 m, at right angles
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def volume() -> xr.DataArray:
    live = np.ones((4, 5), bool)
    live[0, 0] = False
    return make_volume(
        np.zeros((4, 5, 10), np.float32), iline=[10, 12, 14, 16], xline=range(5),
        samples=4.0 * np.arange(10), live=live, attrs={"affine": TURNED.as_list()},
    )  # fmt: skip


@pytest.fixture
def codes(volume: xr.DataArray) -> np.ndarray:
    codes = np.zeros(volume.shape, np.uint8)
    codes[..., 6:] = 1
    codes[1, 1] = 0
    codes[2, 2] = 255
    codes[3, 3, 9] = 255
    return codes


def test_counts_areas_and_volumes(volume: xr.DataArray, codes: np.ndarray) -> None:
    found = facies_statistics(codes, volume, generic(3))
    upper, lower, absent = found.facies
    # 19 live traces, one unlabelled, one of nothing but the upper facies.
    assert (upper.traces, lower.traces) == (18, 17)
    assert (upper.voxels, lower.voxels) == (17 * 6 + 10, 17 * 4 - 1)
    assert found.unlabelled == 11
    assert upper.share + lower.share == 1
    assert found.bin_area == pytest.approx(2 * 25 * 12.5)
    assert upper.area == pytest.approx(18 * 625)
    assert upper.volume == pytest.approx((17 * 6 + 10) * 4 * 625)
    assert upper.mean_thickness == pytest.approx((17 * 6 + 10) * 4 / 18)
    assert (upper.greatest_thickness, lower.greatest_thickness) == (40, 16)
    assert (absent.voxels, absent.mean_thickness, absent.volume) == (0, 0, 0)
    assert found.thickness[0, 1, 1] == 40
    assert np.isnan(found.thickness[:, 0, 0]).all()
    assert np.isnan(found.thickness[:, 2, 2]).all()
    assert found.thickness[1, 1, 1] == 0
    lazy = facies_statistics(volume.copy(data=codes).chunk(iline=1), volume, generic(3))
    assert lazy.facies == found.facies


def test_without_coordinates_there_are_no_areas(volume: xr.DataArray, codes: np.ndarray) -> None:
    bare = volume.copy()
    bare.attrs = {}
    found = facies_statistics(codes, bare, generic(2))
    assert found.bin_area is None
    assert found.facies[0].volume is None
    assert json.loads(json.dumps(found.as_dict()))["facies"][1]["voxels"] == 67


def test_a_code_beyond_the_scheme_is_named(volume: xr.DataArray, codes: np.ndarray) -> None:
    codes[1, 3, 4] = 7
    with pytest.raises(InputError, match="facies code 7"):
        facies_statistics(codes, volume, generic(3))


def test_the_folder(volume: xr.DataArray, codes: np.ndarray, tmp_path: Path) -> None:
    scheme = generic(2)
    found = facies_statistics(codes, volume, scheme)
    out, _ = write_statistics(found, volume, scheme, tmp_path / "numbers")
    names = {path.name for path in out.iterdir()}
    assert names == {
        "statistics.csv", "statistics.json", "thickness_0_Facies_1.png",
        "thickness_0_Facies_1.txt", "thickness_1_Facies_2.png", "thickness_1_Facies_2.txt",
    }  # fmt: skip
    with (out / "statistics.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["voxels"]) for row in rows] == [f.voxels for f in found.facies]
    assert float(rows[0]["volume"]) == pytest.approx(found.facies[0].volume)
    assert (out / "thickness_0_Facies_1.png").read_bytes().startswith(PNG)
    data = np.loadtxt(out / "thickness_1_Facies_2.txt")
    assert data.shape == (19, 5)
    assert sorted(set(data[:, 4])) == [-9999, 0, 12, 16]
    np.testing.assert_allclose(data[:, 2:4].T, TURNED.xy(data[:, 0], data[:, 1]), atol=0.006)
    with pytest.raises(InputError, match="exists already"):
        write_statistics(found, volume, scheme, out)


def test_thickness_as_grids(volume: xr.DataArray, codes: np.ndarray, tmp_path: Path) -> None:
    scheme = generic(2)
    found = facies_statistics(codes, volume, scheme)
    out, note = write_statistics(found, volume, scheme, tmp_path / "irap", grids="irap")
    assert note == ""
    (thickness,) = read_horizons(out / "thickness_1_Facies_2.irap", volume, scale=1)
    np.testing.assert_array_equal(thickness.z, found.thickness[1])
    out, note = write_statistics(found, volume, scheme, tmp_path / "cps3", grids="cps3")
    assert "knows no rotation" in note
    assert len(list(out.glob("*.cps3"))) == 2
    del volume.attrs["affine"]
    with pytest.raises(InputError, match="X and Y"):
        write_statistics(found, volume, scheme, tmp_path / "none", grids="irap")
    assert not (tmp_path / "none").exists()


def test_the_command_line_writes_horizons_and_statistics(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    survey, truth = make_survey((12, 14, 60))
    facies = str(save_facies(truth.values, tmp_path / "facies.sgy", scheme=F3, volume=survey))
    horizons, folder = tmp_path / "horizons.txt", tmp_path / "numbers äö"
    arguments = ["export", facies, "-o", str(horizons), "--statistics", str(folder)]
    assert main(arguments) == 0
    assert capsys.readouterr().out.split("\n")[:2] == [str(horizons), str(folder)]
    opened = open_volume(facies, scan_dead=False)
    names = [horizon.name for horizon in read_horizons(horizons, opened)]
    assert names == [f"Top {name}" for name in F3.names[1:]]
    told = json.loads((folder / "statistics.json").read_text(encoding="utf-8"))
    counted = np.bincount(truth.values.ravel(), minlength=6).tolist()
    assert [one["voxels"] for one in told["facies"]] == counted
    assert main(arguments) == 2
    assert "exists already" in capsys.readouterr().err
    assert main([*arguments, "--overwrite"]) == 0
    assert main(["export", facies]) == 2
    assert "--statistics" in capsys.readouterr().err
