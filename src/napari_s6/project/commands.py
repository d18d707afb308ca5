"""The commands that do again what was done in a window."""

import json
from pathlib import Path

from napari_s6.learn.config import TrainConfig


def training_command(project: Path, config: TrainConfig) -> tuple[str, ...]:
    """Return the words of the command that trains on a project's labels with these settings.

    Examples
    --------
    >>> training_command(Path("north.s6"), TrainConfig.named("fast", seed=4))
    ('napari-s6', 'train', 'north.s6', '--preset', 'fast', '--set', 'seed=4')
    """
    usual = TrainConfig.named(config.preset).model_dump(mode="json")
    words = ["napari-s6", "train", str(project), "--preset", config.preset]
    for name, value in config.model_dump(mode="json").items():
        if value != usual[name]:
            words += ["--set", f"{name}={value if isinstance(value, str) else json.dumps(value)}"]
    return tuple(words)


def prediction_command(project: Path) -> tuple[str, ...]:
    """Return the words of the command that predicts a project's survey with its model.

    Examples
    --------
    >>> prediction_command(Path("north.s6"))
    ('napari-s6', 'predict', 'north.s6')
    """
    return ("napari-s6", "predict", str(project))
