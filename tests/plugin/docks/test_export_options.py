"""What is exported, as a value without a window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("napari")

from napari.components import ViewerModel

from napari_s6.errors import InputError
from napari_s6.facies.files import open_facies
from napari_s6.facies.scheme import F3
from napari_s6.plugin.canvas.layers import add_labels, add_volume
from napari_s6.plugin.docks.export.options import (
    FACIES_FILES,
    ExportOptions,
    stem_without_ending,
)

from ..surveys import layered_codes, small_survey


@pytest.mark.parametrize(
    ("options", "name"),
    [
        (ExportOptions(), "north.sgy"),
        (ExportOptions(suffix=".nc"), "north.nc"),
        (ExportOptions("horizons"), "north_horizons.txt"),
        (ExportOptions("horizons", maps="irap"), "north_horizons"),
        (ExportOptions("statistics", suffix=".nc"), "north_statistics"),
    ],
)
def test_names_fit_what_is_written(options: ExportOptions, name: str) -> None:
    assert options.name_like("north") == name
    assert stem_without_ending(name) == "north"


def test_an_unknown_suffix_is_refused() -> None:
    with pytest.raises(InputError, match=r"suffix '\.doc': choose one of \.sgy"):
        ExportOptions(suffix=".doc")


def test_facies_are_written_as_said(tmp_path: Path) -> None:
    viewer, volume = ViewerModel(), small_survey()
    add_volume(viewer, volume)
    labels = add_labels(viewer, volume, layered_codes(), F3, "paint")
    for suffix in FACIES_FILES:
        options, told = ExportOptions(suffix=suffix, sample_format="float32"), []
        out = tmp_path / options.name_like("facies")
        layer = (labels.data, labels.metadata, "paint")
        assert options.write(*layer, out, told.append) == (out, "")
        np.testing.assert_array_equal(open_facies(out).values, layered_codes())
        assert told[-1] == 1
    size = layered_codes().size
    assert (tmp_path / "facies.sgy").stat().st_size > 4 * size
