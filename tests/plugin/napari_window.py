"""What tests need of napari's window and layers that napari has no public name for."""

from typing import Any


def qt_window(viewer: Any) -> Any:
    """The main window, a QMainWindow."""
    return viewer.window._qt_window


def vispy_canvas(viewer: Any) -> Any:
    """What napari draws with."""
    return viewer.window._qt_viewer.canvas


def canvas(viewer: Any) -> Any:
    """The widget that is drawn on."""
    return vispy_canvas(viewer).native


def scene_canvas(viewer: Any) -> Any:
    """What hears keys and the mouse on the canvas."""
    return vispy_canvas(viewer)._scene_canvas


def slice_of(layer: Any) -> Any:
    """The image that a layer shows at present."""
    return layer._slice.image
