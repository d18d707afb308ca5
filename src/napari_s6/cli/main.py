"""The command line: the same verbs as the docks."""

import argparse
import re
import sys
from collections.abc import Sequence

from napari_s6 import __version__
from napari_s6.cli.horizon_options import add_grids, add_labels
from napari_s6.cli.input_options import add_crop, add_header_bytes
from napari_s6.cli.study_options import add_study
from napari_s6.errors import InputError
from napari_s6.learn.presets import TRAINING_PRESETS

_DEVICE = re.compile(r"auto|cpu|cuda(:\d+)?|mps")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``napari-s6`` and return its exit code: 0 done, 2 bad input, 130 stopped by Ctrl-C."""
    options = build_parser().parse_args(arguments)
    options.words = list(sys.argv[1:] if arguments is None else arguments)
    from importlib import import_module

    try:
        _check_device(getattr(options, "device", None))
        verbs = import_module(f"napari_s6.cli.{options.verbs}")
        return int(getattr(verbs, options.verb)(options) or 0)
    except InputError as error:
        print(f"napari-s6: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("napari-s6: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1


def _check_device(name: str | None) -> None:
    """Refuse a name that is no device's at once: whether it is there, torch tells seconds later."""
    if name is not None and not _DEVICE.fullmatch(name):
        raise InputError(f"--device {name}: use auto, cpu, cuda, cuda:1 or mps")


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands and their options."""
    parser = argparse.ArgumentParser(
        prog="napari-s6",
        description="Seismic facies from a few painted sections (the S6 method).",
    )
    parser.add_argument("--version", action="version", version=f"napari-s6 {__version__}")
    verbs = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def verb(name: str, summary: str) -> argparse.ArgumentParser:
        command = verbs.add_parser(name, help=summary, description=summary)
        own = {"convert", "labels", "predict", "train"}
        command.set_defaults(verb=name, verbs=name if name in own else "files")
        return command

    _add_info(verb("info", "Say what a seismic file holds."))
    _add_convert(verb("convert", "Write a survey in another format, such as Zarr for large ones."))
    _add_labels(verb("labels", "Label a survey with facies between horizons."))
    _add_train(verb("train", "Train a model on a survey and its labels."))
    _add_predict(verb("predict", "Predict the facies of a survey with a trained model."))
    _add_evaluate(verb("evaluate", "Compare predicted facies with reference labels."))
    _add_export(verb("export", "Write facies in another format."))
    _add_fetch(verb("fetch", "Download the public F3 facies benchmark."))
    _add_demo(verb("demo", "Train on two painted sections of a synthetic survey and predict it."))
    add_study(verbs)
    return parser


def _add_lines(command: argparse.ArgumentParser, what: str) -> None:
    command.add_argument(
        "--lines",
        action="append",
        metavar="iline:130,459",
        help=f"{what}; repeatable; ranges as xline:300-310",
    )


def _add_scheme(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--scheme",
        metavar="NAME|FILE",
        help="facies names: the name of a scheme, such as F3, or a .json or .csv file",
    )
    command.add_argument(
        "--convention",
        choices=["codes", "layer"],
        help="how somebody else's label file counts: codes = 0..C-1, layer = 0 unlabelled, 1..C",
    )


def _add_info(command: argparse.ArgumentParser) -> None:
    command.add_argument("path", metavar="PATH")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.add_argument(
        "--save-header-bytes", metavar="NAME", help="keep the header bytes used under a name"
    )
    add_crop(command)
    add_header_bytes(command)


def _add_convert(command: argparse.ArgumentParser) -> None:
    command.add_argument("seismic", metavar="SEISMIC")
    command.add_argument("out", metavar="OUT", help=".zarr .sgy .npy .nc")
    command.add_argument("--overwrite", action="store_true", help="replace an existing file")
    add_crop(command)
    add_header_bytes(command)


def _add_labels(command: argparse.ArgumentParser) -> None:
    add_labels(command)
    _add_lines(command, "label these lines only")
    add_crop(command)
    _add_format(command)
    add_header_bytes(command)


def _add_train(command: argparse.ArgumentParser) -> None:
    command.add_argument("seismic", metavar="SEISMIC")
    command.add_argument("--labels", required=True, metavar="LABELS")
    command.add_argument("-o", "--out", required=True, metavar="RUN", help="folder of the model")
    _add_lines(command, "use the labels of these lines only, each in its own orientation")
    command.add_argument(
        "--unlabelled",
        action="append",
        default=[],
        metavar="V",
        help="another survey that feeds the reconstruction; repeatable",
    )
    command.add_argument("--model", choices=["constrained", "unconstrained"])
    command.add_argument("--preset", choices=list(TRAINING_PRESETS))
    command.add_argument("--label-fraction", type=float, metavar="N")
    command.add_argument("--minutes", type=float, metavar="M", help="total training time")
    command.add_argument("--steps", type=int, metavar="N", help="total optimiser steps")
    command.add_argument("--device", metavar="NAME", help="auto, cpu, cuda, cuda:1, mps")
    command.add_argument("--seed", type=int, metavar="N")
    command.add_argument("--resume", action="store_true", help="go on with RUN")
    command.add_argument("--start-from", metavar="RUN", help="begin with another model's weights")
    command.add_argument(
        "--config", metavar="FILE", help="settings of an earlier run: its run.json"
    )
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="any other setting of the training; repeatable",
    )
    add_crop(command)
    _add_scheme(command)
    add_header_bytes(command)


def _add_predict(command: argparse.ArgumentParser) -> None:
    command.add_argument("run", metavar="RUN")
    command.add_argument("seismic", metavar="SEISMIC")
    command.add_argument("-o", "--out", required=True, metavar="OUT", help=".sgy .npy .zarr .nc")
    command.add_argument("--orientation", choices=["inline", "crossline", "both"], default="both")
    command.add_argument("--confidence", metavar="PATH", help="also write the confidence, 0 to 1")
    command.add_argument("--device", default="auto", metavar="NAME")
    add_crop(command)
    _add_format(command)
    add_header_bytes(command)


def _add_format(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--sample-format", choices=["int8", "float32"], default="int8", help="of SEG-Y output"
    )
    command.add_argument("--overwrite", action="store_true", help="replace an existing file")


def _add_evaluate(command: argparse.ArgumentParser) -> None:
    command.add_argument("prediction", metavar="PREDICTION")
    command.add_argument("--reference", required=True, metavar="LABELS")
    _add_lines(command, "compare these lines of the reference")
    command.add_argument("--seismic", metavar="SEISMIC", help="says which traces are live")
    command.add_argument("--classes", metavar="2-9", help="take the means over these codes")
    command.add_argument(
        "--baseline-lines",
        action="append",
        metavar="iline:130,459",
        help="labels that the no-learning baselines use (the reference's other lines if absent)",
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    _add_scheme(command)
    add_header_bytes(command)


def _add_export(command: argparse.ArgumentParser) -> None:
    command.add_argument("facies", metavar="FACIES")
    command.add_argument(
        "-o", "--out", metavar="OUT", help=".sgy .npy .zarr .nc, or .txt: horizons between facies"
    )
    command.add_argument(
        "--statistics", metavar="FOLDER", help="write how much of each facies there is, and where"
    )
    add_grids(command)
    command.add_argument(
        "--seismic", metavar="SEISMIC", help="survey whose grid and SEG-Y headers are used"
    )
    _add_format(command)
    _add_scheme(command)
    add_header_bytes(command)


def _add_fetch(command: argparse.ArgumentParser) -> None:
    command.add_argument("what", choices=["f3"])
    command.add_argument("--to", metavar="DIR", help="folder to put it in")
    command.add_argument("--url", metavar="URL", help="take the archive from there")
    command.add_argument("--checksum", metavar="md5:HEX", help="of the archive at --url")


def _add_demo(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--headless", action="store_true", help="no window: leave pictures and a SEG-Y file"
    )
    command.add_argument("-o", "--out", default="demo-output", metavar="DIR")


if __name__ == "__main__":
    sys.exit(main())
