"""Which sections are validated on and which are labelled: a draw without replacement."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.facies.sections import Section, valid_sections
from napari_s6.facies.split import BLOCK_BUFFER
from napari_s6.facies.targets import Targets, draw_order, make_targets
from napari_s6.learn.config import TrainConfig
from napari_s6.survey.record import survey_record
from napari_s6.survey.volume import ORIENTATIONS, live_traces

MIN_LABELLED_TRACES = 0.5
"""A section can be drawn if at least this share of its live traces carries labels."""

_VALIDATION = 101
"""The stream of random numbers that validation is drawn from, apart from that of the labels."""


@dataclass(frozen=True, eq=False)
class SectionSplit:
    """Every valid section of a survey is in exactly one of the four.

    ``labelled`` feed both losses, ``unlabelled`` the reconstruction alone, ``validation`` neither;
    ``unused`` are a buffer around a block of validation sections.
    """

    labelled: tuple[Section, ...]
    unlabelled: tuple[Section, ...]
    validation: tuple[Section, ...]
    unused: tuple[Section, ...]
    targets: Targets
    validation_targets: Targets | None


def sample_sections(
    volume: xr.DataArray, labels: xr.DataArray, scheme: FaciesScheme, config: TrainConfig
) -> SectionSplit:
    """Take out validation first, then draw the labelled share of what remains.

    The draw depends on ``config.seed`` and the survey's sections alone: it is the same for both
    models and on every platform, and a smaller share is a part of a larger one.

    Raises
    ------
    InputError
        If too few sections carry labels.
    """
    valid = valid_sections(volume)
    drawable = labelled_sections(volume, labels, valid)
    validation, buffer = _take_out(
        drawable, config.validation, config.validation_share, config.seed
    )
    held = {*validation, *buffer}
    left = [section for section in drawable if section not in held]
    if not left or (config.validation != "none" and not validation):
        raise InputError(
            f"{survey_record(volume).name}: only {len(drawable)} sections carry "
            "labels, too few to validate on some and to draw from the rest; label more"
        )
    targets = make_targets(
        volume,
        labels,
        scheme,
        lines=left,
        label_fraction=config.label_fraction,
        seed=config.seed,
        exclude=held,
    )
    return SectionSplit(
        labelled=targets.sections,
        unlabelled=tuple(s for s in valid if s not in held and s not in set(targets.sections)),
        validation=tuple(validation),
        unused=tuple(buffer),
        targets=targets,
        validation_targets=(
            make_targets(volume, labels, scheme, lines=validation) if validation else None
        ),
    )


def labelled_sections(
    volume: xr.DataArray, labels: xr.DataArray, valid: Sequence[Section]
) -> list[Section]:
    """Valid sections of whose live traces at least half carry labels."""
    live = live_traces(volume)
    painted = np.zeros(live.shape, bool)
    for index in np.flatnonzero(live.any(axis=1)):
        painted[index] = (labels[int(index)].values != UNLABELLED).any(axis=1)
    painted &= live
    found = []
    for section in valid:
        at = section.index(volume)
        across: Any = np.s_[at] if section.orientation == "iline" else np.s_[:, at]
        if painted[across].sum() >= MIN_LABELLED_TRACES * live[across].sum():
            found.append(section)
    return found


def _take_out(
    sections: Sequence[Section], how: Literal["block", "random", "none"], share: float, seed: int
) -> tuple[list[Section], list[Section]]:
    """Validation sections at random, or a block of each orientation with a buffer around it.

    Whole sections are drawn, as in the paper: those of the other orientation cross them.
    """
    stream = int(np.random.SeedSequence([seed, _VALIDATION]).generate_state(1, np.uint64)[0])
    if how == "none":
        return [], []
    if how == "random":
        order = draw_order(len(sections), stream)[: math.ceil(share * len(sections))]
        return sorted(sections[k] for k in order), []
    validation: list[Section] = []
    unused: list[Section] = []
    places = np.random.PCG64(stream).random_raw(len(ORIENTATIONS)) / 2.0**64
    for orientation, place in zip(ORIENTATIONS, places, strict=True):
        mine = sorted(section for section in sections if section.orientation == orientation)
        count = math.ceil(share * len(mine))
        first = round(float(place) * (len(mine) - count))
        buffer = max(2, math.ceil(BLOCK_BUFFER * len(mine))) if mine else 0
        validation += mine[first : first + count]
        unused += mine[max(0, first - buffer) : first]
        unused += mine[first + count : first + count + buffer]
    return validation, unused
