"""The options of `napari-s6 labels`, and those of `export` that are about grids."""

import argparse
from collections.abc import Iterator


class GridFormatNames:
    """Name the formats of grids once help or a wrong name asks for them: NumPy loads with them."""

    def __iter__(self) -> Iterator[str]:
        from napari_s6.horizons.grid_files import writable_grid_formats

        return iter([one.name for one in writable_grid_formats()])


def add_labels(command: argparse.ArgumentParser) -> None:
    """Add the options of ``labels`` that it shares with no other command."""
    command.add_argument("seismic", metavar="SEISMIC")
    command.add_argument(
        "--horizons",
        required=True,
        nargs="+",
        action="extend",
        metavar="FILE",
        help="text (IL XL Z or X Y Z) or grids in X and Y; any number, repeatable",
    )
    command.add_argument("-o", "--out", required=True, metavar="OUT", help=".sgy .npy .zarr .nc")
    command.add_argument(
        "--facies",
        metavar="A,B,C",
        help="names or codes from the top down, one more than horizons, - for none (by default "
        "by the horizons' names, such as Top B, or in the scheme's order)",
    )
    command.add_argument(
        "--scheme",
        metavar="NAME|FILE",
        help="facies names: the name of a scheme, such as F3, or a .json or .csv file",
    )
    command.add_argument(
        "--order",
        choices=["depth", "given"],
        default="depth",
        help="take horizons as they lie, or as they are given, the uppermost first",
    )
    command.add_argument(
        "--crossing",
        choices=["lower", "upper", "neither"],
        default="lower",
        help="which counts where a lower horizon lies above an upper one",
    )
    command.add_argument(
        "--bridge", type=int, default=0, metavar="N", help="fill gaps of up to N traces in horizons"
    )
    group = command.add_argument_group("horizon files that need help")
    group.add_argument(
        "--columns", metavar="iline,xline,z", help="what the columns are; x, y and empty names too"
    )
    group.add_argument("--undefined", type=float, metavar="V", help="one more undefined value")
    group.add_argument("--z-scale", type=float, metavar="F", help="what Z is multiplied by")


def add_grids(command: argparse.ArgumentParser) -> None:
    """Add the options of ``export`` that write maps as grids."""
    command.add_argument(
        "--grids", metavar="FOLDER", help="write the horizons between facies as grids in X and Y"
    )
    command.add_argument(
        "--grid-format",
        metavar="FORMAT",
        choices=GridFormatNames(),
        help="of --grids and of thickness maps: %(choices)s; --grids takes the first by default",
    )
