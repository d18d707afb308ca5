"""The public benchmark's folder: its arrays with line numbers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from napari_s6.errors import InputError
from napari_s6.formats.benchmark import open_benchmark, open_benchmark_file, write_benchmark
from napari_s6.formats.open import open_volume
from napari_s6.survey.synthetic import make_survey


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small benchmark cut from one synthetic survey."""
    seismic, facies = make_survey((8, 9, 20))
    first, second = slice(0, 5), slice(5, 8)
    return write_benchmark(
        tmp_path / "small",
        {
            "train": (seismic.isel(iline=first), facies.isel(iline=first)),
            "test1": (seismic.isel(iline=second), facies.isel(iline=second)),
        },
    )


def test_parts_have_their_lines(folder: Path) -> None:
    parts = open_benchmark(folder)
    seismic, facies = make_survey((8, 9, 20))
    assert list(parts) == ["train", "test1"]
    train, test = parts["train"], parts["test1"]
    assert train.seismic.dims == ("iline", "xline", "depth")
    assert train.seismic["iline"].values.tolist() == [100, 101, 102, 103, 104]
    assert test.seismic["iline"].values.tolist() == [105, 106, 107]
    assert train.labels is not None
    assert train.labels.dtype == np.uint8
    np.testing.assert_array_equal(train.seismic.values, seismic.values[:5])
    np.testing.assert_array_equal(train.labels.values, facies.values[:5])
    assert train.seismic["depth"].attrs["units"] == "sample"


@pytest.mark.parametrize("inside", ["", "data", "data/train"])
def test_the_folder_opens_as_its_training_seismic(folder: Path, inside: str) -> None:
    volume = open_volume(folder / inside)
    assert volume.shape == (5, 9, 20)
    assert volume.attrs["source"] == str(folder / "data" / "train" / "train_seismic.npy")


def test_a_file_inside_has_its_lines(folder: Path) -> None:
    volume = open_volume(folder / "data" / "test_once" / "test1_labels.npy")
    assert volume.name == "facies"
    assert volume["iline"].values.tolist() == [105, 106, 107]
    # A trace of class 0 is no dead trace.
    assert volume["live"].values.all()


def test_without_lines_they_are_indices(folder: Path) -> None:
    (folder / "lines.json").unlink()
    volume = open_benchmark(folder)["test1"].seismic
    assert volume["iline"].values.tolist() == [0, 1, 2]


def test_published_shapes_have_published_lines(tmp_path: Path) -> None:
    path = tmp_path / "data" / "test_once" / "test1_labels.npy"
    path.parent.mkdir(parents=True)
    np.lib.format.open_memmap(path, "w+", np.uint8, (200, 701, 255)).flush()
    volume = open_benchmark_file(path)
    assert volume["iline"].values[[0, -1]].tolist() == [100, 299]
    assert volume["xline"].values[[0, -1]].tolist() == [300, 1000]


@pytest.mark.parametrize(
    "lines",
    ["{", "[]", json.dumps({"train": {"inlines": [1]}}), json.dumps({"train": {"inlines": 3}})],
)
def test_unreadable_lines(folder: Path, lines: str) -> None:
    (folder / "lines.json").write_text(lines)
    with pytest.raises(InputError, match=r"lines\.json: no line numbers for train"):
        open_benchmark(folder)


def test_lines_that_do_not_fit(folder: Path) -> None:
    record = json.loads((folder / "lines.json").read_text())
    record["train"]["inlines"] = {"first": 1, "last": 4}
    (folder / "lines.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match="4 inlines and 9 crosslines for train"):
        open_benchmark(folder)


def test_labels_of_another_shape(folder: Path) -> None:
    (folder / "lines.json").unlink()
    np.save(folder / "data" / "train" / "train_labels.npy", np.zeros((5, 9, 21), np.uint8))
    with pytest.raises(InputError, match=r"train_labels\.npy: shape"):
        open_benchmark(folder)


def test_another_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no data/train/train_seismic\.npy in it"):
        open_benchmark(tmp_path)


@pytest.mark.realdata
def test_real_sections(test_data: Path) -> None:
    parts = open_benchmark(test_data / "f3-sections")
    assert parts["train"].seismic["iline"].values.tolist() == [100, 200, 216, 230, 235]
    assert parts["test1"].seismic["xline"].values[[0, -1]].tolist() == [300, 1000]
    assert parts["test2"].seismic["xline"].values.tolist() == [1001, 1200]
    for part in parts.values():
        assert part.labels is not None
        assert part.labels.shape == part.seismic.shape
        assert abs(part.seismic.values).max() <= 1
