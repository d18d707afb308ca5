"""Prediction of a cube of the public benchmark's size, 601 x 901 x 255, in both orientations.

A card predicts it whole. On a CPU some inlines and crosslines are timed first, at their full size
and with all that belongs to them, and the cube's time is reckoned from them; where that is no more
than `WHOLE_WITHIN` seconds the cube is predicted whole as well, which shows what the reckoning is
worth.
"""

import time
from typing import Literal

import numpy as np
import torch

from benchmarks.part import Found, Settings
from benchmarks.parts.prediction import untrained
from benchmarks.rates import settle, tiled_survey
from benchmarks.table import Row, at_most
from napari_s6.learn.control import Token
from napari_s6.learn.inference.predict import predict_volume
from napari_s6.survey.volume import Orientation

CUBE = (601, 901, 255)
TINY_CUBE = (70, 80, 64)
NARROW = 64
"""Fewest live traces of a line that is predicted: the other side of the slabs that are timed."""

SKIPPED = 4
"""Sections that are not timed: the first ones take longer."""

WHOLE_WITHIN = 150.0


def part(settings: Settings) -> Found:
    """Seconds for the cube, whole or reckoned."""
    shape = TINY_CUBE if settings.tiny else CUBE
    name = " x ".join(map(str, shape))
    if settings.device.type == "cuda":
        seconds = whole(settings.device, shape)
        return Found([Row(f"cube {name}, both orientations", seconds, "s", target=at_most(3.0))])
    timed = 8 if settings.tiny or settings.quick else 40
    inline = seconds_per_section(settings.device, shape, "iline", timed)
    crossline = seconds_per_section(settings.device, shape, "xline", timed)
    reckoned = shape[0] * inline + shape[1] * crossline
    rows = [
        Row(f"an inline of {shape[1]} traces, first pass", 1000 * inline, "ms"),
        Row(f"a crossline of {shape[0]} traces, second pass, averaged", 1000 * crossline, "ms"),
        Row(
            f"cube {name}, both orientations, reckoned",
            reckoned,
            "s",
            note=f"reckoned from {timed} of {shape[0]} inlines and {timed} of {shape[1]} "
            "crosslines, timed at full size",
        ),
    ]
    if settings.quick:
        why = "not run: left out by --quick"
    elif reckoned > WHOLE_WITHIN:
        why = f"not run: it would take longer than {WHOLE_WITHIN:.0f} s"
    else:
        why = ""
    measured = None if why else whole(settings.device, shape)
    rows.append(Row(f"cube {name}, both orientations, whole", measured, "s", why=why))
    return Found(rows)


def whole(device: torch.device, shape: tuple[int, int, int]) -> float:
    """Seconds to predict the cube from memory into memory, after a warm-up on a few sections."""
    volume, _ = tiled_survey(shape[0], shape[1:])
    model = untrained(volume, device)
    codes, confidence = np.full(shape, 255, np.uint8), np.zeros(shape, np.uint8)
    token = Token()
    for progress in predict_volume(model, volume, codes_out=codes, token=token):
        if progress.done == SKIPPED:
            token.cancel()
    settle(device)
    clock = time.perf_counter()
    for _ in predict_volume(model, volume, codes_out=codes, confidence_out=confidence):
        pass
    settle(device)
    return time.perf_counter() - clock


def seconds_per_section(
    device: torch.device, shape: tuple[int, int, int], along: Orientation, timed: int
) -> float:
    """Seconds of an inline in the first pass, or of a crossline in the second one.

    Measured in a slab as narrow as can be predicted in both orientations, whose ``along`` lines
    have the cube's length; the first pass keeps its probabilities, the second averages with them.
    """
    lines = max(NARROW, timed + SKIPPED)
    slab = (lines, *shape[1:]) if along == "iline" else (shape[0], lines, shape[2])
    volume, _ = tiled_survey(slab[0], slab[1:])
    model = untrained(volume, device)
    codes, confidence = np.full(slab, 255, np.uint8), np.zeros(slab, np.uint8)
    token, ends = Token(), list[float]()
    orientation: Literal["both"] = "both"
    for progress in predict_volume(
        model,
        volume,
        codes_out=codes,
        confidence_out=confidence,
        orientation=orientation,
        first=("iline", 0),
        token=token,
    ):
        if progress.orientation != along:
            continue
        ends.append(time.perf_counter())
        if len(ends) == timed + SKIPPED:
            token.cancel()
    spans = ends[SKIPPED - 1 : SKIPPED + timed]
    return (spans[-1] - spans[0]) / (len(spans) - 1)
