"""What is derived from facies, into files: their boundaries as horizons, and how much there is."""

from pathlib import Path
from typing import Any, Literal

from napari_s6.horizons.export import (
    horizons_from_facies,
    write_horizon_grids,
    write_horizons,
)
from napari_s6.horizons.grid_files import writable_grid_formats
from napari_s6.horizons.statistics import facies_statistics, write_statistics
from napari_s6.plugin.files.export import layer_codes, need_record, need_scheme
from napari_s6.survey.record import Progress

Derived = Literal["horizons", "statistics"]

DERIVED: dict[Derived, str] = {
    "horizons": "Horizons between facies",
    "statistics": "Statistics, thickness maps",
}
#: How the maps of each come: as text, or in a format of grids by its name.
MAPS: dict[Derived, dict[str, str]] = {
    "horizons": {
        "text": "Text: IL XL X Y Z",
        **{one.name: f"{one.label}s" for one in writable_grid_formats()},
    },
    "statistics": {
        "text": "Tables, pictures, text",
        **{one.name: f"… and {one.label}s" for one in writable_grid_formats()},
    },
}


def suffix_of(derived: Derived, maps: str) -> str:
    """The suffix of what is written, nothing for a folder."""
    return ".txt" if (derived, maps) == ("horizons", "text") else ""


def save_derived(
    derived: Derived,
    maps: str,
    values: Any,
    metadata: dict[str, Any],
    name: str,
    out: str | Path,
    *,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> tuple[Path, str]:
    """Write what is derived from the array of a label layer.

    Parameters
    ----------
    values, metadata, name
        Of the layer; ``values`` is (inline, sample, crossline), 0 = unlabelled.

    Returns
    -------
    tuple
        What was written, a file or a folder, and a note on it, if there is one.

    Raises
    ------
    InputError
        If the layer lies on no survey, has one facies only, or ``out`` cannot be written.
    """
    record = need_record(metadata, name)
    volume, scheme = record.volume, need_scheme(record, name)
    codes = layer_codes(values, volume, progress)
    if derived == "statistics":
        found = facies_statistics(codes, volume, scheme)
        grids = None if maps == "text" else maps
        return write_statistics(found, volume, scheme, out, grids=grids, overwrite=overwrite)
    horizons, disordered = horizons_from_facies(codes, volume, scheme)
    notes = (
        [f"facies are out of order on {disordered:,} traces, where thicknesses are kept"]
        if disordered
        else []
    )
    if maps == "text":
        written = write_horizons(horizons, volume, out, notes=notes, overwrite=overwrite)
    else:
        written, note = write_horizon_grids(horizons, volume, out, maps, overwrite=overwrite)
        notes += [note] if note else []
    return written, "; ".join(notes)
