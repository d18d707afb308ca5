"""The import rule: rooms know only what stands before them, and nothing is loaded too early."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import napari_s6

PACKAGE = Path(napari_s6.__file__).parent
CHECKOUT = Path(__file__).resolve().parents[1]
MODULES = sorted(PACKAGE.rglob("*.py"))

# The house from the ground up: a module may import from its own room and from those before it here.
# A room is a folder; of a folder that holds rooms, the modules beside them are named one by one.
FLOORS = """
errors durations __init__
survey
formats.segy formats
facies
horizons
evaluation
learn.presets learn.config learn.control learn.events learn.device
learn.network
learn.data
learn.model
learn.inference
learn.training
study
project
accessor backend
trained_model
api
plugin.jobs
plugin.canvas
plugin.paint
plugin.files
plugin.session
plugin.widgets
plugin.docks
cli
plugin.demo_window
__main__
""".strip().splitlines()
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms.split()}
#: Everything but the window must work without it; the window's job is also done without a screen.
WITHOUT_WINDOW = set(FLOOR_OF) - {room for room in FLOOR_OF if room.startswith("plugin.")}
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
    return room_named(dotted_name(path))


def room_named(dotted: str) -> str:
    """The room of a module of ours, by its name in full or that of something in it."""
    parts = dotted.split(".")[1:]
    for length in range(len(parts), 0, -1):
        if (room := ".".join(parts[:length])) in FLOOR_OF:
            return room
    return "__init__"


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
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    if path == PACKAGE / "__init__.py":
        # What the front door loads on demand is named there for type checkers alone.
        tree.body = [s for s in tree.body if ast.unparse(s).partition(":")[0] != "if TYPE_CHECKING"]
    return tree


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


def our_imports() -> Iterator[tuple[Path, str, int]]:
    """Every import in the package: the file, the imported name in full, and the line."""
    for path in MODULES:
        for name, line in imports_of(parsed(path), dotted_name(path), path.name == "__init__.py"):
            yield path, name, line


def test_every_module_has_a_room() -> None:
    homeless = [path for path in MODULES if path.stem != "__init__" and room_of(path) == "__init__"]
    assert not homeless


def test_rooms_import_one_way() -> None:
    wrong = [
        f"{path}:{line}: {room_of(path)} must not import {name}"
        for path, name, line in our_imports()
        if name.split(".")[0] == "napari_s6"
        and FLOOR_OF[room_named(name)] > FLOOR_OF[room_of(path)]
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("folder", [PACKAGE, CHECKOUT / "benchmarks"], ids=lambda path: path.name)
def test_no_modules_import_each_other_in_a_circle(folder: Path) -> None:
    names = {
        ".".join(p.relative_to(folder.parent).with_suffix("").parts).removesuffix(".__init__"): p
        for p in folder.rglob("*.py")
    }
    needs = {
        name: {
            found
            for imported, _ in imports_of(parsed(path), name, path.name == "__init__.py")
            for found in (imported, imported.rpartition(".")[0])
            if found in names and found != name
        }
        for name, path in names.items()
    }
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        pytest.fail(f"imports go in a circle: {' -> '.join(error.args[1])}")


def test_nothing_outside_plugin_imports_napari_or_qt() -> None:
    wrong = [
        f"{path}:{line} imports {name}"
        for path, name, line in our_imports()
        if room_of(path) in WITHOUT_WINDOW and name.split(".")[0] in WINDOW_PACKAGES
    ]
    assert not wrong, "\n".join(wrong)


def test_files_and_labels_know_no_network() -> None:
    knows = FLOOR_OF["evaluation"]
    wrong = [
        f"{path}:{line} imports {name}"
        for path, name, line in our_imports()
        if FLOOR_OF[room_of(path)] <= knows and name.split(".")[0] in TORCH_PACKAGES
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("folder", ["src", "tests", "benchmarks"])
def test_no_module_is_longer_than_400_lines(folder: str) -> None:
    files = sorted((CHECKOUT / folder).rglob("*.py"))
    lengths = {str(p): len(p.read_text(encoding="utf-8").splitlines()) for p in files}
    assert files
    assert not {path: lines for path, lines in lengths.items() if lines > 400}


def test_package_import_loads_nothing_heavy() -> None:
    heavy = WINDOW_PACKAGES | TORCH_PACKAGES | {"numpy", "xarray", "pydantic"}
    assert loaded_after(["napari_s6"], heavy) == ""


def test_command_line_starts_without_torch_and_windows() -> None:
    assert loaded_after(["napari_s6.cli.main"], WINDOW_PACKAGES | TORCH_PACKAGES) == ""


def test_everything_outside_plugin_loads_without_napari_and_qt() -> None:
    modules = [
        dotted_name(p) for p in MODULES if room_of(p) in WITHOUT_WINDOW and p.stem != "__main__"
    ]
    assert loaded_after(modules, WINDOW_PACKAGES) == ""


def test_plugin_modules_load_without_torch() -> None:
    modules = [dotted_name(p) for p in MODULES if room_of(p).startswith("plugin.")]
    assert loaded_after(modules, TORCH_PACKAGES) == ""


def test_core_loads_with_only_its_own_dependencies() -> None:
    """Training from Python needs torch, numpy, xarray, smp, safetensors and pydantic, no more."""
    modules = [dotted_name(p) for p in MODULES if room_of(p).startswith("learn.")]
    run_fresh(f"hidden, modules = {NOT_CORE!r}, {modules!r}\n{LOAD_WITHOUT_HIDDEN}")


def test_no_room_for_leftovers() -> None:
    """Every module is one idea with a name of its own, in one of the rooms."""
    leftovers = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    assert not [path for path in MODULES if path.stem in leftovers]
