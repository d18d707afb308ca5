"""How much of each facies there is, and where: voxels, volumes, thicknesses and their maps."""

import csv
import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.horizons.export import write_map
from napari_s6.horizons.grid_files import grid_format_to_write
from napari_s6.survey.atomic import atomic_path
from napari_s6.survey.axis_labels import unit_name
from napari_s6.survey.record import survey_record
from napari_s6.survey.volume import live_traces, vertical_dim

NO_DATA = -9999.0


@dataclass(frozen=True)
class FaciesStatistics:
    """One facies: how much of it there is.

    Attributes
    ----------
    code, name
        The facies.
    voxels, share
        Samples of it on live traces, and their share of all labelled ones.
    traces, area
        Live traces it occurs on, and their area in squared units of the coordinates (None without
        coordinates).
    mean_thickness, greatest_thickness
        Over the traces it occurs on, in the unit of the vertical axis.
    volume
        Area times thickness, summed: cubic for depth, area times milliseconds for time.
    """

    code: int
    name: str
    voxels: int
    share: float
    traces: int
    area: float | None
    mean_thickness: float
    greatest_thickness: float
    volume: float | None


@dataclass(frozen=True, eq=False)
class SurveyStatistics:
    """All facies of a survey, with thickness maps.

    ``thickness`` is float32 (facies, inlines, crosslines) in ``units``, NaN where not live or not
    labelled at all. ``bin_area`` is the area of a node, None without coordinates.
    """

    facies: tuple[FaciesStatistics, ...]
    thickness: np.ndarray
    units: str
    bin_area: float | None
    unlabelled: int

    def as_dict(self) -> dict[str, Any]:
        """Everything but the maps, ready for JSON."""
        return {
            "units": self.units,
            "volume_units": f"squared coordinate units x {self.units}",
            "bin_area": self.bin_area,
            "unlabelled_voxels": self.unlabelled,
            "facies": [asdict(one) for one in self.facies],
        }


def facies_statistics(codes: Any, volume: xr.DataArray, scheme: FaciesScheme) -> SurveyStatistics:
    """Count facies on live traces.

    Parameters
    ----------
    codes
        uint8 (inlines, crosslines, samples) on the survey's grid, 255 where there is none; read
        an inline at a time.
    volume
        The survey: its live traces, sample interval and map coordinates.

    Raises
    ------
    InputError
        If codes hold a facies that the scheme doesn't have.
    """
    live = live_traces(volume)
    counts = np.zeros((scheme.n_classes, *live.shape), np.int32)
    unlabelled = 0
    for row in np.flatnonzero(live.any(1)):
        columns = np.flatnonzero(live[row])
        section = np.asarray(codes[int(row)])[columns]
        tally = _tally(section)
        if tally[:, scheme.n_classes : UNLABELLED].any():
            code = scheme.n_classes + int(tally[:, scheme.n_classes : UNLABELLED].any(0).argmax())
            raise InputError(
                f"facies code {code}: scheme {scheme.name!r} has {scheme.n_classes} facies; give "
                "the scheme of these facies"
            )
        counts[:, row, columns] = tally[:, : scheme.n_classes].T
        unlabelled += int(tally[:, UNLABELLED].sum())
    step = _interval(volume)
    area = _bin_area(volume)
    thickness = (counts * step).astype(np.float32)
    thickness[:, ~(counts.sum(0) > 0)] = np.nan
    total = int(counts.sum(dtype=np.int64))
    facies = tuple(
        _one(k, scheme, counts[k], total=total, step=step, area=area)
        for k in range(scheme.n_classes)
    )
    return SurveyStatistics(facies, thickness, unit_name(volume), area, unlabelled)


def _tally(section: np.ndarray) -> np.ndarray:
    """Counts of each code 0 to 255 on each trace of (traces, samples)."""
    traces = np.arange(len(section), dtype=np.int64)[:, None] * 256
    counted = np.bincount((traces + section).ravel(), minlength=256 * len(section))
    return counted.reshape(len(section), 256)


def _one(
    code: int,
    scheme: FaciesScheme,
    counts: np.ndarray,
    *,
    total: int,
    step: float,
    area: float | None,
) -> FaciesStatistics:
    voxels, traces = int(counts.sum(dtype=np.int64)), int(np.count_nonzero(counts))
    return FaciesStatistics(
        code=code,
        name=scheme.names[code],
        voxels=voxels,
        share=voxels / total if total else 0.0,
        traces=traces,
        area=None if area is None else traces * area,
        mean_thickness=voxels * step / traces if traces else 0.0,
        greatest_thickness=float(counts.max(initial=0)) * step,
        volume=None if area is None else voxels * step * area,
    )


def _interval(volume: xr.DataArray) -> float:
    samples = np.asarray(volume[vertical_dim(volume)].values, float)
    return float(samples[-1] - samples[0]) / (len(samples) - 1) if len(samples) > 1 else 1.0


def _bin_area(volume: xr.DataArray) -> float | None:
    """Area of a node: that of a step of one line number each way, times the steps of the lines."""
    affine = survey_record(volume).affine
    if affine is None:
        return None
    steps = [np.abs(np.diff(np.asarray(volume[dim].values))) for dim in ("iline", "xline")]
    return abs(affine.determinant) * float(np.prod([s.min() if s.size else 1 for s in steps]))


def write_statistics(
    statistics: SurveyStatistics,
    volume: xr.DataArray,
    scheme: FaciesScheme,
    out: str | os.PathLike[str],
    *,
    grids: str | None = None,
    overwrite: bool = False,
) -> tuple[Path, str]:
    """Write a folder: statistics.csv and .json, and of each facies' thickness a map and a grid.

    The maps are ``thickness_CODE_NAME.png``; the grids ``thickness_CODE_NAME.txt`` with the columns
    IL XL X Y THICKNESS, a row for each live trace, -9999 where there is no data.

    Parameters
    ----------
    grids
        Write grids in X and Y beside them, in the format of that name (see
        `horizons.grid_files.writable_grid_formats`), with its suffix.

    Returns
    -------
    tuple
        The folder, and a note if grids had to be interpolated (see `horizons.export.write_map`).

    Raises
    ------
    InputError
        If the folder exists or cannot be written, or grids are asked for and the survey has no
        map coordinates.
    """
    out = Path(out).expanduser().absolute()
    note = ""
    suffix = grid_format_to_write(grids).suffixes[0] if grids is not None else ""
    with atomic_path(out, overwrite=overwrite, keep=survey_record(volume).source_files) as folder:
        folder.mkdir()
        text = json.dumps(statistics.as_dict(), indent=2, ensure_ascii=False)
        (folder / "statistics.json").write_text(text + "\n", encoding="utf-8")
        with (folder / "statistics.csv").open("w", newline="", encoding="utf-8") as sheet:
            table = csv.DictWriter(sheet, list(asdict(statistics.facies[0])))
            table.writeheader()
            table.writerows(asdict(one) for one in statistics.facies)
        for one, thickness in zip(statistics.facies, statistics.thickness, strict=True):
            plain = re.sub(r"[^\w.-]+", "_", one.name).strip("_")
            stem = folder / f"thickness_{one.code}_{plain}"
            _write_grid(Path(f"{stem}.txt"), thickness, volume, one.name, statistics.units)
            draw_thickness(Path(f"{stem}.png"), thickness, volume, scheme, one.code)
            if grids is not None:
                file = Path(f"{stem}{suffix}")
                note = write_map(thickness, volume, file, grids, name=f"thickness of {one.name}")
    return out, note


def _write_grid(
    path: Path, thickness: np.ndarray, volume: xr.DataArray, name: str, units: str
) -> None:
    affine = survey_record(volume).affine
    row, column = np.nonzero(live_traces(volume))
    iline = np.asarray(volume["iline"].values)[row]
    xline = np.asarray(volume["xline"].values)[column]
    x, y = affine.xy(iline, xline) if affine else (np.full(len(row), NO_DATA),) * 2
    values = np.nan_to_num(thickness[row, column].astype(float), nan=NO_DATA)
    with path.open("w", encoding="utf-8") as file:
        file.write(f"# thickness of {name} in {units}; {NO_DATA:g} is no data\n")
        file.write("# 1: Inline\n# 2: Crossline\n# 3: X\n# 4: Y\n# 5: Thickness\n")
        file.writelines(
            f"{il} {xl} {a:.2f} {b:.2f} {v:.4f}\n"
            for il, xl, a, b, v in zip(iline, xline, x, y, values, strict=True)
        )


def draw_thickness(
    path: Path, thickness: np.ndarray, volume: xr.DataArray, scheme: FaciesScheme, code: int
) -> None:
    """Draw a thickness map as PNG: inlines to the right, crosslines upwards, with a scale."""
    from matplotlib.figure import Figure

    iline, xline = (np.asarray(volume[dim].values) for dim in ("iline", "xline"))
    figure = Figure(figsize=(7.5, 6), layout="constrained")
    axes = figure.subplots()
    aspect = _map_aspect(volume)
    shown = np.ma.masked_invalid(thickness.T)
    greatest = float(np.nanmax(thickness)) if np.isfinite(thickness).any() else 0.0
    image = axes.pcolormesh(
        *(_edges(lines) for lines in (iline, xline)),
        shown,
        cmap="viridis",
        vmin=0,
        vmax=greatest or 1.0,
        rasterized=True,
    )
    axes.set(xlabel="inline", ylabel="crossline", title=scheme.names[code], aspect=aspect)
    axes.set_facecolor("0.92")
    figure.colorbar(image, ax=axes, label=f"thickness ({unit_name(volume)})")
    figure.savefig(path, dpi=110)


def _edges(lines: np.ndarray) -> np.ndarray:
    """Edges of cells around line numbers."""
    if len(lines) == 1:
        return np.array([lines[0] - 0.5, lines[0] + 0.5])
    middle = (lines[1:] + lines[:-1]) / 2
    return np.concatenate([[2 * lines[0] - middle[0]], middle, [2 * lines[-1] - middle[-1]]])


def _map_aspect(volume: xr.DataArray) -> float | Literal["auto"]:
    """Height of a crossline number in widths of an inline number, if the map is not too narrow."""
    affine = survey_record(volume).affine
    if affine is None:
        return "auto"
    spacing = affine.spacing
    ratio = spacing[1] / spacing[0]
    spans = [float(np.ptp(volume[dim].values)) + 1 for dim in ("iline", "xline")]
    shape = ratio * spans[1] / spans[0]
    return ratio if 0.2 < shape < 5 else "auto"
