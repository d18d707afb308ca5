"""Reading and writing SEG-Y beside segyio and numpy, on a file of F3's size.

python -m benchmarks.survey_io [--rounds 7] [--small] [--out benchmarks/results/NAME.json]

A file of 651 x 951 x 462 16-bit samples (735 MB) is made in a temporary folder and deleted
afterwards. Four ways do each job in turn, round by round, so that all see the same machine: ours,
segyio used plainly, segyio with its memory map, and numpy told beforehand where everything is,
which no reader of unknown files can be. The file is in the system's cache. Apart from that, each
slice is read once from the cold disk, of the file and of it converted to Zarr (``cold_disk``), and
the memory of the survey opened in a window is counted (``viewer_memory``).
"""

import argparse
import gc
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import segyio

from benchmarks import cold_disk, viewer_memory
from benchmarks.machine import processor
from benchmarks.noise_survey import FIRST_CROSSLINE, FIRST_INLINE, mapped, write_survey
from napari_s6.formats.info import describe
from napari_s6.formats.open import open_volume
from napari_s6.formats.segy.write import write_segy

F3 = (651, 951, 462)
SMALL = (65, 95, 462)
RESULTS = Path(__file__).parent / "results"
WAYS = ("ours", "segyio", "segyio mmap", "numpy")
#: Seconds on F3's size; whole cube: of the fastest; export: times faster than trace by trace.
TARGETS = {
    "header scan": 0.3,
    "info": 1.0,
    "first section": 1.0,
    "inline": 0.02,
    "crossline": 0.02,
    "time slice": 0.02,
}
WHOLE_CUBE_WITHIN, EXPORT_FASTER = 1.3, 3.0

Job = Callable[[int], Any]


@dataclass(frozen=True)
class Case:
    """One job, done in several ways; each takes the round's number and returns what it read."""

    name: str
    ways: dict[str, Job]
    rounds: int


def cases(path: Path, shape: tuple[int, int, int], rounds: int) -> list[Case]:
    """Every job, and how each way does it."""
    volume = open_volume(path, scan_dead=False)
    plain, fast = segyio.open(path), segyio.open(path)
    fast.mmap()
    traces = mapped(path, shape)

    def inline(k: int) -> int:
        return (k * 97 + 5) % shape[0]

    def crossline(k: int) -> int:
        return (k * 83 + 7) % shape[1]

    def depth(k: int) -> int:
        return (k * 31 + 50) % shape[2]

    return [
        Case("header scan", _scan_ways(path, shape), rounds),
        Case("info", {"ours": lambda k: describe(path)}, rounds),
        Case("first section", _first_section_ways(path, shape), rounds),
        Case(
            "inline",
            {
                "ours": lambda k: volume.isel(iline=inline(k)).values,
                "segyio": lambda k: plain.iline[FIRST_INLINE + inline(k)],
                "segyio mmap": lambda k: fast.iline[FIRST_INLINE + inline(k)],
                "numpy": lambda k: native(traces["samples"][inline(k)]),
            },
            3 * rounds,
        ),
        Case(
            "crossline",
            {
                "ours": lambda k: volume.isel(xline=crossline(k)).values,
                "segyio": lambda k: plain.xline[FIRST_CROSSLINE + crossline(k)],
                "segyio mmap": lambda k: fast.xline[FIRST_CROSSLINE + crossline(k)],
                "numpy": lambda k: native(traces["samples"][:, crossline(k)]),
            },
            3 * rounds,
        ),
        Case(
            "time slice",
            {
                "ours": lambda k: volume.isel(twt=depth(k)).values,
                "segyio": lambda k: plain.depth_slice[depth(k)],
                "segyio mmap": lambda k: fast.depth_slice[depth(k)],
                "numpy": lambda k: native(traces["samples"][:, :, depth(k)]),
            },
            rounds,
        ),
        Case(
            "whole cube",
            {
                "ours": lambda k: volume.values,
                "segyio": lambda k: plain.trace.raw[:].reshape(shape),
                "segyio mmap": lambda k: fast.trace.raw[:].reshape(shape),
                "numpy": lambda k: native(traces["samples"]),
            },
            rounds,
        ),
    ]


def native(samples: np.ndarray) -> np.ndarray:
    """A copy in the machine's own byte order, as every reader must hand out."""
    return samples.astype(samples.dtype.newbyteorder("="))


def _scan_ways(path: Path, shape: tuple[int, int, int]) -> dict[str, Job]:
    def with_segyio(use_map: bool) -> np.ndarray:
        with segyio.open(path, ignore_geometry=True) as file:
            if use_map:
                file.mmap()
            return np.stack([file.attributes(189)[:], file.attributes(193)[:]])

    def with_numpy(_: int) -> np.ndarray:
        traces = mapped(path, shape)
        return np.stack([native(traces[name]).ravel() for name in ("iline", "xline")])

    return {
        "ours": lambda k: open_volume(path, scan_dead=False),
        "segyio": lambda k: with_segyio(False),
        "segyio mmap": lambda k: with_segyio(True),
        "numpy": with_numpy,
    }


def _first_section_ways(path: Path, shape: tuple[int, int, int]) -> dict[str, Job]:
    def with_segyio(use_map: bool) -> np.ndarray:
        with segyio.open(path) as file:
            if use_map:
                file.mmap()
            return np.asarray(file.iline[FIRST_INLINE])

    return {
        "ours": lambda k: open_volume(path, scan_dead=False).isel(iline=0).values,
        "segyio": lambda k: with_segyio(False),
        "segyio mmap": lambda k: with_segyio(True),
        "numpy": lambda k: native(mapped(path, shape)["samples"][0]),
    }


def export_case(path: Path, folder: Path, shape: tuple[int, int, int], rounds: int) -> Case:
    """Facies as int8 with the source's headers: ours, trace by trace, and by numpy records."""
    volume = open_volume(path, scan_dead=False)
    facies = np.resize(np.repeat(np.arange(6, dtype=np.int8), 7919), shape)

    def ours(_: int) -> Path:
        return write_segy(facies, volume, folder / "ours.sgy", sample_format="int8", overwrite=True)

    def trace_by_trace(_: int) -> Path:
        out = folder / "segyio.sgy"
        with segyio.open(path, ignore_geometry=True) as source:
            spec = segyio.tools.metadata(source)
            spec.format = 8
            with segyio.create(out, spec) as made:
                made.text[0] = source.text[0]
                made.bin = source.bin
                made.bin[segyio.BinField.Format] = 8
                for number, trace in enumerate(facies.reshape(-1, shape[2])):
                    made.header[number] = source.header[number]
                    made.trace[number] = trace
        return out

    def with_numpy(_: int) -> Path:
        out = folder / "numpy.sgy"
        source = np.memmap(path, np.uint8, "r", offset=3600).reshape(shape[0], shape[1], -1)
        head = np.fromfile(path, np.uint8, 3600)
        head[3224:3226] = 0, 8
        block = np.empty((shape[1], 240 + shape[2]), np.uint8)
        with out.open("wb") as file:
            file.write(head.tobytes())
            for k in range(shape[0]):
                block[:, :240] = source[k, :, :240]
                block[:, 240:] = facies[k].view(np.uint8)
                file.write(block.data)
        return out

    return Case("export", {"ours": ours, "segyio": trace_by_trace, "numpy": with_numpy}, rounds)


def check_alike(case: Case) -> None:
    """All ways of a reading job hand out the same numbers."""
    results = {way: job(0) for way, job in case.ways.items()}
    arrays = {way: value for way, value in results.items() if isinstance(value, np.ndarray)}
    for way, value in arrays.items():
        assert np.array_equal(value, next(iter(arrays.values()))), f"{case.name}: {way} differs"


def check_exports(folder: Path) -> None:
    """All ways wrote the same traces; of the file's head, ours says what it is."""
    size = (folder / "ours.sgy").stat().st_size
    for name in ("segyio.sgy", "numpy.sgy"):
        assert (folder / name).stat().st_size == size, name
        ours, theirs = (
            np.memmap(folder / n, np.uint8, "r", offset=3600) for n in ("ours.sgy", name)
        )
        assert np.array_equal(ours, theirs), name


def measure(case: Case) -> dict[str, float]:
    """Median seconds of each way, the ways taken in turn."""
    taken: dict[str, list[float]] = {way: [] for way in case.ways}
    for k in range(case.rounds):
        for way, job in case.ways.items():
            gc.collect()
            clock = time.perf_counter()
            result = job(k)
            taken[way].append(time.perf_counter() - clock)
            del result
    return {way: median(times) for way, times in taken.items()}


def judge(name: str, seconds: dict[str, float]) -> tuple[str, bool] | None:
    """What was aimed at, and whether it is reached."""
    if name in TARGETS:
        return f"< {TARGETS[name]:g} s", seconds["ours"] < TARGETS[name]
    others = [value for way, value in seconds.items() if way != "ours"]
    if name == "whole cube":
        within = seconds["ours"] <= WHOLE_CUBE_WITHIN * min(others)
        return f"within {WHOLE_CUBE_WITHIN:g} x of the fastest", within
    if name == "export":
        faster = seconds["segyio"] >= EXPORT_FASTER * seconds["ours"]
        return f"{EXPORT_FASTER:g} x faster than trace by trace", faster
    return None


def print_row(name: str, seconds: dict[str, float]) -> None:
    ours = seconds["ours"]
    cells = [f"{ours:9.4f} s"]
    cells += [f"{seconds[w] / ours:11.2f}" if w in seconds else " " * 11 for w in WAYS[1:]]
    judged = judge(name, seconds)
    told = f"  {judged[0]}: {'yes' if judged[1] else 'NO'}" if judged else ""
    print(f"{name:<14}{''.join(cells)}{told}", flush=True)


def record(
    shape: tuple[int, int, int],
    rounds: int,
    found: dict[str, dict[str, float]],
    cold: dict[str, Any] | str,
    memory: dict[str, Any] | str,
) -> dict[str, Any]:
    """Results with the machine and versions they belong to."""
    jobs = {}
    for name, seconds in found.items():
        judged = judge(name, seconds)
        jobs[name] = {
            "seconds": seconds,
            "times_ours": {w: s / seconds["ours"] for w, s in seconds.items() if w != "ours"},
            "target": judged[0] if judged else None,
            "reached": judged[1] if judged else None,
        }
    packages = ("napari-s6", "numpy", "segyio", "xarray")
    return {
        "date": date.today().isoformat(),
        "shape": shape,
        "sample_format": "int16, big endian",
        "rounds": rounds,
        "processor": processor(),
        "cores": os.cpu_count(),
        "load_average_at_start": LOAD,
        "system": platform.platform(),
        "versions": {"python": platform.python_version(), **{p: version(p) for p in packages}},
        "jobs": jobs,
        "cold_disk": cold,
        "viewer_memory": memory,
    }


def print_rest(cold: dict[str, Any] | str, memory: dict[str, Any] | str) -> None:
    """Tell what is no comparison: the cold disk, and the window's memory."""
    if isinstance(cold, str):
        print("cold disk:", cold)
    else:
        print(f"conversion to Zarr {cold['convert']['seconds']:.1f} s; from a cold disk:")
        for name in ("SEG-Y", "Zarr"):
            for what, cost in cold[name].items():
                print(f"  {name:<6}{what:<16}{cost['seconds']:8.3f} s{cost['MB read']:9.1f} MB")
    if isinstance(memory, str):
        print("memory in the window:", memory)
        return
    kept = "yes" if memory["reached"] else "NO"
    print(f"memory in the window: {memory['worst']:.0f} MB, < {memory['limit']} MB: {kept}")


LOAD = list(os.getloadavg()) if hasattr(os, "getloadavg") else []


def run(
    shape: tuple[int, int, int], rounds: int, *, export: bool = True, window: bool = True
) -> tuple[dict[str, dict[str, float]], dict[str, Any] | str, dict[str, Any] | str]:
    """Seconds of every job by way, the costs from a cold disk, and the memory in the window."""
    found: dict[str, dict[str, float]] = {}
    memory: dict[str, Any] | str = "not measured: left out"
    print(f"{'':14}{'ours':>11}{'segyio':>11}{'seg. mmap':>11}{'numpy':>11}   (times ours)")
    with tempfile.TemporaryDirectory(prefix="napari-s6-bench-") as name:
        folder = Path(name)
        path = folder / "survey.sgy"
        write_survey(path, shape)
        cold = cold_disk.in_its_own_process(path, folder)  # while nobody has the file mapped
        for case in cases(path, shape, rounds):
            check_alike(case)
            found[case.name] = measure(case)
            print_row(case.name, found[case.name])
        if export:
            writing = export_case(path, folder, shape, max(1, rounds // 3))
            found[writing.name] = measure(writing)
            print_row(writing.name, found[writing.name])
            check_exports(folder)
        if window:
            memory = viewer_memory.in_a_window(path)
        print_rest(cold, memory)
    return found, cold, memory


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--small", action="store_true", help="a hundredth of the size, for a trial")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    shape = SMALL if options.small else F3
    found, cold, memory = run(shape, options.rounds)
    small = "-small" if options.small else ""
    out = options.out or RESULTS / f"survey_io{small}-{os.cpu_count()}cores.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    results = record(shape, options.rounds, found, cold, memory)
    out.write_text(json.dumps(results, indent=2) + "\n")
    print("wrote", out)


if __name__ == "__main__":
    main()
