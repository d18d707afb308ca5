"""Options that say which survey is read and how, the same for every command."""

import argparse

from napari_s6.cli.names import Names, offer_names


def add_header_bytes(command: argparse.ArgumentParser) -> None:
    """Add what says where line numbers are, and what overrules a SEG-Y file's headers."""
    from napari_s6.survey.header_bytes import STANDARD

    group = command.add_argument_group("SEG-Y input whose headers need help")
    for name, default in (("iline", STANDARD.iline), ("xline", STANDARD.xline)):
        group.add_argument(
            f"--{name}-byte",
            type=int,
            default=default,
            metavar="B",
            help=f"where trace headers hold the {name} number",
        )
    where = group.add_argument(
        "--header-bytes",
        metavar="WHERE",
        help="where lines and X/Y are: %(names)s (presets and saved names) or IL,XL[,X,Y]",
    )
    offer_names(where, Names(_header_bytes_names))
    group.add_argument("--sample-interval", type=float, metavar="D", help="in the unit")
    group.add_argument("--start", type=float, metavar="T", help="of the first sample, in the unit")
    group.add_argument("--sample-count", type=int, metavar="N", help="samples of each trace")
    group.add_argument(
        "--coordinate-scalar", type=int, metavar="S", help="of X and Y: -100 divides by 100"
    )
    group.add_argument(
        "--unit",
        choices=Names(_vertical_units),
        metavar="UNIT",
        help="of the vertical axis: %(choices)s",
    )


def add_crop(command: argparse.ArgumentParser) -> None:
    """Add the choice of a part of a survey."""
    command.add_argument(
        "--crop",
        action="append",
        default=[],
        metavar="iline:100-300",
        help="keep this range of iline, xline or samples (ms, m), /n every n-th; repeatable",
    )


def _header_bytes_names() -> list[str]:
    from napari_s6.errors import InputError
    from napari_s6.formats.segy.setups import GUESS, HEADER_BYTES_PRESETS, saved_setups

    try:
        saved = list(saved_setups())
    except InputError:  # told when one of them is asked for
        saved = []
    return [*HEADER_BYTES_PRESETS, GUESS, *saved]


def _vertical_units() -> tuple[str, ...]:
    from napari_s6.survey.reading import VERTICAL_UNITS

    return VERTICAL_UNITS
