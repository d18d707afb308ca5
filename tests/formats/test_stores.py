"""Volumes in .npy, Zarr and NetCDF: written, opened again, and opened by others."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.formats import zarr as stores
from napari_s6.formats.npy import sidecar_path
from napari_s6.formats.open import open_volume
from napari_s6.formats.save import save_volume
from napari_s6.survey.lazy import backing_array
from napari_s6.survey.record import survey_record
from napari_s6.survey.volume import make_volume

SUFFIXES = ["npy", "zarr", "nc"]


@pytest.fixture
def volume() -> xr.DataArray:
    """A volume with holes, uneven and decreasing lines, in depth."""
    rng = np.random.default_rng(0)
    live = rng.random((7, 5)) > 0.3
    live[0, 0] = False
    return make_volume(
        rng.integers(1, 99, (7, 5, 11)).astype(np.int16) * live[..., None].astype(np.int16),
        iline=[90, 80, 70, 60, 50, 40, 30],
        xline=[2, 3, 5, 8, 13],
        samples=1000 + 2.5 * np.arange(11),
        domain="depth",
        live=live,
        attrs={
            "segy_source": "/somewhere/else.sgy",
            "iline_byte": 5,
            "dead_scanned": True,
            "corner_points": [1.0, 2.0, 3.5, 4.0],
            "notes": "",
        },
    )


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "float32", "float64"])
def test_written_then_opened_is_the_same(
    volume: xr.DataArray, tmp_path: Path, suffix: str, dtype: str
) -> None:
    volume = volume.astype(dtype)
    out = save_volume(volume, tmp_path / f"out.{suffix}")
    again = open_volume(out)
    xr.testing.assert_identical(again.drop_attrs(deep=False), volume.drop_attrs(deep=False))
    assert again.dtype == dtype
    assert again["depth"].attrs["units"] == "m"
    found, known = survey_record(again), survey_record(volume)
    for key in ("segy_source", "header_bytes", "corner_points", "notes"):
        assert getattr(found, key) == getattr(known, key)
    assert again.attrs["dead_scanned"] is True
    assert again.attrs["source"] == str(out)
    np.testing.assert_array_equal(again.isel(iline=2).values, volume.isel(iline=2).values)
    np.testing.assert_array_equal(again.isel(depth=3).values, volume.isel(depth=3).values)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_nothing_is_read_before_it_is_looked_at(
    volume: xr.DataArray, tmp_path: Path, suffix: str
) -> None:
    again = open_volume(save_volume(volume, tmp_path / f"out.{suffix}"))
    held = backing_array(again)
    while isinstance(held, np.ndarray) and held.base is not None:
        held = held.base
    assert not isinstance(held, np.ndarray)


@pytest.mark.parametrize(("suffix", "engine"), [("zarr", "zarr"), ("nc", "h5netcdf")])
def test_xarray_alone_opens_it_with_coordinates(
    volume: xr.DataArray, tmp_path: Path, suffix: str, engine: str
) -> None:
    out = save_volume(volume, tmp_path / f"out.{suffix}")
    options = {"consolidated": False} if engine == "zarr" else {}
    with xr.open_dataset(out, engine=engine, **options) as dataset:
        plain = dataset["amplitude"].load()
    xr.testing.assert_equal(plain, volume)
    assert plain["live"].dtype == bool


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_blocks_join_without_a_seam(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("napari_s6.survey.record.BLOCK_BYTES", 4000)
    values = np.random.default_rng(1).random((41, 18, 9), np.float32)
    volume = make_volume(values, iline=range(41), xline=range(18), samples=range(9))
    again = open_volume(save_volume(volume, tmp_path / f"out.{suffix}"))
    np.testing.assert_array_equal(again.values, values)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_failure_leaves_nothing(tmp_path: Path, suffix: str) -> None:
    import dask.array as da

    def fail(block: np.ndarray) -> np.ndarray:
        raise RuntimeError("halfway")

    broken = da.ones((4, 4, 4), chunks=2).map_blocks(fail, dtype=float)
    volume = make_volume(broken, iline=range(4), xline=range(4), samples=range(4))
    with pytest.raises(RuntimeError, match="halfway"):
        save_volume(volume, tmp_path / f"out.{suffix}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_existing_files_and_the_source_are_kept(
    volume: xr.DataArray, tmp_path: Path, suffix: str
) -> None:
    out = save_volume(volume, tmp_path / f"out.{suffix}")
    with pytest.raises(InputError, match="exists already"):
        save_volume(volume, out)
    with pytest.raises(InputError, match="is the source"):
        save_volume(open_volume(out), out, overwrite=True)
    save_volume(volume + 1, out, overwrite=True)
    np.testing.assert_array_equal(open_volume(out).values, volume.values + 1)


def test_a_zarr_volume_filled_block_by_block(volume: xr.DataArray, tmp_path: Path) -> None:
    out = tmp_path / "facies.zarr"
    with stores.create_zarr_like(volume, out, np.uint8, fill=255, name="facies") as array:
        array[2] = 7
        assert not out.exists()
    again = open_volume(out, scan_dead=False)
    assert again.name == "facies"
    assert (again.sel(iline=70) == 7).all()
    assert (again.isel(iline=[0, 1, 3]) == 255).all()
    xr.testing.assert_equal(again["live"].variable, volume["live"].variable)


class TestPlainNpy:
    def test_counts_from_zero(self, tmp_path: Path) -> None:
        values = np.random.default_rng(0).random((3, 4, 5))
        values[1, 2] = 0
        np.save(tmp_path / "plain.npy", values)
        volume = open_volume(tmp_path / "plain.npy")
        np.testing.assert_array_equal(volume.values, values)
        np.testing.assert_array_equal(volume["xline"], range(4))
        assert volume["twt"].attrs["units"] == "sample"
        assert not volume["live"].values[1, 2]
        assert volume.attrs["dead_traces"] == 1

    @pytest.mark.parametrize(
        ("array", "reason"),
        [
            (np.ones((3, 4)), "three axes"),
            (np.ones((3, 0, 4)), "none empty"),
            (np.ones((2, 2, 2), complex), "no plain numbers"),
            (np.array([{}]), "not a whole .npy"),
        ],
    )
    def test_unusable_arrays(self, tmp_path: Path, array: np.ndarray, reason: str) -> None:
        np.save(tmp_path / "odd.npy", array)
        with pytest.raises(InputError, match=rf"odd\.npy.*{reason}"):
            open_volume(tmp_path / "odd.npy")

    def test_a_file_cut_short(self, tmp_path: Path) -> None:
        path = tmp_path / "short.npy"
        np.save(path, np.ones((9, 9, 9)))
        path.write_bytes(path.read_bytes()[:-8])
        with pytest.raises(InputError, match=r"short\.npy: not a whole"):
            open_volume(path)

    def test_big_endian(self, tmp_path: Path) -> None:
        values = np.arange(1, 9, dtype=">i2").reshape(2, 2, 2)
        np.save(tmp_path / "big.npy", values)
        volume = open_volume(tmp_path / "big.npy")
        assert volume.dtype.isnative
        np.testing.assert_array_equal(volume.values, values)

    @pytest.mark.parametrize("damage", ["shape", "kind", "text", "lines"])
    def test_a_sidecar_that_does_not_fit(
        self, volume: xr.DataArray, tmp_path: Path, damage: str
    ) -> None:
        out = save_volume(volume, tmp_path / "v.npy")
        record = json.loads(sidecar_path(out).read_text())
        if damage == "shape":
            record["shape"][0] += 1
        elif damage == "kind":
            record["kind"] = "another"
        elif damage == "lines":
            record["iline"].pop()
        text = "{" if damage == "text" else json.dumps(record)
        sidecar_path(out).write_text(text)
        with pytest.raises(InputError, match=r"v\.npy\.json: "):
            open_volume(out)


class TestOtherPeoplesFiles:
    @pytest.mark.parametrize("suffix", ["zarr", "nc"])
    def test_other_names_and_order_of_dimensions(self, tmp_path: Path, suffix: str) -> None:
        values = np.random.default_rng(0).random((6, 4, 3)).astype(np.float32)
        cube = xr.DataArray(
            values,
            dims=("time", "inline", "crossline"),
            coords={"inline": [5, 6, 7, 8], "crossline": [1, 2, 3], "time": np.arange(6) * 2.0},
            name="seis",
        )
        path = tmp_path / f"other.{suffix}"
        if suffix == "zarr":
            cube.to_dataset().to_zarr(path, consolidated=False)
        else:
            cube.to_netcdf(path, engine="h5netcdf")
        volume = open_volume(path)
        assert volume.dims == ("iline", "xline", "twt")
        np.testing.assert_array_equal(volume.values, values.transpose(1, 2, 0))
        np.testing.assert_array_equal(volume["iline"], [5, 6, 7, 8])
        np.testing.assert_array_equal(volume.isel(twt=2).values, values[2])

    def test_a_bare_zarr_array(self, tmp_path: Path) -> None:
        import zarr

        array = zarr.create_array(str(tmp_path / "bare.zarr"), shape=(3, 4, 5), dtype="f4")
        array[...] = 2
        volume = open_volume(tmp_path / "bare.zarr")
        assert volume.shape == (3, 4, 5)
        assert (volume.values == 2).all()

    @pytest.mark.parametrize("suffix", ["zarr", "nc"])
    def test_no_volume_inside(self, tmp_path: Path, suffix: str) -> None:
        flat = xr.Dataset({"map": (("y", "x"), np.ones((2, 2)))})
        path = tmp_path / f"flat.{suffix}"
        if suffix == "zarr":
            flat.to_zarr(path, consolidated=False)
        else:
            flat.to_netcdf(path, engine="h5netcdf")
        with pytest.raises(InputError, match=r"flat\.\w+: a volume is one 3-D variable.*none"):
            open_volume(path)

    def test_damaged(self, tmp_path: Path) -> None:
        (tmp_path / "bad.nc").write_bytes(b"CDF\x01 not really")
        (tmp_path / "empty").mkdir()
        with pytest.raises(InputError, match=r"bad\.nc: no NetCDF that can be read"):
            open_volume(tmp_path / "bad.nc")
        with pytest.raises(InputError, match=r"empty: no Zarr folder"):
            open_volume(tmp_path / "empty")
