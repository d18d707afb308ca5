"""Paint that survives a crash: what is painted, written aside every few seconds and offered back.

A copy holds only the painted traces, so that saving a few sections of a large survey is a matter
of milliseconds. It is a NumPy archive without pickles; its header is JSON. A copy belongs to the
process that wrote it: while that process lives it is not offered to anybody else, afterwards it
is what a crash left behind.
"""

import json
import os
import time
import uuid
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
import psutil
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.facies.codes import from_layer, to_layer
from napari_s6.facies.painted import PaintedTraces
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.survey.record import survey_record

#: Seconds between two copies of paint that changed.
INTERVAL = 20.0
_SUFFIX = ".paint.npz"


def autosave_folder() -> Path:
    """Return the folder of the copies, ``$NAPARI_S6_AUTOSAVE`` or one in the user's data folder."""
    named = os.environ.get("NAPARI_S6_AUTOSAVE")
    return Path(named) if named else platformdirs.user_data_path("napari-s6") / "autosave"


@dataclass(frozen=True)
class SavedPaint:
    """A copy on disk, as its header describes it."""

    path: Path
    survey: dict[str, Any]
    layer: str
    scheme: FaciesScheme
    summary: str
    saved_at: float
    owner: tuple[int, float]

    def read(self) -> PaintedTraces:
        """Read the paint itself.

        Raises
        ------
        InputError
            If the file cannot be read.
        """
        try:
            with np.load(self.path, allow_pickle=False) as archive:
                shape = tuple(int(n) for n in archive["shape"])
                codes = from_layer(archive["values"])
                return PaintedTraces((shape[0], shape[1], shape[2]), archive["rows"], codes)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise InputError(f"{self.path}: the saved paint cannot be read ({error})") from error


def survey_key(volume: xr.DataArray) -> dict[str, Any]:
    """Describe a survey so that paint can be matched to it: its source, lines and samples."""
    ends = {
        str(dim): [float(volume.coords[dim].values[0]), float(volume.coords[dim].values[-1])]
        for dim in volume.dims
    }
    source = survey_record(volume).source
    return {"source": source, "shape": [int(n) for n in volume.shape], "ends": ends}


class Autosave:
    """The copy of one label layer's paint, written by this process.

    Writing may happen in any thread, one at a time; every copy replaces the one before it.
    """

    def __init__(self, volume: xr.DataArray, folder: Path | None = None) -> None:
        self._survey = survey_key(volume)
        self.path = (folder or autosave_folder()) / f"{uuid.uuid4().hex}{_SUFFIX}"

    def write(
        self, painted: PaintedTraces, *, layer: str, scheme: FaciesScheme, summary: str
    ) -> None:
        """Write the copy under a temporary name and rename it over the previous one."""
        header = {
            "survey": self._survey,
            "layer": layer,
            "scheme": scheme.model_dump(),
            "summary": summary,
            "saved_at": time.time(),
            "owner": list(_this_process()),
        }
        text = np.frombuffer(json.dumps(header).encode(), np.uint8)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_suffix(".tmp")
        try:
            with open(temporary, "wb") as file:
                np.savez_compressed(
                    file,
                    header=text,
                    shape=np.asarray(painted.shape),
                    rows=painted.positions,
                    values=to_layer(painted.codes),
                )
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self.path)
        finally:
            temporary.unlink(missing_ok=True)

    def remove(self) -> None:
        """Delete the copy: the paint is saved, or was left on purpose."""
        self.path.unlink(missing_ok=True)


def left_behind(volume: xr.DataArray, folder: Path | None = None) -> list[SavedPaint]:
    """Return the copies for this survey whose process is gone, the newest first."""
    key = survey_key(volume)
    return [s for s in _all_saved(folder or autosave_folder()) if s.survey == key and _orphan(s)]


def _all_saved(folder: Path) -> Sequence[SavedPaint]:
    found = []
    for path in folder.glob(f"*{_SUFFIX}"):
        try:
            with np.load(path, allow_pickle=False) as archive:
                header = json.loads(archive["header"].tobytes())
            found.append(
                SavedPaint(
                    path=path,
                    survey=header["survey"],
                    layer=header["layer"],
                    scheme=FaciesScheme.model_validate(header["scheme"]),
                    summary=header["summary"],
                    saved_at=float(header["saved_at"]),
                    owner=(int(header["owner"][0]), float(header["owner"][1])),
                )
            )
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            # Not one of ours, or gone since: another window may be cleaning up beside this one.
            continue
    return sorted(found, key=lambda saved: -saved.saved_at)


def _this_process() -> tuple[int, float]:
    return os.getpid(), psutil.Process().create_time()


def _orphan(saved: SavedPaint) -> bool:
    pid, started = saved.owner
    try:
        return bool(abs(psutil.Process(pid).create_time() - started) > 1.0)
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False
