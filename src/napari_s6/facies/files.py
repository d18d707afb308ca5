"""Facies volumes in and out: label files of every kind, on their own grid or on a survey's."""

import os
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.facies.codes import UNLABELLED, to_segy
from napari_s6.facies.conventions import (
    CONVENTIONS,
    Convention,
    LabelDecoder,
    scheme_of_text,
    text_of,
)
from napari_s6.facies.matching import FaciesArray, on_grid
from napari_s6.facies.record import ConventionSource, facies_record, update_facies_record
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.formats.npy import indexed_volume
from napari_s6.formats.open import open_volume
from napari_s6.formats.registry import SEGY
from napari_s6.formats.save import save_volume
from napari_s6.formats.segy.write import write_segy
from napari_s6.survey.lazy import backing_array
from napari_s6.survey.reading import Reading
from napari_s6.survey.record import Progress, row_blocks, survey_record, update_survey_record
from napari_s6.survey.volume import ORIENTATIONS, vertical_dim
from napari_s6.survey.writing import SampleFormat

TIFF_SUFFIXES = (".tif", ".tiff")
#: Label files with at most this many bytes of traces are checked as a whole when opened.
CHECK_AT_ONCE = 2**30


def open_labels_on_survey(
    path: str | os.PathLike[str],
    volume: xr.DataArray,
    *,
    n_classes: int | None = None,
    convention: Convention | None = None,
    unlabelled: float | None = None,
    reading: Reading = Reading(),
) -> xr.DataArray:
    """Open a label file on a survey's grid: uint8 codes, 255 where unlabelled, read lazily.

    Traces are matched by inline and crossline number, samples by time or depth; files without
    line numbers must have the survey's shape (in any order of axes for a TIFF or bare array whose
    axes can be told apart by length). See `open_facies` for the parameters.

    Raises
    ------
    InputError
        As `open_facies`, and if the labels have no line or time in common with the survey.
    """
    facies = open_facies(
        path,
        n_classes=n_classes,
        convention=convention,
        unlabelled=unlabelled,
        reading=reading,
        like=volume,
    )
    return on_grid(facies, volume)


def open_facies(
    path: str | os.PathLike[str],
    *,
    n_classes: int | None = None,
    convention: Convention | None = None,
    unlabelled: float | None = None,
    reading: Reading = Reading(),
    like: xr.DataArray | None = None,
) -> xr.DataArray:
    """Open a label or facies file on its own grid: uint8 codes, 255 where unlabelled, read lazily.

    Parameters
    ----------
    path
        SEG-Y, ``.npy``, Zarr, NetCDF, a file or folder of the benchmark's layout (its training
        labels), or a TIFF as napari saves label layers.
    n_classes
        Number of facies of the scheme; a code beyond it is an error.
    convention
        ``"codes"`` or ``"layer"`` (see `facies.conventions`). Without it, what the file records;
        where it records nothing, ``"layer"`` for a TIFF and ``"codes"`` for all others.
    unlabelled
        One more number that means unlabelled, such as 99.
    reading
        How to read the file if it is SEG-Y; otherwise it does not matter.
    like
        The survey whose shape tells the axes of a file without line numbers.

    Returns
    -------
    xarray.DataArray
        `facies_record` tells how its numbers were read and what the file says of them.

    Raises
    ------
    InputError
        If the file can't be read, or holds a number that is no facies of the scheme.
    """
    path = Path(path).expanduser().absolute()
    if convention is not None and convention not in CONVENTIONS:
        raise InputError(f"convention {convention!r}: choose one of {', '.join(CONVENTIONS)}")
    raw, present = _open_raw(path, reading)
    recorded, scheme = _recorded(raw)
    if _is_counted(raw):
        update_facies_record(raw, counted=True)
        raw = raw if like is None else _axes_like(raw, like, path)
    assumed: Convention = "layer" if path.suffix.lower() in TIFF_SUFFIXES else "codes"
    decoder = LabelDecoder(str(path), convention or recorded or assumed, n_classes, unlabelled)
    facies = FaciesArray(raw, decoder, present).on(raw, "facies", raw.attrs)
    origin: ConventionSource = "given" if convention else "recorded" if recorded else "assumed"
    update_facies_record(
        facies,
        convention="codes",  # of the volume returned, and so of what is saved from it
        convention_from=origin,
        note=f"{decoder.describe()} ({origin})",
        scheme=scheme or facies_record(raw).scheme,
        codes_found=_check(facies, present, raw.dtype.itemsize),
    )
    return facies


def _open_raw(path: Path, reading: Reading) -> tuple[xr.DataArray, np.ndarray | None]:
    """Open the numbers as they are stored, and which traces there are in a file with holes."""
    suffix = path.suffix.lower()
    if suffix in TIFF_SUFFIXES:
        return _open_tiff(path), None
    if path.is_dir():
        from napari_s6.formats.benchmark import is_benchmark, open_benchmark

        if is_benchmark(path):
            labels = next(iter(open_benchmark(path).values())).labels
            if labels is None:
                raise InputError(f"{path}: has seismic but no labels; give a file of labels")
            return labels, None
    # Never scanned for dead traces: a trace of nothing but facies 0 would look dead.
    segy = suffix in SEGY.suffixes
    raw = open_volume(path, reading if segy else Reading(), scan_dead=False)
    if raw.dtype.kind not in "biuf":
        raise InputError(f"{path}: holds {raw.dtype}, which are no facies codes; give numbers")
    live = np.asarray(raw.coords["live"].values, bool) if segy else None
    return raw, live


def _open_tiff(path: Path) -> xr.DataArray:
    """Read a TIFF of labels page by page: napari widens them to 32 bits, a byte each is kept."""
    import tifffile

    if not path.is_file():
        raise InputError(f"{path}: no such file; check the path")
    try:
        with tifffile.TiffFile(path) as file:
            series = file.series[0]
            if len(series.shape) != 3:
                raise InputError(f"{path}: has shape {series.shape}; a volume has three axes")
            if len(series.pages) != series.shape[0]:
                return indexed_volume(_narrow(series.asarray(), path), path, "TIFF")
            values = np.empty(series.shape, np.uint8)
            for i, page in enumerate(series.pages):
                values[i] = 0 if page is None else _narrow(page.asarray(), path)
    except InputError:
        raise
    except Exception as error:  # damage shows in many kinds of exceptions of the decoders
        raise InputError(f"{path}: no TIFF that can be read ({error}); save it again") from error
    return indexed_volume(values, path, "TIFF")


def _narrow(labels: np.ndarray, path: Path) -> np.ndarray:
    if labels.dtype.kind not in "biu":
        raise InputError(f"{path}: holds {labels.dtype}, which are no labels; give whole numbers")
    low, high = int(labels.min(initial=0)), int(labels.max(initial=0))
    if low < 0 or high > UNLABELLED:
        wrong = low if low < 0 else high
        raise InputError(
            f"{path}: holds label {wrong}, facies are 0 to {UNLABELLED}; give a label layer of "
            "facies"
        )
    return labels.astype(np.uint8)


def _recorded(raw: xr.DataArray) -> tuple[Convention | None, FaciesScheme | None]:
    """Return the convention and the scheme that the file itself records."""
    record = survey_record(raw)
    if record.is_segy:
        ours, scheme = scheme_of_text(_segy_text(Path(record.source)))
        return ("codes" if ours else None), scheme
    recorded = facies_record(raw)
    for convention in CONVENTIONS:
        if recorded.convention == convention:
            return convention, recorded.scheme
    return None, None


def _segy_text(path: Path) -> list[str]:
    from napari_s6.formats.segy.binary import TEXT_BYTES
    from napari_s6.formats.segy.text import text_lines

    with path.open("rb") as file:
        return text_lines(file.read(TEXT_BYTES))


def _is_counted(raw: xr.DataArray) -> bool:
    """Whether the file had no line numbers, so that its axes are merely counted."""
    return raw[vertical_dim(raw)].attrs.get("units") == "sample" and all(
        np.array_equal(raw[dim].values, np.arange(raw.sizes[dim])) for dim in ORIENTATIONS
    )


def _axes_like(raw: xr.DataArray, like: xr.DataArray, path: Path) -> xr.DataArray:
    """Bring the axes of an array without line numbers into the survey's order, by their lengths.

    A label layer may show sections upright, and so be saved with time before crosslines.
    """
    if raw.shape == like.shape:
        return raw
    orders = [p for p in permutations(range(3)) if tuple(raw.shape[k] for k in p) == like.shape]
    if len(orders) != 1:
        raise InputError(
            f"{path}: has shape {raw.shape} and no line numbers, the survey has shape "
            f"{like.shape}; give labels of that shape, or a format that keeps line numbers"
        )
    moved = np.transpose(raw.data, orders[0])
    turned = indexed_volume(moved, path, survey_record(raw).source_format)
    turned.attrs = dict(raw.attrs)
    return turned


def _check(facies: xr.DataArray, present: np.ndarray | None, itemsize: int) -> list[int] | None:
    """Read all codes once, so that a wrong one is found now; None if that would take long."""
    traces = present.sum() if present is not None else facies.shape[0] * facies.shape[1]
    if int(traces) * facies.shape[2] * itemsize > CHECK_AT_ONCE:
        return None
    found = np.zeros(UNLABELLED + 1, bool)
    for rows in row_blocks(facies):
        block = facies[rows].values
        chosen = block if present is None else block[present[rows]]
        found |= np.bincount(chosen.ravel(), minlength=len(found)).astype(bool)
    return [int(code) for code in np.flatnonzero(found[:UNLABELLED])]


def save_facies(
    codes: Any,
    out: str | os.PathLike[str],
    *,
    scheme: FaciesScheme,
    volume: xr.DataArray,
    sample_format: SampleFormat = "int8",
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write facies codes as ``.sgy``, ``.npy``, ``.zarr`` or ``.nc``, with convention and scheme.

    Parameters
    ----------
    codes
        uint8 codes on the grid of ``volume``, 255 = none: a DataArray, or an array of any kind.
        Read in blocks.
    volume
        The survey, whose lines, times and SEG-Y headers the file gets.
    sample_format
        For SEG-Y: ``"int8"`` or ``"float32"``; both hold -1 where there is no facies.
    progress
        Told the share written, 0 to 1; what it raises ends the writing.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    InputError
        If the format is unknown, or the file is in the way or cannot be written.
    """
    if tuple(codes.shape) != tuple(volume.shape):
        raise ValueError(f"codes have shape {codes.shape}, the survey {volume.shape}")
    if sample_format not in ("int8", "float32"):
        raise InputError(f"--sample-format {sample_format}: facies are int8 or float32")
    facies = _as_volume(codes, volume)
    update_facies_record(facies, convention="codes", scheme=scheme)
    if Path(out).suffix.lower() not in SEGY.suffixes:
        return save_volume(facies, out, overwrite=overwrite, progress=progress)
    return write_segy(
        facies,
        facies,
        out,
        sample_format=sample_format,
        text=_new_text(scheme, volume),
        convert=to_segy,
        overwrite=overwrite,
        progress=progress,
    )


def _new_text(scheme: FaciesScheme, volume: xr.DataArray) -> list[str]:
    """Lines to add to the text header: none where it says it already, in an exported export."""
    source = survey_record(volume).segy_path
    if source is not None and source.is_file():
        _, written = scheme_of_text(_segy_text(source))
        if written is not None and text_of(written) == text_of(scheme):
            return []
    return text_of(scheme)


def _as_volume(codes: Any, volume: xr.DataArray) -> xr.DataArray:
    """Bind codes to the survey's coordinates and to what its attributes say of its source."""
    if isinstance(codes, xr.DataArray):
        data = backing_array(codes)  # lazy arrays stay lazy
    elif isinstance(codes, np.ndarray):
        data = codes
    else:
        import dask.array

        data = dask.array.from_array(codes)
    facies = xr.DataArray(
        xr.Variable(volume.dims, data), coords=volume.coords, name="facies", attrs=volume.attrs
    )
    update_survey_record(facies, sample_format="")
    return update_facies_record(facies, codes_found=None, note="", convention_from=None)
