"""Stand-ins for training and prediction: the same events, no network."""

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.scheme import PRESETS
from napari_s6.learn import events
from napari_s6.learn.config import TrainConfig
from napari_s6.plugin.session.learning import Learning


@dataclass
class FakeModel:
    """What the window asks of a model."""

    config: TrainConfig
    scheme: Any = PRESETS["F3"]

    def describe(self) -> str:
        return f"{self.config.model}, 6 facies (F3), 3 steps"


@dataclass
class FakeProgress:
    done: int
    total: int
    orientation: str
    index: int
    remaining: float = 1.0


class FakeLearning(Learning):
    """Trains ``steps`` steps of ``delay`` seconds; saves the configuration; may raise.

    With ``gate`` cleared, a training sets ``inside`` in its next step, and stays there.
    """

    def __init__(self, steps: int = 5, delay: float = 0.01) -> None:
        super().__init__()
        self.steps, self.delay = steps, delay
        self.error: BaseException | None = None
        self.calls: list[dict[str, Any]] = []
        self.threads: set[int] = set()
        self.gate, self.inside = threading.Event(), threading.Event()
        self.gate.set()

    def train(self, volume, targets, config, *, run, token, start_from=None):
        self.threads.add(threading.get_ident())
        self.calls.append(
            {"volume": volume, "targets": targets, "config": config, "start_from": start_from}
        )
        yield events.Started("cpu", 10, 1, 2, 0, self.steps, None, tuple(targets.notes))
        for step in range(1, self.steps + 1):
            if token.paused:
                yield events.Paused(step)
                token.wait_while_paused()
                yield events.Resumed(step)
            if token.cancelled:
                yield events.Stopped(step, self._save(run, config))
                return
            time.sleep(self.delay)
            if not self.gate.is_set():
                self.inside.set()
                self.gate.wait(60)
            if self.error is not None:
                raise self.error
            losses = {"cross_entropy": 1 / step, "reconstruction": 0.5 / step}
            yield events.Stepped(step, losses, 1e-3, 10.0, step * self.delay, 1.0)
            if token.view is not None:
                yield events.Previewed(step, *token.view, *section(volume, *token.view))
        yield events.Evaluated(self.steps, 0.75, 0.4, (0.75,) * 6, True)
        yield events.Finished(self.steps, "all steps taken", self._save(run, config), 0.75)

    def load(self, path, device):
        config = TrainConfig.model_validate_json((Path(path) / "config.json").read_text())
        return FakeModel(config)

    def predict_section(self, model, volume, orientation, index):
        self.threads.add(threading.get_ident())
        return section(volume, orientation, index)[:2]

    def predict_volume(self, model, volume, *, codes_out, confidence_out, first, token):
        self.threads.add(threading.get_ident())
        for index in range(volume.shape[0]):
            token.wait_while_paused()
            if token.cancelled:
                return
            time.sleep(self.delay)
            codes, confidence, _ = section(volume, "iline", index)
            codes_out[index] = codes
            confidence_out[index] = np.rint(100 * confidence).astype(np.uint8)
            yield FakeProgress(index + 1, volume.shape[0], "iline", index)

    def _save(self, run: Path, config: TrainConfig) -> Path:
        run.mkdir(parents=True)
        (run / "config.json").write_text(config.model_dump_json())
        return run


def truth(volume) -> np.ndarray:
    """Layered facies over a whole volume: code by depth, 255 on dead traces."""
    n = volume.shape[2]
    codes = np.broadcast_to(np.arange(n) * 6 // n, volume.shape).astype(np.uint8)
    return np.where(volume["live"].values[:, :, None], codes, UNLABELLED).astype(np.uint8)


def section(volume, orientation, index):
    """Codes, confidence and reconstruction of one section."""
    codes = truth(volume)
    codes = codes[index] if orientation == "iline" else codes[:, index]
    return codes, np.full(codes.shape, 0.8, np.float32), np.ones(codes.shape, np.float32)
