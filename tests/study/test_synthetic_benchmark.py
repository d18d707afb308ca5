"""The synthetic folder in the benchmark's layout."""

import numpy as np
import pytest

from napari_s6.cli.main import main
from napari_s6.errors import InputError
from napari_s6.formats.benchmark import PUBLISHED, open_benchmark
from napari_s6.study import synthetic_benchmark as made


def test_volumes_lie_to_each_other_as_in_the_benchmark(benchmark):
    parts = open_benchmark(benchmark)
    shapes = {name: part.seismic.shape for name, part in parts.items()}
    assert shapes == {"train": (40, 40, 32), "test1": (40, 40, 32), "test2": (80, 24, 32)}
    ends = {
        name: [int(part.seismic[dim].values[k]) for dim in ("iline", "xline") for k in (0, -1)]
        for name, part in parts.items()
    }
    assert ends["train"] == [140, 179, 300, 339]
    assert ends["test1"] == [100, 139, 300, 339]
    assert ends["test2"] == [100, 179, 340, 363]


def test_values_are_those_of_the_benchmark(benchmark):
    parts = open_benchmark(benchmark)
    for part in parts.values():
        assert part.seismic.dtype == np.float64
        assert part.labels.dtype == np.uint8
        assert np.abs(part.seismic.values).max() <= 1
    everything = np.concatenate([part.seismic.values.ravel() for part in parts.values()])
    assert everything.std() == pytest.approx(0.21, abs=0.02)
    assert set(np.unique(parts["train"].labels.values)) <= set(range(6))
    # The volumes are parts of one earth: across a border labels hardly change.
    here, beyond = parts["test1"].labels.values[-1], parts["train"].labels.values[0]
    assert (here == beyond).mean() > 0.9


def test_the_full_size_is_the_published_one():
    for name, (inlines, crosslines) in made.FULL.parts().items():
        first_il, last_il, first_xl, last_xl = PUBLISHED[name]
        assert (inlines.start + 100, inlines.stop + 99) == (first_il, last_il)
        assert (crosslines.start + 300, crosslines.stop + 299) == (first_xl, last_xl)
    assert made.FULL.samples == 255


def test_a_large_survey_is_interpolated_between_lines(monkeypatch, tmp_path):
    monkeypatch.setattr(made, "FINEST", 1000)
    layout = made.Layout(20, 23, 9, 8, 24)
    parts = open_benchmark(made.write_synthetic_benchmark(tmp_path / "coarse", layout))
    seismic = parts["test2"].seismic.values
    assert seismic.shape == (29, 8, 24)
    # Every third inline was made, and those between lie between.
    between = seismic[0] * 2 / 3 + seismic[3] / 3
    np.testing.assert_allclose(seismic[1], between, atol=1e-6)
    assert np.isfinite(seismic).all()
    assert seismic.any(axis=2).all()


def test_the_same_seed_gives_the_same_files(benchmark, tmp_path):
    from .conftest import LAYOUT

    again = made.write_synthetic_benchmark(tmp_path / "again", LAYOUT)
    for path in sorted(benchmark.rglob("*.*")):
        assert (again / path.relative_to(benchmark)).read_bytes() == path.read_bytes()


def test_nothing_is_overwritten(benchmark, capsys):
    with pytest.raises(InputError, match="exists already"):
        made.write_synthetic_benchmark(benchmark)
    assert main(["study", "synthetic-benchmark", str(benchmark)]) == 2
    assert "exists already" in capsys.readouterr().err
