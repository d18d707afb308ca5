"""Looking at a file and loading it, without a window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_s6.formats.save import save_volume
from napari_s6.plugin.docks.open import inspect as looking
from napari_s6.plugin.docks.open.inspect import (
    Inspection,
    Loaded,
    Refused,
    inspect_file,
    load_layer,
)
from napari_s6.plugin.docks.open.survey_facts import said_bytes, said_count
from napari_s6.plugin.jobs.job import JobStopped, JobToken
from napari_s6.survey.crop import Crop, Range
from napari_s6.survey.reading import Reading
from napari_s6.survey.volume import live_traces, make_volume

from ...surveys import CROSSLINES, INLINES, TIMES, samples, small_survey


def test_a_look_comes_first_and_dead_traces_after(tmp_path: Path) -> None:
    values = samples()
    values[2, 7] = 0
    survey = make_volume(values, iline=INLINES, xline=CROSSLINES, samples=TIMES, name="amplitude")
    first, second = inspect_file(save_volume(survey, tmp_path / "s.sgy"), Reading(), JobToken())
    assert isinstance(first, Inspection)
    assert isinstance(second, Inspection)
    assert first.info.dead is None
    assert not first.dead.any()
    assert second.info.dead == 1
    assert np.argwhere(second.dead).tolist() == [[2, 7]]
    assert len(first.text) == 40
    assert first.encoding in ("EBCDIC", "ASCII")


def test_a_refusal_speaks_of_the_dock(tmp_path: Path) -> None:
    path = save_volume(small_survey(), tmp_path / "s.sgy")
    (refusal,) = inspect_file(path, Reading(n_samples=23), JobToken())
    assert isinstance(refusal, Refused)
    assert refusal.message.startswith("s.sgy: sample count 23")
    (refusal,) = inspect_file(path, Reading(header_bytes="41,45"), JobToken())
    assert isinstance(refusal, Refused)
    assert "--header-bytes" not in refusal.message
    assert "under Header bytes" in refusal.message


def test_a_part_is_loaded(tmp_path: Path) -> None:
    path = save_volume(small_survey(), tmp_path / "s.npy")
    found = list(inspect_file(path, Reading(), JobToken()))[-1]
    assert isinstance(found, Inspection)
    crop = Crop(iline=Range(102, 105, 2), samples=Range(last=20))
    (loaded,) = load_layer(found, crop, (), JobToken())
    assert isinstance(loaded, Loaded)
    data, options, kind = loaded.layer
    assert (kind, options["name"]) == ("image", "s.npy")
    np.testing.assert_array_equal(np.asarray(data), samples()[2:6:2, :, :4].transpose(0, 2, 1))


def test_a_job_that_is_stopped_yields_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, token = save_volume(small_survey(), tmp_path / "s.sgy"), JobToken()
    job = inspect_file(path, Reading(), token)
    found: Any = next(job)
    token.cancel()
    for stopped in (job, load_layer(found, Crop(), (), token)):
        with pytest.raises(JobStopped):
            next(stopped)
    monkeypatch.setattr(looking, "is_scanned_at_once", lambda _volume: False)
    (loaded,) = load_layer(found, Crop(), (), JobToken())
    assert isinstance(loaded, Loaded)
    assert not loaded.volume.attrs["dead_scanned"], "left to the scan in the background"


@pytest.mark.parametrize("whole", [True, False])
def test_what_a_scan_of_a_part_found_is_not_the_whole(tmp_path: Path, whole: bool) -> None:
    path = save_volume(small_survey(), tmp_path / "s.sgy")
    found: Any = next(inspect_file(path, Reading(), JobToken()))
    live = live_traces(found.volume).copy()
    live[0, :3] = False
    after = found.with_live(live, whole=whole)
    assert int(after.dead.sum()) == after.info.dead == 3
    assert after.volume.attrs["dead_scanned"] is whole
    assert found.info.dead is None, "a look is a value"


def test_sizes_in_words() -> None:
    assert [said_count(n) for n in (999_999, 286_000_000, 1_234_000_000)] == [
        "999,999",
        "286 million",
        "1.23 billion",
    ]
    assert [said_bytes(n) for n in (900, 2048, 572 * 2**20, 3 * 2**40)] == [
        "900 bytes",
        "2 KB",
        "572 MB",
        "3 TB",
    ]
