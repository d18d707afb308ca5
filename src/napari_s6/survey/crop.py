"""Part of a survey: cropped to ranges of lines and times, thinned out, and its size beforehand."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.survey.record import survey_record, update_survey_record
from napari_s6.survey.volume import live_traces, vertical_dim

_NUMBER = r"[+-]?\d+(?:\.\d*)?"
_SPEC = re.compile(rf"(?:({_NUMBER})?-({_NUMBER})?)?(?:/(\d+))?")
_NAMES = {
    "iline": "iline",
    "inline": "iline",
    "xline": "xline",
    "crossline": "xline",
    "samples": "samples",
    "twt": "samples",
    "depth": "samples",
}


@dataclass(frozen=True)
class Range:
    """From one number to another, both included, and of what lies there every ``step``-th."""

    first: float | None = None
    last: float | None = None
    step: int = 1

    def __post_init__(self) -> None:
        if self.step < 1:
            raise InputError(f"crop step {self.step}: give a whole number above 0")

    def positions(self, axis: np.ndarray, name: str) -> slice:
        """Positions on an axis, which may increase or decrease.

        Raises
        ------
        InputError
            If nothing of the axis lies in the range.
        """
        low = -np.inf if self.first is None else self.first
        high = np.inf if self.last is None else self.last
        inside = np.flatnonzero((axis >= min(low, high)) & (axis <= max(low, high)))
        if not len(inside):
            raise InputError(
                f"crop {name} {low:g} to {high:g}: the survey runs from {axis.min():g} to "
                f"{axis.max():g}"
            )
        return slice(int(inside[0]), int(inside[-1]) + 1, self.step)

    def __str__(self) -> str:
        ends = ("" if end is None else f"{end:g}" for end in (self.first, self.last))
        return "-".join(ends) + (f"/{self.step}" if self.step > 1 else "")


@dataclass(frozen=True)
class CropSize:
    """What a crop leaves: shape, traces with data, bytes in memory."""

    shape: tuple[int, int, int]
    traces: int
    memory: int

    def __str__(self) -> str:
        shape = " x ".join(str(n) for n in self.shape)
        return f"{shape}, {self.traces} traces, {self.memory / 2**20:.1f} MB in memory"


@dataclass(frozen=True)
class Crop:
    """Ranges of inline numbers, crossline numbers and times (or depths) to keep.

    Samples are dropped without a filter: thin out time only where the frequencies allow it.
    """

    iline: Range = Range()
    xline: Range = Range()
    samples: Range = Range()

    def positions(self, volume: xr.DataArray) -> dict[str, slice]:
        """For each dimension of the volume, the positions kept."""
        dims = {"iline": self.iline, "xline": self.xline, vertical_dim(volume): self.samples}
        return {
            dim: kept.positions(np.asarray(volume[dim].values, float), dim)
            for dim, kept in dims.items()
        }

    def size(self, volume: xr.DataArray) -> CropSize:
        """What would be left of a volume; nothing is read."""
        kept = self.positions(volume)
        counts = [len(range(*kept[str(dim)].indices(n))) for dim, n in volume.sizes.items()]
        shape = (counts[0], counts[1], counts[2])
        live = live_traces(volume)[kept["iline"], kept["xline"]]
        return CropSize(shape, int(live.sum()), int(np.prod(shape)) * volume.dtype.itemsize)

    def apply(self, volume: xr.DataArray) -> xr.DataArray:
        """The part of a volume, as lazy as the volume is.

        Raises
        ------
        InputError
            If a range lies outside the volume.
        """
        if self == Crop():
            return volume
        part = volume.isel(self.positions(volume))
        part.attrs = dict(volume.attrs)
        notes = "; ".join(filter(None, [survey_record(volume).notes, f"cropped to {self}"]))
        return update_survey_record(part, notes=notes)

    def __str__(self) -> str:
        named = {"iline": self.iline, "xline": self.xline, "samples": self.samples}
        return ", ".join(f"{name}:{kept}" for name, kept in named.items() if kept != Range())


def parse_crop(specs: Sequence[str]) -> Crop:
    """Read ``["iline:100-300/2", "xline:/2", "samples:400-1800"]``.

    Either end may be left out; ``/n`` keeps every n-th of what lies in the range.

    Raises
    ------
    InputError
        If a text is no such range.
    """
    crop = Crop()
    for spec in specs:
        name, colon, text = spec.partition(":")
        match = _SPEC.fullmatch(text.strip())
        if not colon or name.strip() not in _NAMES or not match or not text.strip():
            raise InputError(
                f"crop {spec!r}: write it as iline:100-300, xline:100-300/2 or samples:400-1800"
            )
        first, last, step = match.groups()
        kept = Range(float(first) if first else None, float(last) if last else None, int(step or 1))
        crop = replace(crop, **{_NAMES[name.strip()]: kept})
    return crop
