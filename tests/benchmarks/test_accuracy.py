"""Time to accuracy: when it measures, what counts as reached, and runs added one by one."""

from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr
from benchmarks.accuracy_file import Runs, reached

from benchmarks import accuracy
from napari_s6.errors import InputError
from napari_s6.survey.synthetic import make_survey
from napari_s6.survey.volume import make_volume

CPU = torch.device("cpu")
SLOW = [(10.0, 0.3), (100.0, 0.76), (400.0, 0.81), (1000.0, 0.82)]
FAST = [(2.0, 0.5), (20.0, 0.8), (30.0, 0.86), (60.0, 0.84)]


def test_measures_often_at_first() -> None:
    assert accuracy.next_due(0) == 2
    assert accuracy.next_due(59) == 61
    assert accuracy.next_due(61) == 71


def test_levels() -> None:
    one = reached("ours", "constrained", 0, FAST, cap=1200)
    assert one.seconds == (20, 20, 30)
    assert (one.last, one.last_at) == (0.84, 60)
    late = reached("reference", "constrained", 0, SLOW, cap=300)
    assert late.seconds == (100, None, None)


def test_runs_are_added_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "found.json"
    runs = Runs.opened(path, CPU, 1200)
    runs.add(reached("ours", "constrained", 0, FAST, 1200))
    runs.add(reached("reference", "constrained", 0, SLOW, 1200))
    again = Runs.opened(path, CPU, 1200)
    assert again.found == runs.found
    assert again.holds("ours", "constrained", 0)
    assert not again.holds("ours", "constrained", 1)
    assert [str(one) for one in again.ratios()["constrained"]] == ["0.20", "0.05", "<= 0.03"]
    assert again.verdict(again.ratios()["constrained"]) == "met"
    page = path.with_suffix(".md").read_text()
    assert "| reference | constrained | 0 | 100 s | 400 s | >= 1200 s | 0.820 | 1000 s |" in page
    again.add(reached("ours", "constrained", 1, SLOW, 1200))
    assert len(Runs.opened(path, CPU, 1200).found) == 3


@pytest.mark.parametrize(
    ("ours", "theirs", "verdict"),
    [
        (150.0, 400.0, "missed by 50%"),
        (100.0, None, "met"),
        (800.0, None, "cannot be told: the reference did not reach it within the cap"),
        (None, 400.0, "missed by 1100%"),
        (None, None, "cannot be told: the reference did not reach it within the cap"),
    ],
)
def test_verdicts(tmp_path: Path, ours: float | None, theirs: float | None, verdict: str) -> None:
    runs = Runs(tmp_path / "found.json", CPU, 1200)
    for who, at in (("ours", ours), ("reference", theirs)):
        curve = [(1.0, 0.1), *([(at, 0.8)] if at else [])]
        runs.add(reached(who, "constrained", 0, curve, 1200))
    assert runs.verdict(runs.ratios()["constrained"]) == verdict


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "found.json"
    Runs.opened(path, CPU, 1200).add(reached("ours", "constrained", 0, FAST, 1200))
    with pytest.raises(InputError, match=r"cap is 1200.* there and 60"):
        Runs.opened(path, CPU, 60)
    path.write_text("{}")
    with pytest.raises(InputError, match="not a result of this benchmark"):
        Runs.opened(path, CPU, 1200)


@pytest.fixture
def lines() -> tuple[xr.DataArray, xr.DataArray]:
    """A synthetic survey with the lines' numbers, its intervals counted from 2."""
    seismic, facies = make_survey((66, 66, 64))
    cubes = seismic.values, (facies.values + 2).astype(np.uint8)
    volume, labels = (
        make_volume(
            cube,
            iline=[*range(130, 195), 459],
            xline=[327, 575, 889, *range(900, 963)],
            samples=4.0 * np.arange(64),
        )
        for cube in cubes
    )
    return volume, labels


@pytest.mark.parametrize("arm", accuracy.ARMS)
@pytest.mark.parametrize("who", accuracy.WHO)
def test_both_train_and_are_measured(
    lines: tuple[xr.DataArray, xr.DataArray],
    who: str,
    arm: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(accuracy, "OFTEN", 0.1)
    volume, labels = lines
    curve = accuracy.WHO[who](volume, labels, arm, 0, CPU, 1.0)
    assert curve
    assert all(0 <= iou <= 1 for _, iou in curve)
    times = [at for at, _ in curve]
    assert times == sorted(times)


def test_runs_in_the_file_are_not_made_again(
    lines: tuple[xr.DataArray, xr.DataArray],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    made: list[tuple[str, int]] = []

    def learner(*arguments: object) -> list[tuple[float, float]]:
        made.append((str(arguments[2]), int(str(arguments[3]))))
        return FAST

    monkeypatch.setattr(accuracy, "f3_lines", lambda: lines)
    monkeypatch.setattr(accuracy, "WHO", {"ours": learner})
    out = ["--out", str(tmp_path / "found.json"), "--device", "cpu", "--who", "ours"]
    assert accuracy.main([*out, "--seeds", "0"]) == 0
    assert accuracy.main([*out, "--seeds", "0,1", "--arms", "constrained"]) == 0
    assert made == [("constrained", 0), ("unconstrained", 0), ("constrained", 1)]
    assert "ours constrained seed 0: in the file already" in capsys.readouterr().out
    assert accuracy.main([*out, "--arms", "both"]) == 2
    assert "--arms both: choose from constrained" in capsys.readouterr().err
