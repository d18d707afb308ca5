"""Seismic colour maps, symmetric about zero."""

import numpy as np
from napari.utils.colormaps import AVAILABLE_COLORMAPS, Colormap

# Troughs blue, peaks red, and a warm white between; the ends darken so that strong reflections keep
# their shape where the clip is low.
_BLUE_WHITE_RED = ["#061a4f", "#1f5fb4", "#8fbfe6", "#f7f5f0", "#f2a58a", "#c1272d", "#4f0611"]
_BLACK_WHITE_RED = ["#000000", "#5c5c5c", "#c4c4c4", "#ffffff", "#f2b8a6", "#d5402f", "#7d0a0a"]
_GREY = ["#000000", "#ffffff"]


def _colormap(name: str, shown: str, colours: list[str]) -> Colormap:
    return Colormap(
        [[int(c[k : k + 2], 16) / 255 for k in (1, 3, 5)] + [1.0] for c in colours],
        name=name,
        display_name=shown,
        controls=np.linspace(0, 1, len(colours)),
    )


#: The colour maps by the names they carry in napari's list, the default first: facies are painted
#: in colours, which show over a seismic without any.
SEISMIC_COLORMAPS: dict[str, Colormap] = {
    "seismic-grey": _colormap("seismic-grey", "grey", _GREY),
    "seismic-bwr": _colormap("seismic-bwr", "blue-white-red", _BLUE_WHITE_RED),
    "seismic-kwr": _colormap("seismic-kwr", "black-white-red", _BLACK_WHITE_RED),
}
DEFAULT_COLORMAP = "seismic-grey"


def register_colormaps() -> None:
    """Put the seismic colour maps into napari's list, so that layer controls offer them."""
    for name, colormap in SEISMIC_COLORMAPS.items():
        AVAILABLE_COLORMAPS.setdefault(name, colormap)
