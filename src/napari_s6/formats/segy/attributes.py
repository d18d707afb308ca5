"""What is recorded with a volume from SEG-Y: for export, for the map, and for whoever looks."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from napari_s6.formats.segy.grid import HOLE, FoundGrid, TraceGrid
from napari_s6.formats.segy.layout import SegyLayout
from napari_s6.survey.geometry import LOOSE, crs_text, fit_affine, scaled
from napari_s6.survey.reading import OVERRIDES, Reading
from napari_s6.survey.record import SurveyRecord

_FITTED = 2000
_GEOGRAPHIC = (2, 3, 4)  # coordinate units (bytes 89-90): seconds of arc and degrees


def segy_record(
    layout: SegyLayout, data: np.ndarray, found: FoundGrid, text: Sequence[str], reading: Reading
) -> SurveyRecord:
    """Record what export needs of a SEG-Y file, and what was contradictory in its headers."""
    geometry, geometry_notes = _geometry(layout, data, found, reading.coordinate_scalar)
    notes = (*found.notes, *layout.notes, *_delay_notes(layout, found.grid), *geometry_notes)
    return SurveyRecord(
        source=str(layout.path),
        source_format="SEG-Y",
        segy_source=str(layout.path),
        sample_format=layout.format_name,
        byte_order=layout.byte_order,
        revision=layout.revision,
        header_bytes=found.where,
        header_bytes_from=found.origin,
        traces=layout.n_traces,
        duplicates=found.grid.duplicates,
        crs_text=crs_text(text),
        dead_scanned=False,
        n_samples_given=reading.n_samples,
        notes="; ".join((*notes, *_override_notes(reading))),
        **geometry,
    )


def _delay_notes(layout: SegyLayout, grid: TraceGrid) -> tuple[str, ...]:
    low, high = grid.delays
    if low == high:
        return ()
    return (f"start times of {low} to {high} differ between traces; {layout.start:g} used",)


def _override_notes(reading: Reading) -> tuple[str, ...]:
    given = {name: getattr(reading, field) for field, name in OVERRIDES.items()}
    return tuple(f"{name} {value} given" for name, value in given.items() if value is not None)


def _geometry(
    layout: SegyLayout, data: np.ndarray, found: FoundGrid, scalar: int | None
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Corner points, and the affine fitted on traces spread over the file."""
    grid = found.grid
    geometry: dict[str, Any] = {"corner_points": _corner_points(layout, data, found, scalar)}
    units = layout.header_field(data, 89)
    if int(units[0]) in _GEOGRAPHIC:
        return geometry, ("coordinates are angles, so no map grid is fitted",)
    chosen = np.unique(np.linspace(0, layout.n_traces - 1, _FITTED).astype(np.int64))
    chosen = np.union1d(chosen, _corner_traces(grid))
    x, y = _coordinates(layout, data, found, chosen, scalar)
    fitted = fit_affine(grid.iline[grid.row[chosen]], grid.xline[grid.column[chosen]], x, y)
    if fitted is None:
        return geometry, ()
    affine, error = fitted
    geometry |= {"affine": affine, "affine_error": error}
    if error <= LOOSE * min(affine.spacing):
        return geometry, ()
    return geometry, (f"coordinates are up to {error:.4g} off the grid fitted to them",)


def _coordinates(
    layout: SegyLayout,
    data: np.ndarray,
    found: FoundGrid,
    traces: np.ndarray,
    given: int | None,
) -> tuple[np.ndarray, np.ndarray]:
    scalar = layout.header_field(data, 71)[traces]
    if given is not None:
        scalar = np.full(len(traces), given)
    x, y = (layout.header_field(data, b, width=4)[traces] for b in (found.where.x, found.where.y))
    return scaled(x.astype(float), scalar), scaled(y.astype(float), scalar)


def _corner_traces(grid: TraceGrid) -> np.ndarray:
    """Up to four traces nearest the grid's corners."""
    rows, columns = np.nonzero(grid.trace != HOLE)
    corners = {
        int(np.argmax(a * rows * len(grid.xline) + b * columns * len(grid.iline)))
        for a, b in ((-1, -1), (-1, 1), (1, -1), (1, 1))
    }
    chosen = sorted(corners)
    return grid.trace[rows[chosen], columns[chosen]].astype(np.int64)


def _corner_points(
    layout: SegyLayout, data: np.ndarray, found: FoundGrid, scalar: int | None
) -> tuple[tuple[float, float, float, float], ...]:
    """Return inline, crossline, X and Y of up to four traces nearest the grid's corners."""
    grid = found.grid
    traces = _corner_traces(grid)
    x, y = _coordinates(layout, data, found, traces, scalar)
    inlines, crosslines = grid.iline[grid.row[traces]], grid.xline[grid.column[traces]]
    points = np.stack([inlines, crosslines, x, y], 1).astype(float).tolist()
    return tuple((il, xl, to_east, to_north) for il, xl, to_east, to_north in points)
