"""A CUDA card: batch 50 of whole sections, alone and in a background thread; Stop; memory.

The same functions run at a tiny size on a CPU in the tests, so that a card finds them working.
"""

import queue
import threading
import time
from dataclasses import dataclass, replace

import numpy as np
import torch
import xarray as xr

from benchmarks.part import Found, Settings, need_cuda
from benchmarks.parts.training import (
    OURS,
    compare,
    two_lines,
    whole_sections,
)
from benchmarks.rates import SECTION, TINY, peak_operations, tiled_survey
from benchmarks.table import Row, at_least, at_most, times_at_least
from napari_s6.learn import events
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.control import Token
from napari_s6.learn.training.train import train_model_events

BATCH = 50
SECTIONS_A_SECOND = 2000
TIMES_THE_REFERENCE = 4
STOPPED_WITHIN = 0.1
BEAT = 0.004
"""Seconds between two glances of the waiting thread, as often as the window's timer."""


def part(settings: Settings) -> Found:
    """Constrained training at batch 50 with our channels."""
    need_cuda(settings)
    device, tiny = settings.device, settings.tiny
    batch = 4 if tiny else BATCH
    volume, labels = tiled_survey(24 if tiny else 2 * BATCH, TINY if tiny else SECTION)
    peak = peak_operations(device)
    rounds = 1 if tiny else 3 if settings.quick else 9
    [ours, work, share, *_] = compare(device, volume, labels, True, batch, rounds, peak)
    config = whole_sections(device, True, OURS, batch)
    seconds = 0.5 if tiny else 5.0 if settings.quick else 15.0
    behind = in_background(volume, labels, config, seconds)
    rows = [
        Row(f"card: {ours.what}", ours.measured, ours.unit, target=at_least(SECTIONS_A_SECOND)),
        Row(
            f"card: {ours.what}, beside the reference",
            ours.measured,
            ours.unit,
            ours.reference,
            times_at_least(TIMES_THE_REFERENCE),
            note=ours.note,
        ),
        *(replace(row, what=f"card: {row.what}") for row in (work, share)),
        Row(
            "card: the same in a background thread",
            behind.rate,
            "sections/s",
            target=at_least(SECTIONS_A_SECOND),
        ),
        Row("card: Stop to stopped", behind.stop, "s", target=at_most(STOPPED_WITHIN)),
        _peak_memory(device, behind.memory),
    ]
    return Found(rows, {"peak_operations": peak})


def _peak_memory(device: torch.device, megabytes: float | None) -> Row:
    what = "card: peak memory of training"
    if megabytes is None:
        return Row(what, None, why=f"not run: {device} does not tell its memory")
    return Row(what, megabytes, "MB")


@dataclass(frozen=True)
class Behind:
    """Training in a background thread: sections/s, seconds from Stop to stopped, MB at the peak."""

    rate: float
    stop: float
    memory: float | None


def in_background(
    volume: xr.DataArray, labels: np.ndarray, config: TrainConfig, seconds: float
) -> Behind:
    """Train as a dock does: in a thread, with events through a queue, until it is told to stop.

    The rate is counted from the first event on, over ``seconds``.
    """
    device, token = torch.device(config.device), Token()
    news: queue.Queue[tuple[float, events.TrainingEvent]] = queue.Queue()
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    thread = threading.Thread(target=_work, args=(volume, labels, config, token, news))
    thread.start()
    seen: list[tuple[float, events.TrainingEvent]] = []
    asked = 0.0
    while thread.is_alive() or not news.empty():
        time.sleep(BEAT)
        while not news.empty():
            seen.append(news.get())
        steps = [at for at, event in seen if isinstance(event, events.Stepped)]
        if not asked and len(steps) > 1 and steps[-1] - steps[0] >= seconds:
            asked = time.perf_counter()
            token.cancel()
    thread.join()
    return _told(seen, config, asked, device)


def _work(
    volume: xr.DataArray,
    labels: np.ndarray,
    config: TrainConfig,
    token: Token,
    news: "queue.Queue[tuple[float, events.TrainingEvent]]",
) -> None:
    for event in train_model_events(volume, two_lines(volume, labels), config, token=token):
        news.put((time.perf_counter(), event))


def _told(
    seen: list[tuple[float, events.TrainingEvent]],
    config: TrainConfig,
    asked: float,
    device: torch.device,
) -> Behind:
    last_at, last = seen[-1]
    if isinstance(last, events.Failed):
        raise RuntimeError(last.message)
    if not isinstance(last, events.Stopped):
        raise RuntimeError(f"training ended by itself: {last}")
    steps = [(at, e.step) for at, e in seen if isinstance(e, events.Stepped) and at <= asked]
    (first_at, first_step), (end_at, end_step) = steps[0], steps[-1]
    rate = (end_step - first_step) * config.batch_size / (end_at - first_at)
    memory = torch.cuda.max_memory_allocated(device) / 1e6 if device.type == "cuda" else None
    return Behind(rate, last_at - asked, memory)
