"""`napari-s6 labels`: facies between horizons."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from napari_s6.cli.command import Command
from napari_s6.cli.facies_options import add_lines_option, add_scheme
from napari_s6.cli.input_options import add_crop, add_header_bytes
from napari_s6.cli.inputs import open_survey, scheme_given
from napari_s6.cli.messages import say
from napari_s6.cli.names import Names
from napari_s6.cli.output_options import add_out, add_overwrite, add_sample_format, check_output
from napari_s6.cli.paths import typed_path
from napari_s6.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

    from napari_s6.facies.scheme import FaciesScheme
    from napari_s6.horizons.model import Horizon


def _add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("seismic", metavar="SEISMIC", help="the survey")
    command.add_argument(
        "--horizons",
        required=True,
        nargs="+",
        action="extend",
        metavar="FILE",
        help="text (IL XL Z or X Y Z) or grids in X and Y; any number, repeatable",
    )
    add_out(command)
    command.add_argument(
        "--facies",
        metavar="A,B,C",
        help="names or codes from the top down, one more than horizons, - for none (by default "
        "by the horizons' names, such as Top B, or in the scheme's order)",
    )
    add_scheme(command)
    command.add_argument(
        "--order",
        choices=["depth", "given"],
        default="depth",
        help="take horizons as they lie, or as they are given, the uppermost first",
    )
    command.add_argument(
        "--crossing",
        choices=Names(_crossings),
        default="lower",
        metavar="WHICH",
        help="which counts where a lower horizon lies above an upper one: %(choices)s",
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
    add_lines_option(command, "label these lines only")
    add_crop(command)
    add_sample_format(command)
    add_overwrite(command)
    add_header_bytes(command)


def _crossings() -> tuple[str, ...]:
    from napari_s6.horizons.labels import CROSSINGS

    return CROSSINGS


def _run(options: argparse.Namespace) -> None:
    from napari_s6.facies.files import save_facies
    from napari_s6.facies.sections import parse_lines
    from napari_s6.horizons.labels import (
        findings,
        labels_from_horizons,
        scheme_of_horizons,
        top_down,
        traces_of,
    )

    out = typed_path(options.out)
    check_output(out, options.overwrite, options.seismic)
    scheme = scheme_given(options)
    volume = open_survey(options.seismic, options)
    horizons = _read(options, volume)
    if options.order == "depth":
        horizons = top_down(horizons)
    traces = None
    if options.lines:
        traces = traces_of(volume, parse_lines(options.lines, volume))
    scheme = scheme or scheme_of_horizons(horizons)
    facies = _facies(options.facies, horizons, scheme)
    say(f"from the top down: {_told(horizons, facies, scheme)}")
    for finding in findings(volume, horizons, traces):
        say(f"note: {finding}")
    count = _filled(volume, horizons, traces)
    if not count:
        raise InputError(
            f"no live trace{' of these lines' if options.lines else ''} has a horizon; check "
            "--lines, or give --bridge to go across gaps"
        )
    codes = labels_from_horizons(volume, horizons, facies, traces=traces, crossing=options.crossing)
    save_facies(
        codes,
        out,
        scheme=scheme,
        volume=volume,
        sample_format=options.sample_format,
        overwrite=options.overwrite,
    )
    say(f"labelled {count:,} traces")
    print(out)


def _read(options: argparse.Namespace, volume: "xr.DataArray") -> "list[Horizon]":
    from napari_s6.horizons.files import read_horizons
    from napari_s6.horizons.labels import bridged

    columns = options.columns.split(",") if options.columns else None
    horizons = []
    for path in options.horizons:
        for horizon in read_horizons(
            path, volume, columns=columns, undefined=options.undefined, scale=options.z_scale
        ):
            say(f"{horizon.name}: {horizon.summary(volume)}")
            horizons.append(bridged(horizon, options.bridge))
    return horizons


def _facies(
    text: str | None, horizons: "Sequence[Horizon]", scheme: "FaciesScheme"
) -> list[int | None]:
    """Return the facies of ``--facies``, or what follows from the horizons' names and order."""
    from napari_s6.horizons.labels import default_facies

    if text is None:
        facies = default_facies(horizons, scheme)
        if None in facies:
            raise InputError(
                f"scheme {scheme.name!r} has {scheme.n_classes} facies, {len(horizons)} horizons "
                f"part {len(horizons) + 1}; say which with --facies, - for none"
            )
        return facies
    words = [word.strip() for word in text.split(",")]
    if len(words) != len(horizons) + 1:
        raise InputError(
            f"--facies: {len(words)} facies for {len(horizons)} horizons; give one more than "
            "horizons, from the top down, - for none"
        )
    return [_code(word, scheme) for word in words]


def _code(word: str, scheme: "FaciesScheme") -> int | None:
    if word in ("-", ""):
        return None
    if word.isdecimal() and word not in scheme.names:
        if int(word) >= scheme.n_classes:
            raise InputError(
                f"--facies {word}: scheme {scheme.name!r} has codes 0 to {scheme.n_classes - 1}"
            )
        return int(word)
    return scheme.class_number(word)


def _told(
    horizons: "Sequence[Horizon]", facies: Sequence[int | None], scheme: "FaciesScheme"
) -> str:
    names = ["nothing" if code is None else scheme.names[code] for code in facies]
    parts = [names[0]]
    for horizon, name in zip(horizons, names[1:], strict=True):
        parts += [f"[{horizon.name}]", name]
    return " ".join(parts)


def _filled(
    volume: "xr.DataArray", horizons: "Sequence[Horizon]", traces: "np.ndarray | None"
) -> int:
    import numpy as np

    from napari_s6.survey.volume import live_traces

    known = np.isfinite(np.stack([horizon.z for horizon in horizons])).any(0)
    live = live_traces(volume) if traces is None else live_traces(volume) & traces
    return int((known & live).sum())


COMMAND = Command(
    "labels",
    "Label a survey with facies between horizons.",
    ("napari-s6 labels survey.sgy --horizons chalk.txt scruff.irap --scheme F3 -o labels.sgy",),
    _add_options,
    _run,
)
