"""The examples in docstrings hold, and whatever scripts call has one."""

from __future__ import annotations

import doctest
import importlib
import inspect
from pathlib import Path

import pytest
from matplotlib import pyplot

import napari_s6 as s6
from napari_s6 import accessor
from napari_s6.facies import scheme
from napari_s6.survey import axis_labels, volume

from .conftest import why_no_qt

PACKAGE = Path(s6.__file__).parent
WITH_EXAMPLES = sorted(
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    for path in PACKAGE.rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)
#: Of rooms that scripts use beside the front door: one example may show several functions.
MODULES = (accessor, axis_labels, scheme, volume)


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_hold(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if name.startswith("plugin.") and (reason := why_no_qt()):
        pytest.skip(reason)
    monkeypatch.chdir(tmp_path)
    found = doctest.testmod(
        importlib.import_module(f"napari_s6.{name}"), optionflags=doctest.ELLIPSIS
    )
    pyplot.close("all")
    assert found.attempted
    assert not found.failed


@pytest.mark.parametrize("name", sorted(set(s6.__all__) - {"InputError", "__version__"}))
def test_everything_at_the_front_door_has_an_example(name: str) -> None:
    told = getattr(s6, name)
    texts = [inspect.getdoc(told)]
    if inspect.isclass(told):
        texts += [inspect.getdoc(one) for _, one in inspect.getmembers(told, callable)]
    assert any(">>> " in (text or "") for text in texts)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_what_scripts_use_is_shown_by_an_example(module: object) -> None:
    functions = inspect.getmembers(module, inspect.isfunction)
    public = [one for name, one in functions if name[0] != "_" and _is_of(one, module)]
    shown = "\n".join(
        line
        for text in [inspect.getdoc(one) or "" for one in vars(module).values() if callable(one)]
        for line in text.splitlines()
        if line.lstrip().startswith((">>> ", "... "))
    )
    assert not [one.__name__ for one in public if one.__name__ not in shown]


def _is_of(one: object, module: object) -> bool:
    return getattr(one, "__module__", None) == getattr(module, "__name__", "")
