"""The whole job in a real window: open, paint, train, pause, stop, predict, accept, export, fail.

It runs in a fresh process, because what it must show is that torch can be imported there after the
window's canvas exists.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from napari_s6.project.recent import recent_projects

JOB = Path(__file__).with_name("window_job.py")


@pytest.mark.gui
def test_the_whole_job_in_a_window(tmp_path):
    environment = dict(
        os.environ,
        QT_API="pyside6",
        XDG_DATA_HOME=str(tmp_path / "data"),
        NAPARI_CONFIG=str(tmp_path / "settings.yaml"),
        NAPARI_S6_PROJECTS=str(tmp_path / "projects"),
    )
    done = subprocess.run(
        [sys.executable, str(JOB), str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-6000:]}"
    report = json.loads(done.stdout.splitlines()[-1])
    print(json.dumps(report, indent=2))
    assert report["training_thread"] != report["gui_thread"]
    assert report["computed_by_the_window"] == []
    assert report["polls_seen"] > 100, "the GUI thread was not watched"
    assert report["restarted"] == "training"
    assert len(report["errors"]) == 1
    assert "injected" in report["errors"][0]
    # What the same paint gives without learning; the other one knows the truth everywhere.
    assert report["mean_iou"] >= report["baseline_of_paint"] + 0.1
    # All of it loosely, as the machine may be busy with other things; a frozen window is seconds.
    assert report["pause_answered"] < 0.3
    assert report["stop_answered"] < 0.3
    assert report["longest_gap"]["training"] < 3.0
    assert report["longest_gap"]["predicting"] < 3.0
    assert report["longest_gap"]["import"] < 3.0
    [project] = recent_projects(tmp_path / "projects")
    assert project.state.present_labels, "the paint is kept"
    assert project.state.models, "and so are the models"
