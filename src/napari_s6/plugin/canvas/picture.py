"""A picture of one section: amplitudes, facies over them, line numbers, times and a legend."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.survey.atomic import atomic_path
from napari_s6.survey.axis_labels import AXIS_NAMES, axis_label
from napari_s6.survey.volume import Orientation, live_traces, read_section, vertical_dim


@dataclass(frozen=True)
class SectionPicture:
    """What a picture shows; everything in it is fixed, so that it can be drawn in any thread.

    ``codes`` uint8 (traces, samples), 255 = none; None for a picture without facies. ``colours``
    (n, 4) in 0..1 is the amplitudes' colour map, which ends at ``limit``.
    """

    volume: xr.DataArray
    orientation: Orientation
    index: int
    codes: np.ndarray | None
    scheme: FaciesScheme | None
    colours: np.ndarray
    limit: float
    opacity: float = 0.55
    stretch: float = 1.0

    @property
    def title(self) -> str:
        """The section's name: "Inline 130"."""
        number = self.volume[self.orientation].values[self.index]
        return f"{AXIS_NAMES[self.orientation].capitalize()} {number}"

    def save(self, out: str | Path, *, overwrite: bool = False) -> Path:
        """Draw the picture into a new file (.png, or another suffix that matplotlib knows)."""
        figure = self._figure()
        with atomic_path(out, overwrite=overwrite) as temporary:
            kind = Path(out).suffix.lower().lstrip(".") or "png"
            figure.savefig(temporary, format=kind, dpi=150)
        return Path(out).expanduser().absolute()

    def _figure(self) -> Any:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.colors import ListedColormap
        from matplotlib.figure import Figure

        amplitudes, traces, samples = self.cut()
        ratio = self.stretch * amplitudes.shape[1] / amplitudes.shape[0]
        figure = Figure(
            figsize=(11, float(np.clip(8.6 * ratio + 1.2, 3.5, 9))), layout="constrained"
        )
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        axes.set_facecolor("#e6e6e6")
        look: dict[str, Any] = {"aspect": "auto", "origin": "upper"}
        axes.imshow(
            amplitudes.T,
            cmap=ListedColormap(self.colours),
            vmin=-self.limit,
            vmax=self.limit,
            interpolation="antialiased",
            **look,
        )
        if self.codes is not None and self.scheme is not None:
            painted = _painted(self.codes[traces], self.scheme, self.opacity)
            axes.imshow(painted.transpose(1, 0, 2), interpolation="nearest", **look)
            _legend(figure, self.codes[traces], self.scheme, self.opacity)
        self._label(axes, traces, samples)
        return figure

    def cut(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return amplitudes (traces, samples), NaN where dead, the traces shown and the times."""
        amplitudes = read_section(self.volume, self.orientation, self.index).astype(np.float32)
        live = live_traces(self.volume)
        live = live[self.index] if self.orientation == "iline" else live[:, self.index]
        amplitudes[~live] = np.nan
        where = np.flatnonzero(live)
        if not len(where):
            where = np.arange(len(live))
        traces = np.arange(where[0], where[-1] + 1)
        return amplitudes[traces], traces, self.volume[vertical_dim(self.volume)].values

    def _label(self, axes: Any, traces: np.ndarray, samples: np.ndarray) -> None:
        across: Orientation = "xline" if self.orientation == "iline" else "iline"
        axes.set_title(self.title, loc="left", fontsize=13)
        axes.set_xlabel(axis_label(self.volume, across).capitalize())
        axes.set_ylabel(axis_label(self.volume, vertical_dim(self.volume)).capitalize())
        _number_ticks(axes.xaxis, self.volume[across].values[traces], whole=True)
        _number_ticks(axes.yaxis, samples, whole=False)


def _number_ticks(axis: Any, numbers: np.ndarray, *, whole: bool) -> None:
    """Put ticks at round numbers of an axis that counts positions.

    ``whole``: only where there is a line, since lines may have gaps; else between samples too.
    """
    from matplotlib.ticker import MaxNLocator

    numbers = np.asarray(numbers, float)
    if numbers[-1] < numbers[0]:  # decreasing lines
        positions = np.arange(len(numbers))[::-1]
        numbers = numbers[::-1]
    else:
        positions = np.arange(len(numbers))
    wanted = MaxNLocator(9, steps=[1, 2, 2.5, 5, 10]).tick_values(numbers[0], numbers[-1])
    wanted = wanted[(wanted >= numbers[0]) & (wanted <= numbers[-1])]
    if whole:
        nearest = np.unique([int(np.argmin(np.abs(numbers - t))) for t in wanted])
        wanted = numbers[nearest]
    axis.set_ticks(np.interp(wanted, numbers, positions), [f"{t:g}" for t in wanted])


def _painted(codes: np.ndarray, scheme: FaciesScheme, opacity: float) -> np.ndarray:
    table = np.zeros((256, 4), np.float32)
    for k, colour in enumerate(scheme.colours):
        table[k] = [*(int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)), opacity]
    return np.asarray(table[codes])


def _legend(figure: Any, codes: np.ndarray, scheme: FaciesScheme, opacity: float) -> None:
    from matplotlib.patches import Patch

    there = [k for k in np.unique(codes) if k != UNLABELLED and k < scheme.n_classes]
    patches = [
        Patch(facecolor=(scheme.colours[k], max(opacity, 0.75)), label=scheme.names[k])
        for k in there
    ]
    if patches:
        figure.legend(
            handles=patches, loc="outside right upper", title="Facies", frameon=False, fontsize=10
        )
