"""napari's way in: seismic and facies files, and benchmark folders, as layers.

Whether a file is ours is decided from its name and its first bytes, without an error and without
reading samples; `.npy`, Zarr, NetCDF and folders are shared with other readers.
"""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.facies.codes import MAX_CLASSES, UNLABELLED, UNLABELLED_SEGY
from napari_s6.facies.conventions import scheme_of_text
from napari_s6.facies.files import open_labels_on_survey
from napari_s6.facies.record import facies_record
from napari_s6.facies.scheme import F3, FaciesScheme, generic
from napari_s6.formats.benchmark import is_benchmark, open_benchmark
from napari_s6.formats.open import is_scanned_at_once, open_volume
from napari_s6.formats.registry import NETCDF, NPY, SEGY
from napari_s6.formats.segy.binary import TEXT_BYTES
from napari_s6.formats.segy.setups import HOW_TO_GIVE
from napari_s6.formats.segy.text import text_lines
from napari_s6.survey.dead import drop_dead
from napari_s6.survey.header_bytes import STANDARD
from napari_s6.survey.reading import Reading
from napari_s6.survey.record import survey_record
from napari_s6.survey.volume import live_traces

LayerData = tuple[Any, dict[str, Any], str]
Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]

#: Where people who drop a file on the window find what the drop could not ask.
OPEN_DOCK = "Open seismic (menu Plugins, napari-s6)"

#: An array is seismic-like if its vertical axis and one more have this many samples.
_FEWEST = 16


def get_reader(path: Paths) -> Callable[[Paths], list[LayerData]] | None:
    """Return a reader if ``path`` is a seismic or facies volume, else None. Never raises."""
    try:
        paths = _as_paths(path)
        return read if paths and all(_is_ours(p) for p in paths) else None
    except (OSError, ValueError, TypeError):  # unreadable is not ours
        return None


def read(path: Paths) -> list[LayerData]:
    """Read files into layers: seismic as an image, facies as labels on the survey in view.

    Raises
    ------
    InputError
        If a file holds no volume.
    """
    from napari import current_viewer

    from napari_s6.plugin.canvas.view import survey_view

    viewer = current_viewer()
    if viewer is not None:
        survey_view(viewer)
    layers: list[LayerData] = []
    for one in _as_paths(path):
        layers += _read_one(one, viewer)
    return layers


def _as_paths(path: Paths) -> list[Path]:
    paths = [path] if isinstance(path, str | os.PathLike) else list(path)
    return [Path(p).expanduser() for p in paths]


def _is_ours(path: Path) -> bool:
    suffix = path.suffix.lower()
    if path.is_dir():
        return _is_zarr_volume(path) or (_has_benchmark_below(path) and is_benchmark(path))
    if suffix in SEGY.suffixes:
        return True
    if suffix in NPY.suffixes:
        return _is_npy_volume(path)
    return suffix in NETCDF.suffixes and _is_netcdf_volume(path)


def _has_benchmark_below(path: Path) -> bool:
    """Whether the folder itself, not one above it, looks like the benchmark."""
    return any(
        (path / at).is_dir() for at in ("data/train", "data/test_once", "train", "test_once")
    )


def _is_npy_volume(path: Path) -> bool:
    with path.open("rb") as file:
        version = np.lib.format.read_magic(file)
        read_header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }.get(version)
        if read_header is None:
            return False
        shape, _, dtype = read_header(file)
    return _is_volume_like(shape) and dtype.kind in "iuf"


def _is_volume_like(shape: Sequence[int]) -> bool:
    return len(shape) == 3 and shape[2] >= _FEWEST and max(shape[:2]) >= _FEWEST


def _is_zarr_volume(path: Path) -> bool:
    """Whether a folder is a Zarr array of three axes, or a group that holds exactly one."""
    shapes = [_zarr_shape(path)]
    if shapes == [None] and any((path / n).is_file() for n in ("zarr.json", ".zgroup")):
        shapes = [_zarr_shape(child) for child in path.iterdir() if child.is_dir()]
    return sum(_is_volume_like(shape) for shape in shapes if shape is not None) == 1


def _zarr_shape(path: Path) -> list[int] | None:
    for name in ("zarr.json", ".zarray"):
        described = path / name
        if described.is_file():
            record = json.loads(described.read_text(encoding="utf-8"))
            shape = record.get("shape") if isinstance(record, dict) else None
            return shape if isinstance(shape, list) else None
    return None


def _is_netcdf_volume(path: Path) -> bool:
    import h5netcdf

    try:
        with h5netcdf.File(path, "r") as file:
            shapes = [v.shape for v in file.variables.values() if v.ndim == 3]
    except (OSError, KeyError, RuntimeError):
        return False
    return len(shapes) == 1 and _is_volume_like(shapes[0])


def _read_one(path: Path, viewer: Any) -> list[LayerData]:
    from napari_s6.plugin.canvas.layers import volume_layer_data

    if path.is_dir() and not _is_zarr_volume(path) and is_benchmark(path):
        return _read_benchmark(path)
    from napari.utils.notifications import show_info

    try:
        volume = open_volume(path, scan_dead=False)
    except InputError as error:
        raise InputError(str(error).replace(HOW_TO_GIVE, f"in the dock {OPEN_DOCK}")) from error
    if survey_record(volume).header_bytes_from == "guessed":
        show_info(_told_guess(path, volume))
    if looks_like_facies(volume):
        layer, note = facies_layer(path, (*surveys_in(viewer), volume))
        if note:
            show_info(note)
        return [layer]
    if is_scanned_at_once(volume):
        volume = drop_dead(volume)
    return [volume_layer_data(volume, path.name)]


def _told_guess(path: Path, volume: xr.DataArray) -> str:
    return (
        f"{path.name}: bytes {STANDARD.iline}/{STANDARD.xline} make no grid; inline, crossline, X "
        f"and Y are read from {survey_record(volume).header_bytes}, which make the best one. "
        f"Others can be chosen in the dock {OPEN_DOCK}."
    )


def looks_like_facies(volume: xr.DataArray) -> bool:
    """Return whether a volume seems to hold facies codes rather than amplitudes.

    Our files say so. Of others, 8- and 16-bit integers are facies if a few traces spread over the
    survey hold few different values, none of them out of range.
    """
    if volume.name == "facies" or facies_record(volume).convention or _segy_says_facies(volume):
        return True
    if volume.dtype.kind not in "iu" or volume.dtype.itemsize > 2:
        return False
    live = np.argwhere(live_traces(volume))
    if not len(live):
        return False
    spread = live[np.linspace(0, len(live) - 1, min(40, len(live))).astype(int)]
    values = np.unique([volume.variable[int(i), int(j)].values for i, j in spread])
    known = values[(values != UNLABELLED) & (values != UNLABELLED_SEGY)]
    return 0 < len(known) <= 32 and known[0] >= 0 and known[-1] < MAX_CLASSES


def _segy_says_facies(volume: xr.DataArray) -> bool:
    record = survey_record(volume)
    if not record.is_segy:
        return False
    with open(record.source, "rb") as file:
        return scheme_of_text(text_lines(file.read(TEXT_BYTES)))[0]


def scheme_of_codes(codes: xr.DataArray) -> FaciesScheme:
    """Return the scheme a facies file records, the benchmark's, or numbered facies."""
    recorded = facies_record(codes).scheme
    if recorded is not None:
        return recorded
    if survey_record(codes).source_format == "benchmark":
        return F3
    found = facies_record(codes).codes_found
    if found is None:  # too large to be read as a whole: twenty sections tell
        rows = np.unique(np.linspace(0, codes.shape[0] - 1, 20).astype(int))
        values = np.unique([np.unique(codes[int(i)].values).max(initial=0) for i in rows])
        found = values[values != UNLABELLED].tolist()
    return generic(max(found, default=0) + 1, first=0)


def facies_layer(
    path: Path, surveys: Sequence[xr.DataArray], reading: Reading = Reading()
) -> tuple[LayerData, str]:
    """Read facies onto the first of some surveys that they have lines in common with.

    ``reading`` goes to `napari_s6.facies.files.open_labels_on_survey`. Returns the layer,
    and a note on how the codes were understood where the file does not say it.

    Raises
    ------
    InputError
        If they fit none of the surveys.
    """
    from napari_s6.plugin.canvas.layers import labels_layer_data

    for survey in surveys:
        try:
            codes = open_labels_on_survey(path, survey, reading=reading)
        except InputError:
            if survey is surveys[-1]:
                raise
            continue  # another survey's labels
        break
    record = facies_record(codes)
    assumed = record.convention_from == "assumed"
    note = record.note.replace(str(path.absolute()), path.name) if assumed else ""
    return labels_layer_data(survey, codes, scheme_of_codes(codes), path.name), note


def surveys_in(viewer: Any) -> list[xr.DataArray]:
    """Return the surveys in the viewer, the one in view first."""
    from napari_s6.plugin.canvas.layers import kind_of, volume_of
    from napari_s6.plugin.canvas.view import survey_view

    if viewer is None:
        return []
    first = volume_of(survey_view(viewer).layer)
    surveys: list[xr.DataArray] = [] if first is None else [first]
    for layer in reversed(viewer.layers):
        volume = volume_of(layer)
        if volume is None or kind_of(layer) != "seismic" or any(volume is s for s in surveys):
            continue
        surveys.append(volume)
    return surveys


def _read_benchmark(folder: Path) -> list[LayerData]:
    """Read all parts of the benchmark; the training part is shown, the tests are hidden."""
    from napari_s6.plugin.canvas.layers import labels_layer_data, volume_layer_data

    layers: list[LayerData] = []
    for part in reversed(list(open_benchmark(folder).values())):
        shown = {"visible": part.name == "train"}
        data, options, kind = volume_layer_data(part.seismic, f"{part.name} seismic")
        layers.append((data, options | shown, kind))
        if part.labels is not None:
            values, options, kind = labels_layer_data(
                part.seismic, part.labels, F3, f"{part.name} labels"
            )
            layers.append((values, options | shown, kind))
    return layers
