"""Options about facies and labels that several commands share."""

import argparse

from napari_s6.cli.names import Names, offer_names


def add_lines_option(command: argparse.ArgumentParser, what: str) -> None:
    """Add ``--lines``; ``what`` says what is done to those alone."""
    command.add_argument(
        "--lines",
        action="append",
        metavar="iline:130,459",
        help=f"{what}; repeatable; ranges as xline:300-310",
    )


def add_scheme(command: argparse.ArgumentParser) -> None:
    """Add ``--scheme``."""
    scheme = command.add_argument(
        "--scheme",
        metavar="NAME|FILE",
        help="facies names: the name of a scheme (%(names)s), or a .json or .csv file",
    )
    offer_names(scheme, Names(_schemes), files=True)


def add_convention(command: argparse.ArgumentParser) -> None:
    """Add ``--convention``."""
    command.add_argument(
        "--convention",
        choices=Names(_conventions),
        metavar="KIND",
        help="how somebody else's label file counts: codes = 0..C-1, layer = 0 unlabelled, 1..C",
    )


def add_classes(command: argparse.ArgumentParser) -> None:
    """Add ``--classes``."""
    command.add_argument("--classes", metavar="2-9", help="take the means over these codes")


def _schemes() -> list[str]:
    from napari_s6.facies.scheme import SCHEMES

    return list(SCHEMES)


def _conventions() -> tuple[str, ...]:
    from napari_s6.facies.conventions import CONVENTIONS

    return CONVENTIONS
