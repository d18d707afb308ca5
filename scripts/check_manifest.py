"""Resolve everything the installed plugin manifest names.

``npe2 validate`` accepts commands that do not exist, menus that napari does not have and file
extensions that no file can match. This script runs in an environment where the built wheel is
installed, imports every command and follows every reference::

    python -I scripts/check_manifest.py

It prints one line per fault and ends with 1, or prints what was resolved and ends with 0.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import yaml
from napari._app_model.constants import MenuId
from npe2 import PluginManifest
from npe2.manifest.contributions import ContributionPoints

PACKAGE = "napari-s6"


def main() -> int:
    path = manifest_path()
    manifest = PluginManifest.from_file(path)
    contributions = yaml.safe_load(path.read_text(encoding="utf-8"))["contributions"]
    faults = [
        *unknown_kinds(contributions),
        *broken_commands(manifest),
        *dangling_references(manifest, contributions),
        *unknown_menus(contributions),
        *unmatchable_names(contributions),
        *broken_scripts(),
    ]
    for fault in faults:
        print(f"manifest: {fault}", file=sys.stderr)
    if faults:
        return 1
    counts = ", ".join(f"{len(entries)} {kind}" for kind, entries in contributions.items())
    print(f"manifest: {counts}; all resolved")
    return 0


def manifest_path() -> Path:
    """The manifest that the entry point names, inside the installed package."""
    package = distribution(PACKAGE)
    (entry,) = package.entry_points.select(group="napari.manifest")
    module, _, name = entry.value.partition(":")
    path = Path(str(package.locate_file(f"{module}/{name}")))
    if not path.is_file():
        sys.exit(f"manifest: {module}/{name} is not in the installed package")
    return path


def unknown_kinds(contributions: dict[str, Any]) -> Iterator[str]:
    """Contribution kinds that npe2 does not know; it drops them without a word."""
    for kind in contributions.keys() - ContributionPoints.model_fields.keys():
        yield f"npe2 knows no contributions of kind {kind!r}"


def broken_commands(manifest: PluginManifest) -> Iterator[str]:
    commands = manifest.contributions.commands or []
    seen: set[str] = set()
    for command in commands:
        if command.id in seen:
            yield f"command {command.id!r} is there twice"
        seen.add(command.id)
        if command.python_name is None:
            yield f"command {command.id!r} has no python_name"
            continue
        module, _, attribute = command.python_name.partition(":")
        try:
            target = getattr(__import__(module, fromlist=["_"]), attribute)
        except Exception as error:
            yield f"command {command.id!r}: {command.python_name}: {error!r}"
            continue
        if not callable(target):
            yield f"command {command.id!r}: {command.python_name} cannot be called"


def dangling_references(manifest: PluginManifest, contributions: dict[str, Any]) -> Iterator[str]:
    """Readers, writers, samples, widgets, menus and keys whose command is not in the manifest."""
    ids = {command.id for command in manifest.contributions.commands or []}
    used = dict(commands_used(contributions))
    for command, place in used.items():
        if command not in ids:
            yield f"{place} refers to command {command!r}, which does not exist"
    for command in ids - used.keys():
        yield f"command {command!r} is used by nothing"


def commands_used(node: Any, place: str = "contributions") -> Iterator[tuple[str, str]]:
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from commands_used(item, f"{place}[{index}]")
    elif isinstance(node, dict):
        for key, item in node.items():
            if key == "command":
                yield item, place
            else:
                yield from commands_used(item, f"{place}.{key}")


def unknown_menus(contributions: dict[str, Any]) -> Iterator[str]:
    submenus = {submenu["id"] for submenu in contributions.get("submenus", [])}
    known = submenus | {str(menu) for menu in MenuId.contributables()}
    for menu, items in contributions.get("menus", {}).items():
        if menu not in known:
            yield f"menu {menu!r} is neither napari's nor ours"
        for item in items:
            if "submenu" in item and item["submenu"] not in submenus:
                yield f"menu {menu!r} refers to submenu {item['submenu']!r}, which does not exist"


def unmatchable_names(contributions: dict[str, Any]) -> Iterator[str]:
    for writer in contributions.get("writers", []):
        for extension in writer.get("filename_extensions", []):
            if not extension.startswith(".") or "*" in extension:
                yield f"writer {writer['command']!r}: extension {extension!r} is not like '.sgy'"
    for reader in contributions.get("readers", []):
        if not reader.get("filename_patterns"):
            yield f"reader {reader['command']!r} has no filename_patterns"


def broken_scripts() -> Iterator[str]:
    for script in distribution(PACKAGE).entry_points.select(group="console_scripts"):
        try:
            script.load()
        except Exception as error:
            yield f"console script {script.name!r}: {script.value}: {error!r}"


if __name__ == "__main__":
    sys.exit(main())
