"""`napari-s6 demo`: do the main job on the built-in sample."""

import argparse

from napari_s6.cli.command import Command
from napari_s6.cli.messages import narrate
from napari_s6.cli.paths import typed_path


def _add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--headless", action="store_true", help="no window: leave pictures and a SEG-Y file"
    )
    command.add_argument(
        "-o", "--out", default="demo-output", metavar="DIR", help="folder of what is left"
    )


def _run(options: argparse.Namespace) -> int | None:
    """Open the sample in a window, or without a screen do the whole job and leave files."""
    import subprocess
    import sys

    from napari_s6.cli.demo_job import has_screen, run_headless

    if not options.headless and has_screen():
        narrate("opening the sample in napari (without a window: napari-s6 demo --headless)")
        return subprocess.call([sys.executable, "-m", "napari_s6.plugin.demo_window"])
    run_headless(typed_path(options.out))
    return None


COMMAND = Command(
    "demo",
    "Train on two painted sections of a synthetic survey and predict it.",
    ("napari-s6 demo", "napari-s6 demo --headless -o demo-output"),
    _add_options,
    _run,
)
