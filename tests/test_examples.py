"""The examples, the notebook and the README's script run, with less training than they state."""

import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import napari_s6 as s6
from napari_s6.survey.synthetic import make_survey

CHECKOUT = Path(__file__).resolve().parents[1]
EXAMPLES = CHECKOUT / "examples"


def shortened(code, steps):
    """The same with fewer steps of training."""
    short, trainings = re.subn(r"\bsteps=\d+", f"steps={steps}", code)
    assert trainings == 1
    return short


def test_train_from_python(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["train_from_python.py"])
    exec(shortened((EXAMPLES / "train_from_python.py").read_text(encoding="utf-8"), 4), {})
    shown = capsys.readouterr()
    assert "4 steps" in shown.out
    assert "mean IoU" in shown.out
    assert "training: 100%" in shown.err


def test_predict_out_of_core(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["predict_out_of_core.py"])
    runpy.run_path(str(EXAMPLES / "predict_out_of_core.py"), run_name="__main__")
    shown = capsys.readouterr()
    assert "152/152" in shown.err
    assert "confidence" in shown.out
    least = int(shown.out.split()[-1])
    assert 100 <= least < 172


@pytest.mark.gui
def test_docks_from_a_script(tmp_path):
    environment = {
        **os.environ,
        "NAPARI_S6_CLOSE": "1",
        "QT_API": "pyside6",
        "NAPARI_CONFIG": str(tmp_path / "settings.yaml"),
        "NAPARI_S6_PROJECTS": str(tmp_path / "projects"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
    }
    command = [sys.executable, str(EXAMPLES / "docks_from_a_script.py")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "press Train S6" in done.stdout


def test_notebook(capsys):
    """Its code cells, one after another; they need no notebook."""
    from matplotlib import pyplot

    cells = json.loads((EXAMPLES / "whole_job.ipynb").read_text(encoding="utf-8"))["cells"]
    names: dict[str, object] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            code = "".join(cell["source"])
            exec(shortened(code, 36) if "s6.train(" in code else code, names)
    assert "mean IoU" in capsys.readouterr().out
    assert names["scores"].scores.mean_iou > 0.3
    facies = s6.open_labels(names["folder"] / "facies.sgy", names["survey"])
    np.testing.assert_array_equal(facies, names["prediction"].facies)
    pyplot.close("all")


def test_script_of_the_readme(tmp_path, monkeypatch, capsys):
    text = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    script = re.search(r"## From Python\n\n```python\n(.*?)```", text, re.DOTALL)[1]
    assert len(script.splitlines()) <= 12
    survey, truth = make_survey((48, 72, 64))
    s6.save(survey, tmp_path / "survey.sgy")
    s6.save(truth, tmp_path / "labels.sgy")
    monkeypatch.chdir(tmp_path)
    exec(shortened(script, 4), {})
    assert "mean IoU" in capsys.readouterr().out
    opened = s6.open("survey.sgy")
    assert s6.open_labels("facies.sgy", opened).shape == (48, 72, 64)
