"""The steps from probabilities to layers, measured on a labelled line of a small survey."""

import re
import sys
from pathlib import Path

import pytest

from benchmarks import layering
from napari_s6.facies.scheme import F3
from napari_s6.facies.sections import Section
from napari_s6.facies.targets import make_targets
from napari_s6.formats.save import save_volume
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.training.train import train_model_events
from napari_s6.survey.synthetic import make_survey

SETTINGS = {"steps": 30, "decoder_channels": 8, "crop_traces": 48, "crop_samples": 48}


def test_it_measures_each_step_and_draws_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seismic, truth = make_survey((68, 72, 48))
    painted, other = (f"iline:{int(seismic['iline'].values[k])}" for k in (10, 40))
    lines = [Section("iline", int(painted[6:]))]
    config = TrainConfig.named("fast", **SETTINGS, validation="none", device="cpu")
    list(
        train_model_events(
            seismic, make_targets(seismic, truth, F3, lines=lines), config, run=tmp_path / "run"
        )
    )
    save_volume(seismic, tmp_path / "seismic.nc")
    save_volume(truth, tmp_path / "labels.nc")
    picture = tmp_path / "steps.png"
    arguments = ["--labels", tmp_path / "labels.nc", "--lines", other, "--classes", 0, 5]
    monkeypatch.setattr(
        sys,
        "argv",
        [
            *map(
                str,
                ("x", tmp_path / "seismic.nc", *arguments, "--picture", picture, tmp_path / "run"),
            )
        ],
    )
    layering.main()
    found = re.findall(
        r"(each sample|each trace|along reflections) (0\.\d+)", capsys.readouterr().out
    )
    assert [name for name, _ in found] == list(layering.STEPS)
    assert all(0 < float(iou) < 1 for _, iou in found)
    assert len({iou for _, iou in found}) > 1
    assert picture.stat().st_size > 10_000
