"""What napari opens through us, and what is left to others."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import segyio
from napari.components import ViewerModel
from napari.layers import Image, Labels
from npe2 import PluginManager

from napari_s6.errors import InputError
from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.files import save_facies
from napari_s6.facies.scheme import SCHEMES
from napari_s6.formats.benchmark import write_benchmark
from napari_s6.formats.save import save_volume
from napari_s6.plugin.canvas.layers import facies_scheme_of, kind_of, volume_of
from napari_s6.plugin.files import reader
from napari_s6.plugin.files.reader import get_reader, read

from ..surveys import SHAPE, codes_of, layered_codes, samples, small_survey

F3 = SCHEMES["F3"]
SUFFIXES = (".sgy", ".npy", ".zarr", ".nc")


@pytest.fixture
def viewer(monkeypatch: pytest.MonkeyPatch) -> ViewerModel:
    """A viewer that is the current one, and finds plugins as a window does."""
    PluginManager.instance().discover()
    viewer = ViewerModel()
    monkeypatch.setattr("napari.current_viewer", lambda: viewer)
    return viewer


def opened(viewer: ViewerModel, path: Path) -> Image | Labels:
    (layer,) = viewer.open(path, plugin="napari-s6")
    return layer


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_seismic_volumes_open_as_images(viewer: ViewerModel, tmp_path: Path, suffix: str) -> None:
    path = save_volume(small_survey(), tmp_path / f"survey{suffix}")
    layer = opened(viewer, path)
    assert isinstance(layer, Image)
    assert kind_of(layer) == "seismic"
    assert layer.name == path.name
    np.testing.assert_array_equal(layer.data[3], samples()[3].T)
    np.testing.assert_array_equal(volume_of(layer)["xline"], small_survey()["xline"])


def test_endings_in_capitals(viewer: ViewerModel, tmp_path: Path) -> None:
    path = save_volume(small_survey(), tmp_path / "survey.sgy").rename(tmp_path / "SURVEY.SGY")
    assert isinstance(opened(viewer, path), Image)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_our_facies_open_on_the_survey_in_the_same_place(
    viewer: ViewerModel, tmp_path: Path, suffix: str
) -> None:
    survey = save_volume(small_survey(), tmp_path / "survey.sgy")
    seismic = opened(viewer, survey)
    codes = layered_codes()
    codes[5:, :4] = UNLABELLED
    path = tmp_path / f"facies{suffix}"
    save_facies(codes, path, scheme=F3, volume=volume_of(seismic))
    labels = opened(viewer, path)
    assert isinstance(labels, Labels)
    assert volume_of(labels) is volume_of(seismic)
    assert facies_scheme_of(labels).names == F3.names
    np.testing.assert_array_equal(codes_of(labels).values, codes)


def test_facies_as_floats_are_still_facies(viewer: ViewerModel, tmp_path: Path) -> None:
    path = tmp_path / "facies.sgy"
    save_facies(layered_codes(), path, scheme=F3, volume=small_survey(), sample_format="float32")
    labels = opened(viewer, path)
    assert isinstance(labels, Labels)
    np.testing.assert_array_equal(codes_of(labels).values, layered_codes())


def test_facies_alone_open_on_their_own_grid(viewer: ViewerModel, tmp_path: Path) -> None:
    save_facies(layered_codes(), tmp_path / "facies.nc", scheme=F3, volume=small_survey())
    labels = opened(viewer, tmp_path / "facies.nc")
    assert isinstance(labels, Labels)
    np.testing.assert_array_equal(volume_of(labels)["iline"], small_survey()["iline"])


def test_facies_of_another_survey_do_not_land_on_this_one(
    viewer: ViewerModel, tmp_path: Path
) -> None:
    seismic = opened(viewer, save_volume(small_survey(), tmp_path / "survey.sgy"))
    elsewhere = small_survey().assign_coords(iline=np.arange(SHAPE[0]) + 5000)
    save_facies(layered_codes(), tmp_path / "other.sgy", scheme=F3, volume=elsewhere)
    labels = opened(viewer, tmp_path / "other.sgy")
    assert volume_of(labels) is not volume_of(seismic)
    assert volume_of(labels)["iline"].values[0] == 5000


def test_somebody_s_label_array_is_told_from_amplitudes(
    viewer: ViewerModel, tmp_path: Path
) -> None:
    np.save(tmp_path / "labels.npy", layered_codes())
    np.save(tmp_path / "bytes.npy", (samples() % 251).astype(np.uint8))
    labels = opened(viewer, tmp_path / "labels.npy")
    assert isinstance(labels, Labels)
    assert facies_scheme_of(labels).n_classes == int(layered_codes().max()) + 1
    assert isinstance(opened(viewer, tmp_path / "bytes.npy"), Image)


def test_the_benchmark_s_folder_opens_with_its_tests_hidden(
    viewer: ViewerModel, tmp_path: Path
) -> None:
    codes = small_survey().copy(data=layered_codes())
    parts = {"train": (small_survey(), codes), "test1": (small_survey(), codes)}
    folder = write_benchmark(tmp_path / "f3", parts)
    layers = viewer.open(folder, plugin="napari-s6")
    assert {layer.name: layer.visible for layer in layers} == {
        "train seismic": True,
        "train labels": True,
        "test1 seismic": False,
        "test1 labels": False,
    }
    assert layers[-1].name == "train labels"
    assert facies_scheme_of(layers[-1]) == F3
    assert volume_of(layers[-1])["iline"].values[0] == 100


def test_reading_works_without_a_viewer(tmp_path: Path) -> None:
    save_volume(small_survey(), tmp_path / "survey.sgy")
    ((data, options, kind),) = read(str(tmp_path / "survey.sgy"))
    assert kind == "image"
    assert Image(data, **options).data.shape == (SHAPE[0], SHAPE[2], SHAPE[1])


def write_array(folder: Path, name: str, shape: tuple[int, ...], dtype: str = "f4") -> Path:
    np.save(folder / name, np.zeros(shape, dtype))
    return folder / name


def test_claims_seismic_like_arrays_only(tmp_path: Path) -> None:
    claimed = {
        "cube.npy": ((20, 30, 40), "f4"),
        "lines.npy": ((5, 700, 255), "f8"),
        "lines2.npy": ((600, 2, 255), "u1"),
    }
    left = {
        "flat.npy": ((30, 40), "f4"),
        "movie.npy": ((3, 4, 50, 60), "f4"),
        "rgb.npy": ((200, 300, 3), "u1"),
        "complex.npy": ((20, 30, 40), "c8"),
        "narrow.npy": ((4, 5, 600), "f4"),
    }
    for name, (shape, dtype) in claimed.items():
        assert get_reader(str(write_array(tmp_path, name, shape, dtype))) is read, name
    for name, (shape, dtype) in left.items():
        assert get_reader(str(write_array(tmp_path, name, shape, dtype))) is None, name


def test_claims_zarr_and_netcdf_that_hold_one_volume(tmp_path: Path) -> None:
    import zarr

    assert get_reader(str(save_volume(small_survey(), tmp_path / "volume.zarr"))) is read
    assert get_reader(str(save_volume(small_survey(), tmp_path / "volume.nc"))) is read
    pictures = zarr.open_group(str(tmp_path / "pictures.zarr"), mode="w")
    for name in "ab":
        pictures.create_array(name, shape=(20, 30, 40), dtype="u2")
    assert get_reader(str(tmp_path / "pictures.zarr")) is None


def test_leaves_damaged_and_foreign_files_without_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty.npy").touch()
    (tmp_path / "text.npy").write_text("no array")
    (tmp_path / "text.nc").write_text("no NetCDF")
    (tmp_path / "folder").mkdir()
    (tmp_path / "bad.zarr").mkdir()
    (tmp_path / "bad.zarr" / "zarr.json").write_text("{")
    (tmp_path / "list.zarr").mkdir()
    (tmp_path / "list.zarr" / "zarr.json").write_text(json.dumps([1]))
    for path in tmp_path.iterdir():
        assert get_reader(str(path)) is None, path.name
    assert get_reader(str(tmp_path / "missing.npy")) is None
    assert get_reader([]) is None


def test_claims_a_list_only_if_all_of_it_is_ours(tmp_path: Path) -> None:
    ours = str(tmp_path / "a.sgy")
    assert get_reader([ours, ours]) is read
    assert get_reader([ours, str(write_array(tmp_path, "flat.npy", (3, 4)))]) is None


def test_claiming_reads_no_samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_array(tmp_path, "cube.npy", (20, 30, 40))
    monkeypatch.setattr(reader, "open_volume", pytest.fail)
    monkeypatch.setattr(np, "load", pytest.fail)
    assert get_reader(str(path)) is read


def test_a_file_that_is_no_segy_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "broken.sgy").write_bytes(b"nothing" * 10)
    with pytest.raises(InputError, match=r"broken\.sgy") as caught:
        read(str(tmp_path / "broken.sgy"))
    assert "\n" not in str(caught.value)


@pytest.mark.realdata
def test_real_lines_and_their_labels(viewer: ViewerModel, test_data: Path) -> None:
    seismic = opened(viewer, test_data / "f3-lines" / "f3_lines.sgy")
    labels = opened(viewer, test_data / "f3-lines" / "f3_lines_labels.sgy")
    volume = volume_of(seismic)
    assert volume_of(labels) is volume
    assert facies_scheme_of(labels).n_classes == 10
    painted = codes_of(labels).sel(iline=[130, 459]).values != UNLABELLED
    assert painted.all()
    assert (codes_of(labels).sel(iline=241).values != UNLABELLED).any(axis=1).sum() <= 6
    dead = ~volume["live"].values
    assert (codes_of(labels).values[dead] == UNLABELLED).all()


def _other_bytes(path: Path, iline_byte: int, xline_byte: int) -> None:
    """Leave nothing in a SEG-Y file's trace headers but line numbers, in these bytes."""
    emptied = dict.fromkeys((1, 5, 9, 13, 17, 21, 25, 73, 77, 181, 185, 189, 193), 0)
    with segyio.open(path, "r+", ignore_geometry=True) as file:
        for trace in range(file.tracecount):
            header = file.header[trace]
            header.update(emptied | {iline_byte: header[189], xline_byte: header[193]})


def test_a_guess_is_told_with_where_to_choose_otherwise(
    viewer: ViewerModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("napari.utils.notifications.show_info", told.append)
    path = save_volume(small_survey(), tmp_path / "petrel.sgy")
    _other_bytes(path, 5, 21)
    layer = opened(viewer, path)
    np.testing.assert_array_equal(volume_of(layer)["xline"], small_survey()["xline"])
    (note,) = told
    assert note.startswith("petrel.sgy: bytes 189/193 make no grid")
    assert "read from 5/21/" in note
    assert "Open seismic" in note


def test_a_refusal_for_want_of_lines_names_the_dock(viewer: ViewerModel, tmp_path: Path) -> None:
    path = save_volume(small_survey(), tmp_path / "lost.sgy")
    _other_bytes(path, 1, 13)  # counters of traces, which are never taken for line numbers
    with pytest.raises(InputError, match="in the dock Open seismic") as refusal:
        read(path)
    assert "--header-bytes" not in str(refusal.value)
