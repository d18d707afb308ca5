"""The import rule: rooms know only what stands before them, and nothing is loaded too early."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import napari_s6

PACKAGE = Path(napari_s6.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

# Which rooms (or top-level modules) a room may import from, besides itself.
EVERYONE = {"errors", "__init__"}
MAY_IMPORT = {
    "errors": set[str](),
    "__init__": set[str](),
    "survey": EVERYONE,
    "facies": EVERYONE | {"survey"},
    "learn": EVERYONE | {"survey", "facies"},
    "study": EVERYONE | {"survey", "facies", "learn"},
    "plugin": EVERYONE | {"survey", "facies", "learn", "study", "demo"},
    "demo": EVERYONE | {"survey", "facies", "learn", "study"},
    "verbs": EVERYONE | {"survey", "facies", "learn", "study", "demo"},
    "study_verbs": EVERYONE | {"survey", "facies", "learn", "study", "verbs"},
    "horizon_options": set[str](),
    "input_options": set[str](),
    "study_options": {"input_options"},
    "cli": {*EVERYONE, "verbs", "study_verbs", "horizon_options", "study_options", "input_options"},
    "__main__": {"cli"},
}
WINDOW_PACKAGES = {
    "napari", "npe2", "app_model", "vispy", "magicgui", "superqt",
    "qtpy", "PySide6", "PySide2", "PyQt6", "PyQt5", "shiboken6",
}  # fmt: skip
TORCH_PACKAGES = {"torch", "torchvision", "segmentation_models_pytorch", "timm", "triton"}
# Of our dependencies, those without which training from Python must still work.
NOT_CORE = {
    "dask", "h5netcdf", "h5py", "magicgui", "matplotlib", "napari", "platformdirs", "pooch",
    "qtpy", "segyio", "superqt", "zarr",
}  # fmt: skip

LOAD_WITHOUT_HIDDEN = """
import importlib, sys

class Hiding:
    def __init__(self, finder):
        self.finder = finder
    def __getattr__(self, name):
        return getattr(self.finder, name)
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in hidden:
            return self.finder.find_spec(name, path, target)

sys.meta_path[:] = [Hiding(finder) for finder in sys.meta_path]
for name in modules:
    importlib.import_module(name)
assert not hidden & set(sys.modules)
"""


def room_of(path: Path) -> str:
    """The room a module stands in; a module outside the rooms is one by itself."""
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def dotted_name(path: Path) -> str:
    parts = ("napari_s6", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts).removesuffix(".__init__")


def imports_of(tree: ast.AST, module: str, is_package: bool) -> Iterator[tuple[str, int]]:
    """Every imported name in full, relative ones resolved, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = module.split(".")[: -(node.level - is_package) or None]
                base = ".".join([*parents, *filter(None, [base])])
            for alias in node.names:
                yield f"{base}.{alias.name}", node.lineno


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def run_fresh(code: str) -> str:
    """Run ``code`` in an interpreter that has imported nothing; return what it prints."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def loaded_after(modules: list[str], watched: set[str]) -> str:
    """Which of ``watched`` packages the import of ``modules`` loads, each with its culprit."""
    return run_fresh(
        "import importlib, sys\n"
        "seen = set()\n"
        f"for name in {modules!r}:\n"
        "    importlib.import_module(name)\n"
        f"    new = {watched!r} & set(sys.modules) - seen\n"
        "    seen |= new\n"
        "    if new: print(name, 'loads', *sorted(new))\n"
    )


@pytest.mark.parametrize("path", MODULES, ids=dotted_name)
def test_rooms_import_one_way(path: Path) -> None:
    room = room_of(path)
    allowed = MAY_IMPORT[room] | {room}
    for name, line in imports_of(parsed(path), dotted_name(path), path.name == "__init__.py"):
        package, _, rest = name.partition(".")
        if package != "napari_s6":
            continue
        target = rest.split(".")[0]
        known = target in MAY_IMPORT or (PACKAGE / target).is_dir()
        target = target if known else "__init__"  # `from napari_s6 import __version__`
        assert target in allowed, f"{path}:{line}: {room} must not import {name}"


@pytest.mark.parametrize("path", [p for p in MODULES if room_of(p) != "plugin"], ids=dotted_name)
def test_nothing_outside_plugin_imports_napari_or_qt(path: Path) -> None:
    for name, line in imports_of(parsed(path), dotted_name(path), path.name == "__init__.py"):
        assert name.split(".")[0] not in WINDOW_PACKAGES, f"{path}:{line} imports {name}"


@pytest.mark.parametrize("room", ["survey", "facies"])
def test_files_and_labels_know_no_network(room: str) -> None:
    for path in (p for p in MODULES if room_of(p) == room):
        for name, line in imports_of(parsed(path), dotted_name(path), path.name == "__init__.py"):
            assert name.split(".")[0] not in TORCH_PACKAGES, f"{path}:{line} imports {name}"


def test_package_import_loads_nothing_heavy() -> None:
    heavy = WINDOW_PACKAGES | TORCH_PACKAGES | {"numpy", "xarray", "pydantic"}
    assert loaded_after(["napari_s6"], heavy) == ""


def test_command_line_starts_without_torch_and_windows() -> None:
    assert loaded_after(["napari_s6.cli.main"], WINDOW_PACKAGES | TORCH_PACKAGES) == ""


def test_everything_outside_plugin_loads_without_napari_and_qt() -> None:
    modules = [dotted_name(p) for p in MODULES if room_of(p) not in {"plugin", "__main__"}]
    assert loaded_after(modules, WINDOW_PACKAGES) == ""


def test_plugin_modules_load_without_torch() -> None:
    modules = [dotted_name(p) for p in MODULES if room_of(p) == "plugin"]
    assert loaded_after(modules, TORCH_PACKAGES) == ""


def test_core_loads_with_only_its_own_dependencies() -> None:
    """Training from Python needs torch, numpy, xarray, smp, safetensors and pydantic, no more."""
    modules = [dotted_name(p) for p in MODULES if room_of(p) == "learn"]
    run_fresh(f"hidden, modules = {NOT_CORE!r}, {modules!r}\n{LOAD_WITHOUT_HIDDEN}")


def test_no_room_for_leftovers() -> None:
    """Every module is one idea with a name of its own, in one of the rooms."""
    leftovers = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    for path in MODULES:
        assert path.stem not in leftovers, path
        assert room_of(path) in MAY_IMPORT, f"{path} stands in no room"
