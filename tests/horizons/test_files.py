"""Horizons as text, in the variants that programs write, and facies between horizons."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.facies.scheme import generic
from napari_s6.horizons.export import (
    export_horizons,
    horizons_from_facies,
    write_horizons,
)
from napari_s6.horizons.files import read_horizons
from napari_s6.horizons.labels import labels_from_horizons, top_down
from napari_s6.horizons.model import Horizon
from napari_s6.survey.geometry import Affine
from napari_s6.survey.volume import make_volume

TURNED = Affine(600_000.0, 21.65, -6.25, 6_000_000.0, 12.5, 10.825)
INLINES, CROSSLINES = np.arange(100, 112, 2), np.arange(300, 308)


@pytest.fixture
def volume() -> xr.DataArray:
    live = np.ones((6, 8), bool)
    live[2, 3] = False
    return make_volume(
        np.zeros((6, 8, 50), np.float32), iline=INLINES, xline=CROSSLINES,
        samples=400 + 4.0 * np.arange(50), live=live,
        attrs={"affine": TURNED.as_list(), "source": "survey.sgy"},
    )  # fmt: skip


def z_at(iline: int, xline: int) -> float:
    return 450.0 + (iline - 100) + 0.5 * (xline - 300)


def rows(style: str, z: str = "{:.3f}") -> list[str]:
    """A line for every trace but the last, which is undefined or left out."""
    lines = []
    for il in INLINES:
        for xl in CROSSLINES:
            x, y = TURNED.xy(il, xl)
            depth = z.format(z_at(il, xl))
            lines.append(style.format(il=il, xl=xl, x=float(x), y=float(y), z=depth))
    return lines[:-1]


PETREL = ["# Petrel Points with attributes", "# Unit in X and Y direction: m", "VERSION 1",
          "BEGIN HEADER", "X", "Y", "Z", "END HEADER"]  # fmt: skip
VARIANTS = {
    "OpendTect lines": ["# 1: Inline", "# 2: Crossline", "# 3: Z", *rows("{il}\t{xl}\t{z}"),
                        "110\t307\t1e30"],
    "OpendTect points": ["#1: X", "#2: Y", "#3: Z", *rows("{x:.2f} {y:.2f} {z}")],
    "OpendTect names": ['! made by hand', *rows('"Top A" {il} {xl} {z}'), '"Top A" 110 307 1e30'],
    "IRAP points": [*rows("{x:.2f} {y:.2f} {z}"), "999.0 999.0 999.0"],
    "IRAP undefined": [*rows("{x:.2f} {y:.2f} {z}"), "{:.2f} {:.2f} 9999900.0".format(
        *map(float, TURNED.xy(110, 307)))],
    "Petrel": [*PETREL, *rows("{x:.2f} {y:.2f} {z}")],
    "Charisma": rows("INLINE : {il:6d} XLINE : {xl:6d} {x:.2f} {y:.2f} {z}"),
    "DUG": ["# dug horizon", "inline,crossline,x,y,twt (ms)",
            *rows("{il},{xl},{x:.1f},{y:.1f},{z}"), "110,307,0,0,-999.25"],
    "other order": ["X;Y;Crossline;Inline;TWT", *rows("{x:.2f};{y:.2f};{xl};{il};{z}")],
    "five columns": [*rows("{il} {xl} {x:.2f} {y:.2f} {z}"), "110 307 0 0 nan"],
    "exponents": rows("{il}.0 {xl}.0 {z}", "{:.9e}"),
    "Windows": [line + "\r" for line in ["", "// comment", *rows(" {il} {xl}  {z} ")]],
    "outside": [*rows("{il} {xl} {z}"), "90 300 500", "101000 300 500"],
    "upwards": rows("{x:.2f} {y:.2f} -{z}"),
}  # fmt: skip


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_is_read_alike(variant: str, volume: xr.DataArray, tmp_path: Path) -> None:
    path = tmp_path / "Top A.txt"
    path.write_text("\n".join(VARIANTS[variant]) + "\n", encoding="utf-8")
    (horizon,) = read_horizons(path, volume)
    assert horizon.name == "Top A"
    expected = np.array([[z_at(il, xl) for xl in CROSSLINES] for il in INLINES])
    expected[-1, -1] = np.nan
    np.testing.assert_allclose(horizon.z, expected, atol=2e-3)
    told = "; ".join(horizon.notes)
    assert ("beside the survey" in told) == (variant == "outside")
    assert ("upwards" in told) == (variant == "upwards")


def test_seconds_and_columns_and_undefined_as_given(volume: xr.DataArray, tmp_path: Path) -> None:
    path = tmp_path / "h.dat"
    path.write_text("1 100 300 0.5 7\n2 102 301 0.6 7\n3 104 302 -1 7\n")
    columns = ["", "iline", "xline", "z"]
    (horizon,) = read_horizons(path, volume, columns=columns, undefined=-1)
    assert horizon.z[0, 0] == pytest.approx(500)
    assert horizon.z[1, 1] == pytest.approx(600)
    assert np.isnan(horizon.z[2, 2])
    assert "seconds" in horizon.notes[0]
    (plain,) = read_horizons(path, volume, columns=columns, undefined=-1, scale=1)
    assert plain.z[0, 0] == 0.5


def test_several_points_at_a_trace_are_averaged(volume: xr.DataArray, tmp_path: Path) -> None:
    path = tmp_path / "h.xyz"
    x, y = (float(v) for v in TURNED.xy(104, 303))
    path.write_text(f"{x + 1} {y} 500\n{x} {y - 1} 504\n{x} {y} 1e30\n")
    (horizon,) = read_horizons(path, volume)
    assert horizon.z[2, 3] == 502
    assert np.isfinite(horizon.z).sum() == 1


def test_unusable_files(volume: xr.DataArray, tmp_path: Path) -> None:
    path = tmp_path / "bad.txt"
    for content, reason in {
        b"": "no rows",
        b"# only\n# comments\n": "no rows",
        b"\x00\x01\x02": "no text",
        b"100 300 500\n100 301\n102 303 500 1\n": "line 3 has 4 numbers",
        b"1000 3000 500\n": "none of its 1 points",
    }.items():
        path.write_bytes(content)
        with pytest.raises(InputError, match=reason) as caught:
            read_horizons(path, volume)
        assert str(path) in str(caught.value)
    path.write_text("600000.5 6000000.5 500\n")
    bare = volume.copy()
    del bare.attrs["affine"]
    with pytest.raises(InputError, match="tie no X and Y"):
        read_horizons(path, bare)
    path.write_text("100 300 500\n")
    with pytest.raises(InputError, match="not enough"):
        read_horizons(path, volume, columns=["iline", "z"])
    with pytest.raises(InputError, match="cannot be read"):
        read_horizons(tmp_path / "none.txt", volume)


def layered(volume: xr.DataArray, seed: int = 0) -> np.ndarray:
    """Four facies from the top down on every live trace, with dips, all within the samples."""
    rng = np.random.default_rng(seed)
    tops = np.sort(rng.integers(1, 49, (*volume.shape[:2], 3)), axis=2)
    codes = (np.arange(50)[None, None, :, None] >= tops[:, :, None, :]).sum(3).astype(np.uint8)
    codes[~volume["live"].values] = 255
    return codes


@pytest.mark.parametrize("seed", range(3))
def test_facies_to_text_and_back_is_the_identity(
    volume: xr.DataArray, tmp_path: Path, seed: int
) -> None:
    codes = layered(volume, seed)
    codes[5, 2] = 255
    out = export_horizons(codes, tmp_path / "all.txt", scheme=generic(4), volume=volume)
    horizons = read_horizons(out, volume)
    assert [h.name for h in horizons] == ["Top Facies 2", "Top Facies 3", "Top Facies 4"]
    labels = labels_from_horizons(volume, horizons, range(4))
    np.testing.assert_array_equal(labels.values, codes)
    head = out.read_text().split("# horizon")[0]
    for part in ("Z is twt in ms", "1e30 is undefined", "# 5: Z", "survey.sgy"):
        assert part in head
    data = np.loadtxt(out)
    assert data.shape == (3 * 47, 5)
    x, y = TURNED.xy(data[:, 0], data[:, 1])
    np.testing.assert_allclose(data[:, 2:4], np.stack([x, y], 1), atol=0.006)
    with pytest.raises(InputError, match="exists already"):
        export_horizons(codes, out, scheme=generic(4), volume=volume)
    folder = export_horizons(codes, tmp_path / "each", scheme=generic(4), volume=volume)
    assert min(p.name for p in folder.iterdir()) == "01_Top_Facies_2.txt"
    one = read_horizons(folder / "03_Top_Facies_4.txt", volume)
    np.testing.assert_array_equal(one[0].z, horizons[2].z)


def test_boundaries_outside_the_samples_are_undefined(volume: xr.DataArray) -> None:
    codes = np.full(volume.shape, 1, np.uint8)
    codes[..., 30:] = 0
    horizons, disordered = horizons_from_facies(codes, volume, generic(3))
    assert disordered == 47
    assert np.isnan(horizons[1].z).all()
    assert np.nanmax(horizons[0].z) == 400 + 4 * 19.5
    codes[...] = 0
    assert np.isnan(horizons_from_facies(codes, volume, generic(2))[0][0].z).all()
    with pytest.raises(InputError, match="no boundary"):
        horizons_from_facies(codes, volume, generic(1))


def test_labels_stop_where_a_horizon_is_undefined(volume: xr.DataArray) -> None:
    upper = np.full((6, 8), 440.0)
    lower = np.full((6, 8), 500.0)
    upper[0, 0] = lower[0, 1] = np.nan
    upper[0, 2] = lower[0, 2] = np.nan
    lower[0, 3] = 420
    horizons = [Horizon("b", lower), Horizon("a", upper)]
    assert [h.name for h in top_down(horizons)] == ["a", "b"]
    labels = labels_from_horizons(volume, top_down(horizons), [3, None, 0])
    assert labels.dtype == np.uint8
    whole = labels.values

    def runs(i: int, j: int) -> list[tuple[int, int]]:
        codes, counts = [], []
        for code in whole[i, j]:
            if codes and codes[-1] == code:
                counts[-1] += 1
            else:
                codes.append(int(code))
                counts.append(1)
        return list(zip(codes, counts, strict=True))

    assert runs(1, 1) == [(3, 10), (255, 15), (0, 25)]
    assert runs(0, 0) == [(255, 25), (0, 25)]
    assert runs(0, 1) == [(3, 10), (255, 40)]
    assert runs(0, 2) == runs(2, 3) == [(255, 50)]
    assert runs(0, 3) == [(3, 5), (0, 45)]  # crossing: the deeper one in the order wins
    np.testing.assert_array_equal(labels.isel(iline=0).values, whole[0])
    np.testing.assert_array_equal(labels.isel(twt=12).values, whole[:, :, 12])
    np.testing.assert_array_equal(labels[1:3, 4, ::7].values, whole[1:3, 4, ::7])


def test_numbers_of_facies_and_horizons_go_together(volume: xr.DataArray) -> None:
    horizon = Horizon("a", np.full((6, 8), 440.0))
    for facies in ([1], [1, 2, 3], [0, 127], [-1, 0]):
        with pytest.raises(InputError, match="facies"):
            labels_from_horizons(volume, [horizon], facies)


def test_without_coordinates_x_and_y_are_undefined(tmp_path: Path) -> None:
    bare = make_volume(np.zeros((2, 2, 9)), iline=[1, 2], xline=[5, 6], samples=range(9))
    z = np.array([[1.5, 2.5], [np.nan, 3.5]])
    out = write_horizons([Horizon("h", z)], bare, tmp_path / "h.txt")
    assert "1 5 1e30 1e30 1.5000" in out.read_text()
    np.testing.assert_array_equal(read_horizons(out, bare)[0].z, z)
