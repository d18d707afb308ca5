"""`napari-s6 completion`: print what makes a shell complete commands, options and names."""

import argparse

from napari_s6.cli.command import Command

SHELLS = ("bash", "zsh", "fish")


def _add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("shell", choices=SHELLS, help="the shell that is to read it")


def _run(options: argparse.Namespace) -> None:
    from argcomplete.shell_integration import shellcode

    print(shellcode(["napari-s6"], shell=options.shell))


COMMAND = Command(
    "completion",
    "Print the script that completes napari-s6 in a shell.",
    (
        'eval "$(napari-s6 completion bash)"     # in ~/.bashrc; zsh likewise in ~/.zshrc',
        "napari-s6 completion fish > ~/.config/fish/completions/napari-s6.fish",
    ),
    _add_options,
    _run,
)
