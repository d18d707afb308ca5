"""The parts of the benchmarks by name, and how one is run so that the others run whatever it does.

A part is a function of `Settings` that returns rows; it imports what it measures itself, so that
one that cannot be imported fails alone.
"""

import os
import time
import traceback
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from benchmarks.part import Found, NotHereError, Settings


def _start(settings: Settings) -> Found:
    from benchmarks import start

    return start.part(settings)


def _training(settings: Settings) -> Found:
    from benchmarks import training

    return training.part(settings)


def _prediction(settings: Settings) -> Found:
    from benchmarks import prediction

    return prediction.part(settings)


def _cube(settings: Settings) -> Found:
    from benchmarks import cube

    return cube.part(settings)


def _prediction_memory(settings: Settings) -> Found:
    from benchmarks import prediction_memory

    return prediction_memory.part(settings)


def _survey_io(settings: Settings) -> Found:
    from benchmarks import survey_io_rows

    return survey_io_rows.part(settings)


def _viewer_memory(settings: Settings) -> Found:
    from benchmarks import viewer_memory

    return viewer_memory.part(settings)


def _window(settings: Settings) -> Found:
    from benchmarks import window_rows

    return window_rows.part(settings)


def _card_training(settings: Settings) -> Found:
    from benchmarks import card

    return card.part(settings)


def _card_protocol(settings: Settings) -> Found:
    from benchmarks import protocol

    return protocol.part(settings)


Part = Callable[[Settings], Found]

PARTS: dict[str, Part] = {
    "start": _start,
    "training": _training,
    "prediction": _prediction,
    "cube": _cube,
    "prediction-memory": _prediction_memory,
    "survey-io": _survey_io,
    "viewer-memory": _viewer_memory,
    "window": _window,
    "card-training": _card_training,
    "card-protocol": _card_protocol,
}


def run_part(part: Part, settings: Settings) -> dict[str, Any]:
    """Run one part; what becomes of it, as plain values: done, not run or failed."""
    clock = time.perf_counter()
    outcome: dict[str, Any] = {
        "status": "done",
        "reason": "",
        "date": date.today().isoformat(),
        "quick": settings.quick,
        "load_average": load_average(),
        "rows": [],
    }
    try:
        found = part(settings)
        outcome |= {"rows": [row.as_dict() for row in found.rows], "details": found.details}
    except NotHereError as why:
        outcome |= {"status": "not run", "reason": str(why)}
    except Exception as error:  # the other parts are measured all the same
        lines = str(error).strip().splitlines()
        told = f"{type(error).__name__}: {lines[-1] if lines else ''}"
        outcome |= {"status": "failed", "reason": told, "traceback": traceback.format_exc()}
    outcome["seconds"] = round(time.perf_counter() - clock, 1)
    return outcome


def load_average() -> list[float]:
    """How many processes wanted the processor in the last 1, 5 and 15 minutes."""
    return [round(load, 2) for load in os.getloadavg()] if hasattr(os, "getloadavg") else []


def file_stem(settings: Settings) -> str:
    """The name of the results of this kind of machine."""
    quick = "tiny-" if settings.tiny else "quick-" if settings.quick else ""
    return f"bench-{quick}{settings.device.type}-{os.cpu_count()}cores"


def failed(outcomes: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Names of the parts that failed."""
    return [name for name, outcome in outcomes.items() if outcome["status"] == "failed"]
