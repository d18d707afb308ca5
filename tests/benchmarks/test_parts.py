"""Every part runs at a tiny size, where its numbers tell nothing, and measures what it says."""

import math

import pytest
import torch
from benchmarks.outcome import run_part
from benchmarks.part import Settings
from benchmarks.parts import PARTS
from benchmarks.rates import TINY
from benchmarks.table import Row

from benchmarks import profiles

EXPECTED = {
    "start": ("import napari_s6", "napari-s6 --help"),
    "training": (
        "training, constrained, batch 2, 48 channels",
        "training, unconstrained, batch 2, 256 channels",
        "of the peak, constrained, batch 2, 48 channels",
        "large matrix product",
    ),
    "prediction": ("prediction, one orientation", "prediction, both orientations"),
    "cube": ("an inline of", "a crossline of", "cube 70 x 80 x 64, both orientations, reckoned"),
    "prediction-memory": ("peak memory, 64 x", "peak memory, 128 x", "growth of that memory"),
    "survey-io": ("header scan", "inline", "time slice", "whole cube", "export of facies"),
    "card-training": (
        "card: training, constrained, batch 4, 48 channels",
        "card: the same in a background thread",
        "card: Stop to stopped",
    ),
    "card-protocol": ("one run of the paper's protocol",),
    "viewer-memory": ("memory in the window, painted", "memory in the window, most"),
    "window": (
        "gap between events, training: 99th percentile",
        "gap between events, torch is imported: longest",
        "next section drawn, predicting",
        "click to first preview",
        "Pause answered",
        "Stop to stopped",
        "training, window open, at rest",
    ),
}
MARKS = {
    "prediction-memory": [pytest.mark.slow],
    "survey-io": [pytest.mark.slow],  # test_survey_io tries it too
    "card-protocol": [pytest.mark.slow],
    "card-training": [pytest.mark.slow],  # its pieces are tested beside the loop
    "viewer-memory": [pytest.mark.slow, pytest.mark.gui],
    "window": [pytest.mark.slow, pytest.mark.gui],
}


def test_all_parts_are_tested() -> None:
    assert set(EXPECTED) == set(PARTS)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=MARKS.get(name, [])) for name in EXPECTED]
)
def test_a_tiny_run(name: str) -> None:
    outcome = run_part(PARTS[name], Settings(torch.device("cpu"), tiny=True))
    assert outcome["status"] == "done", outcome.get("traceback") or outcome["reason"]
    rows = [Row.from_dict(row) for row in outcome["rows"]]
    for what in EXPECTED[name]:
        [first, *_] = [row for row in rows if row.what.startswith(what)]
        assert first.measured is not None
        assert math.isfinite(first.measured)
    for row in rows:
        assert row.measured is not None or row.why.startswith("not run: ")


def test_the_narrow_slab_is_predicted_in_both_orientations() -> None:
    from benchmarks.parts.cube import NARROW
    from benchmarks.rates import tiled_survey

    from napari_s6.facies.sections import valid_sections

    volume, _ = tiled_survey(NARROW, (100, 32))
    assert len(valid_sections(volume)) == NARROW + 100


def test_the_reference_averages_both_orientations() -> None:
    import numpy as np
    from benchmarks.reference import ReferenceNetwork, predict, predict_both

    torch.manual_seed(0)
    network = ReferenceNetwork(4, constrained=False, channels=16)
    device = torch.device("cpu")
    seismic = np.random.default_rng(0).normal(size=(32, 32, 32)).astype(np.float32)
    alike = (seismic + seismic.swapaxes(0, 1)) / 2  # inlines are crosslines
    found = predict_both(network, alike, device)
    assert np.array_equal(found, found.swapaxes(0, 1))
    alone = np.stack([codes.T for codes in predict(network, alike, device)])
    assert alone.shape == found.shape
    assert (alone == found).mean() > 0.5


def test_operations_do_not_depend_on_how_a_batch_is_made_of_more_sections() -> None:
    from benchmarks.parts.training import OURS, operations, whole_sections

    cpu, section = torch.device("cpu"), (64, 64)
    four, fifty = (operations(whole_sections(cpu, True, OURS, n), section) for n in (4, 50))
    assert four == fifty
    plain = operations(whole_sections(cpu, False, OURS, 4), section)
    assert 0 < plain < four
    wide = operations(whole_sections(cpu, True, 256, 4), section)
    assert wide > four


@pytest.mark.parametrize("measure", [profiles.training, profiles.prediction])
def test_a_profile_shares_out_all_of_the_time(measure):
    shares = measure(torch.device("cpu"), 2, TINY)
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["convolution"] > 0.1
