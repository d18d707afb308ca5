"""Facies of sections and of whole volumes from a trained model."""

import itertools
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
from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.layers import layered
from napari_s6.facies.sections import valid_sections
from napari_s6.learn.checkpoint import Model
from napari_s6.learn.control import Token
from napari_s6.learn.sections import LiveSection, SectionStore, cut, depth_of, whole
from napari_s6.survey.scratch import scratch_array
from napari_s6.survey.volume import ORIENTATIONS, Orientation, live_traces, vertical_dim

SCRATCH_IN_MEMORY = 2 << 30
"""Bytes of first-pass probabilities held in memory; more go to a temporary file."""

PIXELS_AT_ONCE = {"cpu": 1 << 19, "cuda": 1 << 23, "mps": 1 << 21}
SECTIONS_AT_ONCE = {"cpu": 2, "cuda": 64, "mps": 16}
"""How much is run through the network together, by device: on a CPU little, for it is no faster
together and the first results show sooner."""


@dataclass(frozen=True)
class PredictionProgress:
    """One section is done: ``codes`` uint8 and ``confidence`` float32 are (traces, samples).

    ``done`` of ``total`` passes over sections; ``remaining`` in seconds. Codes are 255 and the
    confidence is 0 on dead traces. ``alone`` are the codes that this pass found by itself, before
    the crossing pass was averaged in.
    """

    done: int
    total: int
    orientation: Orientation
    index: int
    codes: np.ndarray = field(repr=False)
    confidence: np.ndarray = field(repr=False)
    remaining: float
    alone: np.ndarray = field(repr=False)


class SectionReader:
    """Reads a survey's sections through a model, one or several at a time."""

    def __init__(self, model: Model, volume: xr.DataArray) -> None:
        self.model = model
        self.store = SectionStore(
            volume, model.record.normalisation, model.record.vertical, torch.device("cpu"), 0
        )
        self.shape = volume.shape

    def section(self, orientation: Orientation, index: int) -> LiveSection:
        """One section between its first and last live trace."""
        return LiveSection(self.store, orientation, index)

    def probabilities(
        self, sections: Sequence[LiveSection], *, reconstruct: bool = False
    ) -> list[tuple[np.ndarray, np.ndarray | None]]:
        """Probabilities (classes, traces, samples) of each section's live extent.

        With ``reconstruct``, also its reconstruction (traces, samples) in the survey's own
        amplitudes; None if the model is unconstrained.
        """
        windows = [whole(section) for section in sections]
        images = [cut(w.section.amplitudes(), w).float() for w in windows]
        depth = torch.stack([depth_of(window) for window in windows])
        found, again = self.model.run(torch.stack(images)[:, None], depth, reconstruct)
        results = []
        for k, section in enumerate(sections):
            here = np.s_[: self.store.n_samples, : section.traces]
            chances = found[k][:, *here].transpose(1, 2).cpu().numpy()
            drawn = None
            if again.numel():
                drawn = self.model.record.normalisation.undo(again[k, 0][here].T.cpu().numpy())
            results.append((chances, drawn))
        return results

    def on_grid(self, section: LiveSection, values: np.ndarray, fill: float) -> np.ndarray:
        """Values of a section's live extent on all traces of its line; dead ones get ``fill``."""
        traces = self.shape[1] if section.orientation == "iline" else self.shape[0]
        line = np.full((traces, *values.shape[1:]), fill, values.dtype)
        extent = line[section.first : section.stop]
        alive = section.live.numpy()
        extent[alive] = values[alive]
        return line

    def codes(self, section: LiveSection, chances: np.ndarray) -> np.ndarray:
        """Codes of a section's live extent (traces, samples), as layers where the model says so."""
        if self.model.record.layered:
            return layered(chances, section.live.numpy())
        return chances.argmax(axis=0).astype(np.uint8)

    def decide(self, section: LiveSection, chances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Codes and confidence on all traces of the line, from (classes, traces, samples).

        The confidence is the probability of the code that was chosen.
        """
        codes = self.codes(section, chances)
        confidence = np.take_along_axis(chances, codes[None], axis=0)[0].astype(np.float32)
        return (
            self.on_grid(section, codes, UNLABELLED),
            self.on_grid(section, confidence, 0.0),
        )


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
        earlier: _FirstPass | None = None
        for number, (along, indices) in enumerate(passes):
            keep = number + 1 < len(passes)
            mine = _FirstPass(model, volume, along, indices, Path(folder)) if keep else None
            sections = [reader.section(along, index) for index in indices]
            for group in _groups(sections, model.device.type):
                token.wait_while_paused()
                if token.cancelled:
                    return
                results = reader.probabilities(group)
                for section, (chances, _) in zip(group, results, strict=True):
                    if mine is not None:
                        mine.remember(section, chances)
                    codes, confidence = reader.decide(section, chances)
                    alone = codes
                    if earlier is not None:
                        mixed = earlier.averaged(section, chances)
                        codes, confidence = reader.decide(section, mixed)
                    _write(codes_out, section, codes)
                    _write(confidence_out, section, confidence)
                    done += 1
                    spent = time.monotonic() - clock
                    yield PredictionProgress(
                        done,
                        total,
                        along,
                        section.index,
                        codes,
                        confidence,
                        spent / done * (total - done),
                        alone,
                    )
            earlier = mine
        del earlier


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
            f"{volume.attrs.get('source', 'the survey')}: no {which} has enough live traces to "
            f"predict; {remedy}"
        )
    return passes


def _groups(sections: Sequence[LiveSection], device: str) -> Iterator[list[LiveSection]]:
    """Neighbours in order that have one shape, as many as the device takes at once."""
    limit = PIXELS_AT_ONCE.get(device, PIXELS_AT_ONCE["cpu"])
    most = SECTIONS_AT_ONCE.get(device, SECTIONS_AT_ONCE["cpu"])

    def shape(section: LiveSection) -> tuple[int, int]:
        window = whole(section)
        return window.traces, window.samples

    for (traces, samples), group in itertools.groupby(sections, key=shape):
        members = list(group)
        size = min(most, max(1, limit // (traces * samples)))
        for start in range(0, len(members), size):
            yield members[start : start + size]


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


class _FirstPass:
    """Probabilities of the first orientation, in 1/255, kept until the second one crosses them."""

    def __init__(
        self,
        model: Model,
        volume: xr.DataArray,
        along: Orientation,
        indices: Sequence[int],
        folder: Path,
    ) -> None:
        live = live_traces(volume) if along == "iline" else live_traces(volume).T
        self.live = live
        self.rows = np.full(live.shape[0], -1)
        self.rows[list(indices)] = np.arange(len(indices))
        shape = (len(indices), live.shape[1], volume.sizes[vertical_dim(volume)], model.n_classes)
        self.chances: np.ndarray
        if int(np.prod(shape, dtype=np.int64)) <= SCRATCH_IN_MEMORY:
            self.chances = np.zeros(shape, np.uint8)
        else:
            self.chances = scratch_array(folder / f"{along}.bin", shape)

    def remember(self, section: LiveSection, chances: np.ndarray) -> None:
        """Keep what was found on a section: (classes, traces, samples)."""
        row = self.chances[self.rows[section.index]]
        row[section.first : section.stop] = np.rint(255 * chances.transpose(1, 2, 0))

    def averaged(self, section: LiveSection, chances: np.ndarray) -> np.ndarray:
        """Average a crossing section's probabilities with those kept."""
        lines = np.arange(section.first, section.stop)
        crossing = (self.rows[lines] >= 0) & self.live[lines, section.index]
        if not crossing.any():
            return chances
        kept = self.chances[self.rows[lines[crossing]], section.index]
        seen = self.live[lines[crossing]].sum(axis=1, dtype=np.float32)
        weight = (seen / (seen + float(section.live.sum())))[None, :, None]
        found = kept.transpose(2, 0, 1).astype(np.float32) / 255
        mixed = chances.copy()
        mixed[:, crossing] = weight * found + (1 - weight) * chances[:, crossing]
        return mixed
