"""The command lines in README and docs exist as they are written there."""

import itertools
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from napari_s6.cli.parser import build_parser, parse_options

CHECKOUT = Path(__file__).resolve().parents[2]
PAGES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]
#: What stands for a number.
NUMBERS = {"M": "1", "N": "1", "B": "1"}


def command_lines(text: str) -> Iterator[str]:
    """Every command in blocks of code, on one line: what follows is indented."""
    for block in re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        joined = re.sub(r"\\?\n +", " ", block)
        yield from (line for line in joined.splitlines() if line.startswith("napari-s6 "))


def alternatives(line: str) -> Iterator[list[str]]:
    """The words of a command in all forms that its notation allows: [may be left out], a|b."""
    words = shlex.split(line.replace("[", "").replace("]", ""), comments=True)[1:]
    choices = [
        [NUMBERS.get(one, one) for one in ([word] if "," in word else word.split("|"))]
        for word in words
    ]
    longest = max(map(len, choices))
    for k in range(longest):
        yield [choice[min(k, len(choice) - 1)] for choice in choices]


DOCUMENTED = [
    pytest.param(line, id=f"{page.name}: {line[:50]}")
    for page in PAGES
    for line in command_lines(page.read_text(encoding="utf-8"))
]


def test_there_are_command_lines_to_check() -> None:
    assert len(DOCUMENTED) > 15


@pytest.mark.parametrize("line", DOCUMENTED)
def test_a_documented_command_line_is_understood(line: str) -> None:
    for words in alternatives(line):
        assert parse_options(build_parser(), words).action is not None


def options_in_sentences(text: str) -> Iterator[tuple[str, str]]:
    """Options in code within sentences that begin with a command, and that command."""
    for code in re.findall(r"`(?:napari-s6 )?((?:[a-z0-9]+ )+[^`]*--[^`]*)`", text):
        for option in re.findall(r"(?<!\S)--[a-z][a-z-]*", code):
            yield code, option


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_options_named_in_sentences_exist(page: Path) -> None:
    commands = build_parser().commands
    members = {**commands, **commands["study"].commands}
    text = page.read_text(encoding="utf-8")
    for code, option in options_in_sentences(text):
        named = [word for word in itertools.islice(code.split(), 2) if word in members]
        if named:
            assert option in members[named[-1]].option_words, code
