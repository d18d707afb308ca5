"""Saving from the menu: the file is there when the call returns, and the window lives meanwhile."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_s6.errors import InputError
from napari_s6.formats.open import open_volume
from napari_s6.plugin.canvas.layers import add_volume
from napari_s6.plugin.files.writer import write_image
from napari_s6.plugin.jobs import waiting
from napari_s6.plugin.jobs.waiting import saving, wait_for

from ..surveys import small_survey


def slowly(progress: Any) -> str:
    """Work for a second, and tell how far it is."""
    for n in range(20):
        time.sleep(0.05)
        progress((n + 1) / 20)
    return threading.current_thread().name


def test_without_a_window_it_is_simply_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_in_a_window", lambda: False)
    assert saving("file", slowly) == threading.current_thread().name


@pytest.mark.gui
def test_the_window_lives_on_until_the_file_is_there(qtbot: Any) -> None:
    from qtpy.QtCore import QTimer
    from qtpy.QtWidgets import QApplication, QDialog, QProgressBar

    seen: list[tuple[int, bool]] = []

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QDialog):
            seen.append((dialog.findChild(QProgressBar).value(), dialog.isModal()))

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(40)
    assert saving("facies.sgy", slowly).startswith("napari-s6 saving")
    timer.stop()
    assert len(seen) >= 3
    assert all(modal for _, modal in seen)
    assert seen[-1][0] > seen[0][0]
    assert QApplication.activeModalWidget() is None


@pytest.mark.gui
@pytest.mark.parametrize("how", ["button", "escape"])
def test_stop(qtbot: Any, how: str) -> None:
    from qtpy.QtCore import QTimer
    from qtpy.QtWidgets import QApplication, QDialog, QPushButton

    def stop() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QDialog):
            if how == "button":
                dialog.findChild(QPushButton).click()
            else:
                dialog.reject()

    QTimer.singleShot(600, stop)
    clock = time.monotonic()
    with pytest.raises(InputError, match=r"facies\.sgy: stopped; nothing was written"):
        saving("facies.sgy", lambda progress: [slowly(progress) for _ in range(10)])
    assert time.monotonic() - clock < 5


@pytest.mark.gui
def test_errors_arrive_as_they_were_raised(qtbot: Any) -> None:
    def fail(progress: Any) -> None:
        raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        wait_for(fail, "Saving", lambda: "file")


@pytest.mark.gui
def test_a_layer_saved_in_a_window(
    qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "UNSEEN", 0.0)
    survey = small_survey()
    layer = add_volume(ViewerModel(), survey)
    for suffix in (".sgy", ".zarr"):
        path = tmp_path / f"saved{suffix}"
        data, attributes, _ = layer.as_layer_data_tuple()
        assert write_image(str(path), data, attributes) == [str(path)]
        np.testing.assert_array_equal(open_volume(path).values, survey.values)
