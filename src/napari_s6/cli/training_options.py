"""The configuration of a training run, from a preset, an earlier run and the options."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_s6.errors import InputError

if TYPE_CHECKING:
    from napari_s6.learn.config import TrainConfig


def config_of(options: argparse.Namespace, run: Path) -> "TrainConfig":
    """The configuration: an earlier run's or a preset, with what the options say put over it."""
    from napari_s6.learn.config import TrainConfig

    given = {
        name: getattr(options, name)
        for name in ("model", "label_fraction", "minutes", "steps", "device", "seed")
    }
    changed = {name: value for name, value in given.items() if value is not None}
    changed |= settings_of(options.set)
    source = Path(options.config).expanduser() if options.config else None
    if options.resume:
        source = run / "run.json"
    saved = _saved_settings(source) if source else {}
    preset = options.preset or saved.pop("preset", "fast")
    saved.pop("preset", None)
    for one, other in (("minutes", "steps"), ("steps", "minutes")):
        if one in changed and other not in changed:
            saved[other] = None
    return TrainConfig.named(preset, **{**saved, **changed})


def _saved_settings(path: Path) -> dict[str, Any]:
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        return dict(saved.get("config", saved))
    except (OSError, ValueError, AttributeError) as error:
        raise InputError(f"{path}: no settings can be read from it ({error})") from error


def settings_of(pairs: Sequence[str]) -> dict[str, Any]:
    """The settings of ``--set NAME=VALUE``, values as JSON where they are."""
    given = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise InputError(f"--set {pair}: write it as NAME=VALUE")
        given[name.strip()] = _parsed(value.strip())
    return given


def _parsed(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value
