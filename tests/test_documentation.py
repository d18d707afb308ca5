"""What the documents name is there: paths, modules and what is in them, links, and choices."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import napari_s6
from napari_s6.facies.scheme import SCHEMES
from napari_s6.formats.registry import VOLUME_FORMATS, writable_formats
from napari_s6.formats.segy.setups import GUESS, HEADER_BYTES_PRESETS
from napari_s6.horizons.grid_files import GRID_FORMATS, writable_grid_formats
from napari_s6.learn.presets import TRAINING_PRESETS
from napari_s6.survey.reading import VERTICAL_UNITS

PACKAGE = Path(napari_s6.__file__).parent
CHECKOUT = Path(__file__).resolve().parents[1]
DOCUMENTS = [
    *(CHECKOUT / name for name in ("README.md", "CONTRIBUTING.md")),
    *sorted((CHECKOUT / "docs").rglob("*.md")),
]
#: What a program makes or somebody has, and where nothing of ours need be.
ELSEWHERE = {"demo-output/", "../shared", "dist/", "benchmarks/results/survey_io-*cores.json"}
ROOMS = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()}
DATA_SUFFIXES = {"json", "npy", "sgy", "segy", "zarr", "nc", "txt", "csv", "irap", "png", "npz"}

_PATH = re.compile(r"[\w.-]+(/[\w.*-]*)+|[\w-]+\.(py|md|toml|yaml|ipynb)")
_DOTTED = re.compile(r"[a-z_0-9]+(\.\w+)+")
every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


def quoted(document: Path) -> Iterator[str]:
    """Yield what stands between single backticks, blocks of code left out."""
    text = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
    yield from (match[1].strip() for match in re.finditer(r"`([^`]+)`", text))


@every_document
def test_paths_are_there(document: Path) -> None:
    places = (CHECKOUT, PACKAGE, document.parent)
    words = {word for word in quoted(document) if _PATH.fullmatch(word)} - ELSEWHERE
    assert not {w for w in words if not any((place / w).exists() for place in places)}


@every_document
def test_modules_and_what_is_in_them_are_there(document: Path) -> None:
    words = {word.partition("(")[0].removeprefix("napari_s6.") for word in quoted(document)}
    dotted = {word for word in words if _DOTTED.fullmatch(word)}
    ours = {
        word
        for word in dotted - {"survey.s6"}
        if word.partition(".")[0] in {*ROOMS, "benchmarks"}
        and word.rpartition(".")[2] not in DATA_SUFFIXES | {"py", "md", "yaml"}
    }
    assert not {word for word in ours if not is_defined(word)}


@every_document
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'<img src="([^"]+)"', text)
    lost = []
    for link in links:
        file, _, part = link.partition("#")
        if ":" in file:
            continue
        target = document.parent / file if file else document
        if not target.exists() or (part and part not in anchors(target)):
            lost.append(link)
    assert not lost


def test_the_house_is_drawn_as_it_stands() -> None:
    text = (CHECKOUT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawn = re.search(r"```\nnapari_s6/\n(.*?)```", text, re.DOTALL)
    assert drawn
    named, inside = set(), ""
    for line in drawn[1].splitlines():
        depth, name = (len(line) - len(line.lstrip())) // 2, line.split()[0]
        inside = name.rstrip("/") if depth == 1 else inside
        named.add(name.rstrip("/") if depth == 1 else f"{inside}/{name.rstrip('/')}")
    there = {
        "/".join(folder.relative_to(PACKAGE).parts)
        for folder in PACKAGE.rglob("*/")
        if (folder / "__init__.py").exists() and len(folder.relative_to(PACKAGE).parts) in (1, 2)
    }
    single = {path.name for path in PACKAGE.glob("*.py")} - {"__init__.py", "__main__.py"}
    shown = {name for name in named if "/" not in name or name.count("/") == 1}
    left_out = {folder for folder in there if folder.startswith("plugin/docks/")}
    assert shown == (there - left_out) | (single - {"durations.py"})


def test_choices_in_the_list_of_commands_are_those_there_are() -> None:
    text = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    choices = {
        "--preset": set(TRAINING_PRESETS),
        "--grid-format": {one.name for one in writable_grid_formats()},
        "--unit": set(VERTICAL_UNITS),
        "--header-bytes": {*HEADER_BYTES_PRESETS, GUESS},
    }
    for option, names in choices.items():
        told = re.search(rf"{option} ([\w|]+)", text)
        assert told, option
        assert set(told[1].split("|")) - {"IL"} == names, option
    suffixes = {one.suffixes[0].lstrip(".") for one in writable_formats()}
    listed = re.findall(r"OUT\.\{([\w,]+)\}", text)
    assert listed
    assert all(set(one.split(",")) - {"txt"} == suffixes for one in listed)
    assert "F3" in SCHEMES  # what the examples say


def test_tables_of_formats_are_whole() -> None:
    text = (CHECKOUT / "docs" / "formats.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\d, ]+)", text, re.MULTILINE))
    assert {name: row.strip(" ,") for name, row in rows.items()} == {
        name: f"{where.iline}, {where.xline}, {where.x}, {where.y}"
        for name, where in HEADER_BYTES_PRESETS.items()
    }
    volumes = [(one.name, one.suffixes, one.writes, "") for one in VOLUME_FORMATS]
    grids = [
        (one.label.removesuffix(" grid"), one.suffixes, one.writes, f"`--grid-format {one.name}`")
        for one in GRID_FORMATS.values()
    ]
    found = re.findall(r"^\| ([\w -]+) \| ([^|]+) \| ((?:yes|no)[^|]*) \|$", text, re.MULTILINE)
    assert len(found) == len(volumes) + len(grids)
    for row, (name, suffixes, writes, option) in zip(found, volumes + grids, strict=True):
        assert row[0] == name
        assert re.findall(r"`(\.\w+)`", row[1]) == list(suffixes)
        assert row[2].startswith("yes" if writes else "no")
        assert option in row[2]


def is_defined(dotted: str) -> bool:
    """Whether a module, or a name in one, or a name in a class of one, is there."""
    parts = dotted.split(".")
    base = CHECKOUT if parts[0] == "benchmarks" else PACKAGE
    for length in range(len(parts), 0, -1):
        place = base.joinpath(*parts[:length])
        if place.is_dir() and length == len(parts):
            return True
        file = place.with_suffix(".py")
        if file.is_file():
            return ".".join(parts[length:]) in {"", *names_in(file)}
    return False


@cache
def names_in(file: Path) -> set[str]:
    """Return what a module defines at its top, and the members of its classes."""
    found: set[str] = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        found |= set(defined_by(node))
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{name}" for one in node.body for name in defined_by(one)}
    return found


def defined_by(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        yield node.name
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    yield from (target.id for target in targets if isinstance(target, ast.Name))


@cache
def anchors(document: Path) -> set[str]:
    """Return the anchors of a document's headings."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    plain = (re.sub(r"[^\w\s-]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in plain}
