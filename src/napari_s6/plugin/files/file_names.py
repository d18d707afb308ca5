"""What files to read and to write are called: filters of dialogs, and names that are proposed."""

import itertools
from pathlib import Path

import xarray as xr

from napari_s6.formats.registry import readable_suffixes
from napari_s6.survey.record import survey_record


def stem_of(layer: str, volume: xr.DataArray) -> str:
    """Name a file after a layer and the survey it lies on, without folder or suffix.

    >>> stem_of("Facies 2", xr.DataArray(attrs={"source": "/data/north.sgy"}))
    'north_Facies_2'
    """
    words = layer.rsplit(".", 1)[0].replace(" ", "_").replace("/", "_")
    source = survey_record(volume).source
    own = Path(source).stem if source else ""
    return f"{own}_{words}" if own and own not in words else words


def free_path(path: Path) -> Path:
    """Return the path, or the first like it with a number that is not there yet.

    A label layer from a file must not propose to replace that file.
    """
    others = (path.with_name(f"{path.stem}_{n}{path.suffix}") for n in itertools.count(2))
    return next(one for one in itertools.chain((path,), others) if not one.exists())


def seismic_files() -> str:
    """Return the filter of a dialog that asks for a seismic file, in letters of either case."""
    patterns = (f"*{suffix} *{suffix.upper()}" for suffix in readable_suffixes())
    return f"Seismic ({' '.join(patterns)});;All files (*)"
