"""The prediction of a survey as one dataset: facies and their confidence on its coordinates."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.prediction import bind_prediction, create_prediction, open_prediction
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.learn.inference.predict import PredictionProgress, predict_volume
from napari_s6.learn.inference.predicted_arrays import predicted_arrays
from napari_s6.learn.model import Model


def predict_dataset(
    model: Model,
    survey: xr.DataArray,
    out: str | os.PathLike[str] | None = None,
    *,
    orientation: Literal["both", "iline", "xline"] = "both",
    overwrite: bool = False,
    told: Callable[[PredictionProgress], None] | None = None,
) -> xr.Dataset:
    """Predict a survey, in memory or into a Zarr folder.

    Parameters
    ----------
    out
        Name of the folder, ending in ``.zarr``; it appears whole or not at all. The confidence is
        stored there in per cent, a byte a voxel, and scaled as it is read.
    told
        Called after each section; what it raises ends the work.

    Returns
    -------
    xarray.Dataset
        ``facies``, uint8 codes with the model's scheme in their record, 255 where nothing is
        predicted; ``confidence``, float32 0 to 1. Read lazily where they are in a folder.

    Raises
    ------
    InputError
        If no section can be predicted, or ``out`` is in the way or cannot be written.
    """

    def fill(codes: Any, confidence: Any, scratch: Path | None = None) -> None:
        for progress in predict_volume(
            model,
            survey,
            codes_out=codes,
            confidence_out=confidence,
            orientation=orientation,
            scratch=scratch,
        ):
            if told is not None:
                told(progress)

    if out is None:
        codes = np.full(survey.shape, UNLABELLED, np.uint8)
        confidence = np.zeros(survey.shape, np.float32)
        fill(codes, confidence)
        return bind_prediction(codes, confidence, survey, model.scheme)
    path = Path(out).expanduser().absolute()
    if path.suffix.lower() != ".zarr":
        raise InputError(
            f"{path}: a prediction goes to a Zarr folder; let its name end in .zarr, and save its "
            "facies in other formats"
        )
    _predict_into(path, survey, model.scheme, overwrite, fill)
    return open_prediction(path)


def _predict_into(
    path: Path,
    survey: xr.DataArray,
    scheme: FaciesScheme,
    overwrite: bool,
    fill: Callable[[Any, Any, Path], None],
) -> None:
    """Fill arrays that can be written a section at a time, then write them a block at a time."""
    from napari_s6.formats.zarr_bricks import zarr_blocks

    with (
        create_prediction(survey, scheme, path, overwrite=overwrite) as stored,
        predicted_arrays(survey.shape, path.parent) as (codes, confidence),
    ):
        assert confidence is not None
        fill(codes, confidence, path.parent)
        for rows, columns, _ in zarr_blocks(survey.shape):
            for name, array in (("facies", codes), ("confidence", confidence)):
                stored[name][rows, columns] = array[rows, columns]
