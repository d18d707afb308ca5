"""Facies of sections and of whole volumes from a trained model."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.facies.sections import valid_sections
from napari_s6.learn.control import Token
from napari_s6.learn.data.sections import LiveSection
from napari_s6.learn.inference.crossing import FirstPass
from napari_s6.learn.inference.reader import SectionReader
from napari_s6.learn.inference.volume_pass import VolumePass
from napari_s6.learn.model import Model
from napari_s6.survey.record import survey_record
from napari_s6.survey.volume import ORIENTATIONS, Orientation, live_traces, vertical_dim


@dataclass(frozen=True)
class PredictionProgress:
    """One section is done: ``codes`` uint8 and ``confidence`` float32 are (traces, samples).

    ``done`` of ``total`` passes over sections; ``remaining`` in seconds. Codes are 255 and the
    confidence is 0 on dead traces. ``alone`` are the codes that this pass found by itself, before
    the crossing pass was averaged in; None unless they were asked for.
    """

    done: int
    total: int
    orientation: Orientation
    index: int
    codes: np.ndarray = field(repr=False)
    confidence: np.ndarray = field(repr=False)
    remaining: float
    alone: np.ndarray | None = field(default=None, repr=False)


def predict_section(
    model: Model, volume: xr.DataArray, orientation: Orientation, index: int
) -> tuple[np.ndarray, np.ndarray]:
    """Facies of one section: codes uint8 and confidence float32, both (traces, samples).

    Raises
    ------
    InputError
        If the section has no live trace.
    """
    codes, confidence, _ = preview_section(model, volume, orientation, index)
    return codes, confidence


def preview_section(
    model: Model, volume: xr.DataArray, orientation: Orientation, index: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Codes, confidence and, from a constrained model, the reconstruction of one section."""
    reader = SectionReader(model, volume)
    try:
        section = reader.section(orientation, index)
    except ValueError as error:
        number = int(volume[orientation].values[index])
        raise InputError(
            f"{orientation}:{number}: no live trace to predict; choose a line with data"
        ) from error
    [(chances, again)] = reader.probabilities([section], reconstruct=True)
    codes, confidence = reader.decide(section, chances)
    return codes, confidence, None if again is None else reader.on_grid(section, again, 0.0)


def predict_volume(
    model: Model,
    volume: xr.DataArray,
    *,
    codes_out: Any,
    confidence_out: Any = None,
    orientation: Literal["both", "iline", "xline"] = "both",
    first: tuple[Orientation, int] | None = None,
    token: Token | None = None,
    scratch: Path | None = None,
    each_alone: bool = False,
) -> Iterator[PredictionProgress]:
    """Predict every section that can be; probabilities of crossing passes are averaged.

    The passes of one orientation go before those of the other, in each from the section
    ``first`` (an orientation and a position along it) outwards. A voxel reached by one pass takes
    that one; where two meet, they are weighted by the live traces their sections saw.

    Parameters
    ----------
    codes_out, confidence_out
        Writable arrays on the volume's grid, filled section by section: uint8 codes (255 where
        nothing is predicted, as the caller left it) and confidence (a float array in 0..1, an
        integer array in per cent). The confidence may be None.
    scratch
        Folder for a temporary file where the first passes' probabilities exceed 2 GiB.
    each_alone
        Tell also what each pass found by itself.

    Raises
    ------
    InputError
        If no section of that orientation can be predicted.
    """
    token = token or Token()
    reader = SectionReader(model, volume)
    passes = _passes(volume, orientation, first)
    total = sum(len(sections) for _, sections in passes)
    clock, done = time.monotonic(), 0
    with tempfile.TemporaryDirectory(dir=scratch, prefix=".napari-s6-") as folder:
        earlier: FirstPass | None = None
        for number, (along, indices) in enumerate(passes):
            mine = None
            if number + 1 < len(passes):
                mine = _first_pass(model, volume, along, indices, Path(folder))
            sections = [reader.section(along, index) for index in indices]
            for found in VolumePass(reader, mine, earlier, each_alone).predict(sections, token):
                _write(codes_out, found.section, found.codes)
                _write(confidence_out, found.section, found.confidence)
                done += 1
                spent = time.monotonic() - clock
                yield PredictionProgress(
                    done,
                    total,
                    along,
                    found.section.index,
                    found.codes,
                    found.confidence,
                    spent / done * (total - done),
                    found.alone,
                )
            if token.cancelled:
                return
            earlier = mine
        del earlier, mine
        if model.device.type == "cuda":
            torch.cuda.empty_cache()


def _passes(
    volume: xr.DataArray, orientation: str, first: tuple[Orientation, int] | None
) -> list[tuple[Orientation, list[int]]]:
    """Orientations in the order they are predicted, each with its positions in order."""
    order = sorted(ORIENTATIONS, key=lambda along: first is not None and along != first[0])
    passes: list[tuple[Orientation, list[int]]] = []
    valid = valid_sections(volume)
    for along in order:
        if orientation not in ("both", along):
            continue
        indices = [section.index(volume) for section in valid if section.orientation == along]
        start = first[1] if first is not None and first[0] == along else 0
        if indices:
            passes.append((along, sorted(indices, key=lambda index: abs(index - start))))
    if not passes:
        which, remedy = "line", "check that it is not dead throughout"
        if orientation != "both":
            which, remedy = "inline" if orientation == "iline" else "crossline", "predict both"
        raise InputError(
            f"{survey_record(volume).name}: no {which} has enough live traces to predict; {remedy}"
        )
    return passes


def _write(out: Any, section: LiveSection, values: np.ndarray) -> None:
    """Write a section's live traces into an array on the grid."""
    if out is None:
        return
    if np.issubdtype(out.dtype, np.integer) and np.issubdtype(values.dtype, np.floating):
        values = np.round(100 * values).astype(out.dtype)
    if section.orientation == "iline":
        out[section.index] = values
    else:
        out[:, section.index] = values


def _first_pass(
    model: Model, volume: xr.DataArray, along: Orientation, indices: Sequence[int], folder: Path
) -> FirstPass:
    live = live_traces(volume) if along == "iline" else live_traces(volume).T
    n_samples = volume.sizes[vertical_dim(volume)]
    file = folder / f"{along}.bin"
    return FirstPass(live, indices, n_samples, model.n_classes, model.device, file)
