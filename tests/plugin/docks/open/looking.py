"""What is done to the Open seismic dock, and files to look at with it."""

from pathlib import Path
from typing import Any

import segyio
from qtpy.QtCore import Qt

from napari_s6.survey.volume import make_volume

from ...surveys import CROSSLINES, INLINES, TIMES, samples


def click(qtbot: Any, button: Any) -> None:
    assert button.isVisible()
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def choose(dock: Any, setup: str) -> None:
    dock.reading.header_bytes.setups.box.value = setup


def place(dock: Any, name: str) -> Any:
    return dock.reading.header_bytes.places.typed(name).line.native


def override(dock: Any, name: str) -> Any:
    return dock.reading.typed(name).line.native


def type_into(qtbot: Any, line: Any, text: str) -> None:
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, text)
    qtbot.keyClick(line, Qt.Key.Key_Return)


def dead_survey(n_dead: int) -> Any:
    """The small survey with the first traces of inline 103 dead."""
    values = samples()
    values[3, :n_dead] = 0
    return make_volume(values, iline=INLINES, xline=CROSSLINES, samples=TIMES, name="amplitude")


def with_lines_elsewhere(path: Path, iline_byte: int, xline_byte: int) -> Path:
    """Move a SEG-Y file's line numbers to other bytes; everything else in its headers is empty."""
    emptied = dict.fromkeys((1, 5, 9, 13, 17, 21, 25, 73, 77, 181, 185, 189, 193), 0)
    with segyio.open(path, "r+", ignore_geometry=True) as file:
        for trace in range(file.tracecount):
            header = file.header[trace]
            header.update(emptied | {iline_byte: header[189], xline_byte: header[193]})
    return path
