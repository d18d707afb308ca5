"""The horizons of a viewer's surveys: which there are, how they look, and what lies below each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from weakref import WeakKeyDictionary, ref

import numpy as np
import xarray as xr
from napari.components import ViewerModel
from psygnal import Signal

from napari_s6.facies.scheme import FaciesScheme
from napari_s6.horizons.labels import default_facies, facies_by_name, order_by_depth
from napari_s6.horizons.model import Horizon
from napari_s6.plugin.canvas.layers import volume_of
from napari_s6.plugin.canvas.view import survey_view
from napari_s6.plugin.docks.horizons.lines import HorizonLines
from napari_s6.survey.record import survey_record
from napari_s6.survey.volume import vertical_dim

#: A facies code; or what follows from names and order; or no facies; or a horizon that is not a
#: boundary of facies at all.
Below = int | Literal["auto", "nothing", "unused"]

#: Colours that part from grey sections and from each other; the facies' own come first.
COLOURS = ("#00d5ff", "#ffe119", "#f032e6", "#3cb44b", "#ff8c1a", "#4363d8", "#e6194b", "#a9ff3a")

_sets: "WeakKeyDictionary[ViewerModel, HorizonSet]" = WeakKeyDictionary()


def horizon_set(viewer: ViewerModel) -> "HorizonSet":
    """Return the viewer's horizons; the first call makes the set, which then follows the view."""
    viewer = getattr(viewer, "__wrapped__", viewer)  # docks are handed a proxy
    found = _sets.get(viewer)
    if found is None:
        found = _sets[viewer] = HorizonSet(viewer)
    return found


@dataclass(frozen=True, eq=False)
class Entry:
    """One horizon in the list."""

    horizon: Horizon
    colour: str
    visible: bool = True
    below: Below = "auto"


class HorizonSet:
    """The horizons of the survey in view, from the top down, drawn as lines on the section in view.

    Signals
    -------
    changed
        The list, a name, a colour or a facies is another; carries nothing.
    """

    changed = Signal()

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer_ref = ref(viewer)
        self._view = survey_view(viewer)
        self._lines = HorizonLines(viewer)
        self._entries: dict[str, list[Entry]] = {}
        self._above: dict[str, Below] = {}
        self._drawn: Any = None
        self._samples: dict[int, np.ndarray] = {}
        self._view.changed.connect(self._draw)
        self.changed.connect(self._redraw)
        viewer.layers.events.removed.connect(self._on_removed)

    # -- the list -------------------------------------------------------------------------------

    @property
    def volume(self) -> xr.DataArray | None:
        """The survey in view."""
        return volume_of(self._view.layer)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The horizons of the survey in view, from the top down."""
        return tuple(self._entries.get(self._key, ()))

    @property
    def above(self) -> Below:
        """The facies above the first horizon."""
        return self._above.get(self._key, "auto")

    def add(self, horizons: Sequence[Horizon], scheme: FaciesScheme) -> None:
        """Take in horizons, where they lie; one of the same name is replaced.

        One that is named after a facies whose top is there already, as the boundaries of a
        prediction are beside an interpreter's, is only drawn.
        """
        entries = list(self.entries)
        for horizon in horizons:
            named = facies_by_name(horizon, scheme)
            taken = {entry.colour for entry in entries}
            free = [colour for colour in COLOURS if colour not in taken]
            own = [scheme.colours[named]] if named is not None else []
            colour = next(c for c in (*own, *free, COLOURS[0]) if c not in taken or not free)
            old = next((k for k, e in enumerate(entries) if e.horizon.name == horizon.name), None)
            if old is None:
                tops = {facies_by_name(e.horizon, scheme) for e in entries if e.below != "unused"}
                known = named is not None and named in tops
                entries.append(Entry(horizon, colour, below="unused" if known else "auto"))
            else:
                entries[old] = replace(entries[old], horizon=horizon)
        self._put(_sorted(entries))

    def sort(self) -> None:
        """Put the horizons in the order in which they lie."""
        self._put(_sorted(self.entries))

    def move(self, place: int, by: int) -> int:
        """Move a horizon up or down the list; return its new place."""
        entries = list(self.entries)
        target = int(np.clip(place + by, 0, len(entries) - 1))
        entries.insert(target, entries.pop(place))
        self._put(entries)
        return target

    def remove(self, places: Sequence[int]) -> None:
        """Take horizons out."""
        self._put([entry for k, entry in enumerate(self.entries) if k not in set(places)])

    def change(
        self,
        place: int,
        *,
        name: str | None = None,
        colour: str | None = None,
        visible: bool | None = None,
        below: Below | None = None,
    ) -> None:
        """Give a horizon another name, colour or facies below, or show or hide it."""
        entries = list(self.entries)
        entry = entries[place]
        if name is not None:
            entry = replace(entry, horizon=replace(entry.horizon, name=name))
        given: Mapping[str, Any] = {"colour": colour, "visible": visible, "below": below}
        entries[place] = replace(entry, **{k: v for k, v in given.items() if v is not None})
        self._put(entries)

    def set_above(self, above: Below) -> None:
        """Choose the facies above the first horizon."""
        self._above[self._key] = above
        self.changed.emit()

    # -- what lies between ----------------------------------------------------------------------

    def column(self, scheme: FaciesScheme) -> tuple[list[Horizon], list[int | None]]:
        """The horizons that part facies, from the top down, and one facies more than these."""
        used = [entry for entry in self.entries if entry.below != "unused"]
        below = enumerate([self.above, *(entry.below for entry in used)])
        settled = {k: _code(b, scheme) for k, b in below if b != "auto"}
        horizons = [entry.horizon for entry in used]
        return horizons, default_facies(horizons, scheme, settled)

    # -- drawing --------------------------------------------------------------------------------

    def uncover(self) -> None:
        """Put the lines on top of layers that have come since they were drawn."""
        self._lines.uncover()

    @property
    def _key(self) -> str:
        """What tells the survey in view from others, whether its dead traces are known or not."""
        volume = self.volume
        if volume is None:
            return ""
        ends = [(float(volume[dim][0]), float(volume[dim][-1])) for dim in volume.dims]
        return f"{survey_record(volume).source} {volume.shape} {ends}"

    def _put(self, entries: list[Entry]) -> None:
        self._entries[self._key] = entries
        self.changed.emit()

    def _on_removed(self, event: Any) -> None:
        """Deleting the layer of lines hides them, rather than bringing them back at once."""
        if self._lines.is_own(event.value):
            self._put([replace(entry, visible=False) for entry in self.entries])

    def _redraw(self) -> None:
        self._drawn = None
        kept = {id(entry.horizon.z) for entry in self.entries}
        self._samples = {key: value for key, value in self._samples.items() if key in kept}
        self._draw()

    def _draw(self) -> None:
        view, index, base = self._view.view, self._view.index, self._view.layer
        if self._viewer_ref() is None:
            return
        if view is None or index is None or base is None or not self.entries:
            self._lines.clear()
            self._drawn = None
            return
        at = (self._key, view, index, tuple(base.scale), tuple(base.translate))
        if at == self._drawn:
            return
        self._drawn = at  # before drawing: a layer that is added changes the view once more
        shown = [(self._positions(e), e.colour) for e in self.entries if e.visible]
        self._lines.draw(base, view, index, shown)

    def _positions(self, entry: Entry) -> np.ndarray:
        """The horizon as positions along the traces, kept as long as it is in the list."""
        z = entry.horizon.z
        found = self._samples.get(id(z))
        if found is None:
            volume = self.volume
            assert volume is not None  # drawn only where there is one
            samples = np.asarray(volume[vertical_dim(volume)].values, float)
            step = (samples[-1] - samples[0]) / (len(samples) - 1) if len(samples) > 1 else 1.0
            found = self._samples[id(z)] = (z - samples[0]) / step
        return found


def _sorted(entries: Sequence[Entry]) -> list[Entry]:
    return [entries[k] for k in order_by_depth([entry.horizon.z for entry in entries])]


def _code(below: Below, scheme: FaciesScheme) -> int | None:
    """A settled facies as a code; one that the scheme no longer has is none."""
    return below if isinstance(below, int) and below < scheme.n_classes else None
