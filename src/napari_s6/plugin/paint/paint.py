"""Watching a label layer being painted: how much there is, and that it is kept."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import xarray as xr
from psygnal import Signal

from napari_s6.errors import InputError
from napari_s6.facies.painted import PaintedTraces
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.facies.targets import PaintedFraction
from napari_s6.plugin.canvas.array import AXES
from napari_s6.plugin.canvas.layers import volume_of
from napari_s6.plugin.jobs.job import Job, JobToken
from napari_s6.plugin.jobs.runner import JobRunner
from napari_s6.plugin.paint.counts import QUICK_VOXELS, PaintTally
from napari_s6.plugin.paint.keeper import INTERVAL, ProjectKeeper
from napari_s6.plugin.paint.painted import copy_painted
from napari_s6.project.folder import new_id
from napari_s6.survey.volume import live_traces


class PaintWatch:
    """Follows one label layer's strokes from the first to the last.

    Parameters
    ----------
    layer
        A napari ``Labels`` layer on the grid of ``volume``, its data a writable array.
    runner
        Starts what counts and saves the paint.
    keeper
        Takes the paint into a project.
    axes
        The layer's axes that hold inlines, crosslines and samples.
    entry
        The layer's id in the project; a new one if absent.
    """

    changed = Signal()

    def __init__(
        self,
        layer: Any,
        volume: xr.DataArray,
        scheme: FaciesScheme,
        runner: JobRunner,
        keeper: ProjectKeeper,
        axes: Sequence[int] = AXES,
        entry: str = "",
    ) -> None:
        self.layer = layer
        self.scheme = scheme
        self._volume = volume
        self._axes = tuple(axes)
        self._keeper = keeper
        self.entry = entry or new_id()
        self._runner = runner
        self._writer: Job | None = None
        self._counter: Job | None = None
        self._saved_at = time.monotonic()
        self._strokes = 0
        self._news = self._unsaved = False
        self.autosave_error: str | None = None
        self._own_undo: tuple[Callable[[], None], Callable[[], None]] = (layer.undo, layer.redo)
        # Undoing tells nobody (napari emits no event for it), so we stand in its way.
        layer.undo = lambda: self._replay("_undo_history", self._own_undo[0], undone=True)
        layer.redo = lambda: self._replay("_redo_history", self._own_undo[1], undone=False)
        layer.events.paint.connect(self._on_paint)
        layer.events.data.connect(self._on_new_data)
        self._on_new_data()

    @property
    def painted(self) -> PaintedFraction:
        """How much of the survey is painted."""
        return self._tally.painted

    @property
    def voxels(self) -> np.ndarray:
        """int64 (classes,): painted voxels of each facies."""
        return self._tally.voxels[1 : self.scheme.n_classes + 1]

    @property
    def traces(self) -> np.ndarray:
        """Boolean (inlines, crosslines): a copy of the map of traces with any paint."""
        return self._tally.traces.copy()

    def copier(self) -> Callable[[], PaintedTraces]:
        """Return a function, for any thread, that copies what is painted at this moment.

        Copying a few sections is done here and now; only a survey that is painted throughout is
        left to the other thread, as copying it would hold up the window.
        """
        while self._counter is not None:
            self._counter.wait()
            self._adopt_count()
        values, traces = self._values, self._tally.traces.copy()
        if np.count_nonzero(traces) * values.shape[2] > QUICK_VOXELS:
            return lambda: copy_painted(values, traces)
        painted = copy_painted(values, traces)
        return lambda: painted

    def poll(self) -> None:
        """Say whether anything was painted, and write a copy if the last one is too old.

        Called a few times a second on the GUI thread: several strokes are told as one, and after
        they are made, where napari tells of some before it makes them.
        """
        volume = volume_of(self.layer)
        if volume is not None and volume is not self._volume:
            self._volume = volume  # its dead traces have become known
            self._on_new_data()
        if self._counter is not None and not self._counter.alive:
            self._adopt_count()
        if self._news:
            self._news = False
            self.changed.emit()
        if self._unsaved and time.monotonic() - self._saved_at >= INTERVAL:
            self.autosave()

    @property
    def unsaved(self) -> bool:
        """Whether there is paint that the project does not hold yet."""
        return self._unsaved

    def autosave(self) -> None:
        """Take the paint into the project now, in a thread of its own."""
        if self._counter is not None:
            return  # what is painted is not known yet; the next poll tries again
        if self._writer is not None:
            self._writer.wait()
        self._writer = self._runner.start(self._keeping(), "autosave")

    def keep_now(self, *, unchanged: bool = False) -> None:
        """Take the paint into the project, before returning, if it has changed or if asked to."""
        for job in (self._counter, self._writer):
            if job is not None:
                job.wait()
        if self._unsaved or unchanged:
            if self._counter is not None:
                self._tally.recount()
            for _ in self._keeping()(JobToken()):
                pass

    def close(self) -> None:
        """Stop watching; what the project does not hold yet is taken into it first."""
        self.layer.events.paint.disconnect(self._on_paint)
        self.layer.events.data.disconnect(self._on_new_data)
        self.layer.undo, self.layer.redo = self._own_undo
        self.keep_now()

    def _keeping(self) -> Callable[[JobToken], Iterator[None]]:
        self._unsaved = False
        self._saved_at = time.monotonic()
        values, traces, volume = self._values, self._tally.traces.copy(), self._volume
        told: dict[str, Any] = {
            "name": str(self.layer.name),
            "scheme": self.scheme,
            "summary": str(self.painted),
        }

        def write(_token: JobToken) -> Iterator[None]:
            # Copied here and not before: on a fully painted survey this takes a while, and a
            # stroke that is half in this copy is whole in the next one.
            copied = copy_painted(values, traces)
            try:
                self._keeper.keep(copied, volume, id=self.entry, **told)
            except (InputError, OSError) as error:
                self.autosave_error = f"paint cannot be saved: {error}"
                self._unsaved = True
            yield

        return write

    def _on_paint(self, event: Any) -> None:
        self._note(list(event.value), undone=False)

    def _replay(self, history: str, replay: Callable[[], None], *, undone: bool) -> None:
        items = getattr(self.layer, history)
        item = list(items[-1]) if items else []
        replay()
        if item:
            self._note(item, undone=undone)

    def _note(self, item: list[Any], *, undone: bool) -> None:
        self._tally.apply(item, undone=undone)
        self._strokes += 1
        self._unsaved = self._news = True

    def _on_new_data(self, event: Any = None) -> None:
        if self._counter is not None:
            self._counter.wait()
            self._counter = None
        self._values = np.asarray(self.layer.data).transpose(self._axes)
        self._tally = self._new_tally()
        if event is not None:
            self._unsaved = True
        if self._values.size <= QUICK_VOXELS:
            self._tally.recount()
        else:
            self._count_aside()
        self._news = True

    def _new_tally(self) -> PaintTally:
        return PaintTally(np.asarray(self.layer.data), live_traces(self._volume), self._axes)

    def _count_aside(self) -> None:
        """Count a large layer in a thread; strokes made meanwhile make the count void."""
        self._strokes_before, self._counted = self._strokes, self._new_tally()
        counted = self._counted

        def count(_token: JobToken) -> Iterator[None]:
            counted.recount()
            yield

        self._counter = self._runner.start(count, "count")

    def _adopt_count(self) -> None:
        self._counter = None
        if self._strokes == self._strokes_before:
            self._tally, self._news = self._counted, True
        else:
            self._count_aside()
