"""Runs of `accuracy` in a file to which more can be added, and the table made of them."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import torch

from benchmarks.machine import load_average, machine, versions
from benchmarks.results_file import SAME
from napari_s6.errors import InputError
from napari_s6.survey.atomic import atomic_path

LEVELS = (0.75, 0.80, 0.85)
TARGET_LEVEL, TARGET = 0.80, 0.25
"""Ours is to reach that level in this share of the reference's time."""

Curve = list[tuple[float, float]]


@dataclass(frozen=True)
class Reached:
    """Seconds until each level (None: not within the cap), and the mean IoU at the end.

    ``last_at`` are the seconds of training at the end.
    """

    who: str
    arm: str
    seed: int
    seconds: tuple[float | None, ...]
    last: float
    last_at: float
    curve: Curve = field(repr=False)
    load_average: tuple[float, ...] = ()


def reached(who: str, arm: str, seed: int, curve: Curve, cap: float) -> Reached:
    """What a run's measurements, (seconds of training, mean IoU), say."""
    within = [(at, iou) for at, iou in curve if at <= cap]
    seconds = tuple(
        next((round(at, 1) for at, iou in within if iou >= level), None) for level in LEVELS
    )
    rounded = [(round(at, 1), round(iou, 4)) for at, iou in curve]
    last_at, last = rounded[-1] if rounded else (0.0, 0.0)
    return Reached(who, arm, seed, seconds, last, last_at, rounded, tuple(load_average()))


def _read_run(saved: dict[str, Any]) -> Reached:
    curve = [(float(at), float(iou)) for at, iou in saved["curve"]]
    pairs = {key: tuple(saved[key]) for key in ("seconds", "load_average")}
    return Reached(**{**saved, **pairs, "curve": curve})


@dataclass(frozen=True)
class Ratio:
    """Median seconds to a level, ours and the reference's; the cap where it was not reached.

    ``bound`` says what is known of the ratio where a median is the cap: ``"<="``, ``">="``, ``""``
    for both known, ``"?"`` for neither.
    """

    ours: float
    reference: float
    bound: str

    @property
    def value(self) -> float:
        """Ours over the reference's."""
        return self.ours / self.reference

    def __str__(self) -> str:
        return f"{self.bound} {self.value:.2f}".strip()


class Runs:
    """The runs of a file, and where they were made."""

    def __init__(self, path: Path, device: torch.device, cap: float) -> None:
        self.path, self.cap = path, cap
        self.found: list[Reached] = []
        self._machine = machine(device)

    @classmethod
    def opened(cls, path: Path | None, device: torch.device, cap: float) -> "Runs":
        """Runs that a file holds already, if it is there.

        Raises
        ------
        InputError
            If it is another file, or of another machine, cap or levels.
        """
        if path is None:
            name = f"accuracy-{device.type}-{os.cpu_count()}cores.json"
            path = Path(__file__).parent / "results" / name
        runs = cls(path, device, cap)
        if path.exists():
            runs._read()
        return runs

    def _read(self) -> None:
        same = {"cap": self.cap, "levels": list(LEVELS)}
        same |= {key: self._machine[key] for key in SAME}
        try:
            saved = json.loads(self.path.read_text(encoding="utf-8"))
            there = {**saved, **saved["machine"]}
            wrong = [(key, there[key], here) for key, here in same.items() if there[key] != here]
            self.found = [_read_run(run) for run in saved["runs"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{self.path}: not a result of this benchmark; choose another --out"
            ) from error
        for key, before, here in wrong:
            raise InputError(
                f"{self.path}: {key} is {before} there and {here} here; choose another --out"
            )

    def holds(self, who: str, arm: str, seed: int) -> bool:
        """Whether a run is there."""
        return any((one.who, one.arm, one.seed) == (who, arm, seed) for one in self.found)

    def add(self, one: Reached) -> None:
        """Take in a run, and write the file and its table."""
        self.found.append(one)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        texts = {
            self.path: json.dumps(self.record(), indent=1) + "\n",
            self.path.with_suffix(".md"): self.as_markdown(),
        }
        for path, text in texts.items():
            with atomic_path(path, overwrite=True) as temporary:
                temporary.write_text(text, encoding="utf-8")

    def record(self) -> dict[str, Any]:
        """Everything, as plain values."""
        return {
            "date": date.today().isoformat(),
            "machine": self._machine,
            "versions": versions(),
            "levels": LEVELS,
            "cap": self.cap,
            "ratios": {
                arm: {f"{level:.2f}": str(one) for level, one in zip(LEVELS, found, strict=True)}
                for arm, found in self.ratios().items()
            },
            "runs": [asdict(one) for one in self.found],
        }

    def ratios(self) -> dict[str, list[Ratio]]:
        """By arm, for each level; arms that both have run."""
        shown: dict[str, list[Ratio]] = {}
        for arm in dict.fromkeys(one.arm for one in self.found):
            times = {
                who: [one.seconds for one in self.found if (one.arm, one.who) == (arm, who)]
                for who in ("ours", "reference")
            }
            if all(times.values()):
                shown[arm] = [
                    self._ratio(
                        [seconds[level] for seconds in times["ours"]],
                        [seconds[level] for seconds in times["reference"]],
                    )
                    for level in range(len(LEVELS))
                ]
        return shown

    def _ratio(self, ours: Sequence[float | None], theirs: Sequence[float | None]) -> Ratio:
        middle = [median(self.cap if t is None else t for t in times) for times in (ours, theirs)]
        at_cap = middle[0] >= self.cap, middle[1] >= self.cap
        bounds = {(False, True): "<=", (True, False): ">=", (True, True): "?"}
        return Ratio(middle[0], middle[1], bounds.get(at_cap, ""))

    def line(self, one: Reached) -> str:
        """One run for the terminal."""
        times = [self._time(t) for t in one.seconds]
        pairs = ", ".join(f"{level:.2f}: {t}" for level, t in zip(LEVELS, times, strict=True))
        return (
            f"{one.who:10s} {one.arm:14s} seed {one.seed}: {pairs}; after {one.last_at:.0f} s "
            f"{one.last:.3f}"
        )

    def _time(self, seconds: float | None) -> str:
        return f">= {self.cap:.0f} s" if seconds is None else f"{seconds:.0f} s"

    def as_text(self) -> str:
        """All runs and ratios for the terminal."""
        lines = [self.line(one) for one in self.found]
        for arm, found in self.ratios().items():
            told = ", ".join(
                f"{level:.2f}: {one}" for level, one in zip(LEVELS, found, strict=True)
            )
            lines.append(f"{arm}: time of ours / the reference's to {told}")
            lines.append(f"  target at {TARGET_LEVEL:.2f}: <= {TARGET:g}: {self.verdict(found)}")
        return "\n".join(lines)

    def verdict(self, found: Sequence[Ratio]) -> str:
        """Whether the target is met."""
        one = found[LEVELS.index(TARGET_LEVEL)]
        if one.value <= TARGET and one.bound in ("", "<="):
            return "met"
        if one.bound in ("<=", "?"):
            return "cannot be told: the reference did not reach it within the cap"
        return f"missed by {one.value / TARGET - 1:.0%}"

    def as_markdown(self) -> str:
        """All runs and ratios as tables."""
        names = [f"{level:.2f}" for level in LEVELS]
        here = self._machine
        lines = [
            f"# Time to accuracy, {date.today().isoformat()}",
            "",
            f"{here['processor']}, {here['cores']} cores; computing on {here['device']}. F3 lines: "
            "trained on inlines 130 and 459, mean IoU of intervals 2 to 9 on crosslines 327, 575 "
            "and 889; seconds of training, those of measuring not counted.",
            "",
            f"| who | model | seed | {' | '.join(names)} | at the end | after |",
            "|---" * (5 + len(names)) + "|",
        ]
        for one in sorted(self.found, key=lambda one: (one.arm, one.who, one.seed)):
            times = " | ".join(self._time(t) for t in one.seconds)
            lines.append(
                f"| {one.who} | {one.arm} | {one.seed} | {times} | {one.last:.3f} | "
                f"{one.last_at:.0f} s |"
            )
        lines += ["", f"| ours / reference, medians | {' | '.join(names)} | target |"]
        lines.append("|---" * (2 + len(names)) + "|")
        for arm, found in self.ratios().items():
            cells = " | ".join(str(one) for one in found)
            target = f"<= {TARGET:g} at {TARGET_LEVEL:.2f}: {self.verdict(found)}"
            lines.append(f"| {arm} | {cells} | {target} |")
        return "\n".join(lines) + "\n"
