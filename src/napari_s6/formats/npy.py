"""Volumes in .npy files, whose coordinates go into a sidecar beside them, ``NAME.npy.json``."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.survey.atomic import atomic_path
from napari_s6.survey.record import (
    Progress,
    mark_opened,
    plain_attrs,
    row_blocks,
    survey_record,
    vertical_units,
)
from napari_s6.survey.volume import Domain, make_volume, vertical_dim

SIDECAR = "napari-s6 volume"


def sidecar_path(path: str | os.PathLike[str]) -> Path:
    """Where the coordinates of a .npy file stand."""
    return Path(f"{os.fspath(path)}.json")


def write_npy(
    volume: xr.DataArray,
    out: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write a volume as a .npy file with a sidecar of its coordinates.

    ``progress`` is told the share written; what it raises ends the writing.

    Raises
    ------
    InputError
        If a file is in the way or cannot be written.
    """
    out = Path(out).expanduser().absolute()
    header = {"descr": volume.dtype.str, "fortran_order": False, "shape": volume.shape}
    with (
        atomic_path(out, overwrite=overwrite, keep=survey_record(volume).source_files) as samples,
        atomic_path(sidecar_path(out), overwrite=overwrite) as coordinates,
    ):
        coordinates.write_text(json.dumps(_sidecar(volume)), encoding="utf-8")
        with samples.open("wb") as file:
            np.lib.format.write_array_header_1_0(file, header)
            for rows in row_blocks(volume):
                block = np.ascontiguousarray(volume.isel(iline=rows).values, volume.dtype)
                file.write(block.data)
                if progress is not None:
                    progress(rows.stop / volume.shape[0])
    return out


def open_npy(path: str | os.PathLike[str]) -> xr.DataArray:
    """Open a 3-D .npy file, memory-mapped, with the coordinates of its sidecar or plain indices.

    Without a sidecar, lines count from 0 and the vertical coordinate's units are ``"sample"``.

    Raises
    ------
    InputError
        If the file is no 3-D array of numbers, or its sidecar belongs to another array.
    """
    path = Path(path).expanduser().absolute()
    samples = map_npy(path)
    sidecar = sidecar_path(path)
    if not sidecar.exists():
        return indexed_volume(samples, path, "npy")
    try:
        record = json.loads(sidecar.read_text(encoding="utf-8"))
        if record["kind"] != SIDECAR:
            raise KeyError("kind")
        shape, attrs = tuple(record["shape"]), dict(record["attrs"])
        if shape != samples.shape:
            raise InputError(
                f"{sidecar}: describes an array of {shape}, {path.name} holds {samples.shape}; "
                "remove the sidecar"
            )
        volume = make_volume(
            samples,
            iline=record["iline"],
            xline=record["xline"],
            samples=record["samples"],
            domain=record["domain"],
            live=_from_runs(record["live_runs"], shape[:2]),
            name=record["name"],
            attrs=attrs,
        )
        volume[record["domain"]].attrs["units"] = record["units"]
    except (OSError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{sidecar}: not the coordinates of a volume ({error}); remove or rewrite it"
        ) from error
    return mark_opened(volume, path, "npy")


def map_npy(path: Path) -> np.ndarray:
    """Map a 3-D .npy file read-only, raising InputError if it is anything else."""
    try:
        samples = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        reason = getattr(error, "strerror", None) or "not a whole .npy file of numbers"
        raise InputError(f"{path}: {reason}; write it again with numpy.save") from error
    if not isinstance(samples, np.ndarray) or samples.dtype.kind not in "iuf":
        raise InputError(f"{path}: holds no plain numbers; write it again with numpy.save")
    if samples.ndim != 3 or 0 in samples.shape:
        raise InputError(
            f"{path}: has shape {samples.shape}; a volume has three axes (inline, crossline, "
            "samples), none empty"
        )
    if not samples.dtype.isnative:
        return samples.astype(samples.dtype.newbyteorder("="))
    return samples


def indexed_volume(
    samples: Any, path: Path, source_format: str, *, domain: Domain = "twt"
) -> xr.DataArray:
    """A volume whose coordinates are plain indices; the vertical axis has units ``"sample"``."""
    volume = make_volume(
        samples,
        iline=np.arange(samples.shape[0]),
        xline=np.arange(samples.shape[1]),
        samples=np.arange(samples.shape[2]),
        domain=domain,
        attrs={"sample_format": str(samples.dtype), "dead_scanned": False},
    )
    volume[domain].attrs["units"] = "sample"
    return mark_opened(volume, path, source_format)


def _sidecar(volume: xr.DataArray) -> dict[str, Any]:
    domain = vertical_dim(volume)
    return {
        "kind": SIDECAR,
        "version": 1,
        "name": str(volume.name),
        "shape": list(volume.shape),
        "domain": domain,
        "units": vertical_units(volume),
        "iline": [int(n) for n in volume["iline"].values],
        "xline": [int(n) for n in volume["xline"].values],
        "samples": [float(t) for t in volume[domain].values],
        "live_runs": _to_runs(np.asarray(volume["live"].values, bool)),
        "attrs": plain_attrs(volume.attrs),
    }


def _to_runs(live: np.ndarray) -> list[int]:
    """Lengths of the runs of a boolean grid in C order, the first run being False."""
    flat = live.reshape(-1)
    edges = np.flatnonzero(np.diff(flat)) + 1
    lengths = np.diff([0, *edges.tolist(), flat.size]).tolist()
    return [0, *lengths] if flat.size and flat[0] else lengths


def _from_runs(runs: list[int], shape: tuple[int, ...]) -> np.ndarray:
    flat = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
    return flat.reshape(shape)
