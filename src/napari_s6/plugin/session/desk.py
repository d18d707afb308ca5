"""The project on the desk: what a session does is kept in it, and brought back from it."""

import shutil
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import xarray as xr
from napari.layers import Layer
from napari.utils.colormaps import AVAILABLE_COLORMAPS
from pydantic import ValidationError

from napari_s6.errors import InputError
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.events import Failed
from napari_s6.plugin.canvas import layers
from napari_s6.plugin.canvas.view import SURVEY_VIEWS, survey_view
from napari_s6.plugin.jobs.job import JobToken
from napari_s6.plugin.jobs.runner import JobRunner
from napari_s6.plugin.paint.interpretation import Interpretation
from napari_s6.plugin.paint.keeper import ProjectKeeper
from napari_s6.plugin.session.learning import ModelLoaded
from napari_s6.plugin.session.project_surveys import (
    AllRead,
    SurveyMissing,
    SurveyRead,
    read_surveys,
)
from napari_s6.plugin.session.results import ResultLayers
from napari_s6.project.contents import chosen_prediction, lost_models, model_folder
from napari_s6.project.fingerprint import Fingerprint
from napari_s6.project.folder import Project
from napari_s6.project.recent import RecentProject, projects_folder, recent_projects
from napari_s6.project.state import PredictionEntry, SurveyEntry
from napari_s6.project.surveys import find_volume
from napari_s6.survey.record import survey_record

#: Seconds between two looks at what is in view, to keep it.
LOOK_EVERY = 3.0


class Host(Protocol):
    """What the desk needs of a session (see `napari_s6.plugin.session.session.Session`)."""

    viewer: Any
    interpretation: Interpretation
    runner: JobRunner
    config: TrainConfig
    model: ModelLoaded | None
    changed: Any

    def tell(self, severity: str, text: str) -> None:
        """Say something to the user."""

    def load_model(self, path: str | Path) -> None:
        """Predict with another model."""

    def results_for(self, volume: xr.DataArray, scheme: FaciesScheme) -> ResultLayers:
        """Return the layers that predictions of a survey are shown in."""

    def need_idle(self) -> None:
        """Raise InputError while a job runs."""


class Desk:
    """Bring a project into a viewer, and keep in it what is chosen and seen there.

    Parameters
    ----------
    host
        The session that works in the project.
    keeper
        Holds the project.
    """

    def __init__(self, host: Host, keeper: ProjectKeeper) -> None:
        self._host = host
        self.keeper = keeper
        self._looked_at = 0.0
        self._bringing = False
        self._offers: tuple[int, list[RecentProject]] | None = None

    @property
    def project(self) -> Project | None:
        """The project that is worked in, None before the first stroke."""
        return self.keeper.project

    # -- going on -------------------------------------------------------------------------------

    @property
    def offers(self) -> list[RecentProject]:
        """Projects to go on with: those with the survey in hand, all while none is open."""
        if self.project is not None:
            return []
        volume = layers.volume_of(self._host.interpretation.seismic)
        if self._offers is None or self._offers[0] != id(volume):
            known = [one for one in recent_projects(self.keeper.folder) if one.state.labels]
            source = "" if volume is None else survey_record(volume).source
            if source and Path(source).exists():
                fingerprint = Fingerprint.of(source)
                known = [one for one in known if one.uses(fingerprint)]
            elif volume is not None:
                known = []
            self._offers = (id(volume), known)
        return self._offers[1]

    def forget_offers(self) -> None:
        """Offer nothing more for the survey in hand; the projects stay where they are."""
        self._offers = (id(layers.volume_of(self._host.interpretation.seismic)), [])

    def open(self, folder: str | Path) -> None:
        """Bring a project into the window: surveys, paint, model, prediction, settings and view.

        What belongs to the project before is kept there and leaves the window.

        Raises
        ------
        InputError
            If a job runs, or the folder holds no project that this version knows.
        """
        self._host.need_idle()
        if self.project is not None and self.project.folder == Path(folder).expanduser().absolute():
            raise InputError(f"{folder}: is open already")
        project = Project(folder)
        self._clear_away()
        if project.read_only:
            self._host.tell(
                "warning",
                f"{project.state.name}: is open elsewhere ({project.owner}); what you change here "
                "goes into an untitled copy",
            )
        self.keeper.work_in(project)
        there = {one.id for one in project.state.surveys if self._layer_of(project, one)}
        self._bringing = True  # what is in the window now is not the project's
        self._adopt_models(project)
        self._host.runner.start(
            partial(read_surveys, project, there),
            "opening",
            hear=partial(self._show, project),
        )

    def _clear_away(self) -> None:
        """Keep all paint where it belongs, and take it and its results out of the window."""
        interpretation = self._host.interpretation
        watches = interpretation.watches
        self._keep_all()
        if self.project is not None:
            for layer in [y for y in self._host.viewer.layers if layers.is_result(y)]:
                self._host.viewer.layers.remove(layer)
            interpretation.put_away([watch.layer for watch in watches])

    def _show(self, project: Project, event: Any) -> None:
        match event:
            case Failed():
                self._bringing = False
                self._host.tell("error", event.message)
            case SurveyRead(entry, volume):
                layers.add_volume(self._host.viewer, volume, entry.name)
            case SurveyMissing(message):
                self._host.tell("error", message)
            case AllRead():
                self._show_labels(project)
                self._show_view(project)
                self._show_rest(project)
                self._bringing = False

    def _layer_of(self, project: Project, entry: SurveyEntry) -> Layer | None:
        for layer in self._host.interpretation.seismic_layers:
            volume = layers.volume_of(layer)
            if volume is not None and find_volume(project, volume) == entry:
                return layer
        return None

    def _show_labels(self, project: Project) -> None:
        last = project.state.chosen.get("labels", "")
        for entry in sorted(project.state.present_labels, key=lambda one: one.id == last):
            survey = project.state.entry("surveys", entry.survey)
            layer = None if survey is None else self._layer_of(project, survey)
            volume = layers.volume_of(layer)
            if volume is None:
                continue  # its survey is missing, which has been told
            try:
                self._host.interpretation.show_kept(entry, volume)
            except InputError as error:
                self._host.tell("error", str(error))

    def _show_view(self, project: Project) -> None:
        kept = project.state.view
        view = survey_view(self._host.viewer)
        seismic = view.seismic
        if seismic is None:
            return
        if kept.get("direction") in SURVEY_VIEWS and "number" in kept:
            view.show(kept["direction"])
            view.go_to(float(kept["number"]))
        if "limits" in kept:
            seismic.contrast_limits = tuple(kept["limits"])
        if kept.get("colormap") in AVAILABLE_COLORMAPS:
            seismic.colormap = kept["colormap"]

    def _show_rest(self, project: Project) -> None:
        """Bring settings, model and prediction."""
        try:
            if project.state.settings:
                self._host.config = TrainConfig.model_validate(project.state.settings)
        except ValidationError:
            self._host.tell("info", f"{project.state.name}: its settings are another version's")
        if project.state.models:
            self._host.load_model(model_folder(project))
        if project.state.predictions:
            try:
                self._show_prediction(project, chosen_prediction(project))
            except InputError as error:
                self._host.tell("error", str(error))
        self._host.changed.emit()

    def use(self, kind: str, id: str) -> None:
        """Show a label layer or a prediction of the project, or predict with a model of it.

        Raises
        ------
        InputError
            If a job runs, there is no such thing, or its survey is not open.
        """
        self._host.need_idle()
        project = self._need_project()
        entry = project.need(kind, id)
        if kind == "models":
            self._host.load_model(project.folder / entry.folder)
            self._choose(project, "model", id)
        elif kind == "predictions":
            self._show_prediction(project, entry)
            self._choose(project, "prediction", id)
        elif kind == "labels":
            shown = [w for w in self._host.interpretation.watches if w.entry == id]
            if shown:
                self._host.interpretation.choose(labels=shown[0].layer)
            else:
                self._host.interpretation.show_kept(entry, self._volume_of(project, entry.survey))
        self._host.changed.emit()

    def forget(self, kind: str, id: str) -> None:
        """Delete a label layer, a model or a prediction from the project, for good.

        Raises
        ------
        InputError
            If it is in use, or the project is read only.
        """
        project = self._need_project()
        entry = project.need(kind, id)
        model = self._host.model
        if kind == "models" and model and model.path == project.folder / entry.folder:
            raise InputError(f"{entry.name}: is what predicts now; choose another model first")
        if any(watch.entry == id for watch in self._host.interpretation.watches):
            raise InputError(f"{entry.name}: is in the window; remove the layer first")
        project.remove(kind, id)
        self._host.changed.emit()

    def _choose(self, project: Project, role: str, id: str) -> None:
        if not project.read_only:
            project.set(chosen={**project.state.chosen, role: id})

    def _need_project(self) -> Project:
        if self.project is None:
            raise InputError("there is no project yet; the first stroke begins one")
        return self.project

    def _volume_of(self, project: Project, survey: str) -> xr.DataArray:
        entry = project.state.entry("surveys", survey)
        volume = layers.volume_of(None if entry is None else self._layer_of(project, entry))
        if volume is None:
            raise InputError("its survey is not open; open that first")
        return volume

    # -- keeping --------------------------------------------------------------------------------

    def poll(self) -> None:
        """Look after the paint, and keep settings and view; called many times a second."""
        self._host.interpretation.poll()
        for watch in self._host.interpretation.watches:
            if watch.autosave_error is not None:
                self._host.tell("warning", watch.autosave_error)
                watch.autosave_error = None
        now = time.monotonic()
        if now - self._looked_at > LOOK_EVERY:
            self._looked_at = now
            self.look()

    def look(self) -> None:
        """Keep the settings, what is chosen and what is in view, where they have changed."""
        project = self.project
        if project is None or project.read_only or self._bringing:
            return
        watch = self._host.interpretation.watch
        told = {
            "settings": self._host.config.model_dump(mode="json"),
            "view": {**project.state.view, **self._view()},
            "chosen": {
                **project.state.chosen,
                **({"labels": watch.entry} if watch is not None else {}),
            },
        }
        changed = {
            key: value for key, value in told.items() if getattr(project.state, key) != value
        }
        if changed:
            project.set(**changed)

    def close(self) -> None:
        """Keep what is not kept yet, and let the project and the viewer go."""
        self._keep_all()
        self.look()
        self._host.interpretation.close()
        self.keeper.close()

    def _keep_all(self) -> None:
        """Keep all strokes and, where there is a project, label layers that came from files."""
        watches = self._host.interpretation.watches
        for watch in watches:
            watch.keep_now()
        project = self.project
        for watch in watches:
            if project and not project.read_only and not project.has("labels", watch.entry):
                watch.keep_now(unchanged=bool(watch.voxels.any()))

    def _view(self) -> dict[str, Any]:
        view = survey_view(self._host.viewer)
        seismic, number = view.seismic, view.number
        if seismic is None or number is None:
            return {}
        return {
            "direction": view.view,
            "number": number,
            "limits": [float(limit) for limit in seismic.contrast_limits],
            "colormap": seismic.colormap.name,
        }

    def _show_prediction(self, project: Project, entry: PredictionEntry) -> None:
        """Bring a kept prediction into the prediction layer, in a job."""
        volume = self._volume_of(project, entry.survey)
        results, folder = (
            self._host.results_for(volume, entry.scheme),
            project.folder / entry.folder,
        )

        def load(_token: JobToken) -> Iterator[None]:
            results.load(folder)
            yield

        self._host.runner.start(load, "opening", hear=self._tell_failure)

    def _tell_failure(self, event: Any) -> None:
        if isinstance(event, Failed):
            self._host.tell("error", event.message)

    def _adopt_models(self, project: Project) -> None:
        """Note models whose training was cut short by the window's end."""
        if project.read_only:
            return
        for folder, scheme, steps in lost_models(project):
            project.add_model(folder, scheme=scheme, steps=steps, finished=False)

    def save_as(self, folder: str | Path) -> Project:
        """Give the project a name: it moves to another folder, where work goes on.

        Raises
        ------
        InputError
            If there is none yet, or the folder is in the way or cannot be written.
        """
        self._keep_all()
        project = self.project
        if project is None:
            raise InputError("there is nothing to save yet; paint a section first")
        named = project.save_as(folder)
        untitled = project.folder.parent == (self.keeper.folder or projects_folder())
        self.keeper.work_in(named)
        if untitled:
            shutil.rmtree(project.folder, ignore_errors=True)
        return named
