"""What `npe2 validate` does not see: commands that exist, menus that napari has, endings."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from napari._app_model.constants import MenuId
from npe2 import PluginManifest
from npe2.manifest.utils import import_python_name

import napari_s6
from napari_s6.formats.registry import readable_suffixes, writable_suffixes
from napari_s6.project.store import SUFFIX

MANIFEST = PluginManifest.from_file(Path(napari_s6.__file__).parent / "napari.yaml")
CONTRIBUTIONS = MANIFEST.contributions
COMMANDS = {command.id: command for command in CONTRIBUTIONS.commands}


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_resolves_to_something_to_call(name: str) -> None:
    assert callable(import_python_name(COMMANDS[name].python_name))


def test_everything_contributed_names_a_command() -> None:
    contributed = [
        *CONTRIBUTIONS.readers,
        *CONTRIBUTIONS.writers,
        *CONTRIBUTIONS.widgets,
        *CONTRIBUTIONS.sample_data,
        *(item for items in CONTRIBUTIONS.menus.values() for item in items),
    ]
    used = {item.command for item in contributed}
    assert used == set(COMMANDS)


def test_menus_are_napari_s() -> None:
    assert set(CONTRIBUTIONS.menus) <= {menu.value for menu in MenuId}


def test_docks_by_the_names_people_know() -> None:
    assert [widget.display_name for widget in CONTRIBUTIONS.widgets] == [
        "Open seismic",
        "Project",
        "Section",
        "Base map",
        "Facies",
        "Horizons",
        "Train S6",
        "Export facies",
    ]
    for widget in CONTRIBUTIONS.widgets:
        made = import_python_name(COMMANDS[widget.command].python_name)
        assert "napari_viewer" in inspect.signature(made).parameters


def test_writers_end_in_what_we_write() -> None:
    for writer in CONTRIBUTIONS.writers:
        assert tuple(writer.filename_extensions) == writable_suffixes()


def test_readers_take_folders_and_every_format() -> None:
    reader, of_projects = CONTRIBUTIONS.readers
    assert reader.accepts_directories
    assert of_projects.accepts_directories
    assert list(of_projects.filename_patterns) == [f"*{SUFFIX}"]
    assert list(reader.filename_patterns) == [f"*{suffix}" for suffix in readable_suffixes()]
