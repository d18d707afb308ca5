"""The tables of a study's report."""

import math
from collections.abc import Mapping, Sequence

from napari_s6.durations import duration
from napari_s6.study.confusion import ConfusionMatrix, scores_of, views
from napari_s6.study.document import Document
from napari_s6.study.published import INITIALS, TABLE1
from napari_s6.study.summary import (
    Spread,
    StudyResults,
    accuracy_of,
    iou_of,
    mean_iou,
    mean_iou_of_all,
)

VIEW_MEANINGS = {
    "pooled": "all test sections in one confusion matrix",
    "iline": "inlines alone",
    "xline": "crosslines alone",
    "fused": "both passes averaged, every voxel once",
}


def add_table1(page: Document, results: StudyResults) -> None:
    """Table 1 in the paper's form, beside the paper's numbers."""
    plan = results.plan
    names = plan.scheme.names
    initials = INITIALS if len(names) == len(INITIALS) else tuple(str(k) for k in range(len(names)))
    arms = plan.arms
    header = ["n %", ""]
    for arm in arms:
        header += [f"{arm}\nIoU", *initials]
    rows: list[list[str]] = []
    quiet: list[int] = []
    for share in results.shares:
        row = [f"{share:g}", "here"]
        for arm in arms:
            row.append(_stacked(results.spread(share, arm, mean_iou)))
            row += [_stacked(results.spread(share, arm, accuracy_of(k))) for k in range(len(names))]
        rows.append(row)
        published = [TABLE1.get((share or 0, arm)) for arm in arms]
        if any(published):
            row = ["", "paper"]
            for one in published:
                iou = one.iou if one else None
                row.append("unreadable" if iou is None else f"{iou[0]:.3f}\n± {iou[1]:.2f}")
                cells = one.accuracy if one else ()
                row += [f"{mean:.3f}\n± {deviation:.2f}" for mean, deviation in cells]
            quiet.append(len(rows))
            rows.append(row)
    page.heading("Table 1")
    page.table(
        header,
        rows,
        "Mean IoU and class accuracies on the test data ("
        + ", ".join(f"{i} = {name}" for i, name in zip(initials, names, strict=True))
        + "). The paper's rows are those of the F3 benchmark, five runs each.",
        quiet,
    )


def add_lines(
    page: Document, results: StudyResults, baselines: Mapping[str, ConfusionMatrix]
) -> None:
    """Mean IoU and IoU of each class, beside what needs no learning."""
    plan = results.plan
    names = plan.scheme.names
    chosen = plan.classes or tuple(range(len(names)))
    means = [mean_iou] if plan.classes is None else [mean_iou, mean_iou_of_all]
    scores = [*means, *(iou_of(k) for k in chosen)]
    rows: list[list[str]] = []
    for name, matrix in baselines.items():
        found = scores_of(matrix, plan)
        rows.append([name, *(_number(score(found)) for score in scores)])
    quiet = range(len(rows))
    for arm in plan.arms:
        cells = [results.spread(None, arm, score) for score in scores]
        rows.append([arm, *(_stacked(cell) for cell in cells)])
    page.heading("Mean IoU and IoU of each class")
    header = ["", "mean IoU", "of all classes"][: 1 + len(means)]
    tested = ", ".join(plan.test_lines) or "the test volumes"
    caption = f"Trained on {', '.join(plan.train_lines)}; tested on {tested}."
    if baselines:
        caption += " Rows in grey need no learning: they follow the labels of the training lines."
    page.table([*header, *(_class_heading(names[k], k) for k in chosen)], rows, caption, quiet)


def add_gaps(page: Document, results: StudyResults) -> None:
    """Paired differences of the mean IoU, on every view."""
    plan = results.plan
    if len(plan.arms) < 2:
        return
    rows = []
    for share in results.shares:
        for view in results.view_names:
            gap = results.gap(share, mean_iou, view)
            row = [] if share is None else [f"{share:g}"]
            row += [
                view,
                str(gap.pairs),
                *(str(results.spread(share, arm, mean_iou, view)) for arm in plan.arms),
                str(gap),
                gap.interval,
            ]
            rows.append(row)
    header = ["n %"] if plan.shares else []
    page.heading("Paired differences of the mean IoU")
    page.table(
        [*header, "on", "pairs", *plan.arms, "difference", "95 % interval"],
        rows,
        "Constrained minus unconstrained with the same labels and seed. "
        + "; ".join(
            f"{name}: {VIEW_MEANINGS[name]}" for name in results.view_names if name in VIEW_MEANINGS
        )
        + ".",
    )


def add_scores(page: Document, results: StudyResults) -> None:
    """Pixel accuracy and the other means, for both models."""
    plan = results.plan
    scores = {
        "mean IoU": mean_iou,
        "mean class accuracy": lambda s: s.mean_class_accuracy,
        "pixel accuracy": lambda s: s.pixel_accuracy,
        "frequency-weighted IoU": lambda s: s.frequency_weighted_iou,
    }
    rows = []
    for share in results.shares:
        for arm in plan.arms:
            row = [arm if share is None else f"{share:g} %, {arm}"]
            row += [str(results.spread(share, arm, score)) for score in scores.values()]
            rows.append(row)
    page.heading("Other scores, pooled")
    page.table(["", *scores], rows)


def add_runs(page: Document, results: StudyResults) -> None:
    """What became of each run."""
    plan = results.plan
    rows = []
    for run, result in results.run_results.items():
        history = result.training
        checks = history["validation"]
        best = max((check[1] for check in checks), default=math.nan)
        scores = scores_of(views(result.confusions)["pooled"], plan)
        rows.append(
            [
                str(run),
                str(len(result.sections["labelled"])),
                str(history["steps"]),
                str(history["best_step"] or "–"),
                _number(best),
                _number(scores.mean_iou),
                duration(result.took["seconds"]),
                history["reason"],
            ]
        )
    page.heading("Runs")
    header = ["run", "labelled sections", "steps", "best step", "validation", "test", "time"]
    page.table([*header, "ended because"], rows, "Validation and test are mean IoU.")


def _stacked(spread: Spread) -> str:
    """Mean over deviation, as the paper prints them."""
    return str(spread).replace(" ±", "\n±")


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f}"


def initial(name: str, code: int) -> str:
    return str(code) if name.split()[-1].isdecimal() else name[0]


def _class_heading(name: str, code: int) -> str:
    return str(code) if name.split()[-1].isdecimal() else name


def ranges(codes: Sequence[int]) -> str:
    """Codes as 2-9 or 0, 2, 4."""
    codes = sorted(codes)
    if len(codes) > 2 and codes[-1] - codes[0] == len(codes) - 1:
        return f"{codes[0]}-{codes[-1]}"
    return ", ".join(str(code) for code in codes)
