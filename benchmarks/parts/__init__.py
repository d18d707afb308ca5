"""Find the parts of the benchmarks: every module here is one, under its own name.

A part is a function ``part`` of `benchmarks.part.Settings` that returns rows. A module is imported
when its part is run, so that one that cannot be imported fails alone.
"""

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules

from benchmarks.part import Found, Settings

Part = Callable[[Settings], Found]


def _part(module: str) -> Part:
    def run(settings: Settings) -> Found:
        found: Found = import_module(f"{__name__}.{module}").part(settings)
        return found

    return run


PARTS: dict[str, Part] = {
    module.name.replace("_", "-"): _part(module.name) for module in iter_modules(__path__)
}
