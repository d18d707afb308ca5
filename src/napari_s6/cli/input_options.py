"""Options that say how a survey is read, the same for every command."""

import argparse


def add_header_bytes(command: argparse.ArgumentParser) -> None:
    """Add what says where line numbers are, and what overrules a SEG-Y file's headers."""
    group = command.add_argument_group("SEG-Y input whose headers need help")
    group.add_argument("--iline-byte", type=int, default=189, metavar="B")
    group.add_argument("--xline-byte", type=int, default=193, metavar="B")
    group.add_argument(
        "--header-bytes",
        metavar="WHERE",
        help="where lines and X/Y are: standard, petrel, guess, IL,XL[,X,Y] or a saved name",
    )
    group.add_argument("--sample-interval", type=float, metavar="D", help="in the unit")
    group.add_argument("--start", type=float, metavar="T", help="of the first sample, in the unit")
    group.add_argument("--sample-count", type=int, metavar="N", help="samples of each trace")
    group.add_argument(
        "--coordinate-scalar", type=int, metavar="S", help="of X and Y: -100 divides by 100"
    )
    group.add_argument("--unit", choices=["ms", "s", "m", "ft"], help="of the vertical axis")


def add_crop(command: argparse.ArgumentParser) -> None:
    """Add the choice of a part of a survey."""
    command.add_argument(
        "--crop",
        action="append",
        default=[],
        metavar="iline:100-300",
        help="keep this range of iline, xline or samples (ms, m), /n every n-th; repeatable",
    )
