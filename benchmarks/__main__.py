"""``make bench``: every measurement, one table at the end, and a JSON file with a Markdown table.

python -m benchmarks [--quick] [--device cpu] [--only NAME,NAME] [--out RESULTS.json]

Parts that cannot be measured here are shown with the reason, parts that fail with their error
(and the exit status is 1). With ``--only`` the other parts that the file holds are kept.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks import results_file
from benchmarks.machine import machine, versions
from benchmarks.outcome import failed, run_part
from benchmarks.part import Settings
from benchmarks.parts import PARTS, Part
from benchmarks.table import as_text
from napari_s6.errors import InputError
from napari_s6.learn.device import choose_device

RESULTS = Path(__file__).parent / "results"


def main(arguments: Sequence[str] | None = None, parts: Mapping[str, Part] = PARTS) -> int:
    """Measure, print and write.

    Returns
    -------
    int
        Exit status: 0, 1 if a part failed, 2 if what was asked for cannot be done.
    """
    options = _options(arguments)
    try:
        settings = Settings(choose_device(options.device), options.quick, options.tiny)
        chosen = _chosen(options.only, parts)
        out = options.out or RESULTS / f"{results_file.file_stem(settings)}.json"
        here = machine(settings.device)
        outcomes = results_file.read_parts(out, here) if options.only or options.out else {}
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    written: list[Path] = []
    for name in chosen:
        print(f"{name} ...", flush=True)
        outcomes[name] = run_part(parts[name], settings)
        _tell(outcomes[name])
        outcomes = {k: outcomes[k] for k in [*parts, *outcomes] if k in outcomes}
        record = {
            "date": date.today().isoformat(),
            "machine": here,
            "versions": versions(),
            "parts": outcomes,
        }
        written = results_file.write(out, record)
    print()
    print(as_text(outcomes))
    print()
    for path in written:
        print("wrote", path)
    broken = failed({name: outcomes[name] for name in chosen})
    if broken:
        print("failed:", ", ".join(broken), file=sys.stderr)
    return 1 if broken else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds, under five minutes")
    parser.add_argument("--device", default="auto")
    parser.add_argument(
        "--only", metavar="NAME[,NAME]", help=f"only these parts: {', '.join(PARTS)}"
    )
    parser.add_argument("--out", type=Path, metavar="RESULTS.json")
    parser.add_argument("--tiny", action="store_true", help="sizes that tell nothing, for a trial")
    return parser.parse_args(arguments)


def _chosen(only: str | None, parts: Mapping[str, Part]) -> list[str]:
    if only is None:
        return list(parts)
    names = [name.strip() for name in only.split(",")]
    for name in names:
        if name not in parts:
            raise InputError(f"--only {name}: no such part; choose from {', '.join(parts)}")
    return names


def _tell(outcome: Mapping[str, Any]) -> None:
    """Say how a part went, when it is done."""
    if outcome["status"] == "failed":
        print(outcome["traceback"], file=sys.stderr, flush=True)
    reason = f": {outcome['reason']}" if outcome["reason"] else ""
    print(f"  {outcome['status']}{reason} ({outcome['seconds']:.0f} s)", flush=True)


if __name__ == "__main__":
    sys.exit(main())
