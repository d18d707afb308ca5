"""The registry of volume formats: what it says of each format is so, and messages offer it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import napari_s6 as s6
from napari_s6.errors import InputError
from napari_s6.formats.registry import (
    VOLUME_FORMATS,
    VolumeFormat,
    format_to_write,
    named_suffixes,
    readable_suffixes,
    writable_formats,
    writable_suffixes,
)
from napari_s6.survey.synthetic import make_survey


def test_every_format_has_suffixes_of_its_own() -> None:
    assert len(set(readable_suffixes())) == len(readable_suffixes())
    assert all(suffix == suffix.lower() for suffix in readable_suffixes())


@pytest.mark.parametrize("suffix", writable_suffixes())
def test_what_is_written_is_read_again(suffix: str, tmp_path: Path) -> None:
    survey, _ = make_survey((8, 12, 16))
    opened = s6.open(s6.save(survey, tmp_path / f"volume{suffix}"))
    np.testing.assert_allclose(opened.values, survey.values, rtol=1e-6)
    np.testing.assert_array_equal(opened.iline, survey.iline)


@pytest.mark.parametrize("one", VOLUME_FORMATS, ids=lambda one: one.name)
def test_a_format_says_whether_it_is_written(one: VolumeFormat, tmp_path: Path) -> None:
    assert one.writes is (one in writable_formats())
    if not one.writes:
        for suffix in one.suffixes:
            with pytest.raises(InputError, match="no format is called"):
                format_to_write(tmp_path / f"volume{suffix}")


def test_refusals_offer_what_there_is(tmp_path: Path) -> None:
    file = tmp_path / "volume.xyz"
    file.write_bytes(b"nothing")
    with pytest.raises(InputError) as refused:
        s6.open(file)
    assert str(refused.value).endswith(f"give {' '.join(readable_suffixes())}")
    with pytest.raises(InputError) as refused:
        s6.save(make_survey((8, 12, 16))[0], file, overwrite=True)
    assert str(refused.value).endswith(f"use {named_suffixes(writable_formats())}")
