"""Where the time of a training step and of a prediction goes, by kind of operation.

python -m benchmarks.profiles [--steps 6] [--device cpu]

Preset ``fast``, constrained, as it is (crops), and prediction of whole sections as layers. Shares
are of the operators' own time on the CPU, or on the card where there is one.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import torch
from torch.profiler import ProfilerActivity, profile

from benchmarks.parts.training import our_steps, two_lines
from benchmarks.rates import SECTION, tiled_survey
from napari_s6.facies.scheme import F3
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.data.normalise import fit_normalisation
from napari_s6.learn.device import choose_device, describe_device
from napari_s6.learn.inference.predict import predict_volume
from napari_s6.learn.model import Model, Record, VerticalRange, build_network

Shares = dict[str, float]

KINDS = {
    "convolution": ("conv",),
    "batch norm": ("batch_norm",),
    "pooling": ("pool",),
    "enlarging": ("upsample",),
    "optimiser": ("adam", "lerp"),
    "layering": ("cumsum", "cummax", "gather", "where", "max", "searchsorted"),
    "softmax and losses": ("softmax", "nll"),
    "copies and casts": ("copy", "cat", "index", "clone", "stack", "fill", "zero"),
    "element by element": ("add", "mul", "div", "sub", "relu", "threshold", "clamp", "sum", "pow"),
}
"""The first kind with a word that an operator's name holds takes it."""


def main() -> None:
    """Profile and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=6, help="steps, and sections predicted")
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    device = choose_device(options.device)
    print(describe_device(device))
    for name, measure in (("training step", training), ("prediction", prediction)):
        shares = measure(device, options.steps)
        print(f"{name}: " + ", ".join(f"{kind} {share:.0%}" for kind, share in shares.items()))


def training(device: torch.device, steps: int, section: tuple[int, int] = SECTION) -> Shares:
    """Shares of the operators of constrained steps."""
    volume, labels = tiled_survey(24, section)
    config = TrainConfig.named("fast", device=str(device), validation="none", steps=1_000_000)
    stream = our_steps(volume, two_lines(volume, labels), config)
    return _profiled(stream, steps)


def prediction(device: torch.device, sections: int, section: tuple[int, int] = SECTION) -> Shares:
    """Shares of the operators of predicting inlines as layers."""
    volume, _ = tiled_survey(max(24, sections + 4), section)
    config = TrainConfig.named("fast")
    record = Record(
        config, F3, fit_normalisation(volume), VerticalRange.of(volume), 4.0, layered=True
    )
    model = Model([build_network(config, F3.n_classes)], record, device)
    codes = np.zeros(volume.shape, np.uint8)
    passed = predict_volume(model, volume, codes_out=codes, orientation="iline")
    return _profiled((one.done for one in passed), sections)


def _profiled(stream: Iterator[int], count: int) -> Shares:
    for _ in range(2):
        next(stream)
    on_card = torch.cuda.is_available()
    card = [ProfilerActivity.CUDA] if on_card else []
    with profile(activities=[ProfilerActivity.CPU, *card]) as seen:
        for _ in range(count):
            next(stream)
    own = "self_device_time_total" if on_card else "self_cpu_time_total"
    times: defaultdict[str, float] = defaultdict(float)
    for one in seen.key_averages():
        times[_kind(one.key.lower())] += float(getattr(one, own))
    total = sum(times.values())
    most_first = sorted(times.items(), key=lambda item: item[1], reverse=True)
    return {kind: value / total for kind, value in most_first}


def _kind(operator: str) -> str:
    words = (kind for kind, parts in KINDS.items() if any(part in operator for part in parts))
    return next(words, "other")


if __name__ == "__main__":
    main()
