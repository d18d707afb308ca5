"""From line numbers to map coordinates and back."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_CRS = re.compile(
    r"\b(EPSG|CRS|UTM|DATUM|SPHEROID|ELLIPSOID|PROJECTION|GEODETIC|COORDINATE (REF|SYS)\w*)\b", re.I
)
#: Traces further from the fitted grid than this share of a bin are said to be.
LOOSE = 0.1


@dataclass(frozen=True)
class Affine:
    """X and Y as linear functions of line numbers.

    ``x = x0 + x_iline * iline + x_xline * xline``, and the same for y, in the units of the
    coordinates in the trace headers after their scalar.
    """

    x0: float
    x_iline: float
    x_xline: float
    y0: float
    y_iline: float
    y_xline: float

    def xy(self, iline: npt.ArrayLike, xline: npt.ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates of line numbers, of the two arrays' common shape."""
        il, xl = np.asarray(iline, float), np.asarray(xline, float)
        return (
            self.x0 + self.x_iline * il + self.x_xline * xl,
            self.y0 + self.y_iline * il + self.y_xline * xl,
        )

    def lines(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Line numbers of coordinates, not rounded; the inverse of `xy`."""
        dx, dy = np.asarray(x, float) - self.x0, np.asarray(y, float) - self.y0
        determinant = self.determinant
        return (
            (dx * self.y_xline - dy * self.x_xline) / determinant,
            (dy * self.x_iline - dx * self.y_iline) / determinant,
        )

    @property
    def determinant(self) -> float:
        """Signed area of one inline number times one crossline number."""
        return self.x_iline * self.y_xline - self.x_xline * self.y_iline

    @property
    def spacing(self) -> tuple[float, float]:
        """Distance of neighbouring inline numbers' traces, and of crossline numbers' traces."""
        return (
            float(np.hypot(self.x_iline, self.y_iline)),
            float(np.hypot(self.x_xline, self.y_xline)),
        )

    def as_list(self) -> list[float]:
        """The six numbers in the order of the fields."""
        return [self.x0, self.x_iline, self.x_xline, self.y0, self.y_iline, self.y_xline]


def fit_affine(
    iline: npt.ArrayLike, xline: npt.ArrayLike, x: npt.ArrayLike, y: npt.ArrayLike
) -> tuple[Affine, float] | None:
    """Fit an affine to traces' lines and coordinates by least squares.

    Returns
    -------
    tuple or None
        The affine and the largest distance of a trace from it; None where traces lie on a single
        line, or their coordinates don't span an area, so that nothing can be fitted.
    """
    lines = np.stack([np.asarray(iline, float), np.asarray(xline, float)])
    points = np.stack([np.asarray(x, float), np.asarray(y, float)])
    if lines.shape[1] < 3:
        return None
    middle, origin = lines.mean(1, keepdims=True), points.mean(1, keepdims=True)
    moved = lines - middle
    if np.linalg.matrix_rank(moved) < 2:
        return None
    slopes = np.linalg.lstsq(moved.T, (points - origin).T, rcond=None)[0].T
    spacing = np.hypot(*slopes)
    if spacing.min() == 0 or abs(np.linalg.det(slopes)) < 1e-6 * spacing.prod():
        return None
    start = (origin - slopes @ middle)[:, 0]
    (x_iline, x_xline), (y_iline, y_xline) = slopes.tolist()
    affine = Affine(float(start[0]), x_iline, x_xline, float(start[1]), y_iline, y_xline)
    distance = np.hypot(*(points - np.stack(affine.xy(*lines))))
    return affine, float(distance.max())


def scaled(values: np.ndarray, scalar: np.ndarray) -> np.ndarray:
    """Apply the trace headers' coordinate scalar: a divisor if negative, 0 counts as 1."""
    factor = np.where(scalar == 0, 1, scalar).astype(float)
    return values * np.where(factor < 0, 1 / np.abs(factor), factor)


def crs_text(lines: Sequence[str]) -> str:
    """What a text header says of the coordinate reference system, its lines joined by ``"; "``."""
    return "; ".join(
        re.sub(r"^\s*C\s?\d+\s*", "", line).strip() for line in lines if _CRS.search(line)
    )
