"""Changing single settings of the next run's configuration."""

from typing import Any

from pydantic import ValidationError

from napari_s6.errors import InputError
from napari_s6.learn.config import TrainConfig

#: What a person chooses apart from the preset, and keeps when choosing another one.
KEPT_BY_PRESETS = ("model", "device", "seed", "label_fraction")


def configured(config: TrainConfig, **settings: Any) -> TrainConfig:
    """Return a configuration with settings replaced.

    A ``preset`` resets all but `KEPT_BY_PRESETS`, before the other settings are applied.

    Raises
    ------
    InputError
        If a value is out of range.
    """
    preset = settings.pop("preset", None)
    if preset is not None:
        kept = {name: getattr(config, name) for name in KEPT_BY_PRESETS}
        config = TrainConfig.named(preset, **kept)
    try:
        return TrainConfig(**{**config.model_dump(), **settings})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "settings"
        reason = first["msg"].removeprefix("Value error, ")
        raise InputError(f"{where} = {first.get('input')!r} cannot be used: {reason}") from None
