"""Options about the settings of a training that `train` and the studies share."""

import argparse
from collections.abc import Sequence
from typing import Any

from napari_s6.cli.names import Names, offer_names
from napari_s6.errors import InputError


def add_preset(command: argparse.ArgumentParser, *, default: str | None, text: str = "") -> None:
    """Add ``--preset``; ``text`` says what counts where the default is None."""
    from napari_s6.learn.presets import TRAINING_PRESETS

    purposes = "; ".join(f"{name}: {one.summary}" for name, one in TRAINING_PRESETS.items())
    command.add_argument(
        "--preset", choices=list(TRAINING_PRESETS), default=default, help=f"{purposes}{text}"
    )


def add_set(command: argparse.ArgumentParser) -> None:
    """Add ``--set``."""
    setting = command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="any other setting of the training; repeatable",
    )
    offer_names(setting, Names(_settings))


def show_setting(action: argparse.Action) -> None:
    """Let an option's help show the default of the setting of its name, as ``%(setting)s``."""
    vars(action)["setting"] = Names(lambda: [_default_of(action.dest)])


def _default_of(setting: str) -> str:
    from napari_s6.learn.config import TrainConfig

    return str(TrainConfig.model_fields[setting].default)


def _settings() -> list[str]:
    from napari_s6.learn.config import TrainConfig

    return [f"{name}=" for name in TrainConfig.model_fields]


def settings_of(pairs: Sequence[str]) -> dict[str, Any]:
    """Return the settings of ``--set NAME=VALUE``, values as JSON where they are.

    Raises
    ------
    InputError
        If one is not written so.
    """
    given = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise InputError(f"--set {pair}: write it as NAME=VALUE")
        given[name.strip()] = _parsed(value.strip())
    return given


def _parsed(value: str) -> Any:
    import json

    try:
        return json.loads(value)
    except ValueError:
        return value
