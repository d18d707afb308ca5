"""A trained model, for whoever predicts a file."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of one training step, which predicts nonsense everywhere."""
    from napari_s6.cli.demo_job import paint
    from napari_s6.facies.scheme import F3 as SCHEME
    from napari_s6.facies.targets import make_targets
    from napari_s6.learn.config import TrainConfig
    from napari_s6.learn.training.train import train_model_events
    from napari_s6.survey.synthetic import make_survey

    survey, truth = make_survey((68, 70, 48))
    codes = truth.copy(data=paint(survey, truth))
    config = TrainConfig.named(
        "fast", steps=1, crop_traces=32, crop_samples=32, decoder_channels=8, batch_size=4,
        device="cpu",
    )  # fmt: skip
    run = tmp_path_factory.mktemp("tiny") / "run"
    last = list(train_model_events(survey, make_targets(survey, codes, SCHEME), config, run=run))[
        -1
    ]
    assert last.path is not None
    return run
