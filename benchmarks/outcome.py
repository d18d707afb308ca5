"""Run one part of the benchmarks, so that the others run whatever becomes of it."""

import time
import traceback
from collections.abc import Mapping
from datetime import date
from typing import Any

from benchmarks.machine import load_average
from benchmarks.part import NotHereError, Settings
from benchmarks.parts import Part


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


def failed(outcomes: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Names of the parts that failed."""
    return [name for name, outcome in outcomes.items() if outcome["status"] == "failed"]
