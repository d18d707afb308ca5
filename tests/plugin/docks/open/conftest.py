"""The Open seismic dock, and a look at a file with it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def dock(qtbot: Any, viewer: Any) -> Any:
    widget = viewer.window.add_plugin_dock_widget("napari-s6", "Open seismic")[1]
    qtbot.waitUntil(widget.isVisible)
    return widget


@pytest.fixture
def settled(qtbot: Any, dock: Any) -> Callable[[], None]:
    return lambda: qtbot.waitUntil(lambda: not dock.busy, timeout=20_000)


@pytest.fixture
def looked(dock: Any, settled: Callable[[], None]) -> Callable[[Path], Any]:
    def look_at(path: Path) -> Any:
        dock.look_at(path)
        settled()
        return dock.found

    return look_at
