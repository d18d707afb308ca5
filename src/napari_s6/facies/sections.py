"""Vertical sections by line number: naming them, and which of them can train or predict."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.survey.volume import ORIENTATIONS, Orientation, live_traces

#: A line is a section if at least this many of its traces are live ...
MIN_LIVE_TRACES = 64
#: ... and at least this share of the traces between its first and its last live one.
MIN_LIVE_SHARE = 0.5

_NAMES: dict[str, Orientation] = {
    "iline": "iline",
    "inline": "iline",
    "il": "iline",
    "xline": "xline",
    "crossline": "xline",
    "xl": "xline",
}
_LINES = re.compile(r"(-?\d+)(?:-(-?\d+))?")


@dataclass(frozen=True, order=True)
class Section:
    """Name a vertical section by orientation and line number; printed as ``iline:130``."""

    orientation: Orientation
    line: int

    def __str__(self) -> str:
        return f"{self.orientation}:{self.line}"

    def index(self, volume: xr.DataArray) -> int:
        """Return the section's position along its axis of ``volume``.

        Raises
        ------
        InputError
            If the volume has no such line.
        """
        numbers = np.asarray(volume.coords[self.orientation].values)
        found = np.flatnonzero(numbers == self.line)
        if not found.size:
            raise InputError(
                f"{self}: the survey has no such line; its {self.orientation} numbers run from "
                f"{numbers.min()} to {numbers.max()}"
            )
        return int(found[0])


def parse_lines(specs: Sequence[str], volume: xr.DataArray | None = None) -> list[Section]:
    """Read ``["iline:130,459", "xline:300-310"]`` into sections, each once, in that order.

    With a volume, every line must exist there and a range takes the lines that exist in it (all
    multiples of the step, say); without one, a range is every number from first to last.

    Raises
    ------
    InputError
        If a text does not have that form, or names a line the volume does not have.

    Examples
    --------
    >>> [str(section) for section in parse_lines(["iline:130,459", "xline:300-302"])]
    ['iline:130', 'iline:459', 'xline:300', 'xline:301', 'xline:302']
    """
    sections: dict[Section, None] = {}
    for spec in specs:
        name, _, numbers = spec.partition(":")
        orientation = _NAMES.get(name.strip().lower())
        if orientation is None or not numbers.strip():
            raise InputError(
                f"lines {spec!r}: write them as iline:130,459 or xline:300-310 "
                "(orientation, colon, line numbers)"
            )
        for part in numbers.split(","):
            match = _LINES.fullmatch(part.strip())
            if match is None:
                raise InputError(
                    f"lines {spec!r}: {part.strip()!r} is no line number and no range like 300-310"
                )
            first, last = int(match[1]), int(match[2] or match[1])
            for line in _lines_between(spec, orientation, first, last, volume):
                sections[Section(orientation, line)] = None
    return list(sections)


def _lines_between(
    spec: str, orientation: Orientation, first: int, last: int, volume: xr.DataArray | None
) -> list[int]:
    if first > last:
        first, last = last, first
    if volume is None:
        return list(range(first, last + 1))
    if first == last:
        Section(orientation, first).index(volume)
        return [first]
    numbers = np.sort(np.asarray(volume.coords[orientation].values))
    found = numbers[(numbers >= first) & (numbers <= last)]
    if not found.size:
        raise InputError(
            f"lines {spec!r}: the survey has no {orientation} from {first} to {last}; its numbers "
            f"run from {numbers.min()} to {numbers.max()}"
        )
    return [int(line) for line in found]


def valid_lines(live: np.ndarray) -> dict[Orientation, np.ndarray]:
    """Return, for each orientation, which lines of a live map can train and predict.

    Parameters
    ----------
    live
        Boolean (inlines, crosslines).

    Returns
    -------
    dict
        A boolean array over the lines of each orientation. A line is valid if at least 64 of its
        traces, and half of those between its first and last live one, are live. If that leaves
        none at all (a small survey), every line with a live trace in the orientation whose lines
        are longest, both orientations if they are equally long.
    """
    valid: dict[Orientation, np.ndarray] = {}
    longest: dict[Orientation, int] = {}
    for axis, orientation in enumerate(ORIENTATIONS):
        lines = live if axis == 0 else live.T
        counts = np.count_nonzero(lines, axis=1)
        first = np.argmax(lines, axis=1)
        last = lines.shape[1] - 1 - np.argmax(lines[:, ::-1], axis=1)
        spans = np.where(counts > 0, last - first + 1, 0)
        valid[orientation] = (counts >= MIN_LIVE_TRACES) & (counts >= MIN_LIVE_SHARE * spans)
        longest[orientation] = int(counts.max(initial=0))
    if not any(mask.any() for mask in valid.values()):
        most = max(longest.values())
        for axis, orientation in enumerate(ORIENTATIONS):
            if longest[orientation] == most:
                valid[orientation] = np.asarray(live.any(axis=1 - axis))
    return valid


def valid_sections(volume: xr.DataArray) -> list[Section]:
    """Return the sections that can train and predict, inlines first, ascending in position.

    See `valid_lines` for what makes a section valid.
    """
    valid = valid_lines(live_traces(volume))
    return [
        Section(orientation, int(line))
        for orientation in ORIENTATIONS
        for line in np.asarray(volume.coords[orientation].values)[valid[orientation]]
    ]
