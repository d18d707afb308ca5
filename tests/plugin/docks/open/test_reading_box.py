"""The form of how headers are read, in a real window."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pytestqt")
pytestmark = pytest.mark.gui


from napari_s6.formats.save import save_volume  # noqa: E402
from napari_s6.plugin.canvas.layers import volume_of  # noqa: E402
from napari_s6.survey.reading import Reading  # noqa: E402

from ...surveys import CROSSLINES, small_survey  # noqa: E402
from .looking import choose, click, override, place, type_into, with_lines_elsewhere  # noqa: E402


def test_a_guess_is_shown_and_said(looked: Any, dock: Any, tmp_path: Path) -> None:
    path = with_lines_elsewhere(save_volume(small_survey(), tmp_path / "petrel.sgy"), 5, 21)
    found = looked(path)
    np.testing.assert_array_equal(found.volume["xline"], CROSSLINES)
    assert [place(dock, name).text() for name in ("iline", "xline")] == ["5", "21"]
    assert "petrel.sgy: bytes 189/193 make no grid; lines read from 5/21" in dock.message.text()
    assert dock.message.property("severity") == "note"


def test_bytes_are_chosen_typed_saved_and_used_again(
    qtbot: Any, looked: Any, settled: Any, dock: Any, tmp_path: Path
) -> None:
    path = with_lines_elsewhere(save_volume(small_survey(), tmp_path / "odd.sgy"), 17, 25)
    looked(path)
    choose(dock, "standard")
    settled()
    assert dock.found is None
    assert dock.message.property("severity") == "error"
    assert dock.message.text().startswith("odd.sgy: ")
    assert "--" not in dock.message.text(), "options belong to the command line"
    assert not dock.open_button.isVisible()
    type_into(qtbot, place(dock, "iline"), "17")
    type_into(qtbot, place(dock, "xline"), "25")
    settled()
    np.testing.assert_array_equal(dock.found.volume["xline"], CROSSLINES)
    dock.reading.header_bytes.save("Old vintage")
    settled()
    looked(save_volume(small_survey(), tmp_path / "plain.sgy"))
    assert dock.found.info.header_bytes[:2] == (189, 193), "a new file begins with the standard's"
    dock.look_at(path)
    choose(dock, "Old vintage")
    settled()
    assert dock.found.info.header_bytes[:2] == (17, 25)
    click(qtbot, dock.reading.header_bytes.save_button)
    assert "Old vintage" not in dock.reading.header_bytes.setups.box.choices, "forgotten"


def test_what_cannot_be_bytes_or_a_name_is_refused(
    qtbot: Any, looked: Any, dock: Any, tmp_path: Path
) -> None:
    looked(save_volume(small_survey(), tmp_path / "survey.sgy"))
    type_into(qtbot, place(dock, "x"), "400")
    assert "x byte 400" in dock.message.text()
    type_into(qtbot, place(dock, "x"), "181")
    dock.reading.header_bytes.save("standard")
    assert "set-up name 'standard'" in dock.message.text()


def test_headers_are_overruled(
    qtbot: Any, looked: Any, settled: Any, dock: Any, viewer: Any, tmp_path: Path
) -> None:
    looked(save_volume(small_survey(), tmp_path / "survey.sgy"))
    assert override(dock, "interval").placeholderText() == "4 ms"
    type_into(qtbot, override(dock, "interval"), "2.5")
    type_into(qtbot, override(dock, "start"), "1000")
    dock.reading.choice("unit").box.value = "ft"
    settled()
    assert "1000 – 1057.5 ft, step 2.5 (24)" in dock.tabs.survey.facts.text()
    assert "start 1000.0 given" in dock.message.text()
    click(qtbot, dock.open_button)
    settled()
    assert dock.reading.crop.axis("samples").last.text() == "1057.50 ft"
    depths = volume_of(viewer.layers[0])["depth"]
    np.testing.assert_allclose(depths, 1000 + 2.5 * np.arange(24))
    assert depths.attrs["units"] == "ft"


def test_every_field_of_a_reading_is_in_the_form(
    qtbot: Any, looked: Any, settled: Any, dock: Any, tmp_path: Path
) -> None:
    assert list(dock.reading.editors) == [field.name for field in fields(Reading)]
    looked(save_volume(small_survey(), tmp_path / "survey.sgy"))
    for name, editor in dock.reading.editors.items():
        assert editor.widget.native.isVisible(), name
    type_into(qtbot, override(dock, "coordinate_scalar"), "-10")
    settled()
    assert dock.found.reading == Reading(coordinate_scalar=-10)
    assert "coordinate scalar -10 given" in dock.message.text()


def test_impossible_values_are_refused(
    qtbot: Any, looked: Any, settled: Any, dock: Any, tmp_path: Path
) -> None:
    for box, typed, said in (
        ("n_samples", "23", "survey.sgy: sample count 23"),
        ("n_samples", "many", "sample count 'many'"),
        ("interval", "-4", "sample interval -4"),
    ):
        looked(save_volume(small_survey(), tmp_path / "survey.sgy", overwrite=True))
        assert dock.message.text() == ""
        type_into(qtbot, override(dock, box), typed)
        settled()
        assert said in dock.message.text()
        assert dock.message.property("severity") == "error"
