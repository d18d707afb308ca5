"""Messages that refuse a name offer those that the registries hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from napari_s6.errors import InputError
from napari_s6.facies.scheme import SCHEMES, find_scheme
from napari_s6.formats.segy.setups import GUESS, HEADER_BYTES_PRESETS, parse_header_bytes
from napari_s6.horizons.grid_files import grid_format_to_write, writable_grid_formats
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.presets import TRAINING_PRESETS
from napari_s6.survey.reading import VERTICAL_UNITS, Reading

REFUSED: dict[str, tuple[Callable[[], object], Iterable[str]]] = {
    "scheme": (lambda: find_scheme("none"), SCHEMES),
    "preset": (lambda: TrainConfig.named("none"), TRAINING_PRESETS),
    "header bytes": (lambda: parse_header_bytes("none"), [*HEADER_BYTES_PRESETS, GUESS]),
    "grid format": (
        lambda: grid_format_to_write("none"),
        [one.name for one in writable_grid_formats()],
    ),
    "unit": (lambda: Reading.from_dict({"unit": "none"}), VERTICAL_UNITS),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_refusal_offers_every_choice(
    what: str, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAPARI_S6_CONFIG", str(tmp_path))
    ask, choices = REFUSED[what]
    with pytest.raises(InputError) as refused:
        ask()
    assert ", ".join(choices) in str(refused.value)
