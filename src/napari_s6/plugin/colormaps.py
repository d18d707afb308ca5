"""Seismic colour maps and the amplitude at which they end."""

import numpy as np
import xarray as xr
from napari.utils.colormaps import AVAILABLE_COLORMAPS, Colormap

from napari_s6.survey.volume import live_traces

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


#: The colour maps by the names they carry in napari's list, the default first.
SEISMIC_COLORMAPS: dict[str, Colormap] = {
    "seismic-bwr": _colormap("seismic-bwr", "blue-white-red", _BLUE_WHITE_RED),
    "seismic-kwr": _colormap("seismic-kwr", "black-white-red", _BLACK_WHITE_RED),
    "seismic-grey": _colormap("seismic-grey", "grey", _GREY),
}
DEFAULT_COLORMAP = "seismic-bwr"


def register_colormaps() -> None:
    """Put the seismic colour maps into napari's list, so that layer controls offer them."""
    for name, colormap in SEISMIC_COLORMAPS.items():
        AVAILABLE_COLORMAPS.setdefault(name, colormap)


def amplitude_limit(
    volume: xr.DataArray, *, percentile: float = 99.0, traces: int = 1000, lines: int = 40
) -> float:
    """Return the amplitude at which the colours end, from traces spread over the survey.

    Parameters
    ----------
    volume
        (iline, xline, vertical), lazy or not; at most ``traces`` live traces are read, from at
        most ``lines`` inlines, so that a chunked file is not opened a thousand times.
    percentile
        Of the absolute amplitudes.

    Returns
    -------
    float
        Positive; 1 where the survey holds nothing but zeros.
    """
    live = live_traces(volume)
    where = np.flatnonzero(live)
    if not len(where):
        return 1.0
    spread = where[np.linspace(0, len(where) - 1, min(lines, len(where))).astype(int)]
    inlines = np.unique(spread // live.shape[1])
    each = max(1, traces // len(inlines))
    read = []
    for inline in inlines:
        at = np.flatnonzero(live[inline])
        at = np.unique(at[np.linspace(0, len(at) - 1, min(each, len(at))).astype(int)])
        section = volume.variable[int(inline), at].values.astype(np.float32)
        read.append(np.abs(section[np.isfinite(section)]))
    amplitudes = np.concatenate(read)
    if not amplitudes.any():
        return 1.0
    limit = float(np.percentile(amplitudes, percentile))
    return limit if limit > 0 else float(amplitudes.max())
