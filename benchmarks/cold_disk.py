"""What each slice of a survey costs when nothing of it is in memory: SEG-Y, and converted to Zarr.

The file's pages are given back to the disk before each reading. Seconds depend on the disk; the MB
read from it do not, and grow with the survey as ``docs/formats.md`` says.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from napari_s6.formats.convert import convert_volume
from napari_s6.formats.open import open_volume


def forget(path: Path) -> None:
    """Give up the pages of a file, or of all files of a folder."""
    os.sync()
    for file in [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]:
        number = os.open(file, os.O_RDONLY)
        os.posix_fadvise(number, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(number)


def measure(path: Path, folder: Path) -> dict[str, Any]:
    """Seconds and MB read for each slice of both formats, and for the conversion."""
    out = folder / "survey.zarr"
    forget(path)
    volume = open_volume(path, scan_dead=False)
    convert = _cost(partial(convert_volume, volume, out))
    convert |= {"Zarr MB": _size(out) / 1e6, "SEG-Y MB": _size(path) / 1e6}
    keys = list(_keys(volume.shape))
    expected = [_read(volume, key) for _, key in keys]
    del volume  # pages that are mapped are not given up
    found: dict[str, Any] = {"convert": convert}
    for name, place in (("SEG-Y", path), ("Zarr", out)):
        forget(place)
        costs = {"open": _cost(partial(open_volume, place, scan_dead=False))}
        for (what, key), right in zip(keys, expected, strict=True):
            if not what.startswith("next"):
                opened = open_volume(place, scan_dead=False)
                forget(place)
            read: list[np.ndarray] = []
            costs[what] = _cost(partial(_read_into, read, opened, key))
            assert np.array_equal(read[0], right), f"{name}: {what}"
        found[name] = costs
    return found


def _keys(shape: tuple[int, ...]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    for axis, what in enumerate(("inline", "crossline", "time slice")):
        at = shape[axis] * 3 // 10
        for which, position in ((what, at), (f"next {what}", at + 1)):
            everything: list[Any] = [slice(None)] * 3
            everything[axis] = position
            yield which, tuple(everything)


def in_its_own_process(path: Path, folder: Path) -> dict[str, Any] | str:
    """Measure where nobody else has the file mapped; a sentence where that cannot be done."""
    if not hasattr(os, "posix_fadvise") or not Path("/proc/self/io").exists():
        return "not measured: needs Linux"
    command = [sys.executable, "-m", "benchmarks.cold_disk", str(path), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _read(volume: xr.DataArray, key: tuple[Any, ...]) -> np.ndarray:
    return np.asarray(volume[key].values)


def _read_into(read: list[np.ndarray], volume: xr.DataArray, key: tuple[Any, ...]) -> None:
    read.append(_read(volume, key))


def _cost(job: Callable[[], Any]) -> dict[str, float]:
    before, clock = _read_from_disk(), time.perf_counter()
    job()
    seconds = time.perf_counter() - clock
    return {"seconds": seconds, "MB read": (_read_from_disk() - before) / 1e6}


def _read_from_disk() -> int:
    lines = Path("/proc/self/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("read_bytes"))


def _size(path: Path) -> int:
    files = [path] if path.is_file() else path.rglob("*")
    return sum(p.stat().st_size for p in files if p.is_file())


if __name__ == "__main__":
    print(json.dumps(measure(*map(Path, sys.argv[1:]))))
