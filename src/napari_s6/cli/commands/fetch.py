"""`napari-s6 fetch`: download the public benchmark, and show how far it is."""

import argparse

from napari_s6.cli.command import Command
from napari_s6.cli.messages import progress_bar, say


def _add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("what", choices=["f3"], help="the benchmark's name")
    command.add_argument("--to", metavar="DIR", help="folder to put it in")
    command.add_argument("--url", metavar="URL", help="take the archive from there")
    command.add_argument("--checksum", metavar="md5:HEX", help="of the archive at --url")


def _run(options: argparse.Namespace) -> None:
    from napari_s6.formats.fetch import F3_MD5, F3_URL, default_folder, fetch_f3

    folder = options.to or default_folder()
    checksum = options.checksum or (F3_MD5 if options.url is None else None)
    if checksum is None:
        say("note: what another address sends is not checked; give --checksum to do so")
    with progress_bar(unit="B", unit_scale=True, desc="fetching") as bar:

        def progress(done: int, total: int | None) -> None:
            bar.total = total
            bar.update(done - bar.n)

        found = fetch_f3(folder, options.url or F3_URL, checksum=checksum, progress=progress)
    print(found)


COMMAND = Command(
    "fetch",
    "Download the public F3 facies benchmark.",
    ("napari-s6 fetch f3 --to f3",),
    _add_options,
    _run,
)
