"""A real window, away from the user's own projects and settings."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def viewer(qtbot: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """A napari viewer; a module may have one of its own instead."""
    monkeypatch.setenv("NAPARI_S6_PROJECTS", str(tmp_path / "projects"))
    monkeypatch.setenv("NAPARI_S6_CONFIG", str(tmp_path / "config"))
    import napari

    viewer = napari.Viewer()
    qtbot.wait(50)
    yield viewer
    viewer.close()
    qtbot.wait(50)


@pytest.fixture
def dock(qtbot: Any, viewer: Any) -> Callable[[str], Any]:
    """Opens one of our docks by its name."""

    def add(name: str) -> Any:
        widget = viewer.window.add_plugin_dock_widget("napari-s6", name)[1]
        qtbot.waitUntil(widget.isVisible)
        return widget

    return add
