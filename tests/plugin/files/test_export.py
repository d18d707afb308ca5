"""Facies and volumes out of layers, read back and checked with other libraries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import segyio
import xarray as xr
from matplotlib.image import imread
from napari.components import ViewerModel
from napari.layers import Labels

from napari_s6.errors import InputError
from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.files import open_facies
from napari_s6.facies.scheme import SCHEMES
from napari_s6.formats.open import open_volume
from napari_s6.formats.save import save_volume
from napari_s6.plugin.canvas.array import AXES
from napari_s6.plugin.canvas.layers import (
    add_confidence,
    add_labels,
    add_volume,
    show_cut,
    show_section,
    volume_of,
)
from napari_s6.plugin.files.export import layer_codes, picture_of, save_labels
from napari_s6.plugin.files.writer import write_image, write_labels

from ..surveys import SHAPE, layered_codes, samples, small_survey

F3 = SCHEMES["F3"]
SUFFIXES = (".sgy", ".npy", ".zarr", ".nc")


def painted(viewer: ViewerModel, volume: xr.DataArray) -> tuple[Labels, np.ndarray]:
    """Return a label layer, and its codes as they should be in a file."""
    codes = layered_codes()
    codes[2:4, 3:] = UNLABELLED
    labels = add_labels(viewer, volume, codes, F3, "paint")
    codes[~volume["live"].values] = UNLABELLED
    return labels, codes


def save(layer: Any, path: Path) -> list[str]:
    data, attributes, kind = layer.as_layer_data_tuple()
    return (write_labels if kind == "labels" else write_image)(str(path), data, attributes)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_saved_labels_hold_the_facies(tmp_path: Path, suffix: str) -> None:
    labels, codes = painted(ViewerModel(), small_survey(holes=suffix != ".sgy"))
    path = tmp_path / f"facies{suffix}"
    assert save(labels, path) == [str(path)]
    back = open_facies(path)
    np.testing.assert_array_equal(back.values, codes)
    np.testing.assert_array_equal(back["xline"], small_survey()["xline"])


@pytest.mark.parametrize(("sample_format", "code"), [("int8", 8), ("float32", 5)])
def test_segy_has_the_source_s_headers_and_minus_one_for_none(
    tmp_path: Path, sample_format: Any, code: int
) -> None:
    source = save_volume(small_survey(holes=True), tmp_path / "survey.sgy")
    labels, codes = painted(ViewerModel(), open_volume(source))
    save_labels(
        labels.data,
        labels.metadata,
        "paint",
        tmp_path / "facies.sgy",
        sample_format=sample_format,
    )
    with (
        segyio.open(source, ignore_geometry=True) as before,
        segyio.open(tmp_path / "facies.sgy", ignore_geometry=True) as after,
    ):
        assert after.tracecount == before.tracecount
        assert after.bin[segyio.BinField.Format] == code
        for old, new, trace in zip(before.header, after.header, after.trace, strict=True):
            assert dict(old) == dict(new)
            i = int(old[segyio.su.iline]) - 100
            j = (int(old[segyio.su.xline]) - 300) // 2
            expected = np.where(codes[i, j] == UNLABELLED, -1, codes[i, j].astype(int))
            np.testing.assert_array_equal(trace, expected)


def test_the_source_is_never_written_over(tmp_path: Path) -> None:
    source = save_volume(small_survey(), tmp_path / "survey.sgy")
    before = source.read_bytes()
    labels, _ = painted(ViewerModel(), open_volume(source))
    with pytest.raises(InputError, match="survey"):
        save(labels, source)
    assert source.read_bytes() == before


def test_layers_without_a_survey_are_refused_in_one_line(tmp_path: Path) -> None:
    layer = Labels(np.zeros((4, 5, 6), np.uint8), name="cells")
    with pytest.raises(InputError, match="'cells' lies on no survey"):
        save(layer, tmp_path / "cells.sgy")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_saved_seismic_and_confidence(tmp_path: Path, suffix: str) -> None:
    viewer, volume = ViewerModel(), small_survey()
    seismic = add_volume(viewer, volume)
    percent = (np.abs(samples()) % 100).astype(np.uint8)
    confidence = add_confidence(viewer, volume, percent.transpose(AXES))
    save(seismic, tmp_path / f"seismic{suffix}")
    save(confidence, tmp_path / f"confidence{suffix}")
    back = open_volume(tmp_path / f"seismic{suffix}")
    np.testing.assert_array_equal(back.values, samples())
    back = open_volume(tmp_path / f"confidence{suffix}", scan_dead=False)
    np.testing.assert_array_equal(back.values, percent)


def test_facies_are_read_block_by_block_with_their_progress() -> None:
    labels, codes = painted(ViewerModel(), small_survey())
    told: list[float] = []
    facies = layer_codes(labels.data, volume_of(labels), told.append)
    assert told == []
    np.testing.assert_array_equal(facies[2:5].values, codes[2:5])
    assert max(told) == 5 / SHAPE[0]
    np.testing.assert_array_equal(facies[:, 3, 4:9].values, codes[:, 3, 4:9])
    np.testing.assert_array_equal(facies[1, 2].values, codes[1, 2])
    np.testing.assert_array_equal(facies.values, codes)
    assert told[-1] == 1


def test_an_export_that_is_ended_leaves_nothing(tmp_path: Path) -> None:
    labels, _ = painted(ViewerModel(), small_survey())

    class Ended(Exception):
        pass

    def end(share: float) -> None:
        raise Ended

    for suffix in SUFFIXES:
        with pytest.raises(Ended):
            save_labels(
                labels.data,
                labels.metadata,
                "paint",
                tmp_path / f"facies{suffix}",
                progress=end,
            )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("orientation", ["iline", "xline"])
def test_a_picture_shows_the_facies_of_the_section_in_view(
    tmp_path: Path, orientation: Any
) -> None:
    viewer, volume = ViewerModel(), small_survey()
    add_volume(viewer, volume)
    labels, codes = painted(viewer, volume)
    labels.opacity = 1.0
    show_section(viewer, labels, orientation, 5)
    picture = picture_of(viewer, labels)
    assert picture.title == ("Inline 105" if orientation == "iline" else "Crossline 310")
    section = codes[5] if orientation == "iline" else codes[:, 5]
    np.testing.assert_array_equal(picture.codes, section)
    pixels = imread(picture.save(tmp_path / "section.png"))[..., :3]
    for k, colour in enumerate(F3.colours):
        rgb = np.array([int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)])
        there = (np.abs(pixels - rgb) < 0.02).all(axis=-1).sum()
        assert (there > 500) == (k in section), F3.names[k]


def test_a_picture_of_a_sparse_section_begins_and_ends_with_its_traces(tmp_path: Path) -> None:
    viewer, volume = ViewerModel(), small_survey(holes=True)
    add_volume(viewer, volume)
    labels, _ = painted(viewer, volume)
    show_section(viewer, labels, "iline", 8)
    amplitudes, traces, _ = picture_of(viewer, labels).cut()
    assert (traces[0], traces[-1]) == (5, SHAPE[1] - 1)
    assert np.isfinite(amplitudes).all()


def test_a_picture_without_facies(tmp_path: Path) -> None:
    viewer = ViewerModel()
    add_volume(viewer, small_survey())
    path = picture_of(viewer, None).save(tmp_path / "section.png")
    assert imread(path).ndim == 3


def test_no_picture_of_a_time_slice() -> None:
    viewer, volume = ViewerModel(), small_survey()
    layer = add_volume(viewer, volume)
    show_cut(viewer, layer, 1, 3)
    with pytest.raises(InputError, match="no inline or crossline is in view"):
        picture_of(viewer, None)
