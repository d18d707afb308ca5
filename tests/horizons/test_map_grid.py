"""Grids in X and Y: IRAP classic and CPS-3, and between them and a survey's traces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.horizons import map_grid
from napari_s6.horizons.export import write_horizon_grids, write_map
from napari_s6.horizons.files import read_horizons
from napari_s6.horizons.grid_files import GRID_FORMATS, grid_format_of, read_grid, write_grid
from napari_s6.horizons.map_grid import MapGrid, survey_grid
from napari_s6.horizons.model import Horizon
from napari_s6.survey.geometry import Affine
from napari_s6.survey.volume import make_volume

INLINES, CROSSLINES = np.arange(100, 114, 2), np.arange(300, 305)
EAST = Affine(1000.0, 25.0, 0.0, 5000.0, 0.0, 12.5)
#: Every way in which inlines and crosslines may run: turned, swapped, mirrored, against X and Y.
AFFINES = {
    "east": EAST,
    "turned": Affine(600_000.0, 20.0, -7.5, 6_000_000.0, 15.0, 10.0),
    "mirrored": Affine(600_000.0, 20.0, 7.5, 6_000_000.0, 15.0, -10.0),
    "swapped": Affine(1000.0, 0.0, 25.0, 5000.0, 12.5, 0.0),
    "backwards": Affine(1000.0, -25.0, 0.0, 5000.0, 0.0, 12.5),
    "downwards": Affine(1000.0, 0.0, -25.0, 5000.0, -12.5, 0.0),
    "turned far": Affine(600_000.0, -20.0, 7.5, 6_000_000.0, -15.0, -10.0),
}


def survey(affine: Affine | None, iline=INLINES, xline=CROSSLINES) -> xr.DataArray:
    attrs = {} if affine is None else {"affine": affine.as_list()}
    values = np.zeros((len(iline), len(xline), 100), np.float32)
    return make_volume(values, iline=iline, xline=xline, samples=4.0 * np.arange(100), attrs=attrs)


def rough(volume: xr.DataArray) -> np.ndarray:
    """A value of its own on each trace, and two that are undefined."""
    z = np.random.default_rng(0).integers(1_000_000, 3_000_000, volume.shape[:2]) / 10_000
    z[0, 0] = z[3, 2] = np.nan
    return z


@pytest.mark.parametrize("kind", ["irap", "cps3"])
def test_a_grid_to_its_file_and_back_is_the_identity(kind, tmp_path: Path) -> None:
    values = np.random.default_rng(1).integers(-(10**7), 10**7, (7, 4)) / 1e4
    values[2, 1] = values[6, 3] = np.nan
    rotation = 33.25 if kind == "irap" else 0.0
    grid = MapGrid(values, 598_765.25, 6_012_345.5, 25.0, 12.5, rotation)
    found = read_grid(write_grid(grid, tmp_path / "map", kind, name="Top A"))
    np.testing.assert_array_equal(found.values, values)
    for name in ("x0", "y0", "dx", "dy", "rotation"):
        assert getattr(found, name) == getattr(grid, name)
    assert grid_format_of(tmp_path / "map") is GRID_FORMATS[kind]
    with pytest.raises(InputError, match="exists already"):
        write_grid(grid, tmp_path / "map", kind)


def test_cps3_is_never_turned_by_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no rotation"):
        write_grid(MapGrid(np.zeros((2, 2)), 0, 0, 1, 1, 5.0), tmp_path / "map", "cps3")
    assert not list(tmp_path.iterdir())


def test_a_survey_nearly_at_right_angles_keeps_its_own_values(tmp_path: Path) -> None:
    """As real ones are, whose headers have rounded coordinates; sparse lines come back, too."""
    affine = Affine(598408.2, -0.698, 24.9903, 6070847.9, 24.99, 0.69842)
    volume = survey(affine, [100, 130, 459, 750], np.arange(300, 1251, 5))
    z = rough(volume)
    z[1, ::2] = np.nan
    assert write_map(z, volume, tmp_path / "h", "irap", name="h") == ""
    np.testing.assert_array_equal(read_horizons(tmp_path / "h", volume)[0].z, z)


@pytest.mark.parametrize("name", AFFINES)
@pytest.mark.parametrize("kind", ["irap", "cps3"])
def test_a_survey_to_a_grid_and_back_is_the_identity(name, kind, tmp_path: Path) -> None:
    affine = AFFINES[name]
    along_axes = affine.x_iline * affine.x_xline == 0
    for iline, xline in ((INLINES, CROSSLINES), (INLINES[::-1], CROSSLINES[[0, 1, 4]])):
        volume = survey(affine, iline, xline)
        z = rough(volume)
        out = tmp_path / f"{iline[0]} {kind}"
        note = write_map(z, volume, out, kind, name="h")
        assert ("interpolated" in note) == (kind == "cps3" and not along_axes)
        if note == "":
            (horizon,) = read_horizons(out, volume)
            np.testing.assert_array_equal(horizon.z, z)
            assert "grid" in horizon.notes[0]


def test_a_turned_survey_in_cps3_is_interpolated(tmp_path: Path) -> None:
    """A plane is what bilinear interpolation keeps."""
    volume = survey(AFFINES["turned"], np.arange(100, 130), np.arange(300, 330))
    plane = 200 + 0.5 * (volume["iline"] - 100).values[:, None] + np.arange(30)[None, :]
    write_map(plane, volume, tmp_path / "plane", "cps3", name="h")
    z = read_horizons(tmp_path / "plane", volume)[0].z
    assert np.isfinite(z[4:-4, 4:-4]).all()
    np.testing.assert_allclose(z[np.isfinite(z)], plane[np.isfinite(z)], atol=0.11)


def test_lines_that_are_not_at_right_angles(tmp_path: Path) -> None:
    skewed = Affine(0.0, 25.0, 10.0, 0.0, 0.0, 12.5)
    volume = survey(skewed, np.arange(30), np.arange(30))
    plane = 200.0 + np.arange(30)[:, None] + 2 * np.arange(30)[None, :]
    grid, own = survey_grid(plane, volume)
    assert not own
    note = write_map(plane, volume, tmp_path / "plane", "irap", name="h")
    assert "right angles" in note
    z = read_horizons(tmp_path / "plane", volume)[0].z
    np.testing.assert_allclose(z[4:-4, 4:-4], plane[4:-4, 4:-4], atol=0.11)
    assert np.isfinite(grid.values).any()


def test_nodes_lie_where_the_header_says(tmp_path: Path) -> None:
    """Files by hand, after the formats' public descriptions."""
    irap = tmp_path / "h.irap"
    irap.write_text("-996 2 10 20\n100 120 500 520\n3 90 100 500\n0 0 0 0 0 0 0\n"
                    "1 2 3\n4 5 9999900.000000\n")  # fmt: skip
    grid = read_grid(irap)
    # Turned by a right angle columns go north, and rows west.
    assert grid.at(100, 500) == 1
    assert grid.at(100, 520) == 3
    assert grid.at(80, 510) == 5
    assert np.isnan(grid.at(80, 520))
    assert grid.at(90, 505) == pytest.approx(3.0)
    assert np.isnan(grid.at(100, 525))
    cps3 = tmp_path / "h.cps3"
    cps3.write_text('FSASCI 0 1 "COMPUTED" 0 -7 0\nFSATTR 0 0\nFSLIMI 100 120 500 520 1 5\n'
                    "FSNROW 2 3\nFSXINC 10 20\n->MSMODL\n1 2 3 4\n5 -7\n")  # fmt: skip
    grid = read_grid(cps3)
    assert grid.at(100, 520) == 1  # the north-west corner, then to the south
    assert grid.at(100, 500) == 2
    assert grid.at(120, 520) == 5
    assert np.isnan(grid.at(120, 500))
    assert np.isnan(grid.at(115, 510))
    cps3.write_text("FSASCI 0 1 COMPUTED 0 0.1E+31\nFSLIMI 100 120 500 520 1 5\nFSNROW 2 3\n"
                    "1 2 3 4 5 0.1E+31\n")  # fmt: skip
    assert (read_grid(cps3).dx, read_grid(cps3).dy) == (10, 20)


def test_between_nodes_beside_undefined_ones() -> None:
    grid = MapGrid(np.array([[0.0, 1.0, np.nan], [10.0, 11.0, 12.0]]), 0, 0, 1, 1)
    assert grid.at(0.5, 0.5) == pytest.approx(5.5)
    assert grid.at(0.5, 1.0) == pytest.approx(6.0)  # on a row: those beside it don't count
    assert np.isnan(grid.at(0.5, 1.5))
    assert grid.at(1.0, 1.5) == pytest.approx(11.5)
    assert grid.at(1.004, 2.04) == 12.0
    np.testing.assert_array_equal(np.isnan(grid.at([-1, 1.5, 0], [0, 0, 3])), True)
    assert MapGrid(np.array([[3.0]]), 5, 5, 1, 1).at(5, 5) == 3


def test_damaged_grids_say_what_is_wrong(tmp_path: Path) -> None:
    volume, path = survey(EAST), tmp_path / "h.grid"
    for content, reason in {
        "-996 2 10 20\n": "cut short",
        "-996 2 10 20\n0 1 0 1\n3 0 0 0\n0 0 0 0 0 0 0\n1 2 3 4 5\n": "promises 6 values",
        "-996 2 10 20\n0 1 0 1\n3 0 0 0\n0 0 0 0 0 0 0\n1 2 3 4 5 x\n": "x",
        "-996 1e9 10 20\n0 1 0 1\n3 0 0 0\n0 0 0 0 0 0 0\n1\n": "no number of rows",
        "-996 1 0 20\n0 1 0 1\n1 0 0 0\n0 0 0 0 0 0 0\n1\n": "apart",
        "FSASCI 0 1\nFSNROW 1 1\n1\n": "FSLIMI",
        "FSASCI 0 1\nFSLIMI 0 1 0 1\nFSNROW 2 2\n->name\n": "promises 4 values",
    }.items():
        path.write_text(content)
        with pytest.raises(InputError, match=reason) as caught:
            read_horizons(path, volume)
        assert str(path) in str(caught.value)
    path.write_text("-996 1 10 20\n0 1 0 1\n1 0 0 0\n0 0 0 0 0 0 0\n1\n")
    with pytest.raises(InputError, match="no trace of the survey"):
        read_horizons(path, volume)
    with pytest.raises(InputError, match="tie no X and Y"):
        read_horizons(path, survey(None))
    path.write_text("100 300 5\n")
    with pytest.raises(InputError, match="is no IRAP classic grid or CPS-3 grid"):
        read_grid(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_grid(tmp_path / "none")


def test_elevations_and_seconds_are_turned(tmp_path: Path) -> None:
    volume = survey(EAST)
    write_map(np.full((7, 5), -0.25), volume, tmp_path / "h.irap", "irap", name="h")
    (horizon,) = read_horizons(tmp_path / "h.irap", volume)
    assert (horizon.z == 250).all()
    assert "upwards" in horizon.notes[1]
    assert horizon.points == 35
    assert horizon.summary(volume).startswith("on 35 of 35 traces, 250 to 250 ms (read from a")


def test_a_folder_of_horizons(tmp_path: Path) -> None:
    volume = survey(AFFINES["turned"])
    horizons = [Horizon("Top A/B", rough(volume)), Horizon("C", rough(volume) + 40)]
    out, note = write_horizon_grids(horizons, volume, tmp_path / "grids äö", "irap")
    assert [path.name for path in sorted(out.iterdir())] == ["01_Top_A_B.irap", "02_C.irap"]
    assert note == ""
    np.testing.assert_allclose(read_horizons(out / "02_C.irap", volume)[0].z, horizons[1].z)
    with pytest.raises(InputError, match="exists already"):
        write_horizon_grids(horizons, volume, out, "irap")
    with pytest.raises(InputError, match="X and Y"):
        write_horizon_grids(horizons, survey(None), tmp_path / "none", "irap")
    assert not (tmp_path / "none").exists()


def test_grids_that_are_too_large_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(map_grid, "MOST_NODES", 100)
    volume = survey(EAST, [1, 2, 900], [1, 2])
    with pytest.raises(InputError, match="900 x 2 nodes"):
        survey_grid(np.zeros((3, 2)), volume)
