"""The one place that holds the window's state, starts jobs and turns results into layers.

The docks are bound to a session and hold nothing themselves: their buttons call its verbs, and
they draw what it says. The same verbs can be called from a script. Everything here runs on the
GUI thread and returns at once; jobs run in threads of their own and are heard by polling.
"""

import logging
import shutil
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import platformdirs
import xarray as xr
from napari.utils.notifications import show_error, show_info, show_warning
from psygnal import Signal

from napari_s6.errors import InputError
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.learn import events
from napari_s6.learn.config import TrainConfig
from napari_s6.plugin.canvas import layers
from napari_s6.plugin.jobs.job import Job, Work
from napari_s6.plugin.jobs.runner import JobRunner
from napari_s6.plugin.paint.accept import accept_prediction, draw_region
from napari_s6.plugin.paint.interpretation import Interpretation
from napari_s6.plugin.paint.keeper import ProjectKeeper
from napari_s6.plugin.session import learning as jobs
from napari_s6.plugin.session.configure import configured
from napari_s6.plugin.session.desk import Desk
from napari_s6.plugin.session.results import ResultLayers, section_to_accept
from napari_s6.plugin.session.run_keeper import RunKeeper
from napari_s6.plugin.session.state import RunHistory, State
from napari_s6.plugin.session.torch_import import torch_is_ready
from napari_s6.survey.volume import Orientation

#: Seconds between two redraws: each, however small, costs the window 10 to 15 ms.
REDRAW_EVERY = 0.5
_SHOW = {"error": show_error, "warning": show_warning, "info": show_info}
_log = logging.getLogger(__name__)


class Session:
    """State and verbs of one viewer.

    Parameters
    ----------
    viewer
        The napari viewer (or, without a window, its ``ViewerModel``).
    learning
        The functions that train and predict; tests put others there.
    folder
        Where untitled projects and large predictions are; a folder of the user's data by default.
    runner
        Starts the jobs, the docks' too; one of its own by default.

    Attributes
    ----------
    interpretation
        Which layers are worked on, their facies scheme and the paint (see `Interpretation`).
    state, config, history, model
        What is going on, the settings of the next run, how the last run has gone, and the model
        that predicts (None before there is one).
    devices
        Names of what can compute; complete once torch has been imported.
    results
        The layers that show what was predicted last, None before there are any.
    continue_from_model
        Whether a training starts from ``model`` rather than from nothing.
    """

    changed = Signal()
    progressed = Signal()
    told = Signal(str, str)

    def __init__(
        self,
        viewer: Any,
        *,
        learning: jobs.Learning | None = None,
        folder: Path | None = None,
        runner: JobRunner | None = None,
    ) -> None:
        self.viewer = viewer
        self.runner = runner or JobRunner()
        self.learning = learning or jobs.Learning()
        self.folder = folder or platformdirs.user_data_path("napari-s6")
        keeper = ProjectKeeper(folder / "projects" if folder else None)
        self.interpretation = Interpretation(viewer, self.runner, keeper)
        self.desk = Desk(self, keeper)
        self.run_keeper = RunKeeper(keeper, self.interpretation, self.runner, self.tell)
        self.interpretation.chosen.connect(self.changed.emit)
        self.state = State.IDLE
        self.config = TrainConfig.named("fast")
        self.history = RunHistory()
        self.model: jobs.ModelLoaded | None = None
        self.continue_from_model = True
        self.devices = ["auto", "cpu"]
        self.closed = False
        self._devices_known = False
        self._job: Job | None = None
        self._loader: Job | None = None
        self._paused_in: State | None = None
        self.results: ResultLayers | None = None
        self._scratch = self.folder / "predictions" / uuid.uuid4().hex
        self._drawn_at = 0.0
        self._news = False

    # -- settings -------------------------------------------------------------------------------

    def configure(self, **settings: Any) -> None:
        """Change settings of the next run; a ``preset`` resets all but the few that are choices.

        Raises
        ------
        InputError
            If a value is out of range.
        """
        self.config = configured(self.config, **settings)
        self.changed.emit()

    @property
    def busy(self) -> bool:
        """Whether a job runs or waits."""
        return self._job is not None or self._loader is not None

    @property
    def stopping(self) -> bool:
        """Whether the job was asked to stop and has not ended yet."""
        return self._job is not None and self._job.token.cancelled

    @property
    def has_prediction(self) -> bool:
        """Whether there is a prediction to accept."""
        return self.results is not None and self.results.alive

    @property
    def job_thread_id(self) -> int | None:
        """Identifier of the thread that computes, None when nothing does."""
        return self._job.thread_id if self._job is not None else None

    # -- jobs -----------------------------------------------------------------------------------

    def train(self) -> None:
        """Train on what is painted now; the paint is copied first.

        Raises
        ------
        InputError
            If a job runs already, or there is no survey or no label layer.
        """
        self.need_idle()
        watch = self.interpretation.watch
        if watch is None:
            raise InputError("labels: there is no label layer; make one and paint a section")
        volume = self._volume()
        project = self.interpretation.keeper.need_project()
        watch.autosave()
        order = jobs.TrainingOrder(
            volume=volume,
            copy_paint=watch.copier(),
            scheme=watch.scheme,
            config=self.config,
            run=project.new_model_folder(jobs.name_of_run(str(self.interpretation.seismic))),
            start_from=self.model.path if self.model and self.continue_from_model else None,
            results=self.results_for(volume, watch.scheme),
        )
        self.history = RunHistory("Preparing")
        self._start(State.TRAINING, partial(jobs.training_job, order, self.learning), "training")

    def pause(self) -> None:
        """Hold the job at the next possible moment."""
        if self._job is not None and self.state in (State.TRAINING, State.PREDICTING):
            self._paused_in = self.state
            self._job.token.pause()
            self.history.text, self.history.remaining = "Paused", None
            self.state = State.PAUSED
            self.changed.emit()
            self.progressed.emit()

    def resume(self) -> None:
        """Let a paused job go on."""
        if self._job is not None and self.state is State.PAUSED and self._paused_in is not None:
            self._job.token.resume()
            self.history.text = "Going on"
            self.state = self._paused_in
            self.changed.emit()
            self.progressed.emit()

    def stop(self) -> None:
        """End the job at the next possible moment; a training keeps its model."""
        if self._job is not None and not self.stopping:
            self._job.token.cancel()
            self.history.text, self.history.remaining = "Stopping", None
            self.changed.emit()
            self.progressed.emit()

    def load_model(self, path: str | Path) -> None:
        """Load a model folder to predict with, or to go on training from.

        What is wrong with it, if anything, is told.
        """
        self.need_idle()
        work = partial(jobs.loading_job, Path(path), self.config.device, self.learning)
        self._loader = self.runner.start(work, "loading", hear=self._hear, ended=self._loaded)
        self.changed.emit()

    def predict_section(self) -> None:
        """Predict the section in view into the prediction layer."""
        self.need_idle()
        model, volume, view = jobs.need_model(self.model), self._volume(), self.view
        if view is None:
            raise InputError("no inline or crossline is in view; turn to one to predict it")
        results = self.results_for(volume, model.scheme)
        self.history = replace(self.history, text="Predicting", share=0.0, remaining=None)
        args = (model.path, self.config.device, volume, view, results, self.learning)
        self._start(State.PREDICTING, partial(jobs.section_job, *args), "predicting")

    def predict_volume(self) -> None:
        """Predict the whole survey, from the section in view outwards."""
        self.need_idle()
        model, volume = jobs.need_model(self.model), self._volume()
        results = self.results_for(volume, model.scheme)
        self.history = replace(self.history, text="Predicting", share=0.0, remaining=None)
        args = (model.path, self.config.device, volume, self.view, results, self.learning)
        self._start(State.PREDICTING, partial(jobs.volume_job, *args), "predicting")
        self.run_keeper.keep_when_done = True

    def accept(self, *, region: bool = False, over_paint: bool = False) -> int:
        """Copy the prediction of the section in view into the paint, as one undoable edit.

        Parameters
        ----------
        region
            Only inside the shapes drawn on that section.
        over_paint
            Replace what is painted there too.

        Returns the number of voxels painted.

        Raises
        ------
        InputError
            If there is no prediction, no label layer, no section in view or no region on it.
        """
        watch, view = self.interpretation.watch, self.view
        if watch is None or view is None:
            raise InputError("accepting needs a label layer, and an inline or crossline in view")
        predicted = section_to_accept(self.results, self._volume(), watch.scheme, view)
        count = accept_prediction(
            self.viewer, watch.layer, predicted, *view, region=region, over_paint=over_paint
        )
        if count == 0:
            self.tell("info", "Nothing to accept here: no prediction outside what is painted.")
        return count

    def draw_region(self) -> Any:
        """Take up the lasso, to draw what is right on the section in view.

        Raises
        ------
        InputError
            If there is no label layer.
        """
        if self.interpretation.labels is None:
            raise InputError("there is no label layer; make one first")
        return draw_region(self.viewer, self.interpretation.labels)

    # -- hearing --------------------------------------------------------------------------------

    @property
    def view(self) -> tuple[Orientation, int] | None:
        """The section in view, as (orientation, position), or None."""
        seismic = self.interpretation.seismic
        return layers.section_in_view(self.viewer, seismic) if seismic is not None else None

    def poll(self) -> None:
        """Hear the jobs, draw what they did, look after the paint; called many times a second."""
        if self.closed:
            return
        if not self._devices_known and torch_is_ready():
            self._devices_known = True
            self.devices = ["auto", *self.learning.devices()]
            self.changed.emit()
        self.desk.poll()
        if self._job is not None:
            self._job.token.view = self.view
        self.runner.poll()
        if time.monotonic() - self._drawn_at > REDRAW_EVERY:
            if self.results is not None:
                with self.interpretation.selection_kept():
                    self.results.refresh(self.view)
            if self._news:
                self._news = False
                self.progressed.emit()
            self._drawn_at = time.monotonic()

    def tell(self, severity: str, text: str) -> None:
        """Say something to the user ("info", "warning" or "error"), as a napari notification."""
        self.told.emit(severity, text)
        _SHOW[severity](text)

    def attempt(self, verb: Callable[[], Any]) -> Any:
        """Call a verb for a button: what the user should put right is told, not raised."""
        try:
            return verb()
        except InputError as error:
            self.tell("error", str(error))
            return None

    def close(self, timeout: float = 30.0) -> None:
        """End the job, wait for its thread, keep the paint; safe to call twice."""
        if self.closed:
            return
        self.closed = True
        self.runner.close(timeout)
        self._job = self._loader = None
        self.desk.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _hear(self, event: Any) -> None:
        self._news = True
        if not (self.stopping and isinstance(event, events.Started | events.Stepped)):
            self.history.hear(event)
        self.run_keeper.hear(event)
        match event:
            case events.Started():
                for note in event.notes:
                    self.tell("info", note)
            case events.Noted():
                self.tell("info", event.text)
            case jobs.ModelLoaded():
                self.model = event
                self.changed.emit()
            case events.Failed():
                if not event.input_error:
                    _log.error("the job failed\n%s", event.traceback)
                self.tell("error", event.message)

    def _loaded(self) -> None:
        self._loader = None
        self.changed.emit()
        self.progressed.emit()

    def _ended(self) -> None:
        job, self._job, self._paused_in = self._job, None, None
        if job is not None and job.token.cancelled:
            self.history.tell_stopped()
        self._drawn_at = 0.0
        self.run_keeper.job_ended(job, self.results)
        self.state = State.FAILED if job is not None and job.failed else State.IDLE
        self.changed.emit()
        self.progressed.emit()

    # -- what the verbs need ----------------------------------------------------------------------

    def _start(self, state: State, work: Work, name: str) -> None:
        self._job = self.runner.start(work, name, hear=self._hear, ended=self._ended)
        self._job.token.view = self.view
        self.state = state
        self.changed.emit()
        self.progressed.emit()

    def need_idle(self) -> None:
        """Raise InputError while a job runs."""
        if self.busy:
            raise InputError("another job is running; stop it first")

    def _volume(self) -> xr.DataArray:
        volume = layers.volume_of(self.interpretation.seismic)
        if volume is None:
            raise InputError("there is no seismic layer; open a survey first")
        return volume

    def results_for(self, volume: xr.DataArray, scheme: FaciesScheme) -> ResultLayers:
        """Return the layers that predictions of a survey are shown in."""
        found = self.results
        if found is None or not found.serves(volume, scheme):
            with self.interpretation.selection_kept():
                found = self.results = ResultLayers(self.viewer, volume, scheme, self._scratch)
        return found
