"""The examples run as they stand."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def _run(name, *arguments, **environment):
    return subprocess.run(
        [sys.executable, str(EXAMPLES / name), *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_train_from_python():
    done = _run("train_from_python.py", "3")
    assert done.returncode == 0, done.stderr
    assert "step 3: cross entropy" in done.stdout
    assert "mean IoU" in done.stdout


def test_predict_out_of_core():
    done = _run("predict_out_of_core.py")
    assert done.returncode == 0, done.stderr
    assert "152 of 152 sections" in done.stdout
    assert done.stdout.splitlines()[-1].endswith("facies.zarr")


@pytest.mark.gui
def test_docks_from_a_script(tmp_path):
    done = _run(
        "docks_from_a_script.py",
        NAPARI_S6_CLOSE="1",
        QT_API="pyside6",
        NAPARI_CONFIG=str(tmp_path / "settings.yaml"),
        NAPARI_S6_AUTOSAVE=str(tmp_path / "autosave"),
        XDG_DATA_HOME=str(tmp_path / "data"),
    )
    assert done.returncode == 0, done.stderr
    assert "press Train S6" in done.stdout
