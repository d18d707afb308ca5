"""What docks offer is what the registries hold."""

import re

from napari_s6.formats.registry import readable_suffixes, writable_formats
from napari_s6.horizons.files import FILE_SUFFIXES
from napari_s6.horizons.grid_files import GRID_FORMATS, writable_grid_formats
from napari_s6.learn.presets import TRAINING_PRESETS
from napari_s6.plugin.docks.export.options import FACIES_FILES
from napari_s6.plugin.docks.train.settings import MAIN_ROWS
from napari_s6.plugin.files.derived import MAPS
from napari_s6.plugin.files.file_names import seismic_files


def test_facies_are_exported_in_every_format_that_is_written():
    assert list(FACIES_FILES) == [one.suffixes[0] for one in writable_formats()]
    assert all(one.name in FACIES_FILES[one.suffixes[0]] for one in writable_formats())


def test_maps_are_exported_in_every_grid_format_that_is_written():
    for offered in MAPS.values():
        assert list(offered) == ["text", *(one.name for one in writable_grid_formats())]


def test_horizons_are_looked_for_in_every_grid_format():
    assert {s for one in GRID_FORMATS.values() for s in one.suffixes} <= set(FILE_SUFFIXES)


def test_files_of_every_format_are_shown_when_seismic_is_looked_for():
    patterns = re.findall(r"\*\.\w+", seismic_files())
    assert patterns[::2] == [f"*{suffix}" for suffix in readable_suffixes()]


def test_every_training_preset_is_offered():
    (preset,) = [row for row in MAIN_ROWS if row.name == "preset"]
    assert preset.words == {name: one.label for name, one in TRAINING_PRESETS.items()}
