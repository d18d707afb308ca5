"""The box around a survey in 3-D, with its first and last lines and times along three edges."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from napari_s6.survey.axis_labels import unit_name
from napari_s6.survey.volume import vertical_dim

#: Distance of words from the edge they belong to, and of numbers from its ends, as a share.
_OFF, _IN = 0.05, 0.1


@dataclass(frozen=True, eq=False)
class Outline:
    """Edges of a survey's box, and words beside them.

    Attributes
    ----------
    edges
        (12, 2, 3) start and direction, in the layers' order of axes: inline, sample, crossline.
    places, words
        (n, 3) and n texts.
    """

    edges: np.ndarray
    places: np.ndarray
    words: list[str]


def outline_of(volume: xr.DataArray, *, away: bool, stretch: float = 1.0) -> Outline:
    """Return the box around a volume, its words along the edges that face the viewer.

    Parameters
    ----------
    away
        Whether inlines run away from the viewer, who looks from above and from the right.
    stretch
        How much the vertical axis is stretched where it is shown; words are as far from it.
    """
    inlines, crosslines, samples = volume.shape
    low, high = np.full(3, -0.5), np.array([inlines, samples, crosslines]) - 0.5
    corners = np.array(np.meshgrid(*zip(low, high, strict=True), indexing="ij")).reshape(3, -1).T
    edges = [
        (corner, high - low) * np.array([[1.0] * 3, np.eye(3)[axis]])
        for axis in range(3)
        for corner in corners
        if corner[axis] == low[axis]
    ]
    vertical = vertical_dim(volume)
    near = low[0] if away else high[0]
    off = _OFF * float(np.linalg.norm((high - low) * (1, stretch, 1)))
    below = high[1] + off / stretch
    texts = [
        *_along((near, below, low[2]), (near, below, high[2]), "crossline", volume["xline"]),
        *_along((low[0], below, high[2]), (high[0], below, high[2]), "inline", volume["iline"]),
        *_along(
            (near, low[1], low[2] - off),
            (near, high[1], low[2] - off),
            unit_name(volume),
            volume[vertical],
        ),
    ]
    return Outline(
        np.array(edges), np.array([place for place, _ in texts]), [word for _, word in texts]
    )


def _along(
    start: tuple[float, ...], end: tuple[float, ...], name: str, numbers: xr.DataArray
) -> list[tuple[np.ndarray, str]]:
    """The first number, the name, and the last number along an edge."""
    first, last = (f"{number:g}" for number in numbers.values[[0, -1]])
    span = np.subtract(end, start)
    return [
        (np.add(start, _IN * span), first),
        (np.add(start, 0.5 * span), name),
        (np.add(start, (1 - _IN) * span), last),
    ]
