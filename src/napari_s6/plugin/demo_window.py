"""The main job in a window: the sample survey, two painted sections, the docks, training begun."""

from typing import Any

from napari_s6.cli import demo_job as demo
from napari_s6.facies.scheme import F3
from napari_s6.plugin.canvas.layers import add_labels, add_volume, show_section
from napari_s6.plugin.session.window import session_of

DOCKS = ("Section", "Facies", "Train S6")


def open_demo() -> Any:
    """Open the viewer on the sample, with two sections painted and training under way.

    Returns
    -------
    napari.Viewer
        The viewer; run napari's event loop to show it.
    """
    import napari

    from napari_s6.survey.synthetic import make_survey

    viewer = napari.Viewer(title="napari-s6: synthetic survey")
    survey, truth = make_survey()
    seismic = add_volume(viewer, survey, "Synthetic survey")
    paint = add_labels(viewer, survey, demo.paint(survey, truth), F3, "Facies")
    for name in DOCKS:
        viewer.window.add_plugin_dock_widget("napari-s6", name, tabify=name == "Train S6")
    session = session_of(viewer)
    session.interpretation.choose(seismic=seismic, labels=paint)
    first = demo.painted_sections(survey)[0]
    show_section(viewer, seismic, "iline", first.index(survey) + 8)
    session.configure(**demo.SETTINGS)
    session.attempt(session.train)
    return viewer


if __name__ == "__main__":
    import napari

    open_demo()
    napari.run()
