"""What a user waits for before anything happens."""

import subprocess
import sys
import time
from statistics import median

COMMANDS = {
    "import napari_s6": [sys.executable, "-c", "import napari_s6"],
    "python alone": [sys.executable, "-c", "pass"],
    "import torch and the network library": [
        sys.executable,
        "-c",
        "import napari_s6.learn.network",
    ],
    "napari-s6 --help": [sys.executable, "-m", "napari_s6.cli", "--help"],
    "napari-s6 with a missing file": [sys.executable, "-m", "napari_s6.cli", "info", "nowhere"],
}


def measure(rounds: int) -> dict[str, float]:
    """Median seconds of each command as a whole process, taken in turn."""
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(rounds):
        for name, command in COMMANDS.items():
            clock = time.perf_counter()
            subprocess.run(command, capture_output=True, check=False)
            taken[name].append(time.perf_counter() - clock)
    return {name: median(times) for name, times in taken.items()}
