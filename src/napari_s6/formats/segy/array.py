"""SEG-Y files as volumes that read from the file only what is looked at.

The file is mapped into memory and never copied: a section or a time slice gathers its samples from
the mapped traces, converts them (byte order, IBM floats) and leaves the rest on disk.
"""

import mmap
import os
from typing import Any

import numpy as np
import segyio._segyio  # noqa: F401  (segyio.tools.native needs it, and does not load it)
import xarray as xr
from segyio.tools import native as ibm_to_native

from napari_s6.formats.segy.attributes import segy_record
from napari_s6.formats.segy.axis import vertical_axis
from napari_s6.formats.segy.binary import IBM_FLOAT, TEXT_BYTES, TRACE_HEADER
from napari_s6.formats.segy.grid import HOLE, find_grid
from napari_s6.formats.segy.layout import SegyLayout, read_layout
from napari_s6.formats.segy.setups import header_positions
from napari_s6.formats.segy.text import text_lines
from napari_s6.survey.dead import drop_dead, find_dead_traces
from napari_s6.survey.lazy import LazyArray
from napari_s6.survey.reading import Reading
from napari_s6.survey.volume import make_volume

_BLOCK_BYTES = 32 * 2**20
# Traces are far apart if all between them would be this many times what is wanted.
_FAR_APART = 8

__all__ = ["SegyArray", "drop_dead", "find_dead_traces", "open_segy"]


class SegyArray(LazyArray):
    """The samples of a SEG-Y file as a lazy (inlines, crosslines, samples) array; holes read as 0.

    Can be pickled and copied: the file is mapped again where it arrives.
    """

    __slots__ = ("_data", "dtype", "layout", "shape", "trace")

    def __init__(self, layout: SegyLayout, trace: np.ndarray) -> None:
        self.layout = layout
        self.trace = trace
        self.shape = (*trace.shape, layout.n_samples)
        self.dtype = layout.dtype
        self._data = layout.map_bytes()

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.layout, self.trace)

    def _read(self, key: tuple[Any, ...]) -> np.ndarray:
        """Read an outer selection: an integer, a slice or an array of positions for each axis."""
        rows, columns, depth = key
        if isinstance(depth, np.ndarray):
            # Picked out of a slice: numpy would gather them from every trace of the file.
            low = int(depth.min()) if len(depth) else 0
            part = self._read((rows, columns, slice(low, int(depth.max(initial=low)) + 1)))
            return part[..., depth - low]
        trace = self.trace[rows]
        trace = trace[..., columns]
        stored = self.layout.samples(self._data)
        # A slice is cut before gathering, so that a time slice touches one sample of a trace.
        column = stored[:, depth]
        out = np.zeros((*trace.shape, *column.shape[1:]), self.dtype)
        flat_trace = trace.reshape(-1)
        flat_out = out.reshape(len(flat_trace), *column.shape[1:])
        cut = depth if isinstance(depth, slice) else slice(int(depth), int(depth) + 1)
        self._announce(flat_trace, range(self.layout.n_samples)[cut])
        step = max(1, _BLOCK_BYTES // max(1, column[:1].nbytes))
        for start in range(0, len(flat_trace), step):
            block = slice(start, start + step)
            self._gather(column, flat_trace[block], flat_out[block])
        return out[()] if out.ndim == 0 else out

    def _gather(self, stored: np.ndarray, trace: np.ndarray, out: np.ndarray) -> None:
        """Fill ``out`` with the samples of the given traces, leaving holes alone."""
        present = trace != HOLE
        if present.all():
            out[...] = self._to_native(_take(stored, trace))
        elif present.any():
            out[present] = self._to_native(_take(stored, trace[present]))

    def _announce(self, trace: np.ndarray, depth: range) -> None:
        """Tell the system which parts of the file come next, where these lie far apart.

        Come upon one after another, a crossline's traces would be waited for one by one, and the
        system would read megabytes of neighbours with each.
        """
        wanted = trace[trace != HOLE]
        if len(wanted) < 2 or not len(depth) or not hasattr(mmap, "MADV_WILLNEED"):
            return
        itemsize, step = self.layout.disk_dtype.itemsize, self.layout.trace_bytes
        low, high = min(depth[0], depth[-1]), max(depth[0], depth[-1])
        length = (high - low + 1) * itemsize
        span = (int(wanted.max()) - int(wanted.min()) + 1) * step
        if span < _FAR_APART * len(wanted) * (length + mmap.PAGESIZE):
            return
        first = self.layout.first_trace + TRACE_HEADER + low * itemsize
        mapped: mmap.mmap = self._data._mmap  # type: ignore[attr-defined]
        for number in wanted.tolist():
            start = first + number * step
            page = start // mmap.PAGESIZE * mmap.PAGESIZE
            mapped.madvise(mmap.MADV_WILLNEED, page, start + length - page)

    def _to_native(self, stored: np.ndarray) -> np.ndarray:
        if self.layout.format_code != IBM_FLOAT:
            return stored
        # segyio expects big-endian words and may work in place, hence the copy.
        words = np.array(stored, ">u4", order="C")
        return np.asarray(ibm_to_native(words.reshape(-1), copy=False)).reshape(stored.shape)


def _take(stored: np.ndarray, trace: np.ndarray) -> np.ndarray:
    """Traces by number; a view of the file where the numbers are evenly spaced."""
    if len(trace) == 1:
        return stored[trace[0] : trace[0] + 1]
    steps = np.diff(trace)
    if steps[0] > 0 and np.all(steps == steps[0]):
        return stored[trace[0] : trace[-1] + 1 : steps[0]]
    traces: np.ndarray = stored[trace]
    return traces


def open_segy(
    path: str | os.PathLike[str],
    reading: Reading = Reading(),
) -> xr.DataArray:
    """Open a SEG-Y file as a lazy volume; only its trace headers are read.

    Parameters
    ----------
    path
        A post-stack SEG-Y file of any sample format but 4, 7 and 15, either byte order.
    reading
        Where line numbers stand, and what is known better than the headers say. The vertical axis
        is time unless this or the file, if written by us, say otherwise.

    Returns
    -------
    xarray.DataArray
        Volume in the file's own sample type (IBM floats as float32); ``live`` is where there is a
        trace. The attributes are those described in :mod:`napari_s6.survey.record`.

    Raises
    ------
    InputError
        If the file can't be read or its headers make no grid.
    """
    layout = read_layout(path, reading.n_samples)
    data = layout.map_bytes()
    where, guess = header_positions(reading.header_bytes)
    found = find_grid(layout, data, where, guess)
    text = text_lines(data[:TEXT_BYTES].tobytes())
    axis = vertical_axis(
        layout.interval,
        layout.start,
        layout.n_samples,
        reading=reading,
        text=text,
        feet=layout.feet,
    )
    values = SegyArray(layout, found.grid.trace).lazily()
    return make_volume(
        values,
        iline=found.grid.iline,
        xline=found.grid.xline,
        samples=axis.samples,
        domain=axis.domain,
        units=axis.units,
        live=found.grid.trace != HOLE,
        attrs=segy_record(layout, data, found, text, reading).as_attrs(),
    )
