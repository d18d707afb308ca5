"""`napari-s6` itself: parse the command line, run the command, turn errors into exit codes."""

import os
import sys
import time
from argparse import Namespace
from collections.abc import Sequence

from napari_s6 import __version__
from napari_s6.cli.device_option import check_device
from napari_s6.cli.messages import as_loud_as, complain, is_verbose, say_more
from napari_s6.cli.parser import build_parser, parse_options
from napari_s6.errors import InputError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``napari-s6`` and return its exit code.

    0 is done, 1 an unexpected error or a training that failed, 2 bad input, 130 stopped by Ctrl-C.
    """
    parser = build_parser()
    if "_ARGCOMPLETE" in os.environ:  # the shell wants a word completed
        import argcomplete

        parser.fill_all()
        argcomplete.autocomplete(parser)
    words = list(sys.argv[1:] if arguments is None else arguments)
    options = parse_options(parser, words)
    options.words = words
    with as_loud_as(options.loudness):
        return _run(options)


def _run(options: Namespace) -> int:
    clock = time.monotonic()
    if is_verbose():
        _tell_start(options)
    try:
        check_device(getattr(options, "device", None))
        code = int(options.action(options) or 0)
        say_more(f"took {time.monotonic() - clock:.1f} s")
        return code
    except InputError as error:
        _tell_traceback()
        complain(str(error))
        return 2
    except KeyboardInterrupt:
        complain("stopped")
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except Exception as error:
        _tell_traceback()
        advice = "" if is_verbose() else "; --verbose shows where it arose"
        complain(f"unexpected {type(error).__name__}: {error}{advice}")
        return 1


def _tell_start(options: Namespace) -> None:
    """Tell what runs, and every option as it was understood, defaults included."""
    python = ".".join(map(str, sys.version_info[:3]))
    say_more(f"napari-s6 {__version__}, Python {python}, {sys.platform}")
    untold = {"action", "parser", "words", "loudness"}
    for name, value in sorted(vars(options).items()):
        if name not in untold:
            say_more(f"  {name} = {value!r}")


def _tell_traceback() -> None:
    if is_verbose():
        import traceback

        say_more(traceback.format_exc().rstrip())


if __name__ == "__main__":
    sys.exit(main())
