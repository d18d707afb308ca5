"""The window in the table of all measurements (see `benchmarks.window`)."""

from collections.abc import Iterator
from typing import Any

from benchmarks import plain_training, window
from benchmarks.part import Found, Settings, need_screen
from benchmarks.table import Row, Target, at_most, times_at_least, times_at_most

P99, LONGEST, LONGEST_IMPORTING = at_most(20.0), at_most(60.0), at_most(300.0)
DRAWN = times_at_most(1.25)
TRAINING = times_at_least(0.85)
WAITS = {
    "click to a usable dock": at_most(2.0),
    "Pause answered": at_most(0.1),
    "Pause to paused": at_most(1.0),
    "Stop answered": at_most(0.1),
    "Stop to stopped": at_most(1.0),
}
ON_A_CARD = {"Pause to paused": at_most(0.1), "Stop to stopped": at_most(0.1)}


def part(settings: Settings) -> Found:
    """The window at work, between two trainings without one."""
    need_screen()
    seconds = 2.0 if settings.tiny else 10.0 if settings.quick else 24.0
    before = plain_training.in_its_own_process(seconds / 2)
    found = window.run(seconds)
    after = plain_training.in_its_own_process(seconds / 2)
    if not before["config"] == after["config"] == found["config"]:
        raise RuntimeError("the window trained with other settings than the plain program")
    waits = WAITS | (ON_A_CARD if settings.device.type == "cuda" else {})
    plain = (before["rate"] + after["rate"]) / 2
    rows = [
        *_gaps(found["phases"]),
        *_drawn(found["phases"]),
        *(
            Row(name, value, "s", target=waits.get(name))
            for name, value in found["seconds"].items()
        ),
        *_rates(found["rates"], plain),
    ]
    return Found(rows, found | {"without": [before["rate"], after["rate"]]})


def _gaps(phases: dict[str, Any]) -> Iterator[Row]:
    """Gaps between events of the window's thread; the reference is the idle window."""
    for phase, one in phases.items():
        targets: dict[str, Target] = {}
        if phase in ("training", "predicting"):
            targets = {"p99": P99, "longest": LONGEST}
        elif phase == "import":
            targets = {"longest": LONGEST_IMPORTING}
        for key, name in (("median", "median"), ("p99", "99th percentile"), ("longest", "longest")):
            idle = phases["idle"][key] if phase != "idle" else None
            what = "torch is imported" if phase == "import" else phase
            yield Row(
                f"gap between events, {what}: {name}",
                one[key],
                "ms",
                idle,
                targets.get(key),
                note=f"a timer of {window.BEAT} ms beats; the reference is the idle window",
            )


def _drawn(phases: dict[str, Any]) -> Iterator[Row]:
    yield Row("next section drawn, idle", phases["idle"]["drawn"], "ms")
    for phase in ("training", "predicting"):
        idle = phases["idle"]["drawn"]
        yield Row(f"next section drawn, {phase}", phases[phase]["drawn"], "ms", idle, DRAWN)


def _rates(rates: dict[str, float], plain: float) -> Iterator[Row]:
    for what, rate in rates.items():
        yield Row(
            f"training, {what}",
            rate,
            "sections/s",
            plain,
            TRAINING if what == "window open, at rest" else None,
            note="crops as preset fast takes them, previews included; the reference is the same "
            "training in a process without a window, before and after",
        )
