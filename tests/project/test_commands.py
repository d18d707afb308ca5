"""The commands of a project are those that the command line understands."""

from pathlib import Path

import pytest

from napari_s6.cli.parser import build_parser, parse_options
from napari_s6.cli.training_options import settings_of
from napari_s6.learn.config import TrainConfig
from napari_s6.project.commands import prediction_command, training_command


@pytest.mark.parametrize(
    "settings",
    [{}, {"steps": 80, "minutes": None}, {"atrous_rates": (3, 6, 9), "model": "unconstrained"}],
)
def test_a_training_is_done_again_with_its_settings(settings: dict[str, object]) -> None:
    config = TrainConfig.named("best", **settings)
    words = training_command(Path("north.s6"), config)
    options = parse_options(build_parser(), words[1:])
    assert options.seismic == "north.s6"
    assert TrainConfig.named(options.preset, **settings_of(options.set)) == config


def test_a_prediction_is_done_again() -> None:
    options = parse_options(build_parser(), prediction_command(Path("a b.s6"))[1:])
    assert (options.run, options.out) == ("a b.s6", None)
