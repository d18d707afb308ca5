"""The F3 facies classification benchmark: its folder of .npy files as volumes with line numbers.

Alaudah, Michalowicz, Alfarraj and AlRegib, "A machine-learning benchmark for facies
classification", Interpretation 7(3), 2019. Arrays are (inline, crossline, depth); the files carry
no line numbers, so these come from ``lines.json`` or from the published shapes.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.formats.npy import indexed_volume, map_npy, sidecar_path
from napari_s6.survey.record import update_survey_record
from napari_s6.survey.volume import make_volume

SplitName = Literal["train", "test1", "test2"]
SPLITS: dict[SplitName, str] = {"train": "train", "test1": "test_once", "test2": "test_once"}
LINES_FILE = "lines.json"
N_SAMPLES = 255
# First and last inline, first and last crossline of the published arrays.
PUBLISHED: dict[SplitName, tuple[int, int, int, int]] = {
    "train": (300, 700, 300, 1000),
    "test1": (100, 299, 300, 1000),
    "test2": (100, 700, 1001, 1200),
}
_NAME = re.compile(r"(train|test1|test2)_(seismic|labels)\.npy")


@dataclass(frozen=True, eq=False)
class Split:
    """One part of the benchmark.

    Attributes
    ----------
    name
        ``"train"``, ``"test1"`` or ``"test2"``.
    seismic
        Volume (iline, xline, depth), float64 in [-1, 1], memory-mapped.
    labels
        Facies codes 0-5 on the same grid, uint8, 255 = unlabelled; None if there are none.
    """

    name: SplitName
    seismic: xr.DataArray
    labels: xr.DataArray | None


def is_benchmark(folder: str | os.PathLike[str]) -> bool:
    """Whether a folder, or its ``data`` or ``train`` within, is laid out as the benchmark."""
    return benchmark_root(folder) is not None


def benchmark_root(path: str | os.PathLike[str]) -> Path | None:
    """The folder that holds ``data/train/train_seismic.npy``, from itself, ``data`` or a file."""
    path = Path(path).expanduser().absolute()
    for root in (path, *list(path.parents)[:3]):
        if any(_file(root, name, "seismic").is_file() for name in SPLITS):
            return root
    return None


def open_benchmark(folder: str | os.PathLike[str]) -> dict[SplitName, Split]:
    """Open every part of the benchmark that is there, memory-mapped.

    Raises
    ------
    InputError
        If the folder isn't laid out as the benchmark or an array contradicts its line numbers.
    """
    root = benchmark_root(folder)
    if root is None:
        raise InputError(
            f"{folder}: no data/train/train_seismic.npy in it; give the benchmark's folder"
        )
    parts: dict[SplitName, Split] = {}
    for name in SPLITS:
        seismic, labels = _file(root, name, "seismic"), _file(root, name, "labels")
        if not seismic.is_file():
            continue
        opened = open_benchmark_file(seismic)
        codes = open_benchmark_file(labels) if labels.is_file() else None
        if codes is not None and codes.shape != opened.shape:
            raise InputError(
                f"{labels}: shape {codes.shape}, its seismic has {opened.shape}; fetch both again"
            )
        parts[name] = Split(name, opened, codes)
    return parts


def is_benchmark_file(path: str | os.PathLike[str]) -> bool:
    """Whether a .npy file is one of the benchmark's, by name and place, and has no sidecar."""
    path = Path(path).expanduser().absolute()
    match = _NAME.fullmatch(path.name)
    return match is not None and not sidecar_path(path).exists() and _root_of(path) is not None


def open_benchmark_file(path: str | os.PathLike[str]) -> xr.DataArray:
    """Open one of the benchmark's arrays with its line numbers, memory-mapped.

    Line numbers come from ``lines.json`` in the benchmark's folder, else from the published
    shapes, else they are indices. Depth is in samples.

    Raises
    ------
    InputError
        If the file is no 3-D array or ``lines.json`` doesn't fit it.
    """
    path = Path(path).expanduser().absolute()
    match, root = _NAME.fullmatch(path.name), _root_of(path)
    if match is None or root is None:
        raise InputError(f"{path}: not a file of the benchmark, such as train_seismic.npy")
    name: SplitName = match[1]  # type: ignore[assignment]
    samples = map_npy(path)
    lines = _line_numbers(root, name, samples.shape)
    if lines is None:
        volume = indexed_volume(samples, path, "benchmark", domain="depth")
    else:
        volume = make_volume(
            samples,
            iline=lines[0],
            xline=lines[1],
            samples=np.arange(samples.shape[2]),
            domain="depth",
        )
        volume["depth"].attrs["units"] = "sample"
    volume.name = "facies" if match[2] == "labels" else "amplitude"
    # Its arrays have no dead traces, and a labels file of code 0 is no dead trace either.
    return update_survey_record(
        volume,
        source=str(path),
        source_format="benchmark",
        sample_format=str(samples.dtype),
        split=name,
        dead_scanned=True,
        dead_traces=0,
    )


def write_benchmark(
    folder: str | os.PathLike[str],
    parts: Mapping[SplitName, tuple[xr.DataArray, xr.DataArray]],
) -> Path:
    """Write seismic and facies volumes in the benchmark's layout, with a ``lines.json``.

    Returns the folder; raises FileExistsError if a file is in the way.
    """
    root = Path(folder).expanduser().absolute()
    lines: dict[str, Any] = {}
    for name, (seismic, labels) in parts.items():
        for kind, volume, dtype in (("seismic", seismic, "f8"), ("labels", labels, "u1")):
            path = _file(root, name, kind)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                np.save(file, np.asarray(volume.values, dtype))
        lines[name] = {
            "inlines": seismic["iline"].values.tolist(),
            "crosslines": seismic["xline"].values.tolist(),
        }
    (root / LINES_FILE).write_text(json.dumps(lines), encoding="utf-8")
    return root


def _file(root: Path, name: SplitName, kind: str) -> Path:
    return root / "data" / SPLITS[name] / f"{name}_{kind}.npy"


def _root_of(path: Path) -> Path | None:
    """The benchmark's folder from one of its files, if the file lies where it should."""
    folders = list(path.parents)
    if len(folders) < 3 or folders[1].name != "data" or folders[0].name not in SPLITS.values():
        return None
    return folders[2]


def _line_numbers(
    root: Path, name: SplitName, shape: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray] | None:
    first_il, last_il, first_xl, last_xl = PUBLISHED[name]
    published = (np.arange(first_il, last_il + 1), np.arange(first_xl, last_xl + 1))
    recorded = root / LINES_FILE
    if recorded.is_file():
        lines = _read_lines(recorded, name)
        if lines is not None and (len(lines[0]), len(lines[1])) != shape[:2]:
            raise InputError(
                f"{recorded}: {len(lines[0])} inlines and {len(lines[1])} crosslines for {name}, "
                f"its array has {shape[0]} and {shape[1]}; correct it"
            )
        if lines is not None:
            return lines
    if (len(published[0]), len(published[1]), N_SAMPLES) == shape:
        return published
    return None


def _read_lines(path: Path, name: SplitName) -> tuple[np.ndarray, np.ndarray] | None:
    """Inline and crossline numbers of one part: lists, or first and last of a range."""
    try:
        entry = json.loads(path.read_text(encoding="utf-8")).get(name)
        if entry is None:
            return None
        lines = []
        for key in ("inlines", "crosslines"):
            numbers = entry[key]
            if isinstance(numbers, dict):
                numbers = range(int(numbers["first"]), int(numbers["last"]) + 1)
            lines.append(np.asarray(list(numbers), np.int64))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: no line numbers for {name} ({error!r}); correct it") from error
    return lines[0], lines[1]
