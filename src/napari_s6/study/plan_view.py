"""Draw the surveys of a study from above, with the sections that were used."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.study.picture_file import save_picture
from napari_s6.study.report_data import Arrays


def draw_plan(
    scheme: FaciesScheme,
    data: Arrays,
    out: Path,
    *,
    labelled: Sequence[str],
    validation: Sequence[str] = (),
    tested: Sequence[str] = (),
) -> Path:
    """Draw the surveys from above: labels at one depth, and the sections used."""
    figure = Figure(figsize=(7.4, 6.0), layout="constrained")
    axis = figure.subplots()
    names = [key.removeprefix("map/") for key in data if key.count("/") == 1 and key[:4] == "map/"]
    present: set[int] = set()
    for name in names:
        codes = data[f"map/{name}"]
        ilines, xlines = data[f"map/{name}/iline"], data[f"map/{name}/xline"]
        edges = _edges(xlines), _edges(ilines)
        shown = np.ma.masked_equal(codes, UNLABELLED)
        present |= {int(code) for code in np.unique(codes) if code != UNLABELLED}
        if tested:
            live = np.ma.masked_equal(_visible(data[f"map/{name}/live"]).astype(float), 0)
            axis.pcolormesh(*edges, live, cmap=ListedColormap(["#b9bfc6"]), rasterized=True)
        else:
            axis.pcolormesh(
                *edges,
                shown,
                cmap=ListedColormap(list(scheme.colours)),
                vmin=-0.5,
                vmax=scheme.n_classes - 0.5,
                rasterized=True,
            )
        corner = (edges[0][0], edges[1][0])
        size = (edges[0][-1] - edges[0][0], edges[1][-1] - edges[1][0])
        axis.add_patch(Rectangle(corner, *size, fill=False, ec="#222222", lw=1.4))
        if len(names) > 1:
            middle = (corner[0] + size[0] / 2, corner[1] + size[1] / 2)
            box = {"boxstyle": "round", "fc": "white", "ec": "none", "alpha": 0.8}
            axis.text(*middle, name, ha="center", va="center", fontsize=11, bbox=box, zorder=5)
    lines = _draw_lines(axis, data, labelled, validation, tested)
    axis.autoscale_view()
    axis.set_xlabel("crossline")
    axis.set_ylabel("inline")
    handles: list[Any] = (
        [Patch(color="#b9bfc6", label="traces")]
        if tested
        else [
            Patch(color=scheme.colours[code], label=scheme.names[code]) for code in sorted(present)
        ]
    )
    figure.legend(
        handles=handles + lines, loc="outside lower center", ncols=4, frameon=False, fontsize=8.5
    )
    return save_picture(figure, out)


def _draw_lines(
    axis: Axes,
    data: Arrays,
    labelled: Sequence[str],
    validation: Sequence[str],
    tested: Sequence[str],
) -> list[Line2D]:
    ilines, xlines = data["map/train/iline"], data["map/train/xline"]
    handles = []
    kinds = (
        ("labelled", labelled, "#000000", "-"),
        ("validation", validation, "#4d4d4d", ":"),
        ("tested", tested, "#1f6fb2", "--"),
    )
    for name, sections, colour, style in kinds:
        for text in sections:
            orientation, _, line = text.partition(":")
            where: tuple[Any, Any]
            if orientation == "iline":
                where = (xlines[[0, -1]], [int(line)] * 2)
            elif orientation == "xline":
                where = ([int(line)] * 2, ilines[[0, -1]])
            else:
                continue
            axis.plot(
                *where,
                color=colour,
                ls=style,
                lw=1.6 if tested else 1.1 if name == "labelled" else 0.6,
            )
        if sections:
            handles.append(Line2D([], [], color=colour, ls=style, label=f"{name} sections"))
    return handles


def _visible(live: np.ndarray) -> np.ndarray:
    """A live map whose single lines are three wide, lest they fall between two pixels."""
    if live.mean() > 0.2:
        return live
    wider = live.copy()
    wider[1:] |= live[:-1]
    wider[:-1] |= live[1:]
    wider[:, 1:] |= live[:, :-1]
    wider[:, :-1] |= live[:, 1:]
    return wider


def _edges(numbers: np.ndarray) -> np.ndarray:
    """Borders between lines."""
    numbers = np.asarray(numbers, float)
    if len(numbers) == 1:
        return np.array([numbers[0] - 0.5, numbers[0] + 0.5])
    between = (numbers[1:] + numbers[:-1]) / 2
    return np.concatenate([[2 * numbers[0] - between[0]], between, [2 * numbers[-1] - between[-1]]])
