"""``make bench``: every measurement, a table, and a JSON file of results.

python -m benchmarks [--quick] [--device cpu] [--out benchmarks/results/NAME.json]
"""

import argparse
import json
import os
import platform
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import torch

from benchmarks import learning, start
from napari_s6.learn.checkpoint import installed_versions
from napari_s6.learn.device import choose_device, describe_device

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, under five minutes")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    device = choose_device(options.device)
    rounds = 3 if options.quick else 9
    batches = [4] if device.type == "cpu" else [16, 50]
    cases = [(True, 48, batch) for batch in batches]
    if not options.quick:
        cases += [(c, n, b) for c in (True, False) for n in (256, 48) for b in batches]
    ratios = []
    for constrained, channels, batch in dict.fromkeys(cases):
        ratios.append(learning.compare_training(device, constrained, channels, batch, rounds))
        _print(ratios[-1])
    ratios.append(learning.compare_prediction(device, rounds))
    _print(ratios[-1])
    peak = learning.peak_flops(device)
    share = ratios[0].ours * learning.step_flops(48, batches[0]) / batches[0] / peak
    print(f"constrained step, 48 channels: {share:.0%} of the peak ({peak / 1e9:.0f} GFLOP/s)")
    waits = start.measure(3 if options.quick else 7)
    for name, seconds in waits.items():
        print(f"{seconds:8.3f} s  {name}")
    out = options.out or RESULTS / f"learning-{device.type}-{os.cpu_count()}cores.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(_record(device, ratios, peak, share, waits), indent=2) + "\n")
    print("wrote", out)


def _print(one: learning.Ratio) -> None:
    target = "" if one.target is None else f", target {one.target:g}"
    print(
        f"{one.ours:8.2f} {one.unit}, reference {one.theirs:.2f}: ratio {one.ratio:.2f}{target}"
        f"  ({one.name})",
        flush=True,
    )


def _record(
    device: torch.device,
    ratios: list[learning.Ratio],
    peak: float,
    share: float,
    waits: dict[str, float],
) -> dict[str, Any]:
    return {
        "date": date.today().isoformat(),
        "device": describe_device(device),
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "versions": installed_versions(),
        "ratios": [asdict(one) | {"ratio": one.ratio} for one in ratios],
        "peak_gflops": peak / 1e9,
        "share_of_peak": share,
        "seconds": waits,
    }


if __name__ == "__main__":
    main()
