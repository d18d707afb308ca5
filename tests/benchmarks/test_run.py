"""``python -m benchmarks``: parts that fail or cannot run, single parts, and the files."""

import json
from pathlib import Path

import pytest
from benchmarks.__main__ import main
from benchmarks.outcome import run_part
from benchmarks.part import Found, NotHereError, Settings
from benchmarks.parts import PARTS
from benchmarks.table import Row


def _works(settings: Settings) -> Found:
    return Found([Row("speed", 3.0 if settings.quick else 4.0, "sections/s", 2.0)], {"more": 1})


def _breaks(settings: Settings) -> Found:
    raise ValueError("broken\non two lines")


def _elsewhere(settings: Settings) -> Found:
    raise NotHereError("no screen")


FAKES = {"broken": _breaks, "elsewhere": _elsewhere, "works": _works}


def test_a_part_that_fails_is_told_and_the_others_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "made" / "found.json"
    assert main(["--device", "cpu", "--out", str(out)], FAKES) == 1
    parts = json.loads(out.read_text())["parts"]
    assert [parts[name]["status"] for name in FAKES] == ["failed", "not run", "done"]
    assert "Traceback" in parts["broken"]["traceback"]
    told = capsys.readouterr()
    assert "broken: failed: ValueError: on two lines" in told.out
    assert "elsewhere: not run: no screen" in told.out
    assert "failed: broken" in told.err
    page = out.with_suffix(".md").read_text()
    for text in ("broken: failed", "elsewhere: not run: no screen", "| speed | 4 | 2 |"):
        assert text in page


def test_all_well(tmp_path: Path) -> None:
    out = tmp_path / "found.json"
    fine = {"elsewhere": _elsewhere, "works": _works}
    assert main(["--device", "cpu", "--out", str(out)], fine) == 0
    saved = json.loads(out.read_text())
    assert saved["machine"].keys() >= {"processor", "cores", "memory_gb", "device"}
    assert saved["versions"].keys() >= {"python", "torch", "napari-s6"}
    assert saved["date"]
    assert saved["parts"]["works"]["details"] == {"more": 1}
    assert saved["parts"]["works"]["rows"][0]["ratio"] == 2


def test_single_parts_are_put_into_the_file(tmp_path: Path) -> None:
    arguments = ["--device", "cpu", "--out", str(tmp_path / "found.json")]
    assert main([*arguments, "--only", "works"], FAKES) == 0
    # What failed in an earlier run is not this run's failure.
    assert main([*arguments, "--only", "broken"], FAKES) == 1
    assert main([*arguments, "--only", "elsewhere, works", "--quick"], FAKES) == 0
    parts = json.loads((tmp_path / "found.json").read_text())["parts"]
    assert list(parts) == ["broken", "elsewhere", "works"]
    assert parts["works"]["quick"]
    assert parts["works"]["rows"][0]["measured"] == 3
    assert not parts["broken"]["quick"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{}", "not a result of these benchmarks"),
        ("no JSON", "not a result of these benchmarks"),
        (
            '{"kind": "napari-s6 benchmarks", "machine": {"processor": "abacus"}, "parts": {}}',
            "measured on processor abacus",
        ),
    ],
)
def test_other_files_stay_as_they_are(
    tmp_path: Path, text: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "found.json"
    out.write_text(text)
    assert main(["--device", "cpu", "--out", str(out)], FAKES) == 2
    assert told in capsys.readouterr().err
    assert out.read_text() == text


def test_unknown_parts_and_devices(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = ["--out", str(tmp_path / "found.json")]
    assert main(["--only", "speed", *out], FAKES) == 2
    assert "--only speed: no such part; choose from broken" in capsys.readouterr().err
    assert main(["--device", "abacus", *out], FAKES) == 2
    assert not list(tmp_path.iterdir())


def test_what_needs_a_card_says_so() -> None:
    import torch

    for name in ("card-training", "card-protocol"):
        outcome = run_part(PARTS[name], Settings(torch.device("cpu")))
        assert outcome["status"] == "not run"
        assert outcome["reason"] in ("no CUDA device", "--device cpu")


def test_what_needs_a_screen_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("viewer-memory", "window"):
        outcome = run_part(PARTS[name], Settings(torch.device("cpu")))
        assert outcome["status"] == "not run"
        assert outcome["reason"].startswith("no screen")
