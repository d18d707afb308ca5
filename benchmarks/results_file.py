"""The JSON file of a run and the Markdown table beside it, to which parts can be added later."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.part import Settings
from benchmarks.table import as_markdown
from napari_s6.errors import InputError
from napari_s6.survey.atomic import atomic_path

KIND = "napari-s6 benchmarks"
SAME = ("processor", "cores", "device")
"""What of a machine must be alike for parts to stand in one file."""


def file_stem(settings: Settings) -> str:
    """The name of the results of this kind of machine."""
    quick = "tiny-" if settings.tiny else "quick-" if settings.quick else ""
    return f"bench-{quick}{settings.device.type}-{os.cpu_count()}cores"


def read_parts(path: Path, machine: Mapping[str, Any]) -> dict[str, Any]:
    """The parts that a file holds already; none if it is not there.

    Raises
    ------
    InputError
        If it is not one of ours, or was made on another machine.
    """
    if not path.exists():
        return {}
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        if saved["kind"] != KIND:
            raise KeyError("kind")
        made_on, parts = saved["machine"], dict(saved["parts"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: not a result of these benchmarks; choose another --out"
        ) from error
    for key in SAME:
        if made_on.get(key) != machine[key]:
            raise InputError(
                f"{path}: measured on {key} {made_on.get(key)}, this is {machine[key]}; choose "
                "another --out"
            )
    return parts


def write(path: Path, record: Mapping[str, Any]) -> list[Path]:
    """Write the JSON file and its table; returns both."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = path.with_suffix(".md")
    texts = {path: json.dumps({"kind": KIND, **record}, indent=1) + "\n", table: _page(record)}
    for place, text in texts.items():
        with atomic_path(place, overwrite=True) as temporary:
            temporary.write_text(text, encoding="utf-8")
    return list(texts)


def _page(record: Mapping[str, Any]) -> str:
    machine = record["machine"]
    packages = ", ".join(f"{name} {number}" for name, number in record["versions"].items())
    return "\n".join(
        [
            f"# Benchmarks, {record['date']}",
            "",
            f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']:g} GB; "
            f"computing on {machine['device']}. {packages}.",
            "",
            "The ratio is what was measured over the reference's, in the same unit.",
            "",
            as_markdown(record["parts"]),
        ]
    )
