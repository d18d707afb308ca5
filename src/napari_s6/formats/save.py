"""Volumes into files: SEG-Y like the source, and the choice of format by a file's name."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
import xarray as xr

from napari_s6 import __version__
from napari_s6.errors import InputError
from napari_s6.formats.segy.binary import FIRST_TRACE, TEXT_BYTES, TRACE_HEADER
from napari_s6.formats.segy.grid import scan_grid
from napari_s6.formats.segy.layout import read_layout
from napari_s6.formats.segy.new import new_file_head, new_trace_headers, set_fields
from napari_s6.formats.segy.text import DEPTH_MARK, insert_lines, text_lines
from napari_s6.survey.atomic import atomic_path
from napari_s6.survey.header_bytes import STANDARD
from napari_s6.survey.record import Progress, survey_record, vertical_units
from napari_s6.survey.volume import live_traces, vertical_dim

SampleFormat = Literal["int8", "int16", "int32", "float32"]
Convert = Callable[[np.ndarray], np.ndarray]

FORMAT_CODES: dict[str, int] = {"int32": 2, "int16": 3, "float32": 5, "int8": 8}
_BLOCK_BYTES = 32 * 2**20


@dataclass(frozen=True, eq=False)
class _Target:
    """What is written before the samples, and where each trace's samples come from.

    ``row`` and ``column`` are each trace's place in the volume, in the order of the new file;
    ``headers`` returns the headers of some of the traces, (traces, 240) bytes.
    """

    head: bytes
    order_mark: Literal[">", "<"]
    row: np.ndarray
    column: np.ndarray
    headers: Callable[[np.ndarray], np.ndarray]


def write_segy(
    values: Any,
    volume: xr.DataArray,
    out: str | os.PathLike[str],
    *,
    sample_format: SampleFormat = "float32",
    source: str | os.PathLike[str] | Literal[False] | None = None,
    text: Sequence[str] | None = None,
    convert: Convert | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write a new SEG-Y file on a volume's grid, with the headers of the volume's SEG-Y source.

    Text, extended, binary and trace headers are copied, in the source's byte order, trace order
    and count: dead traces and duplicates too. What changes is the sample format, up to
    ``len(text)`` blank lines of the text header and, where the volume is a crop of the source,
    the fields that describe its samples. Without a SEG-Y source, or where that of a converted
    volume is gone, headers are made from the coordinates.

    Parameters
    ----------
    values
        Array or DataArray of shape (inlines, crosslines, samples) on the volume's grid; numpy,
        memory-mapped, zarr, dask or lazy. Read in blocks of inlines.
    volume
        Gives lines, times and the source.
    out
        New file; never the source.
    sample_format
        ``"int8"`` for facies, ``"float32"`` for amplitudes and confidence; also int16, int32.
    source
        SEG-Y file to take headers from; None takes the one recorded in the volume, False none.
    text
        Lines that say what the file is, each up to 76 characters.
    convert
        Applied to each block of values before it is written, such as facies codes to SEG-Y codes.
    overwrite
        Whether an existing ``out`` may be replaced.
    progress
        Called with the share written, 0 to 1.

    Returns
    -------
    pathlib.Path
        The file written, absolute.

    Raises
    ------
    InputError
        If the source is gone or has other lines, values don't fit the format, or ``out`` cannot be
        written; nothing is left behind then.
    """
    if sample_format not in FORMAT_CODES:
        raise InputError(
            f"sample format {sample_format!r}: choose one of {', '.join(FORMAT_CODES)}"
        )
    if tuple(values.shape) != tuple(volume.shape):
        raise ValueError(f"values have shape {values.shape}, the volume {volume.shape}")
    path = _headers_from(volume, source)
    lines = list(text or (f"WRITTEN BY NAPARI-S6 {__version__}",))
    kept = [file for file in (path, survey_record(volume).source) if file]
    with atomic_path(out, overwrite=overwrite, keep=kept) as temporary:
        if path is None:
            target = _new_target(volume, sample_format, lines)
        else:
            target = _target_like(path, volume, sample_format, lines)
        with temporary.open("wb") as file:
            file.write(target.head)
            _write_traces(file, target, values, sample_format, convert, progress)
    return Path(out).expanduser().absolute()


def save_volume(
    volume: xr.DataArray,
    out: str | os.PathLike[str],
    *,
    sample_format: SampleFormat | None = None,
    source: str | os.PathLike[str] | Literal[False] | None = None,
    text: Sequence[str] | None = None,
    convert: Convert | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write a volume in the format its suffix names: .sgy .segy .npy .zarr .nc.

    ``sample_format``, ``source``, ``text`` and ``convert`` matter to SEG-Y alone (see
    :func:`write_segy`); the format defaults to int8 for 8-bit volumes, float32 for others.
    ``progress`` is told the share written; what it raises ends the writing.

    Raises
    ------
    InputError
        If the suffix names no format we write, or writing fails.
    """
    from napari_s6.formats import stores

    suffix = Path(out).suffix.lower()
    if suffix in (".sgy", ".segy"):
        chosen = sample_format or ("int8" if volume.dtype.itemsize == 1 else "float32")
        return write_segy(
            volume,
            volume,
            out,
            sample_format=chosen,
            source=source,
            text=text,
            convert=convert,
            overwrite=overwrite,
            progress=progress,
        )
    if suffix == ".npy":
        return stores.write_npy(volume, out, overwrite=overwrite, progress=progress)
    if suffix == ".zarr":
        return stores.write_zarr(volume, out, overwrite=overwrite, progress=progress)
    if suffix == ".nc":
        return stores.write_netcdf(volume, out, overwrite=overwrite, progress=progress)
    raise InputError(f"{out}: no format is called {suffix or 'that'}; use .sgy, .npy, .zarr or .nc")


def _headers_from(
    volume: xr.DataArray, source: str | os.PathLike[str] | Literal[False] | None
) -> Path | None:
    """The SEG-Y file whose headers are copied, or None to make them."""
    if source is False:
        return None
    if source is not None:
        return Path(source).expanduser().absolute()
    recorded = survey_record(volume).segy_path
    if recorded is None or recorded.is_file():
        return recorded
    if not survey_record(volume).text_header:
        raise InputError(
            f"{recorded}: gone, and the SEG-Y export copies its headers; put it back, or export to "
            ".npy, .zarr or .nc"
        )
    return None  # a converted volume: what its headers said is in its attributes


def _target_like(
    path: Path, volume: xr.DataArray, sample_format: str, text: Sequence[str]
) -> _Target:
    """Headers copied from a SEG-Y file, for those of its traces that lie on the volume."""
    record = survey_record(volume)
    layout = read_layout(path, record.n_samples_given)
    data = layout.map_bytes()
    grid = scan_grid(layout, data, record.header_bytes or STANDARD)
    row = _positions(grid.iline, volume["iline"].values)[grid.row]
    column = _positions(grid.xline, volume["xline"].values)[grid.column]
    traces = np.flatnonzero((row >= 0) & (column >= 0))
    if not len(traces):
        raise InputError(
            f"{path}: has none of the volume's lines; give the SEG-Y file the volume came from"
        )
    vertical = volume[vertical_dim(volume)].values
    original = layout.start + layout.interval * np.arange(layout.n_samples)
    changed = len(vertical) != len(original) or not np.allclose(vertical, original, atol=1e-3)
    fields = _sample_fields(volume, fractions=layout.revision >= 1) if changed else {}

    def headers(which: np.ndarray) -> np.ndarray:
        block = np.ascontiguousarray(layout.headers(data)[traces[which]])
        if fields:
            set_fields(block, layout.order_mark, {115: fields["count"], 117: fields["interval"]})
            set_fields(block, layout.order_mark, {109: fields["start"]})
            if layout.revision >= 1 and (fields["scalar"] or layout.header_field(data, 215)[0]):
                set_fields(block, layout.order_mark, {215: fields["scalar"]})
        return block

    head = np.array(data[: layout.first_trace])
    if changed or len(traces) < len(grid.row):
        text = [*text, _part_line(volume)]
    lines = _with_depth_mark(volume, text, text_lines(head[:TEXT_BYTES].tobytes()))
    head[:TEXT_BYTES] = np.frombuffer(insert_lines(head[:TEXT_BYTES].tobytes(), lines), np.uint8)
    binary = {25: FORMAT_CODES[sample_format]}
    if fields:
        binary[17] = fields["interval"]
    # The count that the file's size confirmed is written, whatever the source's header claimed.
    count = fields.get("count", layout.n_samples)
    if count <= 65535:
        binary[21] = count
    block = head[None, TEXT_BYTES:FIRST_TRACE]
    set_fields(block, layout.order_mark, binary)
    if block[0, 68:72].any():
        set_fields(block, layout.order_mark, {69: count}, width=4)
    return _Target(head.tobytes(), layout.order_mark, row[traces], column[traces], headers)


def _new_target(volume: xr.DataArray, sample_format: str, text: Sequence[str]) -> _Target:
    """Headers made from coordinates: live traces, and every trace of a line that has none.

    X and Y come from the affine, if there is one, and the text header from the attributes.
    """
    live = live_traces(volume)
    empty_rows, empty_columns = np.logical_not(live.any(1)), np.logical_not(live.any(0))
    live = live | empty_rows[:, None] | empty_columns[None, :]
    row, column = np.nonzero(live)
    fields = _sample_fields(volume, fractions=True)
    recorded = list(survey_record(volume).text_header)
    lines = _with_depth_mark(volume, text, recorded)

    def headers(which: np.ndarray) -> np.ndarray:
        return new_trace_headers(volume, row[which], column[which], which, fields)

    head = new_file_head(
        fields,
        FORMAT_CODES[sample_format],
        lines,
        recorded,
        survey_record(volume).affine is not None,
    )
    return _Target(head, ">", row, column, headers)


def _part_line(volume: xr.DataArray) -> str:
    """A line for the text header: what else it says of lines and samples is the whole's."""
    iline, xline = (
        f"{int(volume[dim].min())}-{int(volume[dim].max())}" for dim in ("iline", "xline")
    )
    samples = volume[vertical_dim(volume)]
    first, last = float(samples[0]), float(samples[-1])
    unit = vertical_units(volume).upper()
    return f"A PART: IL {iline}, XL {xline}, {samples.size} SAMPLES {first:g}-{last:g} {unit}"


def _with_depth_mark(
    volume: xr.DataArray, text: Sequence[str], existing: Sequence[str]
) -> list[str]:
    """Lines for the text header, first the one that says that samples are depths."""
    if vertical_dim(volume) != "depth" or any(DEPTH_MARK in line for line in existing):
        return list(text)
    unit = vertical_units(volume).upper()
    return [f"{DEPTH_MARK} ({unit}), INTERVAL IN {unit} / 1000", *text]


def _positions(numbers: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """Position on an axis of each number, or -1."""
    order = np.argsort(axis)
    found = np.clip(np.searchsorted(axis, numbers, sorter=order), 0, len(axis) - 1)
    return np.where(axis[order[found]] == numbers, order[found], -1)


def _sample_fields(volume: xr.DataArray, *, fractions: bool) -> dict[str, int]:
    """Sample count, interval (microseconds or mm) and start as SEG-Y headers hold them.

    With ``fractions``, the start may be divided by a scalar, a field that came with revision 1.
    """
    name = vertical_dim(volume)
    samples = np.asarray(volume[name].values, float)
    steps = np.diff(samples)
    step = float(steps.mean()) if len(steps) else 1.0
    interval = round(step * 1000)
    if len(steps) and not np.allclose(steps, step, rtol=1e-3):
        raise InputError(f"{name}: samples are not evenly spaced, which SEG-Y needs; use .nc")
    if not 1 <= interval <= 65535 or len(samples) > 65535 or abs(samples[0]) > 32767:
        raise InputError(
            f"{name}: {len(samples)} samples of {step:g} from {samples[0]:g} do not fit SEG-Y "
            "headers; use .nc"
        )
    first = float(samples[0])
    divisors = (1, 10, 100) if fractions else (1,)
    divisor = next((d for d in divisors if abs(first * d - round(first * d)) < 1e-6), 1)
    divisor = divisor if abs(first * divisor) <= 32767 else 1
    return {
        "count": len(samples),
        "interval": interval,
        "start": round(first * divisor),
        "scalar": -divisor if divisor > 1 else 0,
    }


def _write_traces(
    file: BinaryIO,
    target: _Target,
    values: Any,
    sample_format: str,
    convert: Convert | None,
    progress: Progress | None,
) -> None:
    """Write all traces, reading the values a block of inlines at a time."""
    dtype = np.dtype(sample_format).newbyteorder(target.order_mark)
    n_samples = values.shape[2]
    trace_bytes = TRACE_HEADER + n_samples * dtype.itemsize
    for rows, traces in _blocks_of_lines(target.row, values.shape, dtype.itemsize):
        columns = np.unique(target.column[traces])
        block = _read_block(values, rows, columns)
        block = np.asarray(convert(block)) if convert else block
        samples = block[
            target.row[traces] - rows.start, np.searchsorted(columns, target.column[traces])
        ]
        records = np.empty((len(traces), trace_bytes), np.uint8)
        records[:, :TRACE_HEADER] = target.headers(traces)
        stored = _fit(samples, sample_format).astype(dtype)
        records[:, TRACE_HEADER:] = stored.view(np.uint8).reshape(len(traces), -1)
        # The file's order may be by crossline: each unbroken run of traces is written at its place.
        breaks = np.flatnonzero(np.diff(traces) != 1) + 1
        for run in np.split(np.arange(len(traces)), breaks):
            file.seek(len(target.head) + int(traces[run[0]]) * trace_bytes)
            file.write(records[run[0] : run[-1] + 1].data)
        if progress is not None:
            progress(rows.stop / values.shape[0])


def _blocks_of_lines(
    row: np.ndarray, shape: tuple[int, ...], itemsize: int
) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield blocks of inlines with the traces on them, ascending."""
    step = max(1, _BLOCK_BYTES // max(1, shape[1] * shape[2] * max(4, itemsize)))
    by_row = np.argsort(row, kind="stable")
    edges = np.searchsorted(row[by_row], np.arange(0, shape[0] + step, step))
    for number, (first, last) in enumerate(pairwise(edges)):
        if last > first:
            rows = slice(number * step, min((number + 1) * step, shape[0]))
            yield rows, np.sort(by_row[first:last])


def _read_block(values: Any, rows: slice, columns: np.ndarray) -> np.ndarray:
    """Values of some inlines, at the crosslines given; whole lines where most are wanted."""
    if isinstance(values, xr.DataArray):
        return np.asarray(values.isel({values.dims[0]: rows, values.dims[1]: columns}).values)
    return np.asarray(values[rows])[:, columns]


def _fit(samples: np.ndarray, sample_format: str) -> np.ndarray:
    """Check that values survive the sample format, and return them."""
    if sample_format == "float32" or not samples.size:
        return samples
    limits = np.iinfo(sample_format)
    # NaN differs from itself rounded, so it counts as a fraction.
    if samples.dtype.kind == "f" and (samples != np.rint(samples)).any():
        raise InputError(
            f"--sample-format {sample_format}: the volume holds fractions; use float32"
        )
    low, high = samples.min(), samples.max()
    if low < limits.min or high > limits.max:
        raise InputError(
            f"--sample-format {sample_format}: values run from {low} to {high}, beyond "
            f"{limits.min} to {limits.max}; use float32"
        )
    return samples
