"""The Open seismic dock in a real window: what it says of a file, and what it loads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import segyio

pytest.importorskip("pytestqt")
pytestmark = pytest.mark.gui

from qtpy.QtCore import QMimeData, QPointF, Qt, QUrl  # noqa: E402
from qtpy.QtGui import QDropEvent  # noqa: E402

from napari_s6.facies.files import save_facies  # noqa: E402
from napari_s6.facies.scheme import SCHEMES  # noqa: E402
from napari_s6.formats.save import save_volume  # noqa: E402
from napari_s6.plugin.canvas import view  # noqa: E402
from napari_s6.plugin.canvas.layers import add_volume, kind_of, volume_of  # noqa: E402
from napari_s6.plugin.docks.open import inspect as look  # noqa: E402
from napari_s6.plugin.docks.open import open_dock  # noqa: E402
from napari_s6.plugin.files.reader import read  # noqa: E402
from napari_s6.plugin.session.window import session_of  # noqa: E402
from napari_s6.survey.volume import live_traces  # noqa: E402

from ...surveys import (  # noqa: E402
    codes_of,
    layered_codes,
    samples,
    small_survey,
)
from .looking import click, dead_survey  # noqa: E402

SUFFIXES = (".sgy", ".npy", ".zarr", ".nc")


# -- what it says ----------------------------------------------------------------------------------


def test_it_says_what_a_file_holds(looked: Any, dock: Any, viewer: Any, tmp_path: Path) -> None:
    path = save_volume(dead_survey(4), tmp_path / "survey.sgy")
    found = looked(path)
    facts = dock.tabs.survey.facts.text()
    for words in ("100 – 111, step 1 (12)", "300 – 338, step 2 (20)", "8 – 100 ms, step 4 (24)"):
        assert words in facts
    assert "float32, big endian" in facts
    assert "240; data at 98.3% of the nodes; 4 dead" in facts
    assert np.argwhere(found.dead).tolist() == [[3, 0], [3, 1], [3, 2], [3, 3]]
    assert ["189", "inline number", "100", "111", "12"] in dock.tabs.trace_header.rows()
    assert ["3221", "samples per trace", "24"] in dock.tabs.binary_header.rows()
    with segyio.open(path, ignore_geometry=True) as file:
        first = file.text[0][:80].decode("cp037" if file.text[0][0] == 0xC3 else "ascii").rstrip()
    assert dock.tabs.text_header.text.toPlainText().splitlines()[0] == first
    assert dock.tabs.amplitudes.histogram.bars.counts.sum() == (240 - 4) * 24
    assert not viewer.layers, "looking loads nothing"


def test_files_without_headers_show_none(looked: Any, dock: Any, tmp_path: Path) -> None:
    for suffix in SUFFIXES[1:]:
        assert looked(save_volume(small_survey(), tmp_path / f"survey{suffix}")) is not None
        assert not dock.reading_box.isVisible()
        assert [dock.tabs.isTabVisible(n) for n in range(5)] == [True, True, False, False, False]


def test_looking_leaves_the_window_alone(
    looked: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []
    really = look.describe_volume

    def describe(volume: Any) -> Any:
        threads.append(threading.get_ident())
        return really(volume)

    monkeypatch.setattr(look, "describe_volume", describe)
    looked(save_volume(small_survey(), tmp_path / "survey.sgy"))
    assert threads
    assert threading.get_ident() not in threads


def test_a_dropped_file_is_looked_at(dock: Any, settled: Any, viewer: Any, tmp_path: Path) -> None:
    path = save_volume(small_survey(), tmp_path / "with space å.sgy")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    dock.dropEvent(
        QDropEvent(
            QPointF(5, 5),
            Qt.DropAction.CopyAction,
            mime,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )
    settled()
    assert dock.found.path == path
    assert not viewer.layers


# -- what it loads ---------------------------------------------------------------------------------


def test_the_layer_is_the_one_that_file_open_makes(
    qtbot: Any, looked: Any, settled: Any, dock: Any, viewer: Any, tmp_path: Path
) -> None:
    for suffix in SUFFIXES:
        path = save_volume(small_survey(holes=True), tmp_path / f"survey{suffix}")
        looked(path)
        click(qtbot, dock.open_button)
        settled()
        layer = viewer.layers[-1]
        ((_, options, kind),) = read(path)
        assert kind == "image"
        assert layer.name == options["name"] == path.name
        assert kind_of(layer) == "seismic"
        assert tuple(layer.contrast_limits) == options["contrast_limits"]
        assert layer.interpolation2d == options["interpolation2d"]
        assert tuple(layer.axis_labels) == options["axis_labels"]
        assert tuple(layer.scale) == (1, 1, 1)
        assert volume_of(layer).identical(volume_of_options(options))
        assert session_of(viewer).interpretation.seismic is layer
        assert f"Opened as the layer <b>{path.name}</b>" in dock.message.text()
    assert len(viewer.layers) == len(SUFFIXES)


def volume_of_options(options: dict[str, Any]) -> Any:
    (record,) = options["metadata"].values()
    return record.volume


def test_a_part_is_sized_before_and_loaded_as_said(
    qtbot: Any, looked: Any, settled: Any, dock: Any, viewer: Any, tmp_path: Path
) -> None:
    looked(save_volume(small_survey(), tmp_path / "survey.sgy"))
    assert "12 × 20 × 24" in dock.part.size_words.text()
    crop = dock.reading.crop
    inlines, crosslines, times = (crop.axis(name) for name in ("iline", "xline", "samples"))
    inlines.first.setValue(103)
    inlines.last.setValue(108)
    crosslines.step.setValue(3)
    times.last.setValue(50)
    said = dock.part.size_words.text()
    assert said.startswith("6 × 7 × 11 = 462 voxels, 1.8 KB in memory; 42 traces")
    click(qtbot, dock.open_button)
    settled()
    volume = volume_of(viewer.layers[0])
    assert volume["iline"].values.tolist() == list(range(103, 109))
    assert volume["xline"].values.tolist() == list(range(300, 340, 6))
    assert volume["twt"].values.tolist() == [8 + 4 * k for k in range(11)]
    np.testing.assert_array_equal(volume.values, samples()[3:9, ::3, :11])
    assert viewer.layers[0].data.shape == (6, 11, 7)
    click(qtbot, dock.part.whole_button)
    assert "12 × 20 × 24" in dock.part.size_words.text()


def test_a_part_without_lines_is_refused(
    qtbot: Any, looked: Any, dock: Any, viewer: Any, tmp_path: Path
) -> None:
    looked(save_volume(small_survey(), tmp_path / "survey.sgy"))
    crosslines = dock.reading.crop.axis("xline")
    crosslines.first.setValue(303)
    crosslines.last.setValue(303)
    assert "crop xline 303 to 303: the survey runs from 300 to 338" in dock.part.size_words.text()
    click(qtbot, dock.open_button)
    assert dock.message.property("severity") == "error"
    assert not viewer.layers


def test_facies_lie_on_the_survey_in_view(
    qtbot: Any, looked: Any, settled: Any, dock: Any, viewer: Any, tmp_path: Path
) -> None:
    seismic = add_volume(viewer, small_survey())
    path = tmp_path / "facies.sgy"
    save_facies(layered_codes(), path, scheme=SCHEMES["F3"], volume=small_survey())
    assert looked(path).facies
    assert not dock.part.isEnabled()
    click(qtbot, dock.open_button)
    settled()
    labels = viewer.layers["facies.sgy"]
    assert volume_of(labels) is volume_of(seismic)
    np.testing.assert_array_equal(codes_of(labels).values, layered_codes())


def test_the_background_scan_updates_the_map(
    qtbot: Any,
    looked: Any,
    settled: Any,
    dock: Any,
    viewer: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(look, "is_scanned_at_once", lambda _volume: False)
    found = looked(save_volume(dead_survey(9), tmp_path / "large.sgy"))
    assert not found.dead.any()
    assert "once it is open" in dock.tabs.survey.words.text()
    told: list[tuple[Any, Any]] = []
    view.survey_view(viewer).scanned.connect(lambda before, after: told.append((before, after)))
    dock.reading.crop.axis("xline").first.setValue(308)  # five of the nine lie in the part
    click(qtbot, dock.open_button)
    qtbot.waitUntil(lambda: bool(told), timeout=10_000)
    ((before, after),) = told
    assert live_traces(before).all()
    assert after is volume_of(viewer.layers[0])
    assert np.argwhere(dock.found.dead).tolist() == [[3, j] for j in range(4, 9)]
    assert "5 dead" in dock.tabs.survey.facts.text()
    assert "5 dead traces in the part loaded" in dock.message.text()
    click(qtbot, dock.part.whole_button)
    click(qtbot, dock.open_button)
    qtbot.waitUntil(lambda: len(told) == 2, timeout=10_000)
    assert np.argwhere(dock.found.dead).tolist() == [[3, j] for j in range(9)]
    np.testing.assert_array_equal(
        live_traces(volume_of(viewer.layers[-1])), live_traces(dock.found.volume)
    )


# -- what goes wrong -------------------------------------------------------------------------------


def missing(path: Path) -> Path:
    return path / "nowhere.sgy"


def no_segy(path: Path) -> Path:
    bad = path / "letter.sgy"
    bad.write_text("Dear interpreter, " * 400)
    return bad


def cut_short(path: Path) -> Path:
    whole = save_volume(small_survey(), path / "whole.sgy")
    bad = path / "cut.sgy"
    bad.write_bytes(whole.read_bytes()[:-77])
    return bad


def flat(path: Path) -> Path:
    np.save(path / "flat.npy", np.zeros((30, 40)))
    return path / "flat.npy"


def test_bad_input_is_told_in_a_line(looked: Any, dock: Any, viewer: Any, tmp_path: Path) -> None:
    good = save_volume(small_survey(), tmp_path / "good.sgy")
    for make in (missing, no_segy, cut_short, flat):
        assert looked(good) is not None
        path = make(tmp_path)
        assert looked(path) is None
        said = dock.message.text()
        assert path.name in said
        assert "\n" not in said
        assert "Traceback" not in said
        assert dock.message.property("severity") == "error"
        assert not dock.tabs.isVisible()
        assert not dock.open_button.isVisible()
    assert not viewer.layers


def test_what_takes_long_can_be_stopped(
    qtbot: Any, dock: Any, viewer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = threading.Event()

    def endless(path: Path, reading: Any, token: Any) -> Iterator[Any]:
        while not token.cancelled:
            token.wait_while_paused()
            threading.Event().wait(0.01)
        ended.set()
        yield look.Refused("never heard")

    monkeypatch.setattr(open_dock, "inspect_file", endless)
    dock.look_at(tmp_path / "slow.sgy")
    qtbot.waitUntil(dock.bar.stop_button.isVisible)
    click(qtbot, dock.bar.stop_button)
    assert not dock.busy
    assert ended.wait(5)
    qtbot.wait(100)
    assert dock.message.text() == "Stopped; nothing was opened."
    dock.look_at(tmp_path / "slow.sgy")
    qtbot.waitUntil(lambda: dock.busy)
    ended.clear()
    viewer.window.remove_dock_widget(dock)
    assert ended.wait(5), "a closed dock ends what it began"


#: Shape of what each file holds, or what its refusal says.
OUTCOMES: dict[str, tuple[int, int, int] | str] = {
    "1x1.sgy": "a pre-stack file of 4 offsets",
    "Format1msb.sgy": (23, 18, 75),
    "Format3msb.sgy": (23, 18, 75),
    "Format5lsb.sgy": (23, 18, 75),
    "Format5msb.sgy": (23, 18, 75),
    "Format8msb.sgy": (23, 18, 75),
    "decrement.sgy": (5, 5, 4),
    "f3-lsb.sgy": (23, 18, 75),
    "f3.sgy": (23, 18, 75),
    "shot-gather.sgy": "a shot-sorted file of 4 shots",
    "small-ps.sgy": "a pre-stack file of 2 offsets",
    "small.sgy": (5, 5, 50),
    "text-embed-null.sgy": (5, 5, 50),
}


@pytest.mark.realdata
def test_every_file_of_segyio(
    qtbot: Any, looked: Any, settled: Any, dock: Any, viewer: Any, test_data: Path
) -> None:
    files = sorted((test_data / "segy").glob("*.sgy"))
    assert {path.name for path in files} == set(OUTCOMES)
    for path in files:
        outcome, found = OUTCOMES[path.name], looked(path)
        if isinstance(outcome, str):
            assert found is None
            assert dock.message.text().startswith(f"{path.name}: {outcome}")
            continue
        assert found.volume.shape == outcome, path.name
        click(qtbot, dock.open_button)
        settled()
        volume = volume_of(viewer.layers[path.name])
        with segyio.open(path, ignore_geometry=True, endian=endian_of(found)) as file:
            traces = {tuple(file.header[n][189, 193].values()): n for n in range(file.tracecount)}
            for (iline, xline), trace in list(traces.items())[:3]:
                read_here = volume.sel(iline=iline, xline=xline).values
                np.testing.assert_array_equal(read_here, file.trace[trace])
        viewer.layers.clear()


def endian_of(found: Any) -> str:
    return str(found.info.byte_order)
