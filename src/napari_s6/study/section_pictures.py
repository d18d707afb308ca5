"""Draw test sections with their reference, predictions and reconstructions."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.study.picture_file import save_picture
from napari_s6.study.report_data import Arrays


def draw_facies(
    scheme: FaciesScheme,
    data: Arrays,
    test: str,
    rows: Sequence[tuple[str, Sequence[tuple[str, np.ndarray]]]],
    out: Path,
) -> Path:
    """Draw a section and its truth, then a row of predictions after another.

    ``rows`` are (name, [(title, codes)]), two to a row as in the paper's Figure 4.
    """
    titles: list[list[tuple[str, np.ndarray | None]]] = [
        [("seismic", None), ("reference", data[f"{test}/truth"])]
    ]
    titles += [[(f"{title}{name}", codes) for title, codes in cells] for name, cells in rows]
    across = max(len(row) for row in titles)
    figure = Figure(figsize=(5.2 * across, 2.5 * len(titles) + 0.6), layout="constrained")
    axes = figure.subplots(len(titles), across, sharex=True, sharey=True, squeeze=False)
    for line, cells in zip(axes, titles, strict=True):
        for axis in line[len(cells) :]:
            axis.set_axis_off()
        for axis, (title, codes) in zip(line, cells, strict=False):
            if codes is None:
                _amplitudes(axis, data, test, data[f"{test}/seismic"])
            else:
                _codes(axis, data, test, codes, scheme)
            axis.set_title(title, fontsize=10)
    _name_axes(figure, axes, data, test)
    legend = [Patch(color=one.colour, label=one.name) for one in scheme.classes]
    figure.legend(
        handles=legend,
        loc="outside lower center",
        ncols=min(5 if scheme.n_classes > 6 else 6, len(legend)),
        frameon=False,
        fontsize=8.5,
    )
    return save_picture(figure, out)


def draw_reconstructions(
    data: Arrays, test: str, drawn: Sequence[tuple[str, np.ndarray]], out: Path
) -> Path:
    """Draw a section beside what the constrained model reconstructs of it."""
    panels = [("seismic", data[f"{test}/seismic"]), *drawn]
    across = min(3, len(panels))
    down = -(-len(panels) // across)
    figure = Figure(figsize=(4.6 * across, 2.7 * down + 0.3), layout="constrained")
    axes = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False)
    for axis in axes.flat[len(panels) :]:
        axis.set_axis_off()
    for axis, (title, values) in zip(axes.flat, panels, strict=False):
        _amplitudes(axis, data, test, values)
        axis.set_title(title, fontsize=10)
    _name_axes(figure, axes, data, test)
    return save_picture(figure, out)


def _extent(data: Arrays, test: str) -> dict[str, Any]:
    across, down = data[f"{test}/across"], data[f"{test}/down"]
    return {
        "extent": (across[0], across[-1], down[-1], down[0]),
        "aspect": "auto",
        "interpolation": "nearest",
    }


def _amplitudes(axis: Axes, data: Arrays, test: str, values: np.ndarray) -> None:
    # One clip for all: a reconstruction that is too weak should look it.
    seismic = data[f"{test}/seismic"]
    clip = float(np.nanpercentile(np.abs(seismic), 99)) or 1.0
    values = np.where(np.isnan(seismic), np.nan, values)
    axis.imshow(values.T, cmap="gray", vmin=-clip, vmax=clip, **_extent(data, test))


def _codes(axis: Axes, data: Arrays, test: str, codes: np.ndarray, scheme: FaciesScheme) -> None:
    shown = np.ma.masked_equal(codes.T, UNLABELLED)
    colours = ListedColormap(list(scheme.colours))
    axis.imshow(shown, cmap=colours, vmin=-0.5, vmax=scheme.n_classes - 0.5, **_extent(data, test))


def _name_axes(figure: Figure, axes: np.ndarray, data: Arrays, test: str) -> None:
    across, down = (str(name) for name in data[f"{test}/axes"])
    figure.suptitle(str(data[f"{test}/title"]), fontsize=11)
    for line in axes:
        line[0].set_ylabel(down, fontsize=9)
    for axis in axes[-1]:
        axis.set_xlabel(across, fontsize=9)
    for axis in axes.flat:
        axis.tick_params(labelsize=8)
