"""Accepting a prediction into the paint: a section, or what lies in a drawn region of it."""

from collections.abc import Iterable, Sequence

import numpy as np
from napari.components import ViewerModel
from napari.layers import Labels, Shapes

from napari_s6.errors import InputError
from napari_s6.plugin.canvas.array import AXES
from napari_s6.survey.volume import Orientation

#: The shapes layer that regions to accept are drawn on.
REGION = "S6 region"


def accepted_voxels(
    paint: np.ndarray,
    prediction: np.ndarray,
    orientation: Orientation,
    index: int,
    *,
    region: np.ndarray | None = None,
    over_paint: bool = False,
    axes: Sequence[int] = AXES,
) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    """Return the voxels to set, and their values, as ``Labels.data_setitem`` takes them.

    Parameters
    ----------
    paint, prediction
        uint8 (traces, samples) of one section, 0 = unpainted and nothing predicted.
    orientation, index
        Which section it is.
    region
        Boolean (traces, samples); None for the whole section.
    over_paint
        Replace what is painted too. Otherwise only unpainted voxels are filled: what a person
        painted is worth more than what the network made of it.
    axes
        The layer's axes that hold inlines, crosslines and samples.
    """
    take = (prediction > 0) & (prediction != paint)
    if region is not None:
        take &= region
    if not over_paint:
        take &= paint == 0
    traces, samples = np.nonzero(take)
    here = np.full_like(traces, index)
    in_volume = (here, traces, samples) if orientation == "iline" else (traces, here, samples)
    indices: list[np.ndarray] = [here] * 3
    for axis, positions in zip(axes, in_volume, strict=True):
        indices[axis] = positions
    return tuple(indices), prediction[take]


def region_mask(outlines: Iterable[tuple[str, np.ndarray]], shape: tuple[int, int]) -> np.ndarray:
    """Rasterise closed outlines on a section: boolean (traces, samples), True inside any of them.

    Parameters
    ----------
    outlines
        Pairs of napari's shape type and vertices (n, 2) in (trace, sample) positions, where voxel
        centres are whole numbers. An ellipse is given by the four corners of its box; lines and
        open paths enclose nothing.
    """
    from matplotlib.path import Path as Outline

    traces, samples = np.indices(shape)
    mask = np.zeros(shape, bool)
    for kind, corners in outlines:
        if kind in ("line", "path"):
            continue
        vertices = _ellipse(corners) if kind == "ellipse" else np.asarray(corners, float)
        low = np.clip(np.floor(vertices.min(axis=0)).astype(int), 0, shape)
        high = np.clip(np.ceil(vertices.max(axis=0)).astype(int) + 1, 0, shape)
        box = slice(low[0], high[0]), slice(low[1], high[1])
        points = np.column_stack([traces[box].ravel(), samples[box].ravel()])
        if len(points):
            inside = Outline(vertices).contains_points(points)
            mask[box] |= inside.reshape(traces[box].shape)
    return mask


def _ellipse(corners: np.ndarray) -> np.ndarray:
    """Return 64 points on the ellipse that fills a (possibly rotated) box."""
    corners = np.asarray(corners, float)
    centre = corners.mean(axis=0)
    first, second = (corners[1] - corners[0]) / 2, (corners[3] - corners[0]) / 2
    angles = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    return np.asarray(centre + np.outer(np.cos(angles), first) + np.outer(np.sin(angles), second))


def accept_prediction(
    viewer: ViewerModel,
    layer: Labels,
    predicted: np.ndarray,
    orientation: Orientation,
    index: int,
    *,
    region: bool,
    over_paint: bool,
) -> int:
    """Put the prediction of a section into a label layer, as one edit that can be undone.

    Parameters
    ----------
    predicted
        uint8 (traces, samples) layer values, 0 = nothing predicted.
    region
        Only inside the shapes drawn on that section (all of the topmost shapes layer that has
        any there); shapes drawn for this purpose are used up.

    Returns
    -------
    int
        Number of voxels set.

    Raises
    ------
    InputError
        If a region is asked for and none is drawn on the section.
    """
    mask = None
    shapes = None
    if region:
        shapes, at, outlines = _outlines_on(viewer, layer, orientation, index)
        mask = region_mask(outlines, (predicted.shape[0], predicted.shape[1]))
    values = np.asarray(layer.data).transpose(AXES)
    paint = values[index] if orientation == "iline" else values[:, index]
    voxels, found = accepted_voxels(
        paint, predicted, orientation, index, region=mask, over_paint=over_paint
    )
    if found.size:
        layer.data_setitem(voxels, found)
    if shapes is not None and shapes.name == REGION:
        shapes.selected_data = set(at)
        shapes.remove_selected()
        viewer.layers.selection.active = layer
    return int(found.size)


def draw_region(viewer: ViewerModel, layer: Labels) -> Shapes:
    """Take up napari's polygon lasso on a shapes layer over a label layer, made if need be."""
    for shapes in viewer.layers:
        if isinstance(shapes, Shapes) and shapes.name == REGION:
            break
    else:
        shapes = viewer.add_shapes(
            ndim=3,
            name=REGION,
            scale=layer.scale,
            translate=layer.translate,
            edge_color="white",
            face_color="#ffffff30",
            edge_width=1,
        )
    viewer.layers.selection.active = shapes
    shapes.mode = "add_polygon_lasso"
    return shapes


def _outlines_on(
    viewer: ViewerModel, layer: Labels, orientation: Orientation, index: int
) -> tuple[Shapes, list[int], list[tuple[str, np.ndarray]]]:
    """Return (shapes layer, positions of its shapes on the section, their outlines)."""
    across, along = (0, 2) if orientation == "iline" else (2, 0)
    for shapes in reversed(viewer.layers):
        if not isinstance(shapes, Shapes) or shapes.ndim != 3:
            continue
        found = []
        for number, vertices in enumerate(shapes.data):
            points = np.array([layer.world_to_data(shapes.data_to_world(v)) for v in vertices])
            if np.all(np.round(points[:, across]) == index):
                found.append((number, (str(shapes.shape_type[number]), points[:, [along, 1]])))
        if found:
            return shapes, [number for number, _ in found], [outline for _, outline in found]
    raise InputError("no region is drawn on this section; draw one around what is right")
