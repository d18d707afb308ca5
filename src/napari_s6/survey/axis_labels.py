"""What a survey's axes are called, with the unit that the survey itself has them in."""

import xarray as xr

from napari_s6.survey.record import vertical_units
from napari_s6.survey.volume import vertical_dim

AXIS_NAMES = {
    "iline": "inline",
    "xline": "crossline",
    "twt": "two-way time",
    "depth": "depth",
}
"""What people call each axis."""


def axis_label(volume: xr.DataArray, dim: str) -> str:
    """Return what to write beside an axis of a picture, with its unit where it has one.

    Examples
    --------
    >>> from napari_s6.survey.synthetic import make_survey
    >>> survey, _ = make_survey((4, 6, 16))
    >>> axis_label(survey, "xline"), axis_label(survey, "twt")
    ('crossline', 'two-way time (ms)')
    >>> unit_name(survey), unit_suffix(survey), vertical_in_words(survey, 1240)
    ('ms', ' ms', '1240 ms')
    """
    if dim != vertical_dim(volume):
        return AXIS_NAMES[dim]
    return f"{AXIS_NAMES[dim]} ({unit_name(volume)})"


def unit_name(volume: xr.DataArray) -> str:
    """Return the unit of a volume's times or depths as texts have it: "ms", "ft", "samples"."""
    units = vertical_units(volume)
    return "samples" if units == "sample" else units


def unit_suffix(volume: xr.DataArray) -> str:
    """Return what stands behind a time or depth in a box: " ms", " ft", nothing for samples."""
    units = vertical_units(volume)
    return "" if units == "sample" else f" {units}"


def vertical_in_words(volume: xr.DataArray, value: float) -> str:
    """Return a time or depth in words: "1240 ms", "4000 ft", "sample 12"."""
    units = vertical_units(volume)
    return f"sample {value:g}" if units == "sample" else f"{value:g} {units}"
