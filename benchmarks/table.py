"""One table of all measurements: what, ours, the reference's, ratio, target, met or missed."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

HEADINGS = ("what", "measured", "reference", "unit", "ratio", "target", "")


@dataclass(frozen=True)
class Target:
    """A limit on what was measured or on its ratio to the reference."""

    limit: float
    side: Literal["at least", "at most"]
    of: Literal["ratio", "measured"] = "measured"


def at_least(limit: float) -> Target:
    """A measurement that should be high."""
    return Target(limit, "at least")


def at_most(limit: float) -> Target:
    """A measurement that should be low."""
    return Target(limit, "at most")


def times_at_least(limit: float) -> Target:
    """A ratio to the reference that should be high."""
    return Target(limit, "at least", "ratio")


def times_at_most(limit: float) -> Target:
    """A ratio to the reference that should be low."""
    return Target(limit, "at most", "ratio")


@dataclass(frozen=True)
class Row:
    """One line of the table. ``measured`` is None where ``why`` says why it was not measured.

    ``note`` says what else is to be known of the measurement.
    """

    what: str
    measured: float | None
    unit: str = ""
    reference: float | None = None
    target: Target | None = None
    note: str = ""
    why: str = ""

    @property
    def ratio(self) -> float | None:
        """What was measured over the reference's, in the same unit."""
        if self.measured is None or not self.reference:
            return None
        return self.measured / self.reference

    @property
    def verdict(self) -> str:
        """``met``, ``missed by ...`` in per cent of the limit, or why there is nothing to judge."""
        if self.measured is None:
            return self.why
        if self.target is None:
            return ""
        value = self.ratio if self.target.of == "ratio" else self.measured
        if value is None or not math.isfinite(value):
            return "cannot be judged"
        short = value - self.target.limit
        if self.target.side == "at least":
            short = -short
        if short <= 0:
            return "met"
        by = short / self.target.limit if self.target.limit else math.inf
        return f"missed by {by:.0%}" if by >= 0.01 else f"missed by {by:.1%}"

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, with the ratio and the verdict."""
        return asdict(self) | {"ratio": self.ratio, "verdict": self.verdict}

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> "Row":
        """Read a row that `as_dict` made."""
        values = {k: v for k, v in saved.items() if k not in ("ratio", "verdict")}
        target = values.pop("target")
        return cls(**values, target=Target(**target) if target else None)

    def cells(self) -> tuple[str, ...]:
        """The row as text."""
        target = ""
        if self.target is not None:
            sign = ">=" if self.target.side == "at least" else "<="
            times = " x" if self.target.of == "ratio" else ""
            target = f"{sign} {number(self.target.limit)}{times}"
        return (
            self.what,
            number(self.measured),
            number(self.reference),
            self.unit,
            number(self.ratio),
            target,
            self.verdict,
        )


def number(value: float | None) -> str:
    """Three significant digits, and no exponent."""
    if value is None:
        return ""
    if not math.isfinite(value) or value == 0:
        return f"{value:g}"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    shown = f"{value:.{digits}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else f"{round(value):,}"


def as_text(parts: Mapping[str, Mapping[str, Any]]) -> str:
    """The table for a terminal, part by part."""
    table = [*_lines(parts)]
    grid = [HEADINGS, *(cells for _, rows in table for cells, _ in rows)]
    widths = [max(len(cells[k]) for cells in grid) for k in range(len(HEADINGS) - 1)]
    lines = [_padded(HEADINGS, widths)]
    for heading, rows in table:
        lines += ["", heading]
        lines += [_padded(cells, widths) for cells, _ in rows]
        lines += [f"  ({note})" for note in _notes(rows)]
    return "\n".join(line.rstrip() for line in lines)


def as_markdown(parts: Mapping[str, Mapping[str, Any]]) -> str:
    """The table as Markdown, a heading and a table for each part."""
    lines: list[str] = []
    for heading, rows in _lines(parts):
        lines += ["", f"## {heading}", ""]
        if rows:
            lines += [_barred(HEADINGS), _barred(["---"] * len(HEADINGS))]
            lines += [_barred(cells) for cells, _ in rows]
        notes = _notes(rows)
        lines += ["", *(f"- {note}" for note in notes)] if notes else []
    return "\n".join(lines).strip() + "\n"


def _lines(
    parts: Mapping[str, Mapping[str, Any]],
) -> Iterable[tuple[str, list[tuple[tuple[str, ...], str]]]]:
    for name, part in parts.items():
        heading = name
        if part["status"] == "not run":
            heading = f"{name}: not run: {part['reason']}"
        elif part["status"] == "failed":
            heading = f"{name}: failed: {part['reason']}"
        elif part.get("quick"):
            heading = f"{name} (--quick)"
        rows = [Row.from_dict(row) for row in part["rows"]]
        yield heading, [(row.cells(), row.note) for row in rows]


def _notes(rows: Iterable[tuple[tuple[str, ...], str]]) -> list[str]:
    """What is to be known of the rows, each sentence once, with the row if it is about one."""
    about: dict[str, list[str]] = {}
    for cells, note in rows:
        if note:
            about.setdefault(note, []).append(cells[0])
    return [note if len(of) > 1 else f"{of[0]}: {note}" for note, of in about.items()]


def _padded(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *middle = cells[:-1]
    padded = [f"{first:<{widths[0]}}"]
    for k, cell in enumerate(middle, start=1):
        padded.append(f"{cell:<{widths[k]}}" if k in (3, 5) else f"{cell:>{widths[k]}}")
    return "  ".join([*padded, cells[-1]])


def _barred(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"
