"""A prediction as a dataset, facies and their confidence, in memory or as a Zarr folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.record import update_facies_record
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.survey.record import update_survey_record

_CONFIDENCE = {"long_name": "probability of the facies chosen", "units": "1"}


def bind_prediction(
    codes: Any, confidence: Any, survey: xr.DataArray, scheme: FaciesScheme
) -> xr.Dataset:
    """Bind predicted arrays to the survey's coordinates and to what is known of its source.

    Parameters
    ----------
    codes, confidence
        uint8 facies codes, 255 where nothing is predicted, and 0 to 1; both of the survey's shape.
    """
    facies, sure = (
        xr.DataArray(values, coords=survey.coords, dims=survey.dims, attrs=survey.attrs)
        for values in (codes, confidence)
    )
    update_survey_record(facies, sample_format="uint8")
    update_facies_record(facies, convention="codes", scheme=scheme)
    update_survey_record(sure, sample_format="float32")
    sure.attrs.update(_CONFIDENCE)
    return xr.Dataset({"facies": facies, "confidence": sure})


@contextmanager
def create_prediction(
    survey: xr.DataArray,
    scheme: FaciesScheme,
    out: str | os.PathLike[str],
    *,
    overwrite: bool = False,
) -> Iterator[dict[str, Any]]:
    """Create the Zarr folder of a prediction, to be filled a block at a time.

    Yields
    ------
    dict
        ``facies``, uint8 codes, and ``confidence``, uint8 per cent: arrays of the survey's shape to
        be written. The folder gets its name when the block ends well.

    Raises
    ------
    InputError
        If ``out`` is in the way or cannot be written.
    """
    from napari_s6.formats.zarr import ZarrVariable, create_zarr_dataset

    nothing = np.broadcast_to(np.uint8(0), survey.shape)
    attrs = {
        name: dict(one.attrs)
        for name, one in bind_prediction(nothing, nothing, survey, scheme).items()
    }
    attrs["confidence"]["scale_factor"] = 0.01
    variables = {
        "facies": ZarrVariable(np.uint8, UNLABELLED, attrs["facies"]),
        "confidence": ZarrVariable(np.uint8, 0, attrs["confidence"]),
    }
    with create_zarr_dataset(survey, out, variables, overwrite=overwrite) as stored:
        yield stored


def open_prediction(path: Path) -> xr.Dataset:
    """Open the Zarr folder of a prediction lazily."""
    stored = xr.open_dataset(
        path,
        engine="zarr",
        consolidated=False,
        cache=False,
        decode_times=False,
        mask_and_scale=False,
    )
    # JSON knows one kind of floats, xarray scales to the kind of the factor.
    stored["confidence"].attrs["scale_factor"] = np.float32(0.01)
    return xr.decode_cf(stored, decode_times=False)
