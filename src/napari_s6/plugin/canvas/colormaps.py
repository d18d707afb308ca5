"""Seismic colour maps, symmetric about zero."""

import cmap
import numpy as np
from napari.utils.colormaps import AVAILABLE_COLORMAPS, Colormap

# Troughs blue, peaks red, and a warm white between; the ends darken so that strong reflections keep
# their shape where the clip is low.
_BLUE_WHITE_RED = ["#061a4f", "#1f5fb4", "#8fbfe6", "#f7f5f0", "#f2a58a", "#c1272d", "#4f0611"]
_BLACK_WHITE_RED = ["#000000", "#5c5c5c", "#c4c4c4", "#ffffff", "#f2b8a6", "#d5402f", "#7d0a0a"]
_GREY = ["#000000", "#ffffff"]
_FLIPPED = "-flipped"


def _colormap(name: str, shown: str, colours: list[str]) -> Colormap:
    return Colormap(
        [[int(c[k : k + 2], 16) / 255 for k in (1, 3, 5)] + [1.0] for c in colours],
        name=name,
        display_name=shown,
        controls=np.linspace(0, 1, len(colours)),
    )


def _scientific(name: str, shown: str) -> Colormap:
    """One of Fabio Crameri's maps: equal steps look equal, to the colour-blind too."""
    stops = np.asarray(cmap.Colormap(f"crameri:{name}").color_stops.color_array)
    return Colormap(
        stops, name=f"seismic-{name}", display_name=shown, controls=np.linspace(0, 1, len(stops))
    )


#: The colour maps by the names they carry in napari's list, the default first: facies are painted
#: in colours, which show over a seismic without any.
SEISMIC_COLORMAPS: dict[str, Colormap] = {
    "seismic-grey": _colormap("seismic-grey", "grey", _GREY),
    "seismic-bwr": _colormap("seismic-bwr", "blue-white-red", _BLUE_WHITE_RED),
    "seismic-kwr": _colormap("seismic-kwr", "black-white-red", _BLACK_WHITE_RED),
    "seismic-vik": _scientific("vik", "vik (even steps)"),
    "seismic-roma": _scientific("roma", "roma (even steps)"),
    "seismic-berlin": _scientific("berlin", "berlin (even, dark)"),
}
DEFAULT_COLORMAP = "seismic-grey"


def register_colormaps() -> None:
    """Put the seismic colour maps into napari's list, so that layer controls offer them."""
    for colormap in SEISMIC_COLORMAPS.values():
        for one in (colormap, flipped(colormap)):
            AVAILABLE_COLORMAPS.setdefault(one.name, one)


def is_flipped(colormap: Colormap) -> bool:
    """Whether a colour map is one with its ends exchanged."""
    return str(colormap.name).endswith(_FLIPPED)


def flipped(colormap: Colormap) -> Colormap:
    """Return a colour map with its ends exchanged; flipped twice it is itself."""
    name = unflipped_name(colormap) if is_flipped(colormap) else f"{colormap.name}{_FLIPPED}"
    if name in AVAILABLE_COLORMAPS:  # napari would give another of that name a new one
        return AVAILABLE_COLORMAPS[name]
    shown = str(colormap._display_name or colormap.name).removesuffix(", flipped")
    return Colormap(
        colormap.colors[::-1],
        name=name,
        display_name=shown if is_flipped(colormap) else f"{shown}, flipped",
        controls=1 - np.asarray(colormap.controls)[::-1],
        interpolation=colormap.interpolation,
    )


def unflipped_name(colormap: Colormap) -> str:
    """The name of a colour map, whichever way round it is."""
    return str(colormap.name).removesuffix(_FLIPPED)
