"""The presets of a training run: the one list that the command line, the window and messages read.

Nothing heavy is imported here, for the command line offers these names before it does anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class TrainingPreset:
    """Name a preset and say what it is good for; ``settings`` are put over the defaults."""

    label: str
    summary: str
    settings: Mapping[str, Any]


TRAINING_PRESETS: Mapping[str, TrainingPreset] = MappingProxyType(
    {
        "fast": TrainingPreset(
            "Fast",
            "useful within minutes",
            {
                "minutes": 10.0,
                "encoder_stages": 3,
                "horizontal_flip": False,
                "validation_until": 0.6,
            },
        ),
        "best": TrainingPreset(
            "Best",
            "five times longer",
            {
                "steps": 3000,
                "members": 5,
                "encoder_stages": 3,
                "horizontal_flip": False,
                "validation_until": 0.6,
                "evaluate_every": 100,
            },
        ),
        "paper": TrainingPreset(
            "As in the paper",
            "its batches, losses and learning rate; for a GPU",
            {
                "steps": 6000,
                "layers": "no",
                "decoder_dropout": 0.1,
                "reconstruction_head": "bilinear",
                "normalise": False,
                "loss_scaling": "sum",
                "batch_size": 50,
                "crop_traces": None,
                "crop_samples": None,
                "horizontal_flip": False,
                "amplitude_jitter": 0.0,
                "learning_rate": 5e-4,
                "warmup": 0.0,
                "schedule": "constant",
                "averaging": 0.0,
                "validation": "random",
                "evaluate_every": 50,
                "patience": 10,
                "keep": "best",
            },
        ),
    }
)
