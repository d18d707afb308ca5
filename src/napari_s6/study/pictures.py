"""The pictures of a study's report."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.learn.config import ModelKind
from napari_s6.study.published import TABLE1
from napari_s6.study.run_result import Outcome, loss_curves
from napari_s6.study.summary import Results, mean_iou
from napari_s6.survey.atomic import atomic_path

COLOURS: dict[ModelKind, str] = {"unconstrained": "#c4671b", "constrained": "#1f6fb2"}
Arrays = Mapping[str, np.ndarray]


def save(figure: Figure, out: Path) -> Path:
    """Write a figure as a picture, replaced whole."""
    FigureCanvasAgg(figure)
    with atomic_path(out, overwrite=True) as temporary:
        figure.savefig(temporary, dpi=110)
    return out


def draw_curves(results: Results, out: Path, *, beside_paper: bool) -> Path:
    """Draw the mean IoU over the share of labels, with a standard deviation either way."""
    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    axis = figure.subplots()
    for arm in results.plan.arms:
        shares = [s for s in results.shares if s is not None and results.runs(s, arm)]
        spreads = [results.spread(share, arm, mean_iou) for share in shares]
        error = [0 if np.isnan(one.deviation) else one.deviation for one in spreads]
        axis.errorbar(
            shares,
            [one.mean for one in spreads],
            error,
            color=COLOURS[arm],
            marker="o",
            capsize=4,
            label=arm,
        )
        paper = [
            (share, *one.iou)
            for (share, model), one in sorted(TABLE1.items())
            if model == arm and one.iou is not None and share in results.shares
        ]
        if beside_paper and paper:
            share, mean, deviation = np.array(paper).T
            axis.errorbar(
                share + 0.08,
                mean,
                deviation,
                color=COLOURS[arm],
                marker="s",
                mfc="white",
                ls=":",
                alpha=0.6,
                capsize=3,
                label=f"{arm}, in the paper",
            )
    axis.set_xlabel("labelled sections n (%)")
    axis.set_ylabel("mean IoU, pooled")
    axis.set_ylim(0, 1)
    axis.set_xticks([share for share in results.shares if share is not None])
    axis.grid(alpha=0.25)
    axis.legend(frameon=False, fontsize=8.5)
    return save(figure, out)


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
    return save(figure, out)


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
    return save(figure, out)


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
            alive = np.ma.masked_equal(_visible(data[f"map/{name}/live"]).astype(float), 0)
            axis.pcolormesh(*edges, alive, cmap=ListedColormap(["#b9bfc6"]), rasterized=True)
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
    return save(figure, out)


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


def draw_confusions(results: Results, out: Path) -> Path:
    """Draw the pooled confusion matrices of all repeats, as shares of each reference class."""
    plan = results.plan
    cells = [(s, a) for s in results.shares for a in plan.arms if results.runs(s, a)]
    across = len(plan.arms)
    down = -(-len(cells) // across)
    n_classes = plan.scheme.n_classes
    names = [_short(name, k) for k, name in enumerate(plan.scheme.names)]
    figure = Figure(figsize=(4.4 * across, 3.9 * down), layout="constrained")
    axes = figure.subplots(down, across, squeeze=False)
    for axis in axes.flat[len(cells) :]:
        axis.set_axis_off()
    for axis, (share, arm) in zip(axes.flat, cells, strict=False):
        tally = results.tally(share, arm)
        total = tally.confusion.sum(axis=1) + tally.missed
        part = tally.confusion / np.maximum(total, 1)[:, None]
        axis.imshow(part, cmap="Blues", vmin=0, vmax=1)
        for row, column in np.ndindex(n_classes, n_classes):
            if part[row, column] >= 0.005:
                axis.text(
                    column,
                    row,
                    f"{part[row, column]:.2f}",
                    ha="center",
                    va="center",
                    fontsize=6.5 if n_classes > 7 else 8,
                    color="white" if part[row, column] > 0.55 else "#222222",
                )
        axis.set_xticks(range(n_classes), names, fontsize=8)
        axis.set_yticks(range(n_classes), names, fontsize=8)
        axis.set_title(arm if share is None else f"{arm}, n = {share:g} %", fontsize=10)
    figure.supxlabel("predicted", fontsize=9)
    figure.supylabel("reference", fontsize=9)
    return save(figure, out)


def _short(name: str, code: int) -> str:
    """A name of at most four letters, or the code."""
    initial = "".join(word[0] for word in name.split()[:1])
    return str(code) if name.split()[-1].isdecimal() else initial


def draw_training(
    outcomes: Mapping[str, Sequence[Outcome]], arms: Mapping[str, ModelKind], out: Path
) -> Path:
    """Draw losses and validation of all runs: one row for each key, a line for each run."""
    told = [loss_curves(one.training) for runs in outcomes.values() for one in runs]
    losses = list(dict.fromkeys(name for curves in told for name in curves))
    size = (3.5 * (len(losses) + 1), 2.6 * len(outcomes) + 0.5)
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(len(outcomes), len(losses) + 1, squeeze=False, sharex="row")
    for line, (name, runs) in zip(axes, outcomes.items(), strict=True):
        for outcome in runs:
            style = {"color": COLOURS[outcome.run.arm], "lw": 1.0, "alpha": 0.75}
            curves = loss_curves(outcome.training)
            for axis, loss in zip(line, losses, strict=False):
                axis.plot(*np.reshape(curves.get(loss, []), (-1, 2)).T, **style)
            checks = outcome.training["validation"]
            line[-1].plot([c[0] for c in checks], [c[1] for c in checks], marker=".", **style)
        titles = [loss.replace("_", " ") for loss in losses] + ["validation mean IoU"]
        for axis, title in zip(line, titles, strict=True):
            axis.set_title(f"{name}{title}", fontsize=9)
            axis.grid(alpha=0.25)
            axis.tick_params(labelsize=8)
        line[0].set_ylim(bottom=0)
        line[-1].set_ylim(0, 1)
    for axis in axes[-1]:
        axis.set_xlabel("step", fontsize=9)
    handles = [Line2D([], [], color=COLOURS[arm], label=arm) for arm in arms.values()]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False)
    return save(figure, out)
