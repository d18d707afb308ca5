"""`napari-s6 info`: say what a seismic file holds."""

import argparse
from typing import TYPE_CHECKING

from napari_s6.cli.command import Command
from napari_s6.cli.input_options import add_crop, add_header_bytes
from napari_s6.cli.inputs import reading_of
from napari_s6.cli.messages import say
from napari_s6.cli.output_options import add_json
from napari_s6.cli.projects import is_project_path, project_to_read
from napari_s6.errors import InputError

if TYPE_CHECKING:
    from napari_s6.formats.info import SurveyInfo


def _add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("path", metavar="PATH", help="a survey, facies, or a project")
    add_json(command)
    command.add_argument(
        "--save-header-bytes", metavar="NAME", help="keep the header bytes used under a name"
    )
    add_crop(command)
    add_header_bytes(command)


def _run(options: argparse.Namespace) -> None:
    import json

    from napari_s6.formats.info import describe

    if is_project_path(options.path):
        state = project_to_read(options.path).state
        print(state.as_json() if options.json else state.as_text())
        return
    found = describe(options.path, reading_of(options))
    if options.save_header_bytes:
        _save_header_bytes(options.save_header_bytes, found)
    print(json.dumps(found.as_dict(), indent=2) if options.json else found.as_text())


def _save_header_bytes(name: str, found: "SurveyInfo") -> None:
    from napari_s6.formats.segy.setups import save_setup
    from napari_s6.survey.header_bytes import HeaderBytes

    if not found.header_bytes:
        raise InputError(f"--save-header-bytes {name}: {found.path} has no trace headers")
    where = HeaderBytes(*found.header_bytes)
    say(f"header bytes {where} saved in {save_setup(name, where)}")


COMMAND = Command(
    "info",
    "Say what a seismic file or a project holds.",
    (
        "napari-s6 info survey.sgy",
        "napari-s6 info survey.sgy --header-bytes 9,13 --save-header-bytes ours",
    ),
    _add_options,
    _run,
)
