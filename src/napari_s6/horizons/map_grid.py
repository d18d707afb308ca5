"""Maps on a regular grid in X and Y, as mapping programs keep them, and from there to a survey.

A survey's own traces make such a grid, turned by some angle, if its lines are at right angles; then
going from one to the other moves values and changes none. Else values are interpolated.
"""

from dataclasses import dataclass
from math import atan2, cos, degrees, hypot, pi, radians, sin

import numpy as np
import numpy.typing as npt
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.survey.geometry import Affine
from napari_s6.survey.record import need_affine

#: A trace this near to a node, in bins, is on it: headers' coordinates are rounded, and grids are
#: at right angles where surveys nearly are.
ON_NODE = 0.05
MOST_NODES = 50_000_000


@dataclass(frozen=True, eq=False)
class MapGrid:
    """Values on a regular grid.

    Node (i, j) lies ``i * dx`` along the columns' direction, which is turned ``rotation`` degrees
    counter-clockwise from X, and ``j * dy`` along the direction 90 degrees further.

    Attributes
    ----------
    values
        float64 (columns, rows), NaN where undefined.
    x0, y0
        Coordinates of node (0, 0).
    dx, dy
        Distances of nodes; a negative ``dy`` turns the rows' direction about.
    rotation
        In degrees.
    """

    values: np.ndarray
    x0: float
    y0: float
    dx: float
    dy: float
    rotation: float = 0.0

    @property
    def affine(self) -> Affine:
        """Coordinates of (column, row)."""
        cosine, sine = cos(radians(self.rotation)), sin(radians(self.rotation))
        return Affine(
            self.x0, self.dx * cosine, -self.dy * sine, self.y0, self.dx * sine, self.dy * cosine
        )

    def at(self, x: npt.ArrayLike, y: npt.ArrayLike) -> np.ndarray:
        """Values at coordinates: a node's own, or else bilinear between four; NaN outside."""
        return interpolated(self.values, *self.affine.lines(x, y))


def interpolated(values: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Values of a 2-D array at positions that need not be whole.

    Bilinear, but exact within `ON_NODE` of a node; NaN outside and beside undefined nodes.
    """
    outside = np.zeros(np.broadcast_shapes(u.shape, v.shape), bool)
    found = np.zeros(outside.shape)
    parts = []
    for at, size in zip((u, v), values.shape, strict=True):
        whole = np.rint(at)
        at = np.where(np.abs(at - whole) <= ON_NODE, whole, at)
        outside |= ~((at >= -ON_NODE) & (at <= size - 1 + ON_NODE))
        at = np.clip(at, 0, size - 1)
        low = np.clip(np.floor(np.nan_to_num(at)), 0, size - 1).astype(int)
        parts.append((low, np.minimum(low + 1, size - 1), at - low))
    (i0, i1, p), (j0, j1, q) = parts
    for i, j, weight in (
        (i0, j0, (1 - p) * (1 - q)),
        (i1, j0, p * (1 - q)),
        (i0, j1, (1 - p) * q),
        (i1, j1, p * q),
    ):
        # An undefined node of no weight must not count: NaN times nothing is NaN.
        found += np.where(weight != 0, weight * values[i, j], 0.0)
    found[outside] = np.nan
    return found


def on_traces(grid: MapGrid, volume: xr.DataArray, what: str) -> np.ndarray:
    """Values of a grid at a survey's traces, float64 (inlines, crosslines).

    Raises
    ------
    InputError
        If the survey has no map coordinates; ``what`` says what they are needed for.
    """
    affine = need_affine(volume, what)
    iline, xline = (np.asarray(volume[dim].values, float) for dim in ("iline", "xline"))
    return grid.at(*affine.xy(iline[:, None], xline[None, :]))


def survey_grid(
    z: np.ndarray, volume: xr.DataArray, *, upright: bool = False
) -> tuple[MapGrid, bool]:
    """Put a map of a survey's traces on a grid.

    Parameters
    ----------
    z
        (inlines, crosslines), NaN where undefined.
    upright
        Have columns along X and rows along Y, for formats that know no rotation.

    Returns
    -------
    tuple
        The grid, and whether it holds the traces' own values. It does not where lines are not at
        right angles, or not along X and Y but ``upright`` is asked for: then they are interpolated.

    Raises
    ------
    InputError
        If the survey has no map coordinates, or the grid would have more than `MOST_NODES` nodes.
    """
    lines, values = _every_line(z, volume)
    affine = need_affine(volume, "a grid in X and Y")
    own = _own_grid(values, lines, affine, upright)
    if own is not None:
        return own, True
    return _resampled(values, lines, affine, upright), False


#: First line number and step of the inlines, and of the crosslines.
_Lines = tuple[tuple[int, int], tuple[int, int]]


def _every_line(z: np.ndarray, volume: xr.DataArray) -> tuple[_Lines, np.ndarray]:
    """The map with a place for every line between the first and the last, by their common step."""
    first_and_step, places, shape = [], [], []
    for dim in ("iline", "xline"):
        numbers = np.asarray(volume[dim].values, int)
        gaps = np.abs(np.diff(numbers))
        step = int(np.gcd.reduce(gaps)) if gaps.size else 1
        place = (numbers - numbers.min()) // step
        first_and_step.append((int(numbers.min()), step))
        places.append(place)
        shape.append(int(place.max()) + 1)
    _refuse_if_large(shape[0], shape[1])
    values = np.full(shape, np.nan)
    values[np.ix_(*places)] = z
    return (first_and_step[0], first_and_step[1]), values


def _own_grid(values: np.ndarray, lines: _Lines, affine: Affine, upright: bool) -> MapGrid | None:
    """The traces' own grid, None where it is not a regular one (or not upright)."""
    (il, il_step), (xl, xl_step) = lines
    start = np.array([float(c) for c in affine.xy(il, xl)])
    across = np.array([affine.x_iline, affine.y_iline]) * il_step
    along = np.array([affine.x_xline, affine.y_xline]) * xl_step
    swap = abs(across[0]) < abs(along[0]) if upright else affine.determinant < 0
    if swap:
        values, across, along = values.T, along, across
    if upright:
        if across[0] < 0:
            start, across, values = start + (len(values) - 1) * across, -across, values[::-1]
        if along[1] < 0:
            start, along = start + (values.shape[1] - 1) * along, -along
            values = values[:, ::-1]
    dx, dy = hypot(*across), hypot(*along)
    # Half of what is missing to a right angle on each side.
    skew = (atan2(along[1], along[0]) - atan2(across[1], across[0]) + pi) % (2 * pi) - pi - pi / 2
    angle = 0.0 if upright else degrees(atan2(across[1], across[0]) + skew / 2)
    grid = MapGrid(values, float(start[0]), float(start[1]), dx, dy, angle)
    last = np.array(
        [[values.shape[0] - 1, 0], [0, values.shape[1] - 1], np.array(values.shape) - 1]
    )
    off = np.stack(grid.affine.xy(*last.T)) - (
        start[:, None] + np.stack([across, along]).T @ last.T
    )
    return grid if np.hypot(*off).max() <= ON_NODE * min(dx, dy) else None


def _resampled(values: np.ndarray, lines: _Lines, affine: Affine, upright: bool) -> MapGrid:
    """A grid over the survey's extent, as dense as its traces, with interpolated values."""
    (il, il_step), (xl, xl_step) = lines
    across, along = affine.spacing
    spacing = min(across * il_step, along * xl_step)
    turn = 0.0 if upright else atan2(affine.y_iline, affine.x_iline)
    ends = np.array([[0, 0, 1, 1], [0, 1, 0, 1]]) * (np.array(values.shape) - 1)[:, None]
    corners = np.stack(affine.xy(il + il_step * ends[0], xl + xl_step * ends[1]))
    turned = np.array([[cos(turn), sin(turn)], [-sin(turn), cos(turn)]])
    low, high = (turned @ corners).min(1), (turned @ corners).max(1)
    columns, rows = (int(n) + 1 for n in np.ceil((high - low) / spacing - 1e-6))
    _refuse_if_large(columns, rows)
    x0, y0 = (float(c) for c in turned.T @ low)
    grid = MapGrid(np.empty((columns, rows)), x0, y0, spacing, spacing, degrees(turn))
    i, j = np.indices((columns, rows), sparse=True)
    iline, xline = affine.lines(*grid.affine.xy(i, j))
    grid.values[...] = interpolated(values, (iline - il) / il_step, (xline - xl) / xl_step)
    return grid


def _refuse_if_large(columns: int, rows: int) -> None:
    if columns * rows > MOST_NODES:
        raise InputError(
            f"a grid over all lines of the survey would have {columns} x {rows} nodes; write text "
            "with IL XL X Y instead"
        )
