"""Sections of a survey as pictures, and as planes that stand in space."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from napari.layers import Image, Labels, Layer

#: Pixels of all pictures together, and rows of the sheet they are put on: what graphics cards
#: take, and more than a screen shows.
MOST_PIXELS = 16_000_000
_MOST_ROWS = 8192

Cut = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Planes:
    """Pictures standing in space, with parts left out where there are no traces.

    Attributes
    ----------
    vertices
        (n, 3) in the layers' own order of axes and units of samples: inline, sample, crossline.
    faces
        (m, 3) triangles.
    places
        (n, 2) where on the sheet each vertex is, 0 to 1 to the right and upwards.
    sheet
        uint8 (rows, columns, 4): all pictures beside each other.
    """

    vertices: np.ndarray
    faces: np.ndarray
    places: np.ndarray
    sheet: np.ndarray


def planes_of_cuts(
    layers: Sequence[Layer], cuts: Sequence[Cut], live: np.ndarray, depth: int
) -> Planes:
    """Stand cuts of a survey up in space, drawn as its layers show them.

    Parameters
    ----------
    layers
        See `picture_of_cut`; at least one of them an image or labels.
    cuts
        Layer axes (0 inline, 1 time slice, 2 crossline) and positions; at least one.
    live
        Boolean (inlines, crosslines).
    depth
        Samples of a trace.
    """
    most = MOST_PIXELS // len(cuts)
    pictures = [picture_of_cut(layers, axis, index, most) for axis, index in cuts]
    sheet, corners = _put_together(pictures)
    vertices, places = [], []
    for (axis, index), picture, corner in zip(cuts, pictures, corners, strict=True):
        boxes = _boxes(live, axis, index)
        vertices.append(_stood_up(boxes, axis, index, depth))
        shape = {0: (1, live.shape[1]), 1: live.shape, 2: (1, live.shape[0])}[axis]
        inside = boxes / np.array(shape)  # 0 to 1 of the picture
        at = inside * np.array(picture.shape[:2]) + np.array(corner)
        places.append(np.stack([at[:, 1] / sheet.shape[1], 1 - at[:, 0] / sheet.shape[0]], axis=1))
    count = sum(len(v) for v in vertices) // 4
    first = 4 * np.arange(count)[:, None, None]
    faces = (first + np.array([[0, 1, 2], [0, 2, 3]])).reshape(-1, 3)
    return Planes(np.concatenate(vertices), faces, np.concatenate(places), sheet)


def picture_of_cut(
    layers: Sequence[Layer], axis: int, index: int, most: int = MOST_PIXELS
) -> np.ndarray:
    """Draw one cut of a survey as its layers show it, the first at the bottom.

    Parameters
    ----------
    layers
        Image and label layers on one survey's grid; those that are not are left out.
    axis
        Layer axis that is cut (0 inline, 1 time slice, 2 crossline), at ``index``.
    most
        Pixels of the picture, at most: of a larger cut every n-th row and column.

    Returns
    -------
    numpy.ndarray
        Opaque colours, uint8 (rows, columns, 4): samples by crosslines, inlines by crosslines or
        samples by inlines.
    """
    picture: np.ndarray | None = None
    for layer in layers:
        coloured = _coloured(layer, axis, index, most)
        if coloured is None:
            continue
        if picture is None:
            picture = np.zeros((*coloured.shape[:2], 3), np.float32)
        alpha = coloured[..., 3:] * np.float32(layer.opacity)
        picture += alpha * (coloured[..., :3] - picture)
    if picture is None:
        raise ValueError("none of the layers can be drawn")
    pixels = np.full((*picture.shape[:2], 4), 255, np.uint8)
    pixels[..., :3] = np.round(255 * picture)
    return pixels


def can_be_drawn(layer: Layer) -> bool:
    """Whether a layer has something to put on a picture."""
    return isinstance(layer, Image | Labels)


def _coloured(layer: Layer, axis: int, index: int, most: int) -> np.ndarray | None:
    """Colours of a layer's cut, float32 (rows, columns, 4) in 0 to 1; clear where it has none."""
    key: list[Any] = [slice(None)] * 3
    key[axis] = index
    if isinstance(layer, Labels):
        table = np.asarray(layer.colormap.map(np.arange(256, dtype=np.uint8)), np.float32)
        return np.take(table, _upright(np.asarray(layer.data[tuple(key)]), axis, most), axis=0)
    if not isinstance(layer, Image):
        return None
    values = _upright(np.asarray(layer.data[tuple(key)]), axis, most)
    low, high = layer.contrast_limits
    table = np.asarray(layer.colormap.map(np.linspace(0, 1, 256)), np.float32)
    share = np.nan_to_num((values - np.float32(low)) / np.float32(high - low), nan=0.0)
    colours: np.ndarray = table[(255 * np.clip(share, 0, 1)).round().astype(np.uint8)]
    if values.dtype.kind == "f":
        colours[np.isnan(values)] = 0
    return colours


def _upright(values: np.ndarray, axis: int, most: int) -> np.ndarray:
    """Rows downwards, and no more pixels than there may be."""
    values = values.T if axis == 2 else values
    step = max(1, int(np.ceil(np.sqrt(values.size / most))))
    return values[::step, ::step]


def _put_together(pictures: Sequence[np.ndarray]) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """Put pictures on one sheet, in columns; also the row and column each begins at."""
    corners: list[tuple[int, int]] = []
    row = column = width = height = 0
    for picture in pictures:
        rows, columns = picture.shape[:2]
        if row and row + rows > _MOST_ROWS:
            row, column, width = 0, column + width, 0
        corners.append((row, column))
        row, width = row + rows, max(width, columns)
        height = max(height, row)
    sheet = np.zeros((height, column + width, 4), np.uint8)
    for picture, (row, column) in zip(pictures, corners, strict=True):
        sheet[row : row + picture.shape[0], column : column + picture.shape[1]] = picture
    return sheet, corners


def _boxes(live: np.ndarray, axis: int, index: int) -> np.ndarray:
    """Corners of the parts of a cut that have traces, around each part: (4 n, 2) row, column.

    Rows of a section run from 0 (its top) to 1, all else counts lines.
    """
    if axis == 1:
        found = [(*rows, *run) for rows, line in _bands(live) for run in _runs(line)]
    else:
        found = [(0, 1, *run) for run in _runs(live[index] if axis == 0 else live[:, index])]
    top, bottom, left, right = np.array(found, float).reshape(-1, 4).T
    rows = np.stack([top, top, bottom, bottom], axis=1).ravel()
    columns = np.stack([left, right, right, left], axis=1).ravel()
    return np.stack([rows, columns], axis=1)


def _stood_up(boxes: np.ndarray, axis: int, index: int, depth: int) -> np.ndarray:
    """Corners on a cut as corners in space; the middle of a sample is at whole numbers."""
    rows, columns = boxes.T
    still = np.full(rows.shape, float(index))
    if axis == 1:
        return np.stack([rows - 0.5, still, columns - 0.5], axis=1)
    across = (still, columns - 0.5) if axis == 0 else (columns - 0.5, still)
    return np.stack([across[0], depth * rows - 0.5, across[1]], axis=1)


def _runs(line: np.ndarray) -> list[tuple[int, int]]:
    """First and end of each run of live traces."""
    steps = np.diff(np.concatenate([[0], line.astype(np.int8), [0]]))
    return list(zip(np.flatnonzero(steps == 1), np.flatnonzero(steps == -1), strict=True))


def _bands(live: np.ndarray) -> list[tuple[tuple[int, int], np.ndarray]]:
    """Runs of equal rows of a map: ((first, end), row)."""
    changes = np.flatnonzero((live[1:] != live[:-1]).any(axis=1)) + 1
    return [((a, b), live[a]) for a, b in pairwise([0, *changes.tolist(), len(live)])]
