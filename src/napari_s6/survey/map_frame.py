"""Where a survey's lines lie on a map, and which cells of that map hold traces."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import xarray as xr

from napari_s6.survey.geometry import Affine
from napari_s6.survey.record import survey_record

#: Crosslines to the right and inlines upwards, one unit to a line: how a survey without X and Y
#: is drawn.
PLAIN = Affine(0.0, 0.0, 1.0, 0.0, 1.0, 0.0)


@dataclass(frozen=True, eq=False)
class MapFrame:
    """The area of a survey, in line numbers and on the map.

    Attributes
    ----------
    iline, xline
        Line numbers along the axes of the survey.
    affine
        Map coordinates of line numbers, x to the right (east) and y upwards (north).
    is_located
        Whether the affine gives real X and Y, and north is up.
    """

    iline: np.ndarray
    xline: np.ndarray
    affine: Affine
    is_located: bool

    @classmethod
    def of(cls, volume: xr.DataArray) -> "MapFrame":
        """The frame of a volume: north up if its X and Y are known."""
        affine = survey_record(volume).affine
        usable = affine is not None and np.isfinite(affine.as_list()).all()
        return cls(
            np.asarray(volume["iline"].values),
            np.asarray(volume["xline"].values),
            affine if affine is not None and usable and affine.determinant else PLAIN,
            bool(affine is not None and usable and affine.determinant),
        )

    @cached_property
    def edges(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Lowest and highest inline and crossline number, half a step beyond the outer lines."""
        return _edges(self.iline), _edges(self.xline)

    @cached_property
    def corners(self) -> np.ndarray:
        """(4, 2): x and y of the corners, in the order in which one walks around the survey."""
        (i0, i1), (j0, j1) = self.edges
        return np.stack(self.affine.xy([i0, i0, i1, i1], [j0, j1, j1, j0]), axis=1)

    def nearest(self, x: float, y: float) -> tuple[int, int]:
        """Positions of the inline and the crossline that are nearest to a point of the map."""
        inline, crossline = self.affine.lines(x, y)
        return (
            int(np.argmin(np.abs(self.iline - inline))),
            int(np.argmin(np.abs(self.xline - crossline))),
        )

    def cells(
        self, masks: dict[int, npt.NDArray[np.bool_]], most: tuple[int, int] = (320, 320)
    ) -> np.ndarray:
        """Draw masks of traces onto a coarse grid that is regular in line numbers.

        A cell takes a mask's value if any of its traces is in the mask, so that a single line
        stays in sight on a map of a thousand.

        Parameters
        ----------
        masks
            Values 1 to 255 and their boolean (inlines, crosslines); a later one covers an earlier.
        most
            Cells along inline and crossline numbers, at most.

        Returns
        -------
        numpy.ndarray
            uint8, inline numbers ascending downwards, crossline numbers to the right; 0 where no
            mask has a trace.
        """
        row, rows = _cell_of(self.iline, self.edges[0], most[0])
        column, columns = _cell_of(self.xline, self.edges[1], most[1])
        cells = np.zeros((rows, columns), np.uint8)
        for value, mask in masks.items():
            inline, crossline = np.nonzero(mask)
            cells[row[inline], column[crossline]] = value
        return cells


def _step(numbers: np.ndarray) -> float:
    steps = np.abs(np.diff(numbers.astype(float)))
    return float(steps.min()) if steps.size else 1.0


def _edges(numbers: np.ndarray) -> tuple[float, float]:
    half = _step(numbers) / 2
    return float(numbers.min()) - half, float(numbers.max()) + half


def _cell_of(numbers: np.ndarray, edges: tuple[float, float], most: int) -> tuple[np.ndarray, int]:
    """The cell of each line along an axis, and how many cells there are."""
    low, high = edges
    count = int(np.clip(round((high - low) / _step(numbers)), 1, most))
    cell = np.floor((numbers - low) / (high - low) * count).astype(int)
    return np.clip(cell, 0, count - 1), count
