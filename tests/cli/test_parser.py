"""The parser and help of all commands, what they say of mistyped words, and completion."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from napari_s6.cli.command import Command, CommandGroup, find_commands
from napari_s6.cli.parser import EXAMPLES, CommandParser, build_parser, parse_options


def every_command(package: str = "napari_s6.cli.commands") -> dict[str, Command | CommandGroup]:
    """Commands and groups by what is typed for them, such as "study lines"."""
    found = {}
    for command in find_commands(package):
        found[command.name] = command
        if isinstance(command, CommandGroup):
            members = every_command(command.package)
            found |= {f"{command.name} {name}": one for name, one in members.items()}
    return found


def parser_of(name: str) -> CommandParser:
    parser = build_parser()
    for word in name.split():
        parser = parser.commands[word]
    return parser


def commands_of(example: str) -> list[list[str]]:
    """The words of an example after ``napari-s6``, as a shell that has no such file sees them."""
    lines = example.replace("\\\n", " ").removeprefix('eval "$(').replace(')" ', " ")
    return [shlex.split(line.partition(">")[0], comments=True) for line in lines.splitlines()]


COMMANDS = every_command()


def test_every_module_is_a_command() -> None:
    assert set(COMMANDS) == {
        "completion", "convert", "demo", "evaluate", "export", "fetch", "info", "labels",
        "predict", "study", "study ablation", "study lines", "study report",
        "study synthetic-benchmark", "study table1", "train",
    }  # fmt: skip
    assert {name.split()[0] for name in COMMANDS} == set(build_parser().commands)


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_ends_with_examples_that_parse(name: str) -> None:
    examples = COMMANDS[name].examples if name else EXAMPLES
    assert examples
    told = parser_of(name).format_help()
    assert told.endswith("\n  ".join([f"example{'s' * (len(examples) > 1)}:", *examples]) + "\n")
    for example in examples:
        for program, *words in commands_of(example):
            assert program == "napari-s6"
            assert words[: len(name.split())] == name.split()
            assert build_parser().parse_args(words).action is not None


@pytest.mark.parametrize("name", COMMANDS)
def test_help_explains_every_option_and_shows_its_default(name: str) -> None:
    parser = parser_of(name)
    told = " ".join(parser.format_help().split())
    for action in parser.arguments:
        if parser.commands:
            continue
        assert action.help, action.dest
        if action.option_strings and action.nargs != 0 and action.default not in (None, []):
            assert f"(default: {action.default})" in told, action.dest


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "study"])
def test_every_command_can_be_verbose_or_quiet(name: str) -> None:
    assert {"-v", "--verbose", "-q", "--quiet"} <= set(parser_of(name).option_words)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("trian survey.sgy", "did you mean 'train'?"),
        ("study line survey.sgy", "did you mean 'lines'?"),
        ("train s.sgy --labels l.sgy -o run --preset fats", "did you mean 'fast'?"),
        ("export f.sgy --grids g --grid-format irab", "did you mean 'irap'?"),
        ("train s.sgy --labels l.sgy -o run --lable-fraction=2", "mean '--label-fraction'?"),
        ("labels s.sgy --horizons h -o l.sgy --crossing loser", "did you mean 'lower'?"),
    ],
)
def test_a_mistyped_word_is_told_what_it_is_near_to(
    words: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_options(build_parser(), words.split())
    assert ended.value.code == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("napari-s6")
    assert hint in last


@pytest.mark.parametrize(
    ("name", "option", "known"),
    [
        ("train", "scheme", "F3"),
        ("train", "header_bytes", "petrel"),
        ("train", "model", "unconstrained"),
        ("train", "preset", "paper"),
        ("train", "unit", "ft"),
        ("export", "grid_format", "cps3"),
        ("predict", "out", ".zarr"),
        ("convert", "out", ".nc"),
        ("evaluate", "convention", "layer"),
    ],
)
def test_help_names_what_the_registries_hold(name: str, option: str, known: str) -> None:
    parser = parser_of(name)
    (action,) = (one for one in parser.arguments if one.dest == option)
    heading = ", ".join(action.option_strings[-1:]) or action.metavar
    told = parser.format_help()
    assert known in told[told.rindex(f"{heading}") :]


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("napari-s6 tr", {"train"}),
        ("napari-s6 study ab", {"ablation"}),
        ("napari-s6 train survey.sgy --lab", {"--labels", "--label-fraction"}),
        ("napari-s6 train survey.sgy --preset pa", {"paper"}),
        ("napari-s6 train survey.sgy --set learning_", {"learning_rate="}),
        ("napari-s6 train survey.sgy --scheme F", {"F3"}),
        ("napari-s6 export facies.sgy --grid-format i", {"irap"}),
        ("napari-s6 info survey.sgy --header-bytes pe", {"petrel"}),
    ],
)
def test_the_shell_completes(typed: str, completed: set[str], tmp_path: Path) -> None:
    """As the printed script calls the program, without a shell."""
    answer = tmp_path / "answer"
    shell = {
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_IFS": "\n",
        "_ARGCOMPLETE_SUPPRESS_SPACE": "1",
        "_ARGCOMPLETE_STDOUT_FILENAME": str(answer),
        "COMP_LINE": typed,
        "COMP_POINT": str(len(typed)),
    }
    subprocess.run(
        [sys.executable, "-m", "napari_s6.cli.main"],
        env=os.environ | shell, cwd=tmp_path, check=True, timeout=60,
    )  # fmt: skip
    assert {word.strip() for word in answer.read_text().split("\n")} == completed


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_is_printed(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    options = build_parser().parse_args(["completion", shell])
    options.action(options)
    script = capsys.readouterr().out
    assert "_ARGCOMPLETE" in script
    assert "napari-s6" in script


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "study"])
def test_no_option_takes_a_name_that_the_parser_uses(name: str) -> None:
    dests = [action.dest for action in parser_of(name).arguments]
    assert not {"action", "command", "parser", "study", "words"} & set(dests)
    parsed = build_parser().parse_args(commands_of(COMMANDS[name].examples[0])[0][1:])
    assert parsed.action is COMMANDS[name].run
