"""The parser of the command line, made of the modules in `napari_s6.cli.commands`."""

import argparse
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from napari_s6 import __version__
from napari_s6.cli.command import Command, CommandGroup, find_commands
from napari_s6.cli.messages import add_loudness
from napari_s6.errors import did_you_mean

EXAMPLES = (
    "napari-s6 info survey.sgy",
    "napari-s6 train survey.sgy --labels labels.sgy --lines iline:130,459 -o run",
    "napari-s6 predict run survey.sgy -o facies.sgy",
)


def build_parser() -> "CommandParser":
    """Return the parser of all commands.

    What it parses holds the command's function as ``action`` and its parser as ``parser``.
    """
    parser = CommandParser(
        prog="napari-s6",
        description="Seismic facies from a few painted sections (the S6 method).",
        examples=EXAMPLES,
    )
    parser.add_argument("--version", action="version", version=f"napari-s6 {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_commands(commands, find_commands("napari_s6.cli.commands"))
    return parser


def _add_commands(
    subparsers: "argparse._SubParsersAction[CommandParser]",
    commands: Iterable[Command | CommandGroup],
) -> None:
    for command in commands:
        subparsers.add_parser(
            command.name,
            help=command.summary,
            description=command.summary,
            examples=command.examples,
            fill=partial(_fill, command),
        )


def _fill(command: Command | CommandGroup, parser: "CommandParser") -> None:
    """Add to a command's parser what it takes."""
    if isinstance(command, CommandGroup):
        members = parser.add_subparsers(
            dest=command.name, required=True, metavar=command.name.upper()
        )
        _add_commands(members, find_commands(command.package))
    else:
        command.add_options(parser)
        add_loudness(parser)
        parser.set_defaults(action=command.run, parser=parser)


def parse_options(parser: "CommandParser", words: Sequence[str]) -> argparse.Namespace:
    """Parse a command line; of an unknown option say which one is near to it, and exit with 2."""
    options: argparse.Namespace
    options, unknown = parser.parse_known_args(words)
    if unknown:
        command = getattr(options, "parser", parser)
        typed = [word.partition("=")[0] for word in unknown if word.startswith("--")]
        hint = did_you_mean(typed[0], command.option_words) if typed else ""
        command.error(f"unrecognized arguments: {' '.join(unknown)}{hint}")
    return options


class CommandParser(argparse.ArgumentParser):
    """Parse a command's options; show defaults and examples in help, and near words in errors.

    Parameters
    ----------
    examples
        Command lines shown at the end of the help.
    fill
        Adds options and commands once they are needed: all but one command never are.
    how
        As for argparse.ArgumentParser.
    """

    def __init__(
        self,
        *,
        examples: Sequence[str] = (),
        fill: "Callable[[CommandParser], None] | None" = None,
        **how: Any,
    ) -> None:
        self._fill = fill
        title = "example" if len(examples) == 1 else "examples"
        how["epilog"] = "\n  ".join([f"{title}:", *examples])
        super().__init__(formatter_class=_HelpWithDefaults, **how)

    @property
    def arguments(self) -> tuple[argparse.Action, ...]:
        """All that can be given: options, positional arguments, and the choice of commands."""
        self._fill_now()
        return tuple(self._actions)

    @property
    def option_words(self) -> list[str]:
        """The words of all options, such as ``-o`` and ``--out``."""
        return [word for action in self.arguments for word in action.option_strings]

    @property
    def commands(self) -> "dict[str, CommandParser]":
        """The parsers of the commands below this one, by name."""
        return {
            name: parser
            for action in self.arguments
            if isinstance(action, argparse._SubParsersAction)
            for name, parser in action.choices.items()
        }

    def fill_all(self) -> None:
        """Add at once what else is added when it is needed, down to the last command."""
        for parser in self.commands.values():
            parser.fill_all()

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as argparse does, with all options known."""
        self._fill_now()
        return super().parse_known_args(args, namespace)

    def format_help(self) -> str:
        """Return the whole help, its options and examples included."""
        self._fill_now()
        return super().format_help()

    def _fill_now(self) -> None:
        fill, self._fill = self._fill, None
        if fill is not None:
            fill(self)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        # As argparse does it, and with a hint.
        if action.choices is not None and value not in action.choices:
            names = [str(name) for name in action.choices]
            raise argparse.ArgumentError(
                action,
                f"invalid choice: {value!r} (choose from {', '.join(map(repr, names))})"
                f"{did_you_mean(str(value), names)}",
            )


class _HelpWithDefaults(argparse.RawDescriptionHelpFormatter):
    """Show an option's default after its help, where there is one to show."""

    def _get_help_string(self, action: argparse.Action) -> str:
        text = action.help or ""
        is_switch = action.nargs == 0
        if is_switch or action.default in (None, argparse.SUPPRESS, "") or action.default == []:
            return text
        return f"{text} (default: %(default)s)"
