"""One run of the paper's protocol through the commands, on a synthetic folder of full size."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.part import Found, NotHereError, Settings, need_cuda
from benchmarks.table import Row, at_most

SHARE = "2"
"""Per cent of the labels: a run of each model takes about as long with any share."""

ARM = "constrained"
PAPER = 7200.0
"""The paper: two hours on two cards."""

WITHIN = 60.0
TINY_SETTINGS = ("--steps", "2", "--set", "batch_size=4", "--set", "evaluate_every=2")


def part(settings: Settings) -> Found:
    """Train and test once as ``study table1`` does."""
    need_cuda(settings)
    if settings.quick:
        raise NotHereError("left out by --quick")
    with tempfile.TemporaryDirectory(prefix="napari-s6-bench-") as folder:
        data, out = Path(folder) / "benchmark", Path(folder) / "study"
        _command("study", "synthetic-benchmark", data, *([] if settings.tiny else ["--full"]))
        clock = time.perf_counter()
        _command(
            *["study", "table1", data, "-o", out, "--n", "20" if settings.tiny else SHARE],
            *["--arms", ARM, "--repeats", "1", "--device", settings.device],
            *(TINY_SETTINGS if settings.tiny else ()),
        )
        whole = time.perf_counter() - clock
        [path] = (out / "runs").glob("*.json")
        run = json.loads(path.read_text(encoding="utf-8"))
    took, told = run["took"], run["training"]
    note = (
        f"{ARM}, {SHARE} % of the labels, {told['steps']} steps ({told['reason']}); training, "
        "validation and the test of both volumes; reference: the paper's two hours on two cards"
    )
    rows = [
        Row("one run of the paper's protocol", took["seconds"], "s", PAPER, at_most(WITHIN), note),
        Row("of that training", took["training_seconds"], "s"),
        Row("the whole command, with imports and report", whole, "s"),
    ]
    return Found(rows, {"took": took, "steps": told["steps"], "reason": told["reason"]})


def _command(*words: object) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "napari_s6.cli.main", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"napari-s6 {' '.join(map(str, words))}: {done.stderr[-3000:]}")
