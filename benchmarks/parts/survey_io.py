"""Reading and writing in the table of all measurements (see `benchmarks.survey_io`)."""

from typing import Any

from benchmarks import survey_io
from benchmarks.part import Found, Settings
from benchmarks.table import Row, Target, at_most, times_at_most

TINY = (16, 24, 100)


def part(settings: Settings) -> Found:
    """Every job beside segyio used plainly; the whole cube beside the fastest of the others."""
    shape = TINY if settings.tiny else survey_io.F3
    rounds = 1 if settings.tiny else 2 if settings.quick else 5
    export = not settings.quick
    found, cold, _ = survey_io.run(shape, rounds, export=export, window=False)
    rows = [_row(name, seconds) for name, seconds in found.items()]
    if not export:
        rows.append(Row("export of facies", None, why="not run: left out by --quick"))
    rows += _from_disk(cold)
    return Found(rows, {"shape": shape, "rounds": rounds, "jobs": found, "cold_disk": cold})


def _row(name: str, seconds: dict[str, float]) -> Row:
    ours = 1000 * seconds["ours"]
    others = {way: 1000 * took for way, took in seconds.items() if way != "ours"}
    target: Target | None = None
    what, reference = name, others.get("segyio")
    if name in survey_io.TARGETS:
        target = at_most(1000 * survey_io.TARGETS[name])
    elif name == "whole cube":
        fastest = min(others, key=lambda way: others[way])
        what, reference = f"{name} (reference: {fastest}, the fastest)", others[fastest]
        target = times_at_most(survey_io.WHOLE_CUBE_WITHIN)
    elif name == "export":
        what = "export of facies (reference: trace by trace)"
        target = times_at_most(1 / survey_io.EXPORT_FASTER)
    note = "SEG-Y of 651 x 951 x 462 16-bit samples in the system's cache; reference: segyio"
    return Row(what, ours, "ms", reference, target, note=note)


def _from_disk(cold: dict[str, Any] | str) -> list[Row]:
    if isinstance(cold, str):
        return [Row("from a cold disk", None, why=f"not run: {cold.partition(': ')[2]}")]
    note = "nothing of the file in memory; depends on the disk"
    return [
        Row(f"{what} from a cold disk, {kind}", 1000 * cold[kind][what]["seconds"], "ms", note=note)
        for kind in ("SEG-Y", "Zarr")
        for what in ("inline", "crossline", "time slice")
    ]
