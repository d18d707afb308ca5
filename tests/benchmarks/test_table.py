"""The table of all measurements: ratios, verdicts, and how it is shown."""

import json
from typing import Any

import pytest
from benchmarks.table import (
    Row,
    as_markdown,
    as_text,
    at_least,
    at_most,
    number,
    times_at_least,
    times_at_most,
)


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (Row("a", 0.04, "s", target=at_most(0.05)), "met"),
        (Row("a", 0.05, "s", target=at_most(0.05)), "met"),
        (Row("a", 0.06, "s", target=at_most(0.05)), "missed by 20%"),
        (Row("a", 2500.0, "", target=at_least(2000)), "met"),
        (Row("a", 1500.0, "", target=at_least(2000)), "missed by 25%"),
        (Row("a", 1995.0, "", target=at_least(2000)), "missed by 0.2%"),
        (Row("a", 30.0, "", 10.0, times_at_least(2.3)), "met"),
        (Row("a", 20.0, "", 10.0, times_at_least(2.5)), "missed by 20%"),
        (Row("a", 12.0, "ms", 10.0, times_at_most(1.25)), "met"),
        (Row("a", 15.0, "ms", 10.0, times_at_most(1.25)), "missed by 20%"),
        (Row("a", 1.0, "", target=at_most(0)), "missed by inf%"),
        (Row("a", 0.0, "", target=at_most(0)), "met"),
        (Row("a", 5.0, "", target=times_at_least(2)), "cannot be judged"),
        (Row("a", 5.0, ""), ""),
        (Row("a", None, why="not run: no card", target=at_least(2)), "not run: no card"),
    ],
)
def test_verdicts(row: Row, verdict: str) -> None:
    assert row.verdict == verdict


def test_ratio_is_ours_over_the_reference() -> None:
    assert Row("a", 30.0, "", 10.0).ratio == 3
    assert Row("a", 30.0).ratio is None
    assert Row("a", None, "", 10.0).ratio is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (0.0, "0"),
        (0.000123, "0.000123"),
        (0.05, "0.05"),
        (12.98, "13"),
        (9.876, "9.88"),
        (100.0, "100"),
        (1234.5, "1,234"),
        (float("inf"), "inf"),
    ],
)
def test_numbers_have_three_digits(value: float | None, shown: str) -> None:
    assert number(value) == shown


def test_rows_survive_the_file() -> None:
    for row in (
        Row("a", 30.0, "s", 10.0, times_at_least(2.3), "a note"),
        Row("b", None, why="not run: no screen"),
    ):
        assert Row.from_dict(json.loads(json.dumps(row.as_dict()))) == row


def _parts() -> dict[str, Any]:
    rows = [
        Row("first", 30.0, "sections/s", 10.0, times_at_least(2.3), note="of | both"),
        Row("second, longer", 20.0, "sections/s", 10.0, times_at_least(2.5), note="of | both"),
        Row("third", None, why="not run: no card", note="of this one"),
    ]
    done = {"status": "done", "reason": "", "rows": [row.as_dict() for row in rows]}
    return {
        "speed": done,
        "window": {"status": "not run", "reason": "no screen", "rows": []},
        "card": {"status": "failed", "reason": "ValueError: broken", "rows": []},
        "start": done | {"quick": True, "rows": []},
    }


def test_text() -> None:
    lines = as_text(_parts()).splitlines()
    assert lines[0].split() == ["what", "measured", "reference", "unit", "ratio", "target"]
    [first] = [line for line in lines if line.startswith("first")]
    assert first.split() == ["first", "30", "10", "sections/s", "3", ">=", "2.3", "x", "met"]
    [second] = [line for line in lines if line.startswith("second")]
    assert second.endswith("missed by 20%")
    assert first.index("sections/s") == second.index("sections/s")
    assert any(line.startswith("third") and line.endswith("not run: no card") for line in lines)
    assert "window: not run: no screen" in lines
    assert "card: failed: ValueError: broken" in lines
    assert "start (--quick)" in lines
    assert lines.count("  (of | both)") == 1
    assert "  (third: of this one)" in lines


def test_markdown() -> None:
    page = as_markdown(_parts())
    assert "| first | 30 | 10 | sections/s | 3 | >= 2.3 x | met |" in page.splitlines()
    assert "## window: not run: no screen" in page
    assert "## card: failed: ValueError: broken" in page
    assert "- third: of this one" in page
    for line in page.splitlines():
        assert not line.startswith("|") or line.count("|") == 8
