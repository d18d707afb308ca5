"""Facies between horizons: the fast way to label a survey that has been interpreted already."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.facies.codes import MAX_CLASSES, UNLABELLED
from napari_s6.facies.record import update_facies_record
from napari_s6.facies.scheme import FaciesScheme, generic
from napari_s6.facies.sections import Section
from napari_s6.horizons.model import Horizon
from napari_s6.survey.axis_labels import unit_name
from napari_s6.survey.lazy import LazyArray
from napari_s6.survey.volume import live_traces, vertical_dim

#: Traces that tell how far two horizons are apart.
ENOUGH = 20_000
#: Which horizon counts where a lower one lies above an upper one; neither leaves them unlabelled.
Crossing = Literal["lower", "upper", "neither"]
CROSSINGS: tuple[Crossing, ...] = ("lower", "upper", "neither")


def top_down(horizons: Sequence[Horizon]) -> list[Horizon]:
    """Horizons in the order in which they lie.

    Each two are compared on the traces that both are on, by their median distance, or by their
    median depths if there are none: horizons of different parts of a dipping survey come out right.
    """
    return [horizons[k] for k in order_by_depth([horizon.z for horizon in horizons])]


def order_by_depth(tops: Sequence[np.ndarray]) -> list[int]:
    """Positions of horizons in the order in which they lie; see `top_down`."""
    medians = [
        float(np.median(z[np.isfinite(z)])) if np.isfinite(z).any() else np.inf for z in tops
    ]
    above = np.zeros(len(tops), int)
    for a in range(len(tops)):
        for b in range(a):
            apart = tops[a] - tops[b]
            apart = apart[np.isfinite(apart)]
            apart = apart[:: apart.size // ENOUGH + 1]
            distance = float(np.median(apart)) if apart.size else medians[a] - medians[b]
            above[a] += distance > 0
            above[b] += distance < 0
    return sorted(range(len(tops)), key=lambda k: (above[k], medians[k]))


def facies_by_name(horizon: Horizon, scheme: FaciesScheme) -> int | None:
    """The facies that a horizon is the top of by its name, None if it tells none.

    "Chalk", "Top Chalk", "top_chalk" and "Top Chalk (prediction)" are the top of Chalk.
    """
    without_remark = re.sub(r"\s*\([^()]*\)$", "", horizon.name)
    names = {_plain(horizon.name), _plain(without_remark)}
    for code, facies in enumerate(scheme.names):
        if names & {_plain(facies), f"top {_plain(facies)}"}:
            return code
    return None


def scheme_of_horizons(horizons: Sequence[Horizon]) -> FaciesScheme:
    """A scheme of the facies that horizons part, named after them, from the top down.

    "Top Chalk" is the top of a facies "Chalk", any other is that of one "below" it.
    """
    names = [f"Above {horizons[0].name}"]
    for horizon in horizons:
        own = re.sub(r"^top[\s_]+", "", horizon.name, flags=re.I).strip()
        name = own if own not in ("", horizon.name) else f"Below {horizon.name}"
        number = 2
        while name in names:
            name, number = f"{own or horizon.name} {number}", number + 1
        names.append(name)
    plain = generic(len(names))
    classes = [c.model_copy(update={"name": n}) for c, n in zip(plain.classes, names, strict=True)]
    return FaciesScheme(name="Between horizons", classes=tuple(classes))


def default_facies(
    horizons: Sequence[Horizon],
    scheme: FaciesScheme,
    given: Mapping[int, int | None] | None = None,
) -> list[int | None]:
    """The facies above the first of some horizons, between each two, and below the last.

    A horizon that is named after the top of a facies has it below; other facies follow each other
    in the order of the scheme. None where the scheme has no more. ``given`` are those that are
    settled, by their place from the top: the ones after them follow from there.
    """
    given = given or {}
    first = facies_by_name(horizons[0], scheme) if horizons else None
    codes: list[int | None] = [given.get(0, first - 1 if first else 0)]
    last = -1 if codes[0] is None else codes[0]
    for place, horizon in enumerate(horizons, 1):
        named = facies_by_name(horizon, scheme)
        following = last + 1 if last + 1 < scheme.n_classes else None
        code = given.get(place, following if named is None else named)
        codes.append(code)
        last = last if code is None else code  # what is left out uses up no facies
    return codes


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", " ", name).strip().lower()


def bridged(horizon: Horizon, reach: int) -> Horizon:
    """Fill gaps of up to ``reach`` traces, linearly along inlines, then along crosslines.

    ``reach`` counts traces of the survey's grid; gaps at a horizon's edge stay.
    """
    if reach <= 0:
        return horizon
    z = _bridge_rows(horizon.z, reach)
    return replace(horizon, z=_bridge_rows(z.T, reach).T)


def _bridge_rows(z: np.ndarray, reach: int) -> np.ndarray:
    known = np.isfinite(z)
    at = np.arange(z.shape[1])
    before = np.maximum.accumulate(np.where(known, at, -1), axis=1)
    after = np.minimum.accumulate(np.where(known, at, z.shape[1])[:, ::-1], axis=1)[:, ::-1]
    fill = ~known & (before >= 0) & (after < z.shape[1]) & (after - before - 1 <= reach)
    row, column = np.nonzero(fill)
    first, last = before[row, column], after[row, column]
    share = (column - first) / (last - first)
    filled = z.copy()
    filled[row, column] = (1 - share) * z[row, first] + share * z[row, last]
    return filled


def traces_of(volume: xr.DataArray, sections: Iterable[Section]) -> np.ndarray:
    """Boolean (inlines, crosslines): the traces of some lines.

    Raises
    ------
    InputError
        If the survey has no such line.
    """
    mask = np.zeros(volume.shape[:2], bool)
    for section in sections:
        if section.orientation == "iline":
            mask[section.index(volume)] = True
        else:
            mask[:, section.index(volume)] = True
    return mask


def findings(
    volume: xr.DataArray, horizons: Sequence[Horizon], traces: np.ndarray | None = None
) -> list[str]:
    """What is out of the ordinary about some horizons, as sentences.

    Parameters
    ----------
    horizons
        In the order in which they should lie, from the top down.
    traces
        Boolean (inlines, crosslines): look at these only.
    """
    look = live_traces(volume) if traces is None else live_traces(volume) & traces
    count = int(look.sum())
    if not count:
        return ["there is no live trace on these lines"]
    samples = np.asarray(volume[vertical_dim(volume)].values, float)
    tops = [horizon.z[look] for horizon in horizons]
    missing: dict[int, list[str]] = {}
    said = []
    for horizon, z in zip(horizons, tops, strict=True):
        lost = count - int(np.isfinite(z).sum())
        if lost:
            missing.setdefault(lost, []).append(horizon.name)
        outside = int(((z < samples[0]) | (z > samples[-1])).sum())
        if outside:
            said.append(
                f"{horizon.name} lies outside the survey's {samples[0]:g} to {samples[-1]:g} "
                f"{unit_name(volume)} on {outside:,} traces"
            )
    for lost, names in missing.items():
        who = names[0] if len(names) == 1 else f"{len(names)} horizons"
        verb = "is" if len(names) == 1 else "are"
        where = "none of these" if lost == count else f"{lost:,} of {count:,}"
        said.append(f"{who} {verb} {'on' if lost == count else 'undefined on'} {where} traces")
    for below in range(len(tops)):
        for above in range(below):
            crossed = int((tops[below] < tops[above]).sum())
            if crossed:
                said.append(
                    f"{horizons[below].name} lies above {horizons[above].name} on {crossed:,} of "
                    f"{count:,} traces"
                )
    return said


def labels_from_horizons(
    volume: xr.DataArray,
    horizons: Sequence[Horizon],
    facies: Sequence[int | None],
    *,
    traces: np.ndarray | None = None,
    crossing: Crossing = "lower",
) -> xr.DataArray:
    """Fill the survey with facies between horizons.

    Parameters
    ----------
    volume
        The survey.
    horizons
        From the top down.
    facies
        One code more than there are horizons: above the first, between each two, below the last;
        None leaves that interval unlabelled.
    traces
        Boolean (inlines, crosslines): fill these only; see `traces_of`.
    crossing
        What counts where a horizon lies above one that should be above it: the lower one, the
        upper one (as where it is an unconformity), or neither, as if both were undefined there.

    Returns
    -------
    xarray.DataArray
        uint8 codes on the survey's grid, 255 where unlabelled: on traces that are not live, and
        above and below a horizon that is undefined there, up to the next that is defined. Computed
        where it is looked at.

    Raises
    ------
    InputError
        If the numbers of facies and horizons don't go together.
    """
    if not horizons or len(facies) != len(horizons) + 1:
        raise InputError(
            f"{len(facies)} facies for {len(horizons)} horizons: give one facies more than "
            "horizons, from the top down"
        )
    wrong = [code for code in facies if code is not None and not 0 <= code < MAX_CLASSES]
    if wrong:
        raise InputError(f"facies code {wrong[0]}: codes run from 0 to {MAX_CLASSES - 1}")
    for horizon in horizons:
        if horizon.z.shape != volume.shape[:2]:
            raise ValueError(f"{horizon.name} has shape {horizon.z.shape}, not the survey's")
    codes = [UNLABELLED if code is None else code for code in facies]
    stack = _uncrossed(np.stack([horizon.z for horizon in horizons]), crossing)
    fill = live_traces(volume) if traces is None else live_traces(volume) & traces
    stack[:, ~fill] = np.nan
    samples = np.asarray(volume[vertical_dim(volume)].values, float)
    names = ", ".join(horizon.name for horizon in horizons)
    array = _Between(stack, samples, np.asarray(codes, np.uint8))
    filled = array.on(volume, "facies", volume.attrs)
    return update_facies_record(filled, note=f"facies between the horizons {names}")


def _uncrossed(stack: np.ndarray, crossing: Crossing) -> np.ndarray:
    """Horizons (horizons, inlines, crosslines) that do not cross any more."""
    if crossing == "lower":
        return stack  # filled from the top down: each is painted over by those below it
    # fmin and fmax pass over undefined horizons, which stay so.
    deepest_above = np.fmax.accumulate(stack, axis=0)
    if crossing == "upper":
        return np.where(np.isnan(stack), np.nan, deepest_above)
    highest_below = np.fmin.accumulate(stack[::-1], axis=0)[::-1]
    return np.where((deepest_above > stack) | (highest_below < stack), np.nan, stack)


class _Between(LazyArray):
    """Codes between horizons, for the samples asked for.

    ``tops`` is (horizons, inlines, crosslines), NaN where undefined; ``codes`` one more.
    """

    __slots__ = ("codes", "dtype", "samples", "shape", "tops")

    def __init__(self, tops: np.ndarray, samples: np.ndarray, codes: np.ndarray) -> None:
        self.tops, self.samples, self.codes = tops, samples, codes
        self.shape = (*tops.shape[1:], len(samples))
        self.dtype = np.dtype(np.uint8)

    def _read(self, key: tuple[Any, ...]) -> np.ndarray:
        rows, columns, depth = key
        tops = self.tops[:, rows][..., columns]
        samples = self.samples[depth]
        defined = ~np.isnan(tops)
        shape = (*tops.shape[1:], *np.shape(samples))
        flat = tops.reshape(len(tops), -1)
        known = defined.reshape(len(tops), -1)
        out = np.empty((flat.shape[1], np.size(samples)), np.uint8)
        out[...] = np.where(known[0], self.codes[0], UNLABELLED)[:, None]
        for k, top in enumerate(flat):
            below = top[:, None] <= np.atleast_1d(samples)[None, :]
            last = k + 1 == len(flat)
            code = np.where(last or known[min(k + 1, len(flat) - 1)], self.codes[k + 1], UNLABELLED)
            out = np.where(below, np.broadcast_to(code, len(top))[:, None], out)
        return out.astype(np.uint8).reshape(shape)
