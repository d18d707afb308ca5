"""What a file holds, said in a page: for looking before loading."""

import os
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from napari_s6.formats.open import open_volume
from napari_s6.formats.segy.table import (
    HeaderField,
    binary_header_table,
    trace_header_table,
)
from napari_s6.survey.amplitudes import sample_traces
from napari_s6.survey.overview import drawn, histogram, trace_map
from napari_s6.survey.reading import Reading
from napari_s6.survey.record import SurveyRecord, survey_record
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
    histogram, histogram_edges
        Counts of those amplitudes and the edges they lie between.
    not_finite
        Share of the samples of those traces that are NaN or infinite, which count as no amplitude.
    values
        How many samples of those traces hold each value, where there are few: a label volume.
    header_bytes
        Where inline, crossline, X and Y were read in trace headers; empty for other formats.
    header_fields
        Ranges of the trace header fields, from up to a thousand traces spread over the file.
    binary_header
        Fields of the binary header by name, as stored.
    affine, crs
        Map coordinates from line numbers (X0, X per inline, X per crossline, Y0, ...), empty if
        they can't be fitted; what the text header says of the reference system.
    trace_map
        The map of traces with data as lines of characters, inlines downwards.
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
    histogram: tuple[int, ...]
    histogram_edges: tuple[float, ...]
    not_finite: float
    values: dict[str, int]
    header_bytes: tuple[int, ...]
    header_fields: tuple[HeaderField, ...]
    binary_header: dict[str, int]
    affine: tuple[float, ...]
    crs: str
    trace_map: tuple[str, ...]
    text: tuple[str, ...]
    notes: str

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain dictionaries, lists, numbers and strings, ready for JSON."""
        record = {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}
        record["corner_points"] = [list(point) for point in self.corner_points]
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
        if self.not_finite:
            words = (
                f"{self.not_finite:.3g} of the samples looked at are NaN or infinite: taken as 0"
            )
            rows.append(("not finite", words))
        if self.values:
            counts = ", ".join(f"{value}: {count}" for value, count in self.values.items())
            rows.append(("values", counts))
        rows += [
            ("corner", f"inline {il:.10g}, crossline {xl:.10g}: X {x:.1f}, Y {y:.1f}")
            for il, xl, x, y in self.corner_points
        ]
        if self.notes:
            rows.append(("note", self.notes))
        rows += self._header_rows()
        rows += [("trace map", f"|{line}") for line in self.trace_map]
        rows += [("text header", line) for line in self.text]
        return "\n".join(f"{name:<12}{value}" for name, value in rows)

    def _header_rows(self) -> list[tuple[str, str]]:
        """What only files with trace headers have."""
        rows = []
        if self.affine:
            slopes = np.reshape(self.affine, (2, 3))[:, 1:]
            inline, crossline = np.hypot(*slopes)
            rows.append(("bins", f"{inline:.2f} from inline to inline, {crossline:.2f} across"))
        if self.crs:
            rows.append(("reference", self.crs))
        if self.header_bytes:
            places = "/".join(str(byte) for byte in self.header_bytes)
            rows.append(("lines from", f"bytes {places} (inline/crossline/X/Y)"))
        stated = ", ".join(f"{name} {value}" for name, value in self.binary_header.items() if value)
        if stated:
            rows.append(("binary", stated))
        return rows + [("header", str(field)) for field in self.header_fields]

    def _stored(self) -> str:
        return (
            f"{self.sample_format} {self.byte_order} endian"
            if self.byte_order
            else (self.sample_format)
        )

    def _live_share(self) -> float:
        return self.live / self.nodes if self.nodes else 0.0


def describe(path: str | os.PathLike[str], reading: Reading = Reading()) -> SurveyInfo:
    """Describe a survey file, reading its headers and up to a thousand traces.

    Parameters
    ----------
    reading
        How it is to be read.

    Raises
    ------
    InputError
        If the file can't be opened.
    """
    return describe_volume(open_volume(path, reading))


def describe_volume(volume: xr.DataArray) -> SurveyInfo:
    """Describe a volume that is open already."""
    record = survey_record(volume)
    live = live_traces(volume)
    samples = sample_traces(volume)
    counts, edges = histogram(samples)
    fields, binary = _headers(record)
    return SurveyInfo(
        path=record.source,
        format=record.source_format or "array",
        sample_format=record.sample_format or str(volume.dtype),
        byte_order=record.byte_order,
        axes=(
            _axis(volume, "iline", "inline", ""),
            _axis(volume, "xline", "crossline", ""),
            _axis(volume, vertical_dim(volume), vertical_dim(volume), None),
        ),
        nodes=live.size,
        traces=live.size if record.traces is None else record.traces,
        live=int(live.sum()),
        dead=record.dead_traces if record.dead_scanned else None,
        duplicates=record.duplicates,
        memory=volume.nbytes,
        corner_points=record.corner_points,
        amplitudes=_amplitudes(samples),
        histogram=tuple(counts),
        histogram_edges=tuple(edges),
        not_finite=1 - float(np.isfinite(samples).mean()) if samples.size else 0.0,
        values=_few_values(samples),
        header_bytes=astuple(record.header_bytes) if fields and record.header_bytes else (),
        header_fields=fields,
        binary_header=binary,
        affine=tuple(record.affine.as_list()) if record.affine else (),
        crs=record.crs_text,
        trace_map=tuple(drawn(trace_map(volume))),
        text=_text_header(record),
        notes=record.notes,
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
        f"{axis.first:.10g} to {axis.last:.10g} {axis.units}".rstrip()
        + f" ({axis.count}{step}{uneven})"
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


def _headers(record: SurveyRecord) -> tuple[tuple[HeaderField, ...], dict[str, int]]:
    """Tables of the trace and the binary header of a volume opened from SEG-Y."""
    if not record.is_segy:
        return (), {}
    from napari_s6.formats.segy.layout import read_layout

    layout = read_layout(record.source, record.n_samples_given)
    data = layout.map_bytes()
    return trace_header_table(layout, data), binary_header_table(layout, data)


def _text_header(record: SurveyRecord) -> tuple[str, ...]:
    if record.text_header:
        return tuple(line for line in record.text_header if line.strip())
    if not record.is_segy:
        return ()
    from napari_s6.formats.segy.binary import TEXT_BYTES
    from napari_s6.formats.segy.text import blank_line_numbers, text_lines

    with Path(record.source).open("rb") as file:
        text = file.read(TEXT_BYTES)
    blank = set(blank_line_numbers(text))
    return tuple(line for number, line in enumerate(text_lines(text)) if number not in blank)
