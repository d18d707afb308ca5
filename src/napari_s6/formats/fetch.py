"""The public F3 benchmark from its archive: download with progress and resume, check, unpack."""

import hashlib
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from napari_s6.errors import InputError
from napari_s6.formats.benchmark import benchmark_root
from napari_s6.survey.atomic import atomic_path

# Alaudah et al. 2019, Zenodo record 3755060.
F3_URL = "https://zenodo.org/records/3755060/files/data.zip"
F3_MD5 = "md5:bc5932279831a95c0b244fd765376d85"

# What a broken connection costs at most: the chunk it broke in is lost.
CHUNK_BYTES = 64 * 2**10
_TIMEOUT = 30
DownloadProgress = Callable[[int, int | None], None]


def default_folder() -> Path:
    """The folder the benchmark is kept in: ``$NAPARI_S6_F3``, else the user's data folder."""
    import platformdirs

    named = os.environ.get("NAPARI_S6_F3")
    return Path(named) if named else platformdirs.user_data_path("napari-s6") / "f3"


def fetch_f3(
    to: str | os.PathLike[str],
    url: str = F3_URL,
    *,
    checksum: str | None = F3_MD5,
    progress: DownloadProgress | None = None,
) -> Path:
    """Fetch the F3 facies benchmark (a gigabyte) and unpack it.

    A download that was broken off is resumed by the next call. Where the benchmark is there
    already, nothing is fetched.

    Parameters
    ----------
    to
        Folder to hold it; made if need be. The arrays end up in ``to/data``.
    url
        Address of the archive, or of a copy of it.
    checksum
        ``"md5:..."`` or ``"sha256:..."`` of the archive; None if another archive is fetched whose
        checksum is not known.
    progress
        Called with the bytes fetched so far and the total (None if the server doesn't tell).

    Returns
    -------
    pathlib.Path
        The benchmark's folder, for :func:`napari_s6.formats.benchmark.open_benchmark`.

    Raises
    ------
    InputError
        If the address can't be reached, the archive is damaged or isn't the benchmark.
    """
    import pooch

    folder = Path(to).expanduser().absolute()
    if (folder / "data").is_dir() and benchmark_root(folder) == folder:
        return folder
    if (folder / "data").exists():
        raise InputError(f"{folder / 'data'}: in the way, and not the benchmark; move it away")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be made ({error.strerror})") from error
    # Named after the address, so that two addresses never share a partial download.
    archive = folder / f"f3-benchmark-{hashlib.sha256(url.encode()).hexdigest()[:8]}.zip"
    downloader = ResumingDownloader(archive.with_suffix(".part"), progress)
    pooch.get_logger().setLevel("WARNING")
    try:
        pooch.retrieve(
            url, known_hash=checksum, fname=archive.name, path=folder, downloader=downloader
        )
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        # What has arrived is not what was promised: resuming from it would never end well.
        downloader.forget()
        raise InputError(
            f"{url}: the file fetched is not the one expected (checksum {checksum}); fetch again, "
            "or give the checksum of the copy"
        ) from error
    downloader.forget()
    try:
        prefix, names = _arrays_within(archive)
    except InputError:
        archive.unlink()
        raise
    _unpack(archive, folder, prefix, names)
    archive.unlink()
    return folder


class ResumingDownloader:
    """A downloader for pooch that keeps what has arrived, and asks only for the rest.

    pooch hands over a temporary name and drops it when the connection breaks, hence a partial
    file of our own.
    """

    def __init__(self, partial: Path, progress: DownloadProgress | None = None) -> None:
        self.partial = partial
        self.progress = progress

    def __call__(self, url: str, output_file: Any, pooch: Any) -> None:
        """Fetch ``url`` into ``output_file`` (a path), as pooch's downloaders do."""
        import requests

        try:
            self._fetch(url)
        except requests.RequestException as error:
            raise InputError(
                f"{url}: cannot be fetched ({_reason(error)}); check the address and the network, "
                "then run the same again to go on from here"
            ) from error
        except OSError as error:
            raise InputError(f"{self.partial}: cannot be written ({error.strerror})") from error
        shutil.copyfile(self.partial, output_file)

    def forget(self) -> None:
        """Drop what has arrived."""
        self.partial.unlink(missing_ok=True)

    def _fetch(self, url: str) -> None:
        import requests

        held = self.partial.stat().st_size if self.partial.exists() else 0
        # Compressed on the way, a byte range would mean something else.
        headers = {"Accept-Encoding": "identity"}
        if held:
            headers["Range"] = f"bytes={held}-"
        with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT) as answer:
            if answer.status_code == requests.codes.requested_range_not_satisfiable:
                # Nothing is left to fetch; the checksum will tell whether that is right.
                return
            answer.raise_for_status()
            # A server that doesn't know ranges sends the whole file again.
            resumed = answer.status_code == requests.codes.partial_content
            held = held if resumed else 0
            length = answer.headers.get("Content-Length")
            total = held + int(length) if length else None
            with self.partial.open("ab" if resumed else "wb") as file:
                for chunk in answer.iter_content(CHUNK_BYTES):
                    file.write(chunk)
                    held += len(chunk)
                    if self.progress is not None:
                        self.progress(held, total)
            if total is not None and held < total:
                raise requests.ConnectionError(f"broken off after {held} of {total} bytes")


def _reason(error: Exception) -> str:
    response = getattr(error, "response", None)
    if response is not None:
        return f"the server answers {response.status_code}"
    return " ".join(str(error).split())[:120] or type(error).__name__


def _arrays_within(archive: Path) -> tuple[str, list[str]]:
    """The benchmark's arrays in the archive, and the folder within it that holds them."""
    marker = "train/train_seismic.npy"
    try:
        with zipfile.ZipFile(archive) as content:
            names = content.namelist()
            damaged = content.testzip()
    except zipfile.BadZipFile as error:
        raise InputError(f"{archive}: not a whole ZIP archive; fetch it again") from error
    if damaged is not None:
        raise InputError(f"{archive}: {damaged} in it is damaged; fetch it again")
    found = next((name for name in names if name.endswith(marker)), None)
    if found is None:
        raise InputError(
            f"{archive}: holds no {marker}, so it is not the benchmark; give another address"
        )
    prefix = found.removesuffix(marker)
    # Names that lead out of the folder are no part of the benchmark.
    inside = [n for n in names if n.startswith(prefix) and ".." not in Path(n).parts]
    return prefix, [name for name in inside if name.endswith(".npy")]


def _unpack(archive: Path, folder: Path, prefix: str, names: list[str]) -> None:
    """Unpack the arrays into ``folder/data``, all or none."""
    with zipfile.ZipFile(archive) as content, atomic_path(folder / "data") as temporary:
        for name in names:
            target = temporary / name.removeprefix(prefix)
            target.parent.mkdir(parents=True, exist_ok=True)
            with content.open(name) as source, target.open("wb") as file:
                shutil.copyfileobj(source, file, CHUNK_BYTES)
