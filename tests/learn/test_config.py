"""Training settings: presets, limits, and settings of earlier versions."""

import pytest

from napari_s6.errors import InputError
from napari_s6.learn.config import REMOVED_SETTINGS, TrainConfig
from napari_s6.learn.presets import TRAINING_PRESETS


@pytest.mark.parametrize("preset", list(TRAINING_PRESETS))
def test_presets_are_valid_and_survive_json(preset):
    config = TrainConfig.named(preset)
    assert TrainConfig.model_validate_json(config.model_dump_json()) == config


def test_settings_out_of_range_are_named():
    with pytest.raises(InputError, match="learning_rate = -1"):
        TrainConfig.named("fast", learning_rate=-1)
    with pytest.raises(InputError, match="choose one of fast, best, paper"):
        TrainConfig.named("faster")
    with pytest.raises(InputError, match="stepz"):
        TrainConfig.named("fast", stepz=3)
    assert TrainConfig.named("fast", minutes=2).steps is None
    assert TrainConfig.named("fast", steps=2).minutes is None
    assert None not in (TrainConfig.named("fast").steps, TrainConfig.named("fast").minutes)


def test_settings_that_are_gone_are_read_where_they_did_nothing():
    saved = {**TrainConfig.named("fast").model_dump(), **REMOVED_SETTINGS}
    assert TrainConfig.model_validate(saved) == TrainConfig.named("fast")
    with pytest.raises(InputError, match=r"^ties = True: this setting is gone"):
        TrainConfig.named("fast", ties=True)
    with pytest.raises(InputError, match=r"^reconstruction_head = 'deep' cannot be used"):
        TrainConfig.named("fast", reconstruction_head="deep")


def test_early_stopping_is_for_one_member():
    with pytest.raises(InputError, match="leave out patience"):
        TrainConfig.named("paper", members=2)
