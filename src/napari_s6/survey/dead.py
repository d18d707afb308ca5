"""Dead traces: recorded, but without data. They are no data to train on, show or measure."""

from collections.abc import Callable

import numpy as np
import xarray as xr

from napari_s6.survey.record import survey_record, update_survey_record
from napari_s6.survey.volume import live_traces, vertical_dim

_BLOCK_BYTES = 32 * 2**20


def find_dead_traces(
    volume: xr.DataArray, progress: Callable[[float], None] | None = None
) -> np.ndarray:
    """Find live traces that hold no data: no sample that is finite and not zero.

    Every sixteenth sample is looked at first, so that few traces are read whole.

    Parameters
    ----------
    volume
        Any volume; only traces marked ``live`` are looked at.
    progress
        Called with the share done, 0 to 1, after each block of inlines.

    Returns
    -------
    numpy.ndarray
        Boolean (inlines, crosslines), True where a trace is dead.
    """
    live = live_traces(volume)
    dead = np.zeros(live.shape, bool)
    vertical = vertical_dim(volume)
    row_bytes = live.shape[1] * volume.sizes[vertical] * volume.dtype.itemsize
    step = max(1, _BLOCK_BYTES // max(1, row_bytes))
    for start in range(0, live.shape[0], step):
        block = slice(start, min(start + step, live.shape[0]))
        rows, columns = np.nonzero(live[block].any(1))[0] + start, np.nonzero(live[block].any(0))[0]
        if 4 * int(live[block].sum()) < len(rows) * len(columns):
            # Mostly holes: line by line, so that these are not read (and made up) as well.
            for row in rows:
                on_line = np.flatnonzero(live[row])
                dead[row, on_line] = _dead_in(volume.isel(iline=[row], xline=on_line))
        elif len(rows):
            found = _dead_in(volume.isel(iline=rows, xline=columns))
            dead[np.ix_(rows, columns)] = found & live[np.ix_(rows, columns)]
        if progress is not None:
            progress(block.stop / live.shape[0])
    return dead


def _dead_in(part: xr.DataArray) -> np.ndarray:
    """Traces without data in a part that is read at once, (inlines, crosslines)."""
    suspects = no_data(part.isel({vertical_dim(part): slice(None, None, 16)}).values)
    bad_rows, bad_columns = suspects.any(1), suspects.any(0)
    if suspects.any():
        # Only lines with a suspect are read again, in full.
        whole = no_data(part.isel(iline=bad_rows, xline=bad_columns).values)
        suspects[np.ix_(bad_rows, bad_columns)] &= whole
    return np.asarray(suspects, bool)


def no_data(samples: np.ndarray) -> np.ndarray:
    """Whether a trace, along the last axis, has no finite sample other than zero."""
    if samples.dtype.kind == "f":
        return np.asarray(~((samples != 0) & np.isfinite(samples)).any(-1))
    return np.asarray(~samples.any(-1))


def drop_dead(
    volume: xr.DataArray, progress: Callable[[float], None] | None = None
) -> xr.DataArray:
    """Return the volume with its dead traces no longer ``live``; the samples are not copied.

    A volume that was scanned before is returned as it is.
    """
    if survey_record(volume).dead_scanned:
        return volume
    dead = find_dead_traces(volume, progress)
    live = live_traces(volume) & ~dead
    scanned = volume.assign_coords(live=(("iline", "xline"), live))
    return update_survey_record(scanned, dead_scanned=True, dead_traces=int(dead.sum()))
