"""File > Open Sample: a synthetic survey made on the spot, and the real F3 benchmark."""

from typing import Any

from napari_s6.facies.scheme import PRESETS
from napari_s6.plugin.layers import labels_layer_data, volume_layer_data

LayerData = tuple[Any, dict[str, Any], str]


def synthetic_survey() -> list[LayerData]:
    """Return a synthetic survey and, hidden, its true facies."""
    from napari import current_viewer

    from napari_s6.plugin.view import survey_view
    from napari_s6.survey.synthetic import make_survey

    viewer = current_viewer()
    if viewer is not None:
        survey_view(viewer)
    seismic, facies = make_survey()
    data, options, kind = labels_layer_data(seismic, facies, PRESETS["F3"], "True facies")
    return [
        (*volume_layer_data(seismic, "Synthetic survey"),),
        (data, options | {"visible": False}, kind),
    ]
