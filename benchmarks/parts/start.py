"""What a user waits for before anything happens."""

import subprocess
import sys
import time
from statistics import median

from benchmarks.part import Found, Settings
from benchmarks.table import Row, at_most

COMMANDS = {
    "python alone": [sys.executable, "-c", "pass"],
    "import torch and the network library": [
        sys.executable,
        "-c",
        "import napari_s6.learn.network.network",
    ],
    "napari-s6 --help": [sys.executable, "-m", "napari_s6.cli.main", "--help"],
    "napari-s6 info with a missing file": [
        *[sys.executable, "-m", "napari_s6.cli.main", "info", "nowhere"],
    ],
}

IMPORT = """
import sys, time
clock = time.perf_counter()
import napari_s6
print(time.perf_counter() - clock)
heavy = {"torch", "qtpy", "PySide6", "PyQt5", "PyQt6", "napari", "numpy"}
print(*sorted(heavy & set(sys.modules)))
"""


def part(settings: Settings) -> Found:
    """Import time, and whole commands."""
    rounds = 1 if settings.tiny else 2 if settings.quick else 5
    imports = [_import() for _ in range(rounds)]
    heavy = imports[0][1]
    note = f"loads {', '.join(heavy)}" if heavy else "loads neither torch nor Qt"
    rows = [
        Row(
            "import napari_s6",
            median(seconds for seconds, _ in imports),
            "s",
            target=at_most(0.05),
            note=note,
        ),
        Row(
            "torch and Qt loaded by it",
            float(len({"torch", "qtpy", "PySide6", "PyQt5", "PyQt6"} & set(heavy))),
            "packages",
            target=at_most(0),
        ),
    ]
    taken = commands(rounds)
    alone = taken["python alone"]
    rows += [
        Row(name, seconds, "s", None if name == "python alone" else alone, note=NOTE)
        for name, seconds in taken.items()
    ]
    return Found(rows)


def _import() -> tuple[float, list[str]]:
    """Seconds of ``import napari_s6`` in a fresh interpreter, and what of the heavy it loaded."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True
    )
    seconds, _, heavy = done.stdout.partition("\n")
    return float(seconds), heavy.split()


def commands(rounds: int) -> dict[str, float]:
    """Median seconds of each command as a whole process, taken in turn."""
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(rounds):
        for name, command in COMMANDS.items():
            clock = time.perf_counter()
            subprocess.run(command, capture_output=True, check=False)
            taken[name].append(time.perf_counter() - clock)
    return {name: median(times) for name, times in taken.items()}


NOTE = "a whole process; the reference is an interpreter that does nothing"
