"""`napari-s6 predict`: predict the facies of a survey and write them."""

import argparse
from typing import TYPE_CHECKING, Any, Literal

from napari_s6.cli.command import Command
from napari_s6.cli.device_option import add_device
from napari_s6.cli.input_options import add_crop, add_header_bytes
from napari_s6.cli.inputs import open_survey
from napari_s6.cli.messages import progress_bar, say, say_more
from napari_s6.cli.output_options import add_out, add_overwrite, add_sample_format, check_output
from napari_s6.cli.paths import typed_path
from napari_s6.cli.projects import is_project_path, model_of, project_to_write
from napari_s6.cli.stopping import reporting, stoppable
from napari_s6.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import xarray as xr

    from napari_s6.learn.control import Token
    from napari_s6.survey.record import Progress

ALONG: dict[str, Literal["both", "iline", "xline"]] = {
    "inline": "iline",
    "crossline": "xline",
    "both": "both",
}


def _add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "run", metavar="RUN", help="the model's folder, as train wrote it, or a project"
    )
    command.add_argument(
        "seismic", metavar="SEISMIC", nargs="?", help="the survey (default: that of the project)"
    )
    add_out(command, text="; without it a project keeps the prediction", required=False)
    command.add_argument(
        "--orientation",
        choices=list(ALONG),
        default="both",
        help="of the sections that are predicted",
    )
    command.add_argument("--confidence", metavar="PATH", help="also write the confidence, 0 to 1")
    add_device(command)
    add_crop(command)
    add_sample_format(command)
    add_overwrite(command)
    add_header_bytes(command)


def _run(options: argparse.Namespace) -> None:
    run = model_of(options.run)
    options.seismic = options.seismic or (options.run if is_project_path(options.run) else None)
    if options.seismic is None:
        raise InputError(f"{run}: give the SEISMIC to predict after it")
    if options.out is None:
        _predict_into_project(run, options)
        return
    out = typed_path(options.out)
    if not (run / "run.json").is_file():
        raise InputError(f"{run}: not a model folder (it has no run.json); give what train wrote")
    confidence = typed_path(options.confidence) if options.confidence else None
    for path in (out, confidence):
        if path is not None:
            check_output(path, options.overwrite, options.seismic)
    volume = open_survey(options.seismic, options)
    from napari_s6.learn.inference.predicted_arrays import predicted_arrays
    from napari_s6.learn.model import load_model_folder

    model = load_model_folder(run, options.device)
    say_more(f"model: {model.describe()}")
    _check_space(volume, model.n_classes, ALONG[options.orientation], out.parent, bool(confidence))
    for note in _differences(model.record, volume):
        say(f"note: {note}")
    with (
        stoppable() as token,
        predicted_arrays(volume.shape, out.parent, confidence=confidence is not None) as (
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


def _predict_into_project(run: "Path", options: argparse.Namespace) -> None:
    """Keep the prediction in the project that the model is of, beside the former ones."""
    if not is_project_path(options.run):
        raise InputError("predict: give -o OUT, or a project in the place of RUN")
    if options.confidence:
        raise InputError("--confidence: a project keeps it always; leave it out")
    volume = open_survey(options.seismic, options)
    from napari_s6.learn.inference.dataset import predict_dataset
    from napari_s6.learn.model import load_model_folder
    from napari_s6.project.contents import chosen_model
    from napari_s6.project.surveys import note_volume

    model = load_model_folder(run, options.device)
    with project_to_write(options.run) as project, progress_bar(unit="section") as bar:
        survey = note_volume(project, volume)

        def told(progress: Any) -> None:
            bar.total = progress.total
            bar.update(progress.done - bar.n)

        entry = project.add_prediction(
            lambda out: predict_dataset(
                model, volume, out, orientation=ALONG[options.orientation], told=told
            ),
            survey=survey.id,
            name=f"Prediction {len(project.state.predictions) + 1}",
            scheme=model.scheme,
            model=chosen_model(project).id,
        )
        project.set(chosen={**project.state.chosen, "prediction": entry.id})
        print(project.folder / entry.folder)


def _check_space(
    volume: "xr.DataArray",
    n_classes: int,
    orientation: Literal["both", "iline", "xline"],
    folder: "Path",
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
    from napari_s6.learn.inference.predicted_arrays import IN_MEMORY

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


def _differences(record: Any, volume: "xr.DataArray") -> list[str]:
    """Return what of a survey is unlike the one a model was trained on, as sentences."""
    from napari_s6.survey.axis_labels import unit_suffix
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
            f"samples are {interval:g}{unit_suffix(volume)} apart here, {record.interval:g} where "
            "the model was trained: expect it to do worse"
        )
    return notes


def _run_prediction(
    model: Any,
    volume: "xr.DataArray",
    codes: "np.ndarray",
    confidence: "np.ndarray | None",
    orientation: Literal["both", "iline", "xline"],
    token: "Token",
    scratch: "Path",
) -> None:
    from napari_s6.learn.inference.predict import predict_volume

    with progress_bar(unit="section", desc="predicting") as bar:
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


def _write_prediction(
    model: Any,
    volume: "xr.DataArray",
    codes: "np.ndarray",
    out: "Path",
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
    volume: "xr.DataArray",
    per_cent: "np.ndarray | None",
    out: "Path",
    options: argparse.Namespace,
    progress: "Progress",
) -> None:
    import dask.array
    import numpy as np

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


COMMAND = Command(
    "predict",
    "Predict the facies of a survey with a trained model.",
    (
        "napari-s6 predict run survey.sgy -o facies.sgy",
        "napari-s6 predict north.s6",
        "napari-s6 predict run survey.zarr -o facies.sgy --confidence confidence.zarr",
    ),
    _add_options,
    _run,
)
