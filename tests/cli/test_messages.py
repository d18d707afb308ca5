"""How much the command line tells: as usual, with --quiet and with --verbose."""

import sys
import warnings
from pathlib import Path

import pytest

from napari_s6.cli.command import find_commands
from napari_s6.cli.main import main
from napari_s6.cli.messages import Loudness, as_loud_as, is_verbose, progress_bar, say
from napari_s6.formats.save import save_volume
from napari_s6.survey.synthetic import make_survey


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("survey") / "survey.sgy"
    return save_volume(make_survey((8, 10, 16))[0], path)


def test_quiet_tells_the_result_alone(
    survey: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "survey.npy"
    assert main(["convert", str(survey), str(out), "-q"]) == 0
    assert capsys.readouterr() == (f"{out}\n", "")
    arguments = ["info", str(survey), "--save-header-bytes", "standard"]
    assert main([*arguments, "--quiet"]) == 2  # a preset's name
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("napari-s6: set-up name 'standard'")
    assert told.err.count("\n") == 1


def test_quiet_holds_back_notes(
    survey: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv("NAPARI_S6_CONFIG", str(tmp_path))
    arguments = ["info", str(survey), "--save-header-bytes", "ours"]
    assert main(arguments) == 0
    usual = capsys.readouterr()
    assert "saved in" in usual.err
    assert main([*arguments, "-q"]) == 0
    assert capsys.readouterr() == (usual.out, "")


def test_verbose_tells_options_and_time_beside_the_same_result(
    survey: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "survey.npy"
    assert main(["convert", str(survey), str(out), "--verbose"]) == 0
    told = capsys.readouterr()
    assert told.out == f"{out}\n"
    assert f"  seismic = {str(survey)!r}\n" in told.err
    assert "  iline_byte = 189\n" in told.err
    assert told.err.splitlines()[-1].startswith("took ")


def test_an_unexpected_error_is_one_line_and_verbose_shows_where_it_arose(
    survey: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the disk sings")

    monkeypatch.setattr("napari_s6.formats.info.describe", fail)
    assert main(["info", str(survey)]) == 1
    told = capsys.readouterr().err
    assert told == (
        "napari-s6: unexpected RuntimeError: the disk sings; --verbose shows where it arose\n"
    )
    assert main(["info", str(survey), "-v"]) == 1
    told = capsys.readouterr().err
    assert "Traceback" in told
    assert 'raise RuntimeError("the disk sings")' in told
    assert told.splitlines()[-1] == "napari-s6: unexpected RuntimeError: the disk sings"


def test_verbose_shows_where_input_was_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "nowhere.sgy"]) == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert main(["info", "nowhere.sgy", "-v"]) == 2
    told = capsys.readouterr().err
    assert "Traceback" in told
    assert told.endswith(line)


def test_verbose_and_quiet_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["info", "survey.sgy", "-v", "-q"])
    assert "not allowed with" in capsys.readouterr().err


def test_loudness_lasts_as_long_as_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    with as_loud_as(Loudness.QUIET):
        say("held back")
        with warnings.catch_warnings(record=True) as heard:
            warnings.warn("held back", stacklevel=1)
        assert not heard
        assert progress_bar(total=3).disable
        with as_loud_as(Loudness.VERBOSE):
            assert is_verbose()
    assert not is_verbose()
    say("told")
    assert capsys.readouterr().err == "told\n"


def test_a_mistyped_setting_is_told_what_it_is_near_to(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    arguments = ["train", "survey.sgy", "--labels", "labels.sgy", "-o", str(tmp_path / "run")]
    assert main([*arguments, "--set", "leanring_rate=1"]) == 2
    assert capsys.readouterr().err == (
        "napari-s6: leanring_rate: no setting is called that; did you mean 'learning_rate'?\n"
    )


def test_a_module_in_the_folder_is_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "more_commands"
    (package / "group").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "_private.py").write_text("")
    (package / "two.py").write_text("COMMAND = 'two'")
    (package / "group" / "__init__.py").write_text("COMMAND = 'group'")
    monkeypatch.syspath_prepend(tmp_path)
    assert find_commands("more_commands") == ["group", "two"]
    for name in [name for name in sys.modules if name.startswith("more_commands")]:
        monkeypatch.delitem(sys.modules, name)
