"""`napari-s6 predict`."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import xarray as xr

from napari_s6.cli.inputs import (
    check_output,
    open_survey,
    reporting,
    say,
    stoppable,
)
from napari_s6.errors import InputError
from napari_s6.facies.codes import UNLABELLED

if TYPE_CHECKING:
    from napari_s6.learn.control import Token
    from napari_s6.survey.record import Progress

IN_MEMORY = 1 << 30
"""Bytes of predicted facies, or of confidence, held in memory; larger ones go through a file."""

ALONG: dict[str, Literal["both", "iline", "xline"]] = {
    "both": "both",
    "inline": "iline",
    "crossline": "xline",
}


def predict(options: argparse.Namespace) -> None:
    """Predict the facies of a survey and write them."""
    run, out = Path(options.run).expanduser(), Path(options.out).expanduser()
    if not (run / "run.json").is_file():
        raise InputError(f"{run}: not a model folder (it has no run.json); give what train wrote")
    confidence = Path(options.confidence).expanduser() if options.confidence else None
    for path in (out, confidence):
        if path is not None:
            check_output(path, options.overwrite, options.seismic)
    volume = open_survey(options.seismic, options)
    from napari_s6.learn.model import load_model_folder

    model = load_model_folder(run, options.device)
    check_space(volume, model.n_classes, ALONG[options.orientation], out.parent, bool(confidence))
    for note in differences(model.record, volume):
        say(f"note: {note}")
    with (
        stoppable() as token,
        predicted_arrays(volume, out.parent, confidence is not None) as (
            codes,
            sureness,
        ),
    ):
        along = ALONG[options.orientation]
        _run_prediction(model, volume, codes, sureness, along, token, out.parent)
        if token.cancelled:
            raise KeyboardInterrupt
        with reporting("writing", token) as progress:
            _write_prediction(model, volume, codes, out, options, progress)
        if confidence is not None:
            with reporting("confidence", token) as progress:
                _write_confidence(volume, sureness, confidence, options, progress)
    print(out)


def check_space(
    volume: xr.DataArray,
    n_classes: int,
    orientation: Literal["both", "iline", "xline"],
    folder: Path,
    confidence: bool,
) -> None:
    """Refuse what the disk has no room for, before hours of predicting.

    Large surveys go through files beside the output: facies and confidence, a byte a sample each,
    and where two passes are averaged the first one's probabilities, a byte for each class.

    Raises
    ------
    InputError
        Which says what would do with less.
    """
    import shutil

    from napari_s6.learn.inference.crossing import SCRATCH_IN_MEMORY

    arrays = (1 + confidence) * volume.size if volume.size > IN_MEMORY else 0
    first = n_classes * volume.size if orientation == "both" else 0
    first = first if first > SCRATCH_IN_MEMORY else 0
    there = shutil.disk_usage(folder).free
    if arrays + first <= there:
        return
    remedy = "free some, or give -o another disk"
    if first and arrays <= there:
        remedy += f"; --orientation inline does with {arrays / 1e9:.1f} GB"
    raise InputError(
        f"{folder.absolute()}: predicting needs {(arrays + first) / 1e9:.1f} GB of scratch files, "
        f"{there / 1e9:.1f} GB are free; {remedy}"
    )


def differences(record: Any, volume: xr.DataArray) -> list[str]:
    """What of a survey is unlike the one a model was trained on, as sentences."""
    from napari_s6.survey.volume import vertical_dim

    samples = volume[vertical_dim(volume)].values
    notes = []
    if vertical_dim(volume) != record.vertical.domain:
        notes.append(
            f"the model was trained on {record.vertical.domain}, this survey is in "
            f"{vertical_dim(volume)}"
        )
    interval = float(samples[1] - samples[0]) if len(samples) > 1 else 0.0
    if record.interval and interval and abs(interval / record.interval - 1) > 0.01:
        notes.append(
            f"samples are {interval:g} apart here, {record.interval:g} where the model was "
            "trained: expect it to do worse"
        )
    return notes


def _run_prediction(
    model: Any,
    volume: xr.DataArray,
    codes: np.ndarray,
    confidence: np.ndarray | None,
    orientation: Literal["both", "iline", "xline"],
    token: "Token",
    scratch: Path,
) -> None:
    from tqdm import tqdm

    from napari_s6.learn.inference.predict import predict_volume

    with tqdm(unit="section", disable=None, desc="predicting") as bar:
        for progress in predict_volume(
            model,
            volume,
            codes_out=codes,
            confidence_out=confidence,
            orientation=orientation,
            token=token,
            scratch=scratch,
        ):
            bar.total = progress.total
            bar.update(progress.done - bar.n)


@contextmanager
def predicted_arrays(
    volume: xr.DataArray, folder: Path, confidence: bool
) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
    """Arrays to predict into: uint8 codes and, if wanted, confidence in per cent.

    In memory up to 1 GiB each, else in temporary files beside the output.
    """
    import tempfile

    from napari_s6.survey.scratch import scratch_array

    with tempfile.TemporaryDirectory(dir=folder, prefix=".napari-s6-") as scratch:

        def array(name: str, fill: int) -> np.ndarray:
            if volume.size <= IN_MEMORY:
                return np.full(volume.shape, fill, np.uint8)
            found = scratch_array(Path(scratch) / name, volume.shape)
            if not fill:
                return found
            for line in found:
                line[...] = fill
            return found

        yield (
            array("codes.npy", UNLABELLED),
            array("confidence.npy", 0) if confidence else None,
        )


def _write_prediction(
    model: Any,
    volume: xr.DataArray,
    codes: np.ndarray,
    out: Path,
    options: argparse.Namespace,
    progress: "Progress",
) -> None:
    from napari_s6.facies.files import save_facies

    save_facies(
        codes,
        out,
        scheme=model.scheme,
        volume=volume,
        sample_format=options.sample_format,
        overwrite=options.overwrite,
        progress=progress,
    )


def _write_confidence(
    volume: xr.DataArray,
    per_cent: np.ndarray | None,
    out: Path,
    options: argparse.Namespace,
    progress: "Progress",
) -> None:
    import dask.array

    from napari_s6.formats.save import save_volume

    chunks = (16, *volume.shape[1:])
    share = dask.array.from_array(per_cent, chunks).astype(np.float32) / np.float32(100)
    confidence = volume.copy(data=share)
    confidence.name = "confidence"
    save_volume(
        confidence,
        out,
        sample_format="float32",
        text=["CONFIDENCE OF PREDICTED FACIES, 0 TO 1"],
        overwrite=options.overwrite,
        progress=progress,
    )
