"""What a file holds, said in a page: for looking before loading."""

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from napari_s6.survey.amplitudes import sample_traces
from napari_s6.survey.open import open_volume
from napari_s6.survey.volume import live_traces, vertical_dim

_PERCENTILES = (0, 1, 50, 99, 100)
_FEW_VALUES = 32


@dataclass(frozen=True)
class Axis:
    """Range of one axis: ``step`` is None where it isn't the same throughout."""

    name: str
    count: int
    first: float
    last: float
    step: float | None
    units: str


@dataclass(frozen=True)
class SurveyInfo:
    """A description of a survey file.

    Attributes
    ----------
    path, format, sample_format, byte_order
        The file and how its samples are stored; ``byte_order`` is empty where it has no meaning.
    axes
        Inlines, crosslines and times or depths.
    nodes, traces, live, dead, duplicates
        Nodes of the grid, traces in the file, nodes with data, traces without data (None where
        that was not looked at), and traces beyond the first at a node.
    memory
        Bytes of the whole grid in memory.
    corner_points
        Inline, crossline, X and Y of traces nearest the corners.
    amplitudes
        Percentiles (0, 1, 50, 99, 100), mean and RMS of up to a thousand live traces.
    values
        How many samples of those traces hold each value, where there are few: a label volume.
    text
        Lines of the SEG-Y text header, without its empty ones.
    notes
        What was contradictory in the headers, and how it was settled.
    """

    path: str
    format: str
    sample_format: str
    byte_order: str
    axes: tuple[Axis, Axis, Axis]
    nodes: int
    traces: int
    live: int
    dead: int | None
    duplicates: int
    memory: int
    corner_points: tuple[tuple[float, ...], ...]
    amplitudes: dict[str, float]
    values: dict[str, int]
    text: tuple[str, ...]
    notes: str

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain dictionaries, lists, numbers and strings, ready for JSON."""
        record = asdict(self)
        record["axes"] = list(record["axes"])
        record["corner_points"] = [list(point) for point in self.corner_points]
        record["text"] = list(self.text)
        return record

    def as_text(self) -> str:
        """Everything as lines for a terminal."""
        dead = "not looked for" if self.dead is None else str(self.dead)
        rows = [
            ("file", self.path),
            ("format", ", ".join(filter(None, (self.format, self._stored())))),
            *((axis.name, _axis_text(axis)) for axis in self.axes),
            ("traces", f"{self.traces} in the file, {self.duplicates} duplicates, {dead} dead"),
            ("live", f"{self.live} of {self.nodes} nodes ({self._live_share():.1%})"),
            ("in memory", f"{self.memory / 2**20:.0f} MB"),
            ("amplitudes", _numbers_text(self.amplitudes)),
        ]
        if self.values:
            counts = ", ".join(f"{value}: {count}" for value, count in self.values.items())
            rows.append(("values", counts))
        rows += [
            ("corner", f"inline {il:g}, crossline {xl:g}: X {x:.1f}, Y {y:.1f}")
            for il, xl, x, y in self.corner_points
        ]
        if self.notes:
            rows.append(("note", self.notes))
        rows += [("text header", line) for line in self.text]
        return "\n".join(f"{name:<12}{value}" for name, value in rows)

    def _stored(self) -> str:
        return (
            f"{self.sample_format} {self.byte_order} endian"
            if self.byte_order
            else (self.sample_format)
        )

    def _live_share(self) -> float:
        return self.live / self.nodes if self.nodes else 0.0


def describe(path: str | os.PathLike[str], **options: Any) -> SurveyInfo:
    """Describe a survey file, reading its headers and up to a thousand traces.

    Parameters
    ----------
    options
        Passed on to :func:`napari_s6.survey.open.open_volume`.

    Raises
    ------
    InputError
        If the file can't be opened.
    """
    return describe_volume(open_volume(path, **options))


def describe_volume(volume: xr.DataArray) -> SurveyInfo:
    """Describe a volume that is open already."""
    attrs = volume.attrs
    live = live_traces(volume)
    samples = sample_traces(volume)
    corners = np.reshape(np.asarray(attrs.get("corner_points", []), float), (-1, 4))
    return SurveyInfo(
        path=str(attrs.get("source", "")),
        format=str(attrs.get("source_format", "array")),
        sample_format=str(attrs.get("sample_format", volume.dtype)),
        byte_order=str(attrs.get("byte_order", "")),
        axes=(
            _axis(volume, "iline", "inline", ""),
            _axis(volume, "xline", "crossline", ""),
            _axis(volume, vertical_dim(volume), vertical_dim(volume), None),
        ),
        nodes=live.size,
        traces=int(attrs.get("traces", live.size)),
        live=int(live.sum()),
        dead=int(attrs.get("dead_traces", 0)) if attrs.get("dead_scanned") else None,
        duplicates=int(attrs.get("duplicates", 0)),
        memory=volume.nbytes,
        corner_points=tuple(tuple(point) for point in corners.tolist()),
        amplitudes=_amplitudes(samples),
        values=_few_values(samples),
        text=_text_header(attrs),
        notes=str(attrs.get("notes", "")),
    )


def _axis(volume: xr.DataArray, dim: str, name: str, units: str | None) -> Axis:
    values = np.asarray(volume[dim].values, float)
    steps = np.diff(values)
    even = len(steps) > 0 and np.allclose(steps, steps[0])
    return Axis(
        name=name,
        count=len(values),
        first=float(values[0]),
        last=float(values[-1]),
        step=float(steps[0]) if even else None,
        units=str(volume[dim].attrs.get("units", "")) if units is None else units,
    )


def _axis_text(axis: Axis) -> str:
    step = f", step {axis.step:g}" if axis.step is not None else ""
    uneven = ", uneven steps" if axis.step is None and axis.count > 1 else ""
    return (
        f"{axis.first:g} to {axis.last:g} {axis.units}".rstrip() + f" ({axis.count}{step}{uneven})"
    )


def _numbers_text(numbers: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.6g}" for name, value in numbers.items()) or "none"


def _amplitudes(samples: np.ndarray) -> dict[str, float]:
    finite = samples[np.isfinite(samples)].astype(np.float64)
    if not finite.size:
        return {}
    levels = np.percentile(finite, _PERCENTILES)
    numbers = {f"p{p}": float(v) for p, v in zip(_PERCENTILES, levels, strict=True)}
    return numbers | {"mean": float(finite.mean()), "rms": float(np.sqrt((finite**2).mean()))}


def _few_values(samples: np.ndarray) -> dict[str, int]:
    """Counts of each value, if these are whole numbers and few, as in a label volume."""
    if samples.dtype.kind not in "iu" or not samples.size:
        return {}
    values, counts = np.unique(samples, return_counts=True)
    if len(values) > _FEW_VALUES:
        return {}
    return {str(int(v)): int(n) for v, n in zip(values, counts, strict=True)}


def _text_header(attrs: dict[Any, Any]) -> tuple[str, ...]:
    if attrs.get("source_format") != "SEG-Y":
        return ()
    from napari_s6.survey.segy_layout import TEXT_BYTES
    from napari_s6.survey.segy_text import blank_line_numbers, text_lines

    with Path(attrs["source"]).open("rb") as file:
        text = file.read(TEXT_BYTES)
    blank = set(blank_line_numbers(text))
    return tuple(line for number, line in enumerate(text_lines(text)) if number not in blank)
