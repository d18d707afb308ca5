"""Draw sections, facies and training of a single run."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.learn import events
from napari_s6.study.picture_file import save_picture
from napari_s6.survey.axis_labels import AXIS_NAMES, axis_label
from napari_s6.survey.volume import Orientation, read_section, vertical_dim


def draw_section_panels(
    survey: xr.DataArray,
    orientation: Orientation,
    index: int,
    scheme: FaciesScheme,
    truth: np.ndarray | None,
    codes: np.ndarray,
    confidence: np.ndarray | None,
    out: Path,
) -> Path:
    """Draw the seismic, the reference, the prediction and its confidence on one section.

    ``truth`` and ``codes`` are uint8 cubes of facies codes, ``confidence`` a cube in 0..1.
    """

    def cut(cube: np.ndarray) -> np.ndarray:
        return cube[index] if orientation == "iline" else cube[:, index]

    seismic = read_section(survey, orientation, index)
    panels: list[tuple[str, Literal["seismic", "facies", "confidence"], np.ndarray]] = [
        ("seismic", "seismic", seismic)
    ]
    if truth is not None:
        panels.append(("reference", "facies", cut(truth)))
    panels.append(("prediction", "facies", cut(codes)))
    if confidence is not None:
        panels.append(("confidence", "confidence", cut(confidence)))
    figure = Figure(figsize=(3.6 * len(panels), 4.6), layout="constrained")
    axes = np.atleast_1d(figure.subplots(1, len(panels), sharey=True))
    for axis, (title, kind, values) in zip(axes, panels, strict=True):
        draw_panel(axis, survey, orientation, values, kind, scheme)
        axis.set_title(title)
        axis.set_xlabel(AXIS_NAMES["xline" if orientation == "iline" else "iline"])
    axes[0].set_ylabel(axis_label(survey, vertical_dim(survey)))
    number = int(survey[orientation].values[index])
    figure.suptitle(f"{AXIS_NAMES[orientation]} {number}")
    legend = [Patch(color=one.colour, label=one.name) for one in scheme.classes]
    figure.legend(
        handles=legend, loc="outside lower center", ncols=min(6, len(legend)), frameon=False
    )
    return save_picture(figure, out, dpi=120)


def draw_panel(
    axis: Axes,
    survey: xr.DataArray,
    orientation: Orientation,
    values: np.ndarray,
    kind: Literal["seismic", "facies", "confidence"],
    scheme: FaciesScheme,
) -> None:
    """Draw the (traces, samples) of one section; only facies take the scheme's colours."""
    across = survey["xline" if orientation == "iline" else "iline"].values
    down = survey[vertical_dim(survey)].values
    where: dict[str, Any] = {
        "extent": (across[0], across[-1], down[-1], down[0]),
        "aspect": "auto",
        "interpolation": "nearest",
    }
    if kind == "seismic":
        clip = float(np.percentile(np.abs(values), 99)) or 1.0
        axis.imshow(values.T, cmap="gray", vmin=-clip, vmax=clip, **where)
    elif kind == "confidence":
        axis.imshow(values.T, cmap="viridis", vmin=0, vmax=1, **where)
    else:
        shown = np.ma.masked_equal(values.T, UNLABELLED)
        colours = ListedColormap(list(scheme.colours))
        axis.imshow(shown, cmap=colours, vmin=-0.5, vmax=scheme.n_classes - 0.5, **where)


def draw_run_curves(stream: Sequence[object], out: Path) -> Path:
    """Draw the losses and the validation score of a run from its events."""
    steps = [event for event in stream if isinstance(event, events.Stepped)]
    checks = [event for event in stream if isinstance(event, events.Evaluated)]
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    losses, scores = figure.subplots(1, 2)
    for name in dict.fromkeys(name for event in steps for name in event.losses):
        told = [(event.step, event.losses[name]) for event in steps if name in event.losses]
        losses.plot(*zip(*told, strict=True), label=name.replace("_", " "))
    losses.set_yscale("log")
    losses.set_xlabel("step")
    losses.legend(frameon=False)
    scores.plot([e.step for e in checks], [e.mean_iou for e in checks], "o-")
    scores.set_ylim(0, 1)
    scores.set_xlabel("step")
    scores.set_ylabel("validation mean IoU")
    return save_picture(figure, out, dpi=120)
