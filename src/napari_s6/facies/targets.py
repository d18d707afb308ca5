"""From painted facies to what training uses: whose labels count, on which sections."""

import hashlib
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.facies.attribution import attribute
from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.painted import PaintedTraces
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.facies.sections import Section, parse_lines, valid_lines, valid_sections
from napari_s6.survey.volume import ORIENTATIONS, Orientation, live_traces, vertical_dim

__all__ = ["Section", "Targets", "make_targets", "parse_lines", "valid_sections"]


@dataclass(frozen=True)
class PaintedFraction:
    """How much of a survey is painted, as counts out of what could be.

    ``inlines`` and ``crosslines`` count painted sections out of ``of_inlines`` and
    ``of_crosslines`` valid ones; ``voxels`` counts painted live voxels out of ``of_voxels``.
    """

    inlines: int
    of_inlines: int
    crosslines: int
    of_crosslines: int
    voxels: int
    of_voxels: int

    @property
    def sections(self) -> float:
        """Painted share of the valid sections of both orientations."""
        return (self.inlines + self.crosslines) / max(1, self.of_inlines + self.of_crosslines)

    @property
    def share(self) -> float:
        """Painted share of the live voxels."""
        return self.voxels / max(1, self.of_voxels)

    def __str__(self) -> str:
        parts = [f"{self.inlines} of {self.of_inlines} inlines"] if self.of_inlines else []
        if self.of_crosslines:
            parts.append(f"{self.crosslines} of {self.of_crosslines} crosslines")
        share = 100 * self.share
        shown = f"{share:.0f}" if share >= 10 else f"{share:.2g}"
        return ", ".join([*parts, f"{shown} % of voxels"])


@dataclass(frozen=True, eq=False)
class Targets:
    """Hold labels as training uses them: the painted traces, and the sections they count for.

    Attributes
    ----------
    scheme
        The facies; codes 0 to ``n_classes`` - 1.
    sections
        The sections that training may use, inlines first, ascending.
    painted
        All sections that carry paint and can be used, of which ``sections`` were drawn.
    label_fraction
        Share of the valid sections that ``sections`` are.
    painted_fraction
        What is painted, out of what could be.
    notes
        What the user should be told: paint that is not used, a label fraction without effect.
    labels
        The painted live traces, whichever section they were painted for.
    """

    scheme: FaciesScheme
    sections: tuple[Section, ...]
    painted: tuple[Section, ...]
    label_fraction: float
    painted_fraction: PaintedFraction
    notes: tuple[str, ...]
    labels: PaintedTraces = field(repr=False)
    _grid: xr.DataArray = field(repr=False)  # uint8 (iline, xline, samples): coordinates only
    _counts_for: dict[Orientation, np.ndarray] = field(repr=False)

    @property
    def volume_shape(self) -> tuple[int, int, int]:
        """(inlines, crosslines, samples) of the survey."""
        return self.labels.shape

    @property
    def n_classes(self) -> int:
        """Number of facies in the scheme."""
        return self.scheme.n_classes

    @property
    def codes(self) -> xr.DataArray:
        """All painted codes of live traces as a uint8 cube (255 unlabelled), made on each call."""
        return self._grid.copy(data=self.labels.as_volume())

    def labelled_traces(self, section: Section) -> np.ndarray:
        """Return which traces of a section carry labels that count for it: boolean (traces,)."""
        index = self._index(section)
        counts = self._counts_for[section.orientation]
        return np.array(counts[index] if section.orientation == "iline" else counts[:, index])

    def section_labels(self, section: Section) -> np.ndarray:
        """Return the labels of one painted section: uint8 (traces, samples).

        255 where unlabelled, dead, or painted for another section that crosses this one.

        Raises
        ------
        ValueError
            If the section is not one of ``painted``.
        """
        labels = self.all_labels(section.orientation, self._index(section))
        labels[~self.labelled_traces(section)] = UNLABELLED
        return labels

    def all_labels(self, orientation: Orientation, index: int) -> np.ndarray:
        """Return every label on a line, whichever section it was painted for.

        ``index`` counts along the orientation's axis; uint8 (traces, samples), 255 elsewhere.
        """
        return self.labels.section(orientation, index)

    @cached_property
    def label_hash(self) -> str:
        """SHA-256 over the used sections and their labels: equal labels, equal hash."""
        digest = hashlib.sha256(repr((self.volume_shape, self.scheme.names)).encode())
        for section in self.sections:
            digest.update(str(section).encode())
            counting = self.labelled_traces(section)
            digest.update(np.packbits(counting).tobytes())
            digest.update(self.section_labels(section)[counting].tobytes())
        return digest.hexdigest()

    def position(self, section: Section) -> int:
        """Return a section's position along its axis of the survey."""
        return section.index(self._grid)

    @cached_property
    def _positions(self) -> dict[Section, int]:
        return {section: self.position(section) for section in self.painted}

    def _index(self, section: Section) -> int:
        try:
            return self._positions[section]
        except KeyError:
            raise ValueError(f"{section} is not among the painted sections") from None


def make_targets(
    volume: xr.DataArray,
    codes: xr.DataArray | np.ndarray | PaintedTraces,
    scheme: FaciesScheme,
    *,
    lines: Sequence[Section] | None = None,
    label_fraction: float | None = None,
    seed: int = 0,
    exclude: Collection[Section] = (),
) -> Targets:
    """Turn painted codes into training targets.

    Parameters
    ----------
    volume
        The survey; only its coordinates and its live traces are used.
    codes
        Facies codes on the volume's grid: the painted traces, which are kept and must not change
        afterwards, or a uint8 label volume, 255 where unlabelled, which is read once, an inline
        at a time, and whose painted traces are copied.
    lines
        Use exactly these sections, with all their painted voxels. Without them, painted traces
        are attributed to sections (see `facies.attribution`).
    label_fraction
        Use at most this share (0..1) of the valid sections of both orientations, rounded up and
        at least one, drawn among the painted ones. The draw depends on the seed and the painted
        sections alone, and a smaller share is a part of a larger one.
    exclude
        Sections held out beforehand, for validation or testing: neither drawn nor counted in the
        share.

    Raises
    ------
    InputError
        If nothing usable is painted, a code is outside the scheme, a line does not exist, is too
        short or carries no labels, or the fraction is not in (0, 1].
    """
    if label_fraction is not None and not 0 < label_fraction <= 1:
        raise InputError(
            f"label fraction {label_fraction:g} is not above 0 and at most 1; give 0.02 for 2 %"
        )
    grid = _grid_of(volume, codes)
    live = live_traces(volume)
    labels = codes if isinstance(codes, PaintedTraces) else PaintedTraces.from_volume(codes, live)
    labels = labels.labelled(live)
    _check_codes(labels, grid, scheme)
    notes: list[str] = []
    counts_for = attribute(labels.mask, live)
    valid = [s for s in valid_sections(volume) if s not in exclude]
    if lines is None:
        painted = _painted_sections(grid, counts_for, valid_lines(live), notes)
        painted = [s for s in painted if s not in exclude]
    else:
        painted = _asked_sections(grid, labels.mask, valid, lines)
        counts_for = {"iline": labels.mask, "xline": labels.mask}
    if not painted:
        raise InputError(
            "labels: no facies are painted on a live trace of a section that can train; paint a "
            "section, or check that the labels belong to this survey"
        )
    sections = _draw(painted, label_fraction, len(valid), seed, notes)
    painted_fraction = PaintedFraction(
        inlines=sum(s.orientation == "iline" for s in painted),
        of_inlines=sum(s.orientation == "iline" for s in valid),
        crosslines=sum(s.orientation == "xline" for s in painted),
        of_crosslines=sum(s.orientation == "xline" for s in valid),
        voxels=_labelled_voxels(grid, labels, painted, counts_for),
        of_voxels=int(np.count_nonzero(live)) * grid.shape[2],
    )
    return Targets(
        scheme=scheme,
        sections=tuple(sections),
        painted=tuple(painted),
        label_fraction=len(sections) / len(valid),
        painted_fraction=painted_fraction,
        notes=tuple(notes),
        labels=labels,
        _grid=grid,
        _counts_for=counts_for,
    )


def _grid_of(
    volume: xr.DataArray, codes: xr.DataArray | np.ndarray | PaintedTraces
) -> xr.DataArray:
    """Return the volume's coordinates without its samples, after checking that codes fit them."""
    if codes.shape != volume.shape:
        raise InputError(
            f"labels have shape {codes.shape}, the survey {volume.shape}; open the labels again "
            "on this survey"
        )
    if isinstance(codes, xr.DataArray):
        for dim in ORIENTATIONS:
            if dim in codes.coords and not np.array_equal(codes[dim], volume[dim]):
                raise InputError(
                    f"labels have other {dim} numbers than the survey; open the labels again on it"
                )
    nothing = np.broadcast_to(np.uint8(UNLABELLED), volume.shape)
    dims = ("iline", "xline", vertical_dim(volume))
    coords = {name: volume.coords[name] for name in (*dims, "live")}
    return xr.DataArray(nothing, dims=dims, coords=coords, name="facies")


def _labelled_voxels(
    grid: xr.DataArray,
    labels: PaintedTraces,
    painted: Sequence[Section],
    counts_for: dict[Orientation, np.ndarray],
) -> int:
    """Count the voxels painted on the sections that can be used, each once."""
    used = np.zeros(labels.mask.shape, bool)
    for section in painted:
        index = section.index(grid)
        if section.orientation == "iline":
            used[index] |= counts_for["iline"][index]
        else:
            used[:, index] |= counts_for["xline"][:, index]
    return int(labels.voxels[used.ravel()[labels.positions]].sum())


def _check_codes(labels: PaintedTraces, grid: xr.DataArray, scheme: FaciesScheme) -> None:
    wrong = labels.beyond(scheme.n_classes)
    if wrong is not None:
        inline, code = wrong
        raise InputError(
            f"labels on iline {int(grid['iline'][inline])} hold code {code}, but "
            f"scheme {scheme.name!r} has {scheme.n_classes} facies, 0 to {scheme.n_classes - 1}; "
            "choose a scheme with more facies"
        )


def _painted_sections(
    grid: xr.DataArray,
    counts_for: dict[Orientation, np.ndarray],
    valid: dict[Orientation, np.ndarray],
    notes: list[str],
) -> list[Section]:
    painted: list[Section] = []
    unusable: list[Section] = []
    for axis, orientation in enumerate(ORIENTATIONS):
        numbers = np.asarray(grid.coords[orientation].values)
        for index in np.flatnonzero(counts_for[orientation].any(axis=1 - axis)):
            section = Section(orientation, int(numbers[index]))
            (painted if valid[orientation][index] else unusable).append(section)
    if unusable:
        shown = ", ".join(str(s) for s in unusable[:3]) + (", ..." if len(unusable) > 3 else "")
        notes.append(
            f"paint on {len(unusable)} line{'s' * (len(unusable) > 1)} with too few live traces to "
            f"train on is not used ({shown})"
        )
    return sorted(painted)


def _asked_sections(
    grid: xr.DataArray, painted: np.ndarray, valid: Sequence[Section], lines: Sequence[Section]
) -> list[Section]:
    for section in lines:
        index = section.index(grid)
        traces = painted[index] if section.orientation == "iline" else painted[:, index]
        if not traces.any():
            raise InputError(
                f"lines {section}: has no labels on live traces; leave it out or paint it first"
            )
        if section not in valid:
            raise InputError(
                f"lines {section}: cannot be used as a section, it has too few live traces or is "
                "held out; leave it out"
            )
    return sorted(set(lines))


def _draw(
    painted: Sequence[Section],
    label_fraction: float | None,
    n_valid: int,
    seed: int,
    notes: list[str],
) -> list[Section]:
    """Draw the sections that training uses; see `make_targets`."""
    if label_fraction is None:
        return list(painted)
    asked = max(1, math.ceil(label_fraction * n_valid - 1e-9))
    share = f"label fraction {100 * label_fraction:g} %"
    if asked > len(painted):
        notes.append(
            f"{share} asks for {asked} of {n_valid} sections, but only {len(painted)} "
            f"{'are' if len(painted) > 1 else 'is'} painted; all of them are used"
        )
    elif asked == len(painted):
        notes.append(f"{share} changes nothing: it asks for as many sections as are painted")
    order = draw_order(len(painted), seed)
    return sorted(painted[k] for k in order[:asked])


def draw_order(n: int, seed: int) -> np.ndarray:
    """Return a random order of ``n`` things that is the same on every platform, for ever.

    The raw 64-bit output of PCG64 is fixed by its definition, whereas NumPy may change how its
    ``Generator`` turns that into permutations.
    """
    raw = np.random.PCG64(seed).random_raw(n)
    return np.argsort(raw, kind="stable")
