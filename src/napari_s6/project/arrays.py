"""Arrays of a project in files: painted traces and horizons, as NumPy archives without pickles."""

import hashlib
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from napari_s6.errors import InputError
from napari_s6.facies.painted import PaintedTraces


def write_painted(path: Path, painted: PaintedTraces) -> None:
    """Write painted traces; three strokes on a dense survey take kilobytes."""
    _write_arrays(
        path,
        {
            "shape": np.asarray(painted.shape),
            "positions": painted.positions,
            "codes": painted.codes,
        },
    )


def read_painted(path: Path) -> PaintedTraces:
    """Read painted traces.

    Raises
    ------
    InputError
        If there are none in the file, or they do not fit together.
    """
    arrays = _read_arrays(path, ("shape", "positions", "codes"))
    try:
        inlines, crosslines, samples = (int(n) for n in arrays["shape"])
        return PaintedTraces(
            (inlines, crosslines, samples), arrays["positions"].astype(np.int64), arrays["codes"]
        )
    except ValueError as error:
        raise InputError(f"{path}: the paint cannot be read ({error})") from error


def paint_digest(painted: PaintedTraces) -> str:
    """Return a text that is the same for the same paint."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(np.asarray(painted.shape, np.int64).tobytes())
    digest.update(np.ascontiguousarray(painted.positions, np.int64).data)
    digest.update(np.ascontiguousarray(painted.codes).data)
    return digest.hexdigest()


def write_horizon(path: Path, z: np.ndarray) -> None:
    """Write a horizon: (inlines, crosslines) in the survey's unit, NaN where undefined."""
    _write_arrays(path, {"z": np.asarray(z, np.float64)})


def read_horizon(path: Path) -> np.ndarray:
    """Read a horizon, float64 (inlines, crosslines).

    Raises
    ------
    InputError
        If there is none in the file.
    """
    z = _read_arrays(path, ("z",))["z"]
    if z.ndim != 2 or z.dtype.kind != "f":
        raise InputError(f"{path}: holds no horizon (an array of {z.ndim} dimensions)")
    return z.astype(np.float64)


def _write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write a new archive, down to the disk; its name must be known to nobody yet."""
    with open(path, "xb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
        file.flush()
        os.fsync(file.fileno())


def _read_arrays(path: Path, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in names}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error
