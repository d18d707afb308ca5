"""Measure the memory of a survey in the window (see `benchmarks.viewer_memory`)."""

import tempfile
from pathlib import Path

from benchmarks.noise_survey import write_survey
from benchmarks.part import Found, Settings, need_linux, need_screen
from benchmarks.table import Row, at_most
from benchmarks.viewer_memory import LIMIT, in_a_window

F3, TINY = (651, 951, 462), (24, 64, 64)


def part(settings: Settings) -> Found:
    """Memory above the empty window, after each of the steps."""
    need_linux()
    need_screen()
    shape = TINY if settings.tiny else F3
    with tempfile.TemporaryDirectory(prefix="napari-s6-bench-") as folder:
        path = Path(folder) / "survey.sgy"
        write_survey(path, shape)
        found = in_a_window(path)
    if isinstance(found, str):
        raise RuntimeError(found)
    taken = {name: one["private"] for name, one in found["MB"].items() if name != "empty"}
    megabytes = 2 * shape[0] * shape[1] * shape[2] / 1e6
    note = f"private memory above the empty window; a survey of {megabytes:.0f} MB"
    rows = [Row(f"memory in the window, {name}", mb, "MB", note=note) for name, mb in taken.items()]
    worst = Row("memory in the window, most", found["worst"], "MB", target=at_most(LIMIT))
    return Found([*rows, worst], found)
