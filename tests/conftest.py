"""What all rooms' tests share: real data, a screen for window tests, threads for torch."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Read when PySide6, qtpy and torch are first imported, hence before anything else. The same number
# of threads on any machine, so that sums are added in the same order here and there; one where
# several processes share the tests.
os.environ.setdefault("QT_API", "pyside6")
os.environ.setdefault("PYTEST_QT_API", "pyside6")
os.environ.setdefault(
    "OMP_NUM_THREADS",
    "1" if "PYTEST_XDIST_WORKER" in os.environ else str(min(2, os.cpu_count() or 1)),
)
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as napari_s6.learn, whoever imports torch
os.environ.setdefault("MPLBACKEND", "Agg")

from .known_segy import grid_nodes, known_files, make_segy  # noqa: F401

CHECKOUT = Path(__file__).resolve().parents[1]


def why_no_qt() -> str | None:
    """The reason why Qt cannot be used here, None if it can."""
    try:
        import PySide6.QtWidgets  # noqa: F401
    except ImportError as error:  # not installed, or a system library is missing
        return f"Qt cannot be imported: {error}"
    return None


def why_no_window() -> str | None:
    """The reason why no window can be opened here, None if one can."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return "no screen: neither DISPLAY nor WAYLAND_DISPLAY is set (run under xvfb-run -a)"
    return why_no_qt()


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """Where Qt cannot be imported, leave out pytest-qt, which would end the whole run."""
    if why_no_qt():
        pluginmanager.unregister(name="pytest-qt")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip window tests where there is no screen; otherwise run them after all others.

    A fault in a graphics driver ends the whole process, so nothing else should be waiting behind
    it; and torch, which must be loaded before a canvas exists, has by then been imported.
    """
    windows = [item for item in items if item.get_closest_marker("gui")]
    if not windows:
        return
    if reason := why_no_window():
        for item in windows:
            item.add_marker(pytest.mark.skip(reason=reason))
    # The longest of them first: of several processes none should be left waiting for it.
    windows.sort(key=lambda item: item.path.name != "test_window.py")
    items[:] = [item for item in items if not item.get_closest_marker("gui")] + windows


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real data: ``$NAPARI_S6_TEST_DATA``, else ``../shared`` beside the checkout."""
    named = os.environ.get("NAPARI_S6_TEST_DATA")
    folder = Path(named) if named else CHECKOUT.parent / "shared"
    if not (folder / "f3-lines").is_dir():
        pytest.skip(
            f"no real data: {folder} has no folder f3-lines "
            "(NAPARI_S6_TEST_DATA names the folder that holds it)"
        )
    return folder
