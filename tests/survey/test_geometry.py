"""Map coordinates from line numbers, and what info tells of headers, map and amplitudes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import segyio

from napari_s6.cli.main import main
from napari_s6.errors import InputError
from napari_s6.formats.info import describe
from napari_s6.formats.open import open_volume
from napari_s6.survey.geometry import Affine, crs_text, fit_affine
from napari_s6.survey.overview import drawn, histogram, trace_map
from napari_s6.survey.reading import Reading
from napari_s6.survey.record import survey_record
from napari_s6.survey.volume import make_volume

MakeSegy = Callable[..., Any]
Nodes = list[tuple[int, int]]

#: A grid turned by thirty degrees, 25 m from inline to inline, 12.5 m across.
TURNED = Affine(600_000.0, 21.65, -6.25, 6_000_000.0, 12.5, 10.825)


def test_a_fitted_grid_is_the_one_it_was_made_from() -> None:
    rng = np.random.default_rng(0)
    iline, xline = rng.integers(100, 750, 300), rng.integers(300, 1250, 300)
    affine, error = fit_affine(iline, xline, *TURNED.xy(iline, xline))
    np.testing.assert_allclose(affine.as_list(), TURNED.as_list(), rtol=1e-6)
    assert error < 1e-5
    assert affine.spacing == pytest.approx((25, 12.5), rel=1e-3)
    back = affine.lines(*affine.xy([130, 459], [[300], [1250]]))
    np.testing.assert_allclose(back[0], [[130, 459]] * 2)
    np.testing.assert_allclose(back[1], [[300, 300], [1250, 1250]])


@pytest.mark.parametrize(
    ("iline", "xline", "x", "y"),
    [
        ([1, 1, 1, 1], [1, 2, 3, 4], [1, 2, 3, 4], [5, 6, 7, 8]),
        ([1, 2], [1, 2], [1, 2], [5, 9]),
        ([1, 1, 2, 2], [1, 2, 1, 2], [0] * 4, [0] * 4),
        ([1, 1, 2, 2], [1, 2, 1, 2], [1, 2, 3, 4], [1, 2, 3, 4]),
    ],
    ids=["one line", "two traces", "no coordinates", "no area"],
)
def test_nothing_is_fitted_to_less_than_an_area(iline: Any, xline: Any, x: Any, y: Any) -> None:
    assert fit_affine(iline, xline, x, y) is None


def test_a_files_affine_carries_the_scalar_and_survives_stores(
    make_segy: MakeSegy, grid_nodes: Nodes, tmp_path: Any
) -> None:
    from napari_s6.formats.save import save_volume

    volume = open_volume(make_segy(grid_nodes).path)
    assert survey_record(volume).affine.as_list() == pytest.approx([0, 10, 0, 0, 0, 10], abs=1e-6)
    assert volume.attrs["affine_error"] < 1e-6
    for suffix in ("nc", "zarr", "npy"):
        again = open_volume(save_volume(volume, tmp_path / f"v.{suffix}"))
        assert survey_record(again).affine == survey_record(volume).affine
    nowhere = make_volume(np.zeros((2, 2, 2)), iline=[1, 2], xline=[1, 2], samples=[0, 4])
    assert survey_record(nowhere).affine is None


def test_coordinates_elsewhere_are_found(make_segy: MakeSegy, grid_nodes: Nodes) -> None:
    known = make_segy(grid_nodes)
    with segyio.open(known.path, "r+", ignore_geometry=True) as file:
        for number, (iline, xline) in enumerate(grid_nodes):
            file.header[number].update({181: 0, 185: 0, 73: 100 * iline, 77: 200 * xline})
    volume = open_volume(known.path)
    assert (volume.attrs["x_byte"], volume.attrs["y_byte"]) == (73, 77)
    assert "181/185 hold no coordinates; X and Y read from 73/77" in volume.attrs["notes"]
    assert survey_record(volume).affine.spacing == pytest.approx((1, 2))


def test_coordinates_off_the_grid_are_told(make_segy: MakeSegy, grid_nodes: Nodes) -> None:
    known = make_segy(grid_nodes)
    with segyio.open(known.path, "r+", ignore_geometry=True) as file:
        file.header[7].update({181: 1_000_000})
    assert "off the grid fitted" in open_volume(known.path).attrs["notes"]
    with segyio.open(known.path, "r+", ignore_geometry=True) as file:
        file.header[0].update({89: 3})
    volume = open_volume(known.path)
    assert "angles" in volume.attrs["notes"]
    assert survey_record(volume).affine is None


def test_reference_system_of_the_text_header() -> None:
    lines = ["C 1 CLIENT: NOBODY", "C 7 DATUM: ED50   UTM ZONE 31", "C12 EPSG:23031", "C13 UTMOST"]
    assert crs_text(lines) == "DATUM: ED50   UTM ZONE 31; EPSG:23031"


def test_tables_map_and_histogram(make_segy: MakeSegy) -> None:
    nodes = [(il, xl) for il in range(1, 61) for xl in range(1, 91) if xl > 45 or il > 30]
    known = make_segy(nodes, n_samples=3)
    info = describe(known.path)
    fields = {field.byte: field for field in info.header_fields}
    assert (fields[189].low, fields[189].high) == (1, 60)
    assert (fields[1].low, fields[1].high) == (1, len(nodes))
    assert (fields[71].low, fields[71].high) == (-100, -100)
    assert 37 not in fields
    assert info.binary_header["sample format"] == 5
    assert info.header_bytes == (189, 193, 181, 185)
    assert sum(info.histogram) == 1000 * 3
    assert len(info.histogram_edges) == len(info.histogram) + 1
    assert len(info.trace_map) == 20
    assert [line[:30].strip() == "" for line in info.trace_map] == [True] * 10 + [False] * 10
    assert {line[30:] for line in info.trace_map} == {"#" * 30}
    text = info.as_text()
    for part in (
        "189 inline number: 1 to 60",
        "sample format 5",
        "trace map   |#",
        "bytes 189/193",
    ):
        assert part in text
    json.dumps(info.as_dict())


def test_a_map_tells_single_traces() -> None:
    live = np.zeros((651, 951), bool)
    live[300, 400] = True
    volume = make_volume(
        np.broadcast_to(0.0, (651, 951, 1)),
        iline=range(651), xline=range(951), samples=[0], live=live,
    )  # fmt: skip
    shares = trace_map(volume)
    assert shares.shape == (20, 60)
    assert np.count_nonzero(shares) == 1
    assert sum(line.count(".") for line in drawn(shares)) == 1


def test_a_histogram_of_nothing_and_of_one_value() -> None:
    assert histogram(np.full((2, 3), np.nan)) == ([], [])
    counts, edges = histogram(np.full((2, 3), 7, np.int16))
    assert sum(counts) == 6
    assert edges[0] < 7 < edges[-1]


@pytest.mark.realdata
def test_f3_lines_have_bins_of_25_metres(test_data: Any) -> None:
    info = describe(test_data / "f3-lines" / "f3_lines.sgy")
    affine = Affine(*info.affine)
    assert affine.spacing == pytest.approx((25, 25), rel=0.01)
    for il, xl, x, y in info.corner_points:
        assert np.hypot(*(np.array(affine.xy(il, xl)) - (x, y))) < 1


def test_a_coordinate_scalar_overrules_the_headers(
    make_segy: MakeSegy, capsys: pytest.CaptureFixture[str]
) -> None:
    nodes = [(il, xl) for il in (10, 12, 14) for xl in range(101, 106)]
    known = make_segy(nodes)  # 1000 times the line numbers, divided by 100
    for scalar, factor in ((None, 10), (1, 1000), (-1000, 1), (10, 10_000)):
        volume = open_volume(known.path, Reading(coordinate_scalar=scalar))
        affine = survey_record(volume).affine
        assert affine is not None
        np.testing.assert_allclose(affine.xy(12, 103), (12 * factor, 103 * factor))
        corners = np.reshape(volume.attrs["corner_points"], (-1, 4))
        np.testing.assert_allclose(corners[:, 2:], factor * corners[:, :2])
    assert main(["info", str(known.path), "--coordinate-scalar", "-1000"]) == 0
    assert "X 10.0, Y 101.0" in capsys.readouterr().out
    with pytest.raises(InputError, match="coordinate scalar 0"):
        Reading(coordinate_scalar=0)
