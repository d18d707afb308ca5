"""What a file holds, said in a page."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_s6.formats.info import describe, describe_volume
from napari_s6.formats.open import open_volume
from napari_s6.formats.save import save_volume
from napari_s6.survey.amplitudes import amplitude_limit, sample_traces
from napari_s6.survey.overview import histogram
from napari_s6.survey.reading import Reading
from napari_s6.survey.synthetic import make_survey
from napari_s6.survey.volume import make_volume


def test_a_segy_file(make_segy: Callable[..., Any], grid_nodes: list[tuple[int, int]]) -> None:
    nodes = [n for n in grid_nodes if n != (16, 105)]
    samples = np.full((20, 30), 40)
    samples[2] = 0
    known = make_segy([*nodes, nodes[0]], samples=samples, code=3, endian="little")
    info = describe(known.path)
    assert (info.nodes, info.traces, info.live, info.dead, info.duplicates) == (20, 20, 18, 1, 1)
    assert (info.sample_format, info.byte_order) == ("int16", "little")
    assert [(a.first, a.last, a.step, a.count) for a in info.axes] == [
        (10, 16, 2, 4),
        (101, 105, 1, 5),
        (100, 158, 2, 30),
    ]
    assert info.amplitudes["p50"] == info.amplitudes["rms"] == 40
    assert info.values == {"40": 18 * 30}
    assert (10, 101, 100, 1010) in info.corner_points
    assert info.text == ("C 1 A KNOWN FILE", "C 2 ITS SECOND LINE")
    text = info.as_text()
    for part in ("10 to 16 (4, step 2)", "100 to 158 ms", "18 of 20 nodes", "1 dead", "KNOWN FILE"):
        assert part in text


def test_other_bytes_are_passed_on(
    make_segy: Callable[..., Any], grid_nodes: list[tuple[int, int]]
) -> None:
    known = make_segy(grid_nodes, iline_byte=5, xline_byte=21)
    assert describe(known.path, Reading(header_bytes="5,21")).nodes == 20


@pytest.mark.parametrize("suffix", ["sgy", "npy", "zarr", "nc"])
def test_every_format_is_ready_for_json(tmp_path: Path, suffix: str) -> None:
    seismic, _ = make_survey((6, 7, 30))
    path = save_volume(seismic, tmp_path / f"s.{suffix}")
    record = json.loads(json.dumps(describe(path).as_dict()))
    assert record["path"] == str(path)
    assert record["axes"][1]["count"] == 7
    assert record["amplitudes"]["rms"] == pytest.approx(float(seismic.std()), rel=0.05)


def test_nothing_live() -> None:
    volume = make_volume(
        np.zeros((2, 3, 4)), iline=[1, 2], xline=[1, 2, 4], samples=range(4), live=np.zeros((2, 3))
    )
    info = describe_volume(volume)
    assert info.live == 0
    assert info.amplitudes == {}
    assert "uneven steps" in info.as_text()
    assert amplitude_limit(volume) == 1


def test_sampled_traces_are_live_and_spread() -> None:
    values = np.zeros((300, 80, 3), np.float32)
    live = np.zeros((300, 80), bool)
    live[::2, 5:] = True
    live[7] = True
    values[live] = np.arange(live.sum())[:, None] + 1
    volume = make_volume(values, iline=range(300), xline=range(80), samples=range(3), live=live)
    samples = sample_traces(volume)
    assert 900 <= len(samples) <= 1000
    assert samples.min() > 0
    # Quartiles of a ramp over all live traces.
    expected = np.quantile(np.arange(live.sum()), [0.25, 0.5, 0.75])
    np.testing.assert_allclose(np.quantile(samples, [0.25, 0.5, 0.75]), expected, rtol=0.1)


def test_the_limit_ignores_what_is_not_finite() -> None:
    values = np.ones((2, 2, 100))
    values[..., 0] = -5
    values[0, 0, 1] = np.inf
    values[0, 0, 2] = np.nan
    volume = make_volume(values, iline=[1, 2], xline=[1, 2], samples=range(100))
    assert amplitude_limit(volume, 100) == 5
    assert amplitude_limit(volume, 50) == 1


@pytest.mark.parametrize("value", [0.0, 1.0, -3e4, 1e37, -1e-30])
def test_amplitudes_that_are_all_alike_make_a_histogram(value: float) -> None:
    values = np.full((3, 4, 20), value, np.float32)
    counts, edges = histogram(values)
    assert sum(counts) == values.size
    assert max(counts) == values.size
    assert np.all(np.diff(edges) > 0)


@pytest.mark.realdata
def test_ten_lines_of_f3(test_data: Path) -> None:
    info = describe(test_data / "f3-lines" / "f3_lines.sgy")
    assert (info.traces, info.live, info.dead) == (7686, 7486, 200)
    labels = open_volume(test_data / "f3-lines" / "f3_lines_labels.sgy", scan_dead=False)
    assert set(describe_volume(labels).values) == {str(k) for k in range(10)}
