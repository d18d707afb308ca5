"""The benchmark of reading and writing runs, and all its ways read and write the same."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_a_small_run(tmp_path: Path) -> None:
    out = tmp_path / "found.json"
    command = [sys.executable, "-m", "benchmarks.survey_io", "--small", "--rounds", "1"]
    done = subprocess.run(
        [*command, "--out", str(out)], cwd=CHECKOUT, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(out.read_text())
    assert found["shape"] == [65, 95, 462]
    assert {"header scan", "inline", "time slice", "whole cube", "export"} <= set(found["jobs"])
    for name, job in found["jobs"].items():
        assert job["seconds"]["ours"] > 0
        assert name in done.stdout
    for told in ("cold_disk", "viewer_memory"):  # or why they were not measured
        assert found[told]
        assert not isinstance(found[told], str) or found[told].startswith("not measured: ")
    assert {"python", "numpy", "segyio"} <= set(found["versions"])
