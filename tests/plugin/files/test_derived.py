"""Horizons, statistics and thickness maps of a label layer, from the Export dock."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_s6.errors import InputError
from napari_s6.facies.scheme import F3, generic
from napari_s6.horizons.files import read_horizons
from napari_s6.horizons.model import horizons_of
from napari_s6.plugin.canvas.layers import add_labels, add_volume
from napari_s6.plugin.files.derived import save_derived
from napari_s6.survey.geometry import Affine

from ..surveys import SHAPE, TIMES, layered_codes, small_survey

#: At right angles, so that IRAP grids hold the traces' own values.
TURNED = Affine(600_000.0, 20.0, -7.5, 6_000_000.0, 15.0, 10.0)


def turned_survey() -> Any:
    volume = small_survey()
    volume.attrs["affine"] = TURNED.as_list()
    return volume


def tops() -> np.ndarray:
    """The tops of the facies, NaN below the last sample."""
    z = np.stack([horizons_of(section, TIMES, 6) for section in layered_codes()])
    z[(z < TIMES[0]) | (z > TIMES[-1])] = np.nan
    return z


def saved(out: Path, derived: Any, maps: Any, **options: Any) -> tuple[Path, str]:
    labels = add_labels(ViewerModel(), turned_survey(), layered_codes(), F3, "paint")
    return save_derived(derived, maps, labels.data, labels.metadata, "paint", out, **options)


@pytest.mark.parametrize("maps", ["text", "irap"])
def test_horizons_are_the_facies_boundaries(tmp_path: Path, maps: str) -> None:
    told: list[float] = []
    out, note = saved(tmp_path / "h.txt", "horizons", maps, progress=told.append)
    assert note == ""
    assert told[-1] == 1.0
    files = [out] if maps == "text" else sorted(out.iterdir())
    found = [horizon for file in files for horizon in read_horizons(file, turned_survey())]
    np.testing.assert_allclose(np.stack([h.z for h in found], -1), tops(), atol=1e-4)


def test_statistics_with_pictures_and_grids(tmp_path: Path) -> None:
    out, note = saved(tmp_path / "numbers", "statistics", "cps3")
    assert "knows no rotation" in note
    counted = json.loads((out / "statistics.json").read_text())["facies"]
    assert [one["voxels"] for one in counted] == np.bincount(layered_codes().ravel()).tolist()
    assert len(list(out.glob("*.png"))) == len(list(out.glob("*.cps3"))) == 6
    with pytest.raises(InputError, match="exists already"):
        saved(out, "statistics", "text")


def test_what_cannot_be_derived_is_said(tmp_path: Path) -> None:
    flat = np.zeros(SHAPE, np.uint8)
    labels = add_labels(ViewerModel(), small_survey(), flat, generic(1), "flat")
    for maps, reason in (("text", "one facies"), ("irap", "one facies")):
        with pytest.raises(InputError, match=reason):
            save_derived("horizons", maps, labels.data, labels.metadata, "flat", tmp_path / "h")
    with pytest.raises(InputError, match="X and Y"):
        save_derived("statistics", "irap", labels.data, labels.metadata, "flat", tmp_path / "h")
    with pytest.raises(InputError, match="lies on no survey"):
        save_derived("statistics", "text", labels.data, {}, "flat", tmp_path / "h")
    assert not list(tmp_path.iterdir())


@pytest.fixture
def dock(qtbot: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    monkeypatch.setenv("NAPARI_S6_PROJECTS", str(tmp_path / "projects"))
    import napari

    viewer = napari.Viewer()
    volume = turned_survey()
    add_volume(viewer, volume)
    add_labels(viewer, volume, layered_codes(), F3, "paint")
    widget = viewer.window.add_plugin_dock_widget("napari-s6", "Export facies")[1]
    qtbot.waitUntil(widget.isVisible)
    yield widget
    viewer.close()
    qtbot.wait(50)


@pytest.mark.gui
def test_the_dock_offers_them_under_fitting_names(qtbot: Any, dock: Any, tmp_path: Path) -> None:
    dock.file_line.setText(str(tmp_path / "paint.sgy"))
    contents, maps = dock.form.choice("content").box, dock.form.choice("maps").box
    contents.value = "horizons"
    assert dock.file_line.text() == str(tmp_path / "paint_horizons.txt")
    assert maps.native.isVisible()
    assert not dock.form.choice("suffix").box.native.isVisible()
    maps.value = "irap"
    assert dock.file_line.text() == str(tmp_path / "paint_horizons")
    for kind, choice in (("horizons", "irap"), ("horizons", "text"), ("statistics", "cps3")):
        contents.value = kind
        maps.value = choice
        dock.export_button.click()
        qtbot.waitUntil(lambda: not dock.busy, timeout=20_000)
        assert dock.said.text().startswith(f"Wrote {tmp_path / 'paint'}_{kind}")
    assert "knows no rotation" in dock.said.text()
    assert {path.name for path in tmp_path.iterdir()} - {"projects"} == {
        "paint_horizons", "paint_horizons.txt", "paint_statistics",
    }  # fmt: skip
    contents.value = "facies"
    dock.form.choice("suffix").box.value = ".zarr"
    assert dock.file_line.text() == str(tmp_path / "paint.zarr")
    assert not maps.native.isVisible()
    assert not dock.form.choice("sample_format").box.native.isVisible()
