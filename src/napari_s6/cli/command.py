"""What a command is, and where commands are found."""

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple


class Command(NamedTuple):
    """Hold a command: its name, its options and what it does, all from one module.

    Modules of commands load nothing heavy when they are imported, for every start of the program
    imports them all; what an action needs, it imports itself.

    Attributes
    ----------
    name
        The word that is typed.
    summary
        A sentence, shown by ``--help``.
    examples
        Whole command lines that work, shown by ``--help``.
    add_options
        Adds the command's options to its parser.
    run
        Does the work; returns the exit code, None for 0. It raises InputError for input that
        cannot be used.
    """

    name: str
    summary: str
    examples: tuple[str, ...]
    add_options: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int | None]


class CommandGroup(NamedTuple):
    """Hold a word that several commands share, such as ``study``: a package of their modules.

    Attributes
    ----------
    name, summary, examples
        As of a `Command`.
    package
        Dotted name of the package.
    """

    name: str
    summary: str
    examples: tuple[str, ...]
    package: str


def find_commands(package: str) -> list[Command | CommandGroup]:
    """Return what each module of a package names ``COMMAND``, in the order of the modules' names.

    A new command is a new module there, and is entered nowhere else.
    """
    names = set()
    # Not by pkgutil, which loads so much that every start would take a tenth longer.
    for folder in import_module(package).__path__:
        for entry in os.listdir(folder):
            if not entry.startswith(("_", ".")):
                names.add(entry.removesuffix(".py"))
    return [import_module(f"{package}.{name}").COMMAND for name in sorted(names)]
