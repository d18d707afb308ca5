"""Memory that prediction takes of volumes on disk, against their size: it must not grow.

python -m benchmarks.parts.prediction_memory SURVEY FOLDER

A SEG-Y file of noise is predicted in both orientations into files, as ``napari-s6 predict`` does
with surveys that are too large for memory, by a process of its own; what is small enough for memory
is made to go through files too. Counted is private memory (see `benchmarks.process.memory`): pages
of mapped files are the system's cache, and are given up when something else needs the room.
"""

import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.noise_survey import write_survey
from benchmarks.part import Found, Settings, need_linux
from benchmarks.process import CHECKOUT, memory
from benchmarks.table import Row, at_most

LINES, TRACES, SAMPLES = 64, 512, 256
QUICK, TINY = (64, 256, 192), (64, 64, 64)
TIMES = (1, 2, 4)
GROWTH = 100.0
"""MB a GB of survey that count as flat: what allocators keep differs from run to run."""


def part(settings: Settings) -> Found:
    """Peak memory at several sizes, and its growth."""
    need_linux()
    shape = TINY if settings.tiny else QUICK if settings.quick else (LINES, TRACES, SAMPLES)
    times = (1, 2) if settings.tiny else (1, 4) if settings.quick else TIMES
    found = {}
    with tempfile.TemporaryDirectory(prefix="napari-s6-bench-") as name:
        for many in times:
            size = (many * shape[0], *shape[1:])
            path = Path(name) / f"survey{many}.sgy"
            write_survey(path, size)
            found[size] = in_its_own_process(path, Path(name))
            path.unlink()
    rows = [
        Row(
            f"peak memory, {size[0]} x {size[1]} x {size[2]} ({_gigabytes(size):.3f} GB)",
            one["peak"],
            "MB",
            note=f"{one['before']:.0f} MB of it before prediction; {one['seconds']:.0f} s",
        )
        for size, one in found.items()
    ]
    (small, least), *_, (large, most) = found.items()
    growth = (most["peak"] - least["peak"]) / (_gigabytes(large) - _gigabytes(small))
    what = "growth of that memory with the survey on disk"
    full = not (settings.quick or settings.tiny)  # elsewhere 10 MB of an allocator decide
    rows.append(Row(what, growth, "MB/GB", target=at_most(GROWTH) if full else None, note=FLAT))
    return Found(rows, {"peaks": [{"shape": size, **one} for size, one in found.items()]})


def _gigabytes(shape: tuple[int, ...]) -> float:
    """Of a survey as float32 samples."""
    return 4 * shape[0] * shape[1] * shape[2] / 1e9


def in_its_own_process(path: Path, folder: Path) -> dict[str, float]:
    """MB of private memory before and at the peak, and seconds."""
    command = [sys.executable, "-m", "benchmarks.parts.prediction_memory", str(path), str(folder)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


class Peak:
    """Looks at this process's private memory twenty times a second."""

    def __init__(self) -> None:
        self.highest = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            self.highest = max(self.highest, memory()["private"])


def measure(path: Path, folder: Path) -> dict[str, float]:
    """Predict a file into files."""
    import torch

    from benchmarks.parts.prediction import untrained
    from napari_s6.formats.open import open_volume
    from napari_s6.learn.inference import crossing as first_pass
    from napari_s6.learn.inference import predict, predicted_arrays

    first_pass.SCRATCH_IN_MEMORY = predicted_arrays.IN_MEMORY = 0
    volume = open_volume(path, scan_dead=False)
    model = untrained(volume, torch.device("cpu"))
    before, clock = memory()["private"], time.perf_counter()
    arrays = predicted_arrays.predicted_arrays(volume.shape, folder)
    with Peak() as peak, arrays as (codes, sureness):
        for _ in predict.predict_volume(
            model, volume, codes_out=codes, confidence_out=sureness, scratch=folder
        ):
            pass
    return {"before": before, "peak": peak.highest, "seconds": time.perf_counter() - clock}


FLAT = (
    "size counts the samples as float32; both orientations, facies and confidence into files; the "
    "sizes up to which files are not used (1 to 2 GB) are set to nothing for this"
)


if __name__ == "__main__":
    print(json.dumps(measure(*map(Path, sys.argv[1:]))))
