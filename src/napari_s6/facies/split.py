"""What of the labels is kept back to measure training on.

Neighbours of a training section look like it, so that a random choice of sections measures memory
rather than interpretation. By default validation is a contiguous block with a buffer of unused
traces around it, on every section that passes through.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr

from napari_s6.facies.sections import Section
from napari_s6.facies.targets import Targets, draw_order
from napari_s6.survey.volume import ORIENTATIONS

How = Literal["block", "random", "none"]

#: With fewer labelled sections, a part of each one is kept back instead of whole ones.
MIN_SECTIONS = 10
#: Unused lines on either side of a block of sections, as a share of the survey's lines.
BLOCK_BUFFER = 0.02
#: Unused traces on either side of the part of a section, as a share of that part.
PART_BUFFER = 0.125


@dataclass(frozen=True)
class Piece:
    """The traces ``start`` to ``stop`` (exclusive, as positions along it) of a section."""

    section: Section
    start: int
    stop: int


def split_validation(
    volume: xr.DataArray,
    targets: Targets,
    how: How = "block",
    share: float = 0.1,
    seed: int = 0,
) -> tuple[list[Piece], list[Piece]]:
    """Split the used sections into pieces for training and pieces for validation.

    Parameters
    ----------
    how
        ``"block"``: neighbouring labelled sections of the orientation that has more of them, with
        a buffer, and whatever other sections show of that block is not trained on either. With
        fewer than ten labelled sections: a contiguous part of each one's labelled traces, with a
        buffer. ``"random"``: any sections, without a buffer (with fewer than ten, parts as
        above). ``"none"``: no validation.
    share
        Share of the labelled sections (or of each one's labelled traces) to keep back.

    Returns
    -------
    tuple of lists
        Training pieces and validation pieces. Each holds at least one labelled trace; no
        validation trace is in a training piece of any section, except with ``"random"``, where
        sections of the other orientation cross it as they do in the published protocol. The
        validation list is empty if there is too little paint to keep any back.
    """
    whole = [_labelled_piece(targets, section) for section in targets.sections]
    if how == "none":
        return whole, []
    if len(whole) < MIN_SECTIONS:
        validation, buffer = _part_of_each(targets, share, seed)
    elif how == "random":
        chosen = draw_order(len(whole), seed)[: math.ceil(share * len(whole))]
        kept_back = {int(k) for k in chosen}
        return (
            [piece for k, piece in enumerate(whole) if k not in kept_back],
            [piece for k, piece in enumerate(whole) if k in kept_back],
        )
    else:
        validation, buffer = _block(volume, targets, share, seed)
    if not validation:
        return whole, []
    held = _held(targets, validation, buffer)
    training = [p for section in targets.sections for p in _free_pieces(targets, section, held)]
    return (training, validation) if training else (whole, [])


def _labelled_piece(targets: Targets, section: Section) -> Piece:
    """Return the whole section as a piece: unlabelled traces give the network context."""
    return Piece(section, 0, len(targets.labelled_traces(section)))


def _uniform(seed: int, stream: int) -> float:
    """Return one number in [0, 1) that is the same on every platform."""
    return float(np.random.PCG64(np.random.SeedSequence([seed, stream])).random_raw() / 2**64)


def _part_of_each(targets: Targets, share: float, seed: int) -> tuple[list[Piece], int]:
    """Keep back a contiguous part of each section's labelled traces, at one relative place.

    One place for all sections of an orientation: next to each other, as they may be, they would
    else show in training what the neighbour keeps back, or lose all they have to buffers.
    """
    pieces: list[Piece] = []
    for section in targets.sections:
        labelled = np.flatnonzero(targets.labelled_traces(section))
        length = math.floor(share * len(labelled))
        if not length:
            continue
        place = _uniform(seed, ORIENTATIONS.index(section.orientation))
        first = round(place * (len(labelled) - length))
        traces = labelled[first : first + length]
        pieces.append(Piece(section, int(traces[0]), int(traces[-1]) + 1))
    longest = max((p.stop - p.start for p in pieces), default=0)
    return pieces, max(2, math.ceil(PART_BUFFER * longest))


def _block(
    volume: xr.DataArray, targets: Targets, share: float, seed: int
) -> tuple[list[Piece], int]:
    """Keep back neighbouring labelled sections of one orientation."""
    orientation = max(ORIENTATIONS, key=lambda o: sum(s.orientation == o for s in targets.sections))
    sections = [s for s in targets.sections if s.orientation == orientation]
    count = math.ceil(share * len(sections))
    first = round(_uniform(seed, len(ORIENTATIONS)) * (len(sections) - count))
    buffer = max(2, math.ceil(BLOCK_BUFFER * volume.sizes[orientation]))
    return [_labelled_piece(targets, s) for s in sections[first : first + count]], buffer


def _held(targets: Targets, validation: list[Piece], buffer: int) -> np.ndarray:
    """Return the traces that no training piece may hold: boolean (inlines, crosslines)."""
    held = np.zeros(targets.volume_shape[:2], bool)
    for piece in validation:
        line = targets.position(piece.section)
        across = slice(max(0, line - buffer), line + buffer + 1)
        along = slice(max(0, piece.start - buffer), piece.stop + buffer)
        if piece.section.orientation == "iline":
            held[across, along] = True
        else:
            held[along, across] = True
    return held


def _free_pieces(targets: Targets, section: Section, held: np.ndarray) -> list[Piece]:
    """Return the runs of a section's traces that are not held and carry a label."""
    index = targets.position(section)
    free = ~(held[index] if section.orientation == "iline" else held[:, index])
    labelled = targets.labelled_traces(section)
    edges = np.flatnonzero(np.diff(free.astype(np.int8), prepend=0, append=0))
    return [
        Piece(section, int(start), int(stop))
        for start, stop in zip(edges[::2], edges[1::2], strict=True)
        if labelled[start:stop].any()
    ]
