"""The walks that docs/architecture.md tells are those the program takes."""

from __future__ import annotations

import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import napari_s6 as s6
from napari_s6.survey.synthetic import make_survey

pytestmark = pytest.mark.slow
CHECKOUT = Path(__file__).resolve().parents[1]
#: Named by the walks, and not on the way of a test without a window.
WINDOW_ONLY = {"plugin.docks.train.train_dock.TrainDock", "plugin.widgets.curves"}
#: Where the command line and the window join, and what is asked where header bytes are wrong.
BESIDE = {"cli.inputs.open_survey", "plugin.files.reader", "formats.segy.guess"}
SMALL: dict[str, Any] = {
    "steps": 2, "batch_size": 4, "crop_traces": 32, "crop_samples": 32, "decoder_channels": 8,
    "evaluate_every": 2, "device": "cpu",
}  # fmt: skip


def told_of(heading: str) -> set[str]:
    """Return the functions, classes and modules that a chapter names."""
    text = (CHECKOUT / "docs" / "architecture.md").read_text(encoding="utf-8")
    chapter = text.split(f"## {heading}\n")[1].split("\n## ")[0]
    words = re.findall(r"`([a-z_]+(?:\.\w+)+)`", chapter)
    return {word for word in words if not word.startswith("s6.")}


@contextmanager
def calls() -> Iterator[set[str]]:
    """Collect what of the package is called, by its dotted name, in any thread."""
    seen: set[str] = set()

    def hear(frame: FrameType, event: str, _argument: Any) -> None:
        room = str(frame.f_globals.get("__name__", ""))
        if event == "call" and room.startswith("napari_s6."):
            code = frame.f_code
            name = code.co_qualname
            if name.endswith("<locals>.__init__"):  # that dataclasses make
                name = f"{type(frame.f_locals['self']).__qualname__}.__init__"
            seen.add(f"{room.removeprefix('napari_s6.')}.{name}")

    threading.setprofile(hear)
    sys.setprofile(hear)
    try:
        yield seen
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def not_called(names: set[str], seen: set[str]) -> set[str]:
    """Return the names of which nothing was called: neither they nor anything in them."""
    return {name for name in names if not any(f"{one}.".startswith(f"{name}.") for one in seen)}


def test_from_a_segy_file_to_exported_facies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    survey, facies = make_survey((70, 72, 48))
    s6.save(survey, "survey.sgy")
    s6.save(facies, "labels.sgy")
    with calls() as seen:
        opened = s6.open("survey.sgy", crop="iline:100-168")
        labels = s6.open_labels("labels.sgy", opened)
        model = s6.train(opened, labels, lines=["iline:103", "iline:140"], layers="yes", **SMALL)
        s6.save(model.predict(opened), "facies.sgy")
    told = told_of("From a SEG-Y file to exported facies")
    assert len(told) > 25
    assert not_called(told - BESIDE - WINDOW_ONLY, seen) == set()


def test_from_the_brush_to_the_loss(tmp_path: Path) -> None:
    pytest.importorskip("napari")
    from napari.components import ViewerModel

    from napari_s6.plugin.canvas import layers
    from napari_s6.plugin.session.session import Session

    survey, facies = make_survey((70, 72, 48))
    viewer = ViewerModel()
    with calls() as seen:
        session = Session(viewer, folder=tmp_path)
        layers.add_volume(viewer, survey, "survey")
        labels = session.interpretation.new_labels()
        layers.show_section(viewer, labels, "iline", 30)
        labels.brush_size = 5
        for trace in range(2, 70, 2):
            for sample in range(2, 46, 3):
                code = int(facies.values[30, trace, sample])
                labels.paint((30, sample, trace), code + 1)
        session.configure(**SMALL)
        for resident in ("no", "yes"):
            session.configure(resident=resident)
            session.continue_from_model = False
            session.train()
            wait(session, lambda: not session.busy)
            assert session.model is not None, session.history.text
        session.accept()
        session.close()
    told = told_of("From the brush to the loss")
    assert len(told) > 25
    assert not_called(told - WINDOW_ONLY, seen) == set()
    assert set(session.history.losses) == {"cross_entropy", "reconstruction"}


def wait(session: Any, done: Callable[[], bool]) -> None:
    """Poll as the window's timer does."""
    deadline = time.monotonic() + 240
    while not done():
        assert time.monotonic() < deadline, session.history.text
        session.poll()
        time.sleep(0.01)
    session.poll()
