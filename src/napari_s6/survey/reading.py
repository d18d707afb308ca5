"""How a file is to be read: one value that docks, the command line and Python fill alike."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self, get_args

import numpy as np

from napari_s6.errors import InputError
from napari_s6.survey.crop import Crop, parse_crop
from napari_s6.survey.header_bytes import HeaderBytes
from napari_s6.survey.volume import Domain

Unit = Literal["ms", "s", "m", "ft"]
VERTICAL_UNITS: tuple[Unit, ...] = get_args(Unit)


@dataclass(frozen=True)
class Reading:
    """Say how a seismic file is to be read; None leaves a field to the file.

    All but ``crop`` concern SEG-Y files alone, whose headers may be wrong or hold things elsewhere.

    Attributes
    ----------
    header_bytes
        Where trace headers hold line numbers and coordinates: positions, ``"standard"``,
        ``"petrel"``, ``"guess"``, ``"IL,XL[,X,Y]"`` or the name of a saved set-up. If it is not
        given and the standard's positions make no grid, other fields are tried; if it is, nothing
        is guessed unless asked for.
    domain
        What the vertical axis is: ``"twt"`` in ms or ``"depth"`` in m or ft.
    interval, start
        Sample interval and first sample in ``unit`` (ms where no unit is given, m in depth).
    n_samples
        Samples per trace. It must account for every byte of the file.
    unit
        ``"ms"`` or ``"s"``: time, shown in ms; ``"m"`` or ``"ft"``: depth, shown in that unit.
        The headers' numbers are taken to be in it.
    coordinate_scalar
        What X and Y are multiplied by, or divided by where it is negative, as in bytes 71-72.
    crop
        Part of the volume to open, in line numbers and times or depths.

    Raises
    ------
    InputError
        If a value cannot be one.

    Examples
    --------
    >>> Reading(header_bytes="petrel", unit="m").overrules_headers
    True
    >>> Reading.from_dict(Reading(interval=2.0).as_dict())
    Reading(header_bytes=None, domain=None, interval=2.0, start=None, n_samples=None, unit=None, \
coordinate_scalar=None, crop=None)
    """

    header_bytes: HeaderBytes | str | None = None
    domain: Domain | None = None
    interval: float | None = None
    start: float | None = None
    n_samples: int | None = None
    unit: Unit | None = None
    coordinate_scalar: int | None = None
    crop: Crop | None = None

    def __post_init__(self) -> None:
        if self.coordinate_scalar == 0:
            raise InputError("coordinate scalar 0: give 1, or a divisor as a negative number")
        if self.unit is not None and self.unit not in VERTICAL_UNITS:
            raise InputError(f"unit {self.unit!r}: choose one of {', '.join(VERTICAL_UNITS)}")
        if self.interval is not None and not (0 < self.interval < np.inf):
            raise InputError(f"sample interval {self.interval:g}: give a number above 0")
        if self.start is not None and not np.isfinite(self.start):
            raise InputError(f"start {self.start:g}: give the time or depth of the first sample")
        if self.n_samples is not None and self.n_samples < 1:
            raise InputError(f"sample count {self.n_samples}: give a whole number above 0")

    @property
    def overrules_headers(self) -> bool:
        """Whether anything is given that only a SEG-Y file's samples and headers can take."""
        return any(getattr(self, name) is not None for name in OVERRIDES)

    def as_dict(self) -> dict[str, Any]:
        """Return what is given as plain values, ready for JSON."""
        given = {
            field.name: value
            for field in fields(self)
            if (value := getattr(self, field.name)) is not None
        }
        if isinstance(self.header_bytes, HeaderBytes):
            given["header_bytes"] = asdict(self.header_bytes)
        if self.crop is not None:
            given["crop"] = str(self.crop).split(", ") if str(self.crop) else []
        return given

    @classmethod
    def from_dict(cls, given: dict[str, Any]) -> Self:
        """Return the value that `as_dict` described.

        Raises
        ------
        InputError
            If it names something else.
        """
        unknown = set(given) - {field.name for field in fields(cls)}
        if unknown:
            raise InputError(f"reading: {', '.join(sorted(unknown))} is no setting of it")
        values = dict(given)
        if isinstance(values.get("header_bytes"), dict):
            values["header_bytes"] = HeaderBytes(**values["header_bytes"])
        if values.get("crop") is not None:
            values["crop"] = parse_crop(values["crop"])
        return cls(**values)


#: What is known better than a SEG-Y file's headers say of its samples and coordinates.
OVERRIDES: dict[str, str] = {
    "interval": "sample interval",
    "start": "start",
    "n_samples": "sample count",
    "unit": "unit",
    "coordinate_scalar": "coordinate scalar",
}
