"""SEG-Y through ``xarray.open_dataset``."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from napari_s6.backend import S6Backend
from napari_s6.errors import InputError
from napari_s6.survey.record import survey_record
from napari_s6.survey.synthetic import make_survey


@pytest.fixture
def path(tmp_path):
    from napari_s6.api import save

    return save(make_survey((6, 20, 48))[0], tmp_path / "survey.sgy")


def test_opens_what_open_opens(path):
    dataset = xr.open_dataset(path, engine=S6Backend)
    survey, _ = make_survey((6, 20, 48))
    assert list(dataset.data_vars) == ["amplitude"]
    np.testing.assert_allclose(dataset.amplitude, survey, rtol=1e-6)
    assert dataset.live.all()
    assert survey_record(dataset.amplitude).source == str(path)
    assert dataset.s6.record.is_segy


def test_reads_lazily(path):
    dataset = xr.open_dataset(path, engine=S6Backend)
    one = dataset.amplitude.sel(iline=102)
    with path.open("r+b") as file:  # nothing was read so far, so that this is what is read
        file.seek(3600)
        file.write(bytes(path.stat().st_size - 3600))
    assert not one.load().any()


def test_part_of_a_survey_and_without_variables(path):
    dataset = xr.open_dataset(
        str(path), engine=S6Backend, crop="iline:101-102", drop_variables=["live", "none"]
    )
    assert dict(dataset.sizes) == {"iline": 2, "xline": 20, "twt": 48}
    assert "live" not in dataset.coords
    assert not xr.open_dataset(path, engine=S6Backend, drop_variables="amplitude").data_vars


def test_in_chunks(path):
    dataset = xr.open_dataset(path, engine=S6Backend, chunks={"iline": 2})
    assert dataset.amplitude.chunks[0] == (2, 2, 2)
    assert float(dataset.amplitude.max()) == float(dataset.amplitude.compute().max())


def test_guesses_by_the_name():
    backend = S6Backend()
    assert backend.guess_can_open("a.sgy")
    assert backend.guess_can_open(Path("a.SEGY"))
    assert not backend.guess_can_open("a.nc")
    assert not backend.guess_can_open(b"a.sgy")


def test_says_what_is_wrong(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        xr.open_dataset(tmp_path / "none.sgy", engine=S6Backend)


def test_xarray_is_told_of_it():
    text = (Path(__file__).resolve().parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    points = tomllib.loads(text)["project"]["entry-points"]["xarray.backends"]
    assert points == {"s6": f"{S6Backend.__module__}:{S6Backend.__qualname__}"}
