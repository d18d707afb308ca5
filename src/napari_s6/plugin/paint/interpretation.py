"""What is being interpreted and with which facies: the chosen layers, the scheme, the paint."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import xarray as xr
from napari.layers import Image, Labels, Layer
from psygnal import Signal

from napari_s6.errors import InputError
from napari_s6.facies.scheme import F3, FaciesScheme
from napari_s6.plugin.canvas import layers
from napari_s6.plugin.canvas.array import AXES
from napari_s6.plugin.canvas.layers import is_result
from napari_s6.plugin.jobs.runner import JobRunner
from napari_s6.plugin.paint.keeper import ProjectKeeper
from napari_s6.plugin.paint.paint import PaintWatch
from napari_s6.plugin.paint.painted import put_painted
from napari_s6.project.state import LabelsEntry

#: napari's modes in which picking a facies need not take up the brush: it is up already.
_PAINTING = ("paint", "polygon", "fill")


class Interpretation:
    """Hold what is interpreted: the seismic and the label layer worked on, and all paint.

    Parameters
    ----------
    viewer
        The napari viewer.
    runner
        Starts what counts and saves the paint.
    keeper
        Takes the paint into a project.
    """

    chosen = Signal()
    painted = Signal()

    def __init__(
        self,
        viewer: Any,
        runner: JobRunner,
        keeper: ProjectKeeper,
    ) -> None:
        self.viewer = viewer
        self._runner = runner
        self.keeper = keeper
        self._scheme = F3
        self._seismic: Layer | None = None
        self._labels: Labels | None = None
        self._watches: dict[Labels, PaintWatch] = {}
        self._keys: dict[Labels, set[str]] = {}
        self._entry_to_come = ""
        self._removed: list[str] = []
        for event in (viewer.layers.events.inserted, viewer.layers.events.removed):
            event.connect(self._on_layers)
        viewer.layers.events.renamed.connect(self._on_renamed)
        viewer.layers.selection.events.active.connect(self._on_active)
        self._on_layers()

    # -- layers ---------------------------------------------------------------------------------

    @property
    def seismic_layers(self) -> list[Layer]:
        """Layers that show a survey."""
        return [y for y in self.viewer.layers if layers.kind_of(y) == "seismic"]

    @property
    def label_layers(self) -> list[Labels]:
        """Layers that hold paint."""
        return list(self._watches)

    @property
    def seismic(self) -> Layer | None:
        """The survey that is worked on."""
        return self._seismic

    @property
    def labels(self) -> Labels | None:
        """The label layer that is painted and trained on."""
        return self._labels

    @property
    def watch(self) -> PaintWatch | None:
        """The paint of the chosen label layer."""
        return self._watches.get(self._labels) if self._labels is not None else None

    @property
    def watches(self) -> list[PaintWatch]:
        """The paint of every label layer."""
        return list(self._watches.values())

    def choose(self, *, seismic: Layer | None = None, labels: Labels | None = None) -> None:
        """Work on other layers; a survey brings along a label layer that lies on it."""
        if seismic is not None:
            self._seismic = seismic
            if layers.volume_of(self._labels) is not layers.volume_of(seismic):
                self._labels = self._last_labels_on(seismic)
        if labels is not None:
            self._labels = labels
            volume = layers.volume_of(labels)
            if layers.volume_of(self._seismic) is not volume:
                on = [y for y in self.seismic_layers if layers.volume_of(y) is volume]
                self._seismic = on[-1] if on else self._seismic
        self.chosen.emit()

    def new_labels(self) -> Labels:
        """Add an empty label layer with the scheme over the survey, and take up the brush.

        Raises
        ------
        InputError
            If no survey is open.
        """
        volume = layers.volume_of(self._seismic)
        if volume is None:
            raise InputError("there is no seismic layer to paint on; open a survey first")
        layer = layers.add_labels(self.viewer, volume, None, self.scheme, self._free_name("Facies"))
        layer.brush_size = 12
        layer.opacity = 0.65  # paint shows through the prediction below it, of the same colours
        self.choose(labels=layer)
        self.pick(0)
        return layer

    @contextmanager
    def selection_kept(self) -> Iterator[None]:
        """Add layers without taking the brush out of anybody's hand; paint stays on top."""
        active = self.viewer.layers.selection.active
        mode = str(active.mode) if isinstance(active, Labels) else None
        before = list(self.viewer.layers)
        yield
        if list(self.viewer.layers) == before:
            return
        for layer in self.label_layers:
            self.viewer.layers.move(self.viewer.layers.index(layer), len(self.viewer.layers))
        if active is not None and active in self.viewer.layers:
            self.viewer.layers.selection.active = active
            if mode is not None:
                active.mode = mode

    # -- facies ---------------------------------------------------------------------------------

    @property
    def scheme(self) -> FaciesScheme:
        """The scheme of the chosen label layer, or of the next one to be made."""
        return self.watch.scheme if self.watch is not None else self._scheme

    def set_scheme(self, scheme: FaciesScheme) -> None:
        """Use another scheme, on the chosen label layer too.

        Raises
        ------
        InputError
            If paint would be left without a facies.
        """
        watch = self.watch
        if watch is not None:
            left = watch.voxels[scheme.n_classes :]
            if left.any():
                name = watch.scheme.names[scheme.n_classes + int(np.flatnonzero(left)[0])]
                raise InputError(
                    f"scheme {scheme.name!r} has {scheme.n_classes} facies, but {name!r} is "
                    "painted; erase it first, or make a new label layer"
                )
            watch.scheme = scheme
            layers.set_scheme(watch.layer, scheme)
            self._bind_keys(watch.layer, scheme)
        self._scheme = scheme
        self.chosen.emit()
        self.painted.emit()

    @property
    def picked(self) -> int | None:
        """The facies in hand (its code), None for the eraser."""
        value = int(self._labels.selected_label) if self._labels is not None else 0
        return value - 1 if 1 <= value <= self.scheme.n_classes else None

    def pick(self, code: int) -> None:
        """Take a facies in hand: select the label layer, its value, and the brush if need be."""
        layer = self._labels
        if layer is None or not 0 <= code < self.scheme.n_classes:
            return
        self.viewer.layers.selection.active = layer
        layer.selected_label = code + 1
        if str(layer.mode) not in _PAINTING:
            layer.mode = "paint"

    # -- paint ----------------------------------------------------------------------------------

    @property
    def deleted(self) -> list[LabelsEntry]:
        """Label layers that were deleted and can be restored, the last one first."""
        project = self.keeper.project
        gone = [y for y in project.state.labels if y.deleted_at] if project is not None else []
        return sorted(gone, key=lambda entry: -(entry.deleted_at or 0))

    def show_kept(self, entry: LabelsEntry, volume: xr.DataArray) -> Labels:
        """Put a label layer of the project over its survey.

        Raises
        ------
        InputError
            If it cannot be read, or the survey is not as it was.
        """
        project = self.keeper.project
        if project is None:
            raise InputError("there is no project; open one first")
        painted = project.labels(entry.id)
        if painted.shape != volume.shape:
            raise InputError(
                f"{entry.name}: was painted on a survey of {painted.shape}, this one has "
                f"{volume.shape}; open it as it was"
            )
        if entry.deleted_at is not None:
            project.restore_labels(entry.id)
        self._entry_to_come = entry.id
        try:
            layer = layers.add_labels(
                self.viewer, volume, None, entry.scheme, self._free_name(entry.name)
            )
        finally:
            self._entry_to_come = ""
        put_painted(painted, np.asarray(layer.data).transpose(AXES))
        layers.tell_written(layer)
        self.choose(labels=layer)
        return layer

    def put_away(self, labels: Sequence[Labels]) -> None:
        """Take label layers out of the viewer, which stay in their project."""
        for layer in labels:
            self.viewer.layers.remove(layer)
        self._removed.clear()

    def poll(self) -> None:
        """Look after the paint; called a few times a second."""
        for watch in self._watches.values():
            watch.poll()
        # A viewer that is closed removes its layers first; those that somebody deleted are
        # deleted still when this comes round again.
        removed, self._removed = self._removed, []
        project = self.keeper.project
        for entry in removed:
            if project is not None and not project.read_only and project.has("labels", entry):
                project.delete_labels(entry)
                self.chosen.emit()

    def close(self) -> None:
        """Let go of the viewer, after all paint was kept."""
        for event in (self.viewer.layers.events.inserted, self.viewer.layers.events.removed):
            event.disconnect(self._on_layers)
        self.viewer.layers.events.renamed.disconnect(self._on_renamed)
        self.viewer.layers.selection.events.active.disconnect(self._on_active)
        for watch in self._watches.values():
            watch.close()
        self._watches.clear()

    # -- following the viewer -------------------------------------------------------------------

    def _on_renamed(self, _event: Any = None) -> None:
        self.chosen.emit()

    def _on_layers(self, event: Any = None) -> None:
        for layer in self.viewer.layers:
            self._adopt(layer)
            if layer not in self._watches and _holds_paint(layer):
                self._start_watch(layer)
        for layer in [y for y in self._watches if y not in self.viewer.layers]:
            watch = self._watches.pop(layer)
            watch.close()
            self._removed.append(watch.entry)
        if self._seismic not in self.viewer.layers:
            self._seismic = self.seismic_layers[-1] if self.seismic_layers else None
        if self._labels not in self.viewer.layers or self._labels is None:
            self._labels = self._last_labels_on(self._seismic)
        self.chosen.emit()
        self.painted.emit()

    def _on_active(self, event: Any = None) -> None:
        """Selecting one of our layers in napari's list is choosing it."""
        active = self.viewer.layers.selection.active
        if active in self._watches and active is not self._labels:
            self.choose(labels=active)
        elif layers.kind_of(active) == "seismic" and active is not self._seismic:
            self.choose(seismic=active)

    def _last_labels_on(self, seismic: Layer | None) -> Labels | None:
        volume = layers.volume_of(seismic)
        on = [y for y in self._watches if volume is None or layers.volume_of(y) is volume]
        return on[-1] if on else None

    def _adopt(self, layer: Layer) -> None:
        """Make napari's own new label layer one of ours, if it covers the survey."""
        seismic, volume = self._seismic, layers.volume_of(self._seismic)
        if (
            isinstance(layer, Labels)
            and layers.record_of(layer) is None
            and volume is not None
            and seismic is not None
            and isinstance(layer.data, np.ndarray)
            and layer.data.dtype == np.uint8
            and layer.data.shape == seismic.data.shape
        ):
            record = layers.LayerRecord("facies", volume, self._scheme)
            layer.metadata = {**layer.metadata, layers.RECORD_KEY: record}
            layers.set_scheme(layer, self._scheme)

    def _start_watch(self, layer: Labels) -> None:
        volume, scheme = layers.volume_of(layer), layers.facies_scheme_of(layer)
        if volume is None or scheme is None:
            return
        watch = PaintWatch(
            layer, volume, scheme, self._runner, self.keeper, entry=self._entry_to_come
        )
        watch.changed.connect(self.painted.emit)
        layer.events.selected_label.connect(lambda _event=None: self.painted.emit())
        self._watches[layer] = watch
        self._bind_keys(layer, scheme)

    def _bind_keys(self, layer: Labels, scheme: FaciesScheme) -> None:
        for key in self._keys.get(layer, ()):
            layer.bind_key(key, None)
        self._keys[layer] = {facies.key.upper() for facies in scheme.classes if facies.key}
        for code, facies in enumerate(scheme.classes):
            if facies.key:
                layer.bind_key(facies.key.upper(), self._picker(layer, code), overwrite=True)

    def _picker(self, layer: Labels, code: int) -> Callable[[Any], None]:
        def pick(_layer: Any) -> None:
            if layer is not self._labels:
                self.choose(labels=layer)
            self.pick(code)

        return pick

    def _free_name(self, name: str) -> str:
        taken = {layer.name for layer in self.viewer.layers}
        free, number = name, 2
        while free in taken:
            free, number = f"{name} {number}", number + 1
        return free


def _holds_paint(layer: Layer) -> bool:
    return (
        isinstance(layer, Labels)
        and not isinstance(layer, Image)
        and layers.kind_of(layer) == "facies"
        and not is_result(layer)
        and isinstance(layer.data, np.ndarray)
    )
