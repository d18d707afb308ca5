"""A folder in the benchmark's layout, and settings, small enough for a study within seconds."""

from pathlib import Path

import pytest

from napari_s6.cli.main import main
from napari_s6.facies.scheme import F3
from napari_s6.learn.config import TrainConfig
from napari_s6.study.plan import StudyPlan
from napari_s6.study.synthetic_benchmark import Layout, write_synthetic_benchmark

TINY = {
    "steps": 8,
    "batch_size": 4,
    "crop_traces": 32,
    "crop_samples": 32,
    "decoder_channels": 8,
    "evaluate_every": 4,
    "learning_rate": 0.005,
    "normalise": True,
    "precision": "float32",
}
LAYOUT = Layout(40, 40, 40, 24, 32)


def options(**more: object) -> list[str]:
    """The settings as command-line options, for one thread on the CPU."""
    pairs = {**TINY, **more}
    text = {name: str(value).lower() for name, value in pairs.items()}
    given = [word for name, value in text.items() for word in ("--set", f"{name}={value}")]
    return [*given, "--threads", "1", "--device", "cpu"]


@pytest.fixture(scope="session")
def benchmark(tmp_path_factory) -> Path:
    """Train 40 x 40, test1 40 x 40, test2 80 x 24 traces of 32 samples."""
    return write_synthetic_benchmark(tmp_path_factory.mktemp("data") / "tiny", LAYOUT)


@pytest.fixture
def plan(benchmark) -> StudyPlan:
    """Two shares, both models, two repeats."""
    settings = TrainConfig.named("paper", **TINY, device="cpu")
    return StudyPlan(
        kind="table1",
        seismic=str(benchmark),
        scheme=F3,
        shares=(10, 5),
        settings=settings,
        repeats=2,
        threads=1,
    )


@pytest.fixture(scope="session")
def table1_arguments(benchmark) -> list[str]:
    """What the end-to-end tests run: four runs."""
    return ["study", "table1", str(benchmark), "--n", "10", "--repeats", "2", *options()]


@pytest.fixture(scope="session")
def done(table1_arguments, tmp_path_factory) -> Path:
    """A study that ran through in one process."""
    out = tmp_path_factory.mktemp("study") / "one process"
    assert main([*table1_arguments, "-o", str(out)]) == 0
    return out
