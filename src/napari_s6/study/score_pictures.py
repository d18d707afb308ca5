"""Draw the scores of a study's runs: over the labels, by class, and while training."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from napari_s6.learn.config import ModelKind
from napari_s6.study.picture_file import save_picture
from napari_s6.study.published import TABLE1
from napari_s6.study.run_result import RunResult, loss_curves
from napari_s6.study.summary import StudyResults, mean_iou

MODEL_COLOURS: dict[ModelKind, str] = {"unconstrained": "#c4671b", "constrained": "#1f6fb2"}


def draw_iou_curves(results: StudyResults, out: Path, *, beside_paper: bool) -> Path:
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
            color=MODEL_COLOURS[arm],
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
                color=MODEL_COLOURS[arm],
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
    return save_picture(figure, out)


def draw_confusions(results: StudyResults, out: Path) -> Path:
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
        matrix = results.confusion(share, arm)
        total = matrix.confusion.sum(axis=1) + matrix.missed
        part = matrix.confusion / np.maximum(total, 1)[:, None]
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
    return save_picture(figure, out)


def _short(name: str, code: int) -> str:
    """A name of at most four letters, or the code."""
    initial = "".join(word[0] for word in name.split()[:1])
    return str(code) if name.split()[-1].isdecimal() else initial


def draw_training_curves(
    run_results: Mapping[str, Sequence[RunResult]], arms: Mapping[str, ModelKind], out: Path
) -> Path:
    """Draw losses and validation of all runs: one row for each key, a line for each run."""
    told = [loss_curves(one.training) for runs in run_results.values() for one in runs]
    losses = list(dict.fromkeys(name for curves in told for name in curves))
    size = (3.5 * (len(losses) + 1), 2.6 * len(run_results) + 0.5)
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(len(run_results), len(losses) + 1, squeeze=False, sharex="row")
    for line, (name, runs) in zip(axes, run_results.items(), strict=True):
        for result in runs:
            style = {"color": MODEL_COLOURS[result.run.arm], "lw": 1.0, "alpha": 0.75}
            curves = loss_curves(result.training)
            for axis, loss in zip(line, losses, strict=False):
                axis.plot(*np.reshape(curves.get(loss, []), (-1, 2)).T, **style)
            checks = result.training["validation"]
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
    handles = [Line2D([], [], color=MODEL_COLOURS[arm], label=arm) for arm in arms.values()]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False)
    return save_picture(figure, out)
