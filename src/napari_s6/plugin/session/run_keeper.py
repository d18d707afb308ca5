"""What runs leave in the project: the models they train, the predictions they make."""

from collections.abc import Callable, Iterator
from typing import Any

from napari_s6.learn.events import Failed, Finished, Stopped
from napari_s6.plugin.jobs.job import Job, JobToken
from napari_s6.plugin.jobs.runner import JobRunner
from napari_s6.plugin.paint.interpretation import Interpretation
from napari_s6.plugin.paint.keeper import ProjectKeeper
from napari_s6.plugin.session.learning import ModelLoaded, PaintTaken
from napari_s6.plugin.session.results import ResultLayers
from napari_s6.project.commands import prediction_command, training_command
from napari_s6.project.surveys import note_volume


class RunKeeper:
    """Keep models with the paint that they learnt from, and predictions as versions.

    Parameters
    ----------
    keeper, interpretation
        What holds the project, and what is worked on.
    runner
        Starts the job that writes a prediction.
    tell
        Says something to the user: ``tell(severity, text)``.
    """

    def __init__(
        self,
        keeper: ProjectKeeper,
        interpretation: Interpretation,
        runner: JobRunner,
        tell: Callable[[str, str], None],
    ) -> None:
        self._keeper, self._interpretation = keeper, interpretation
        self._runner, self._tell = runner, tell
        self._digest = ""
        self._trained: Finished | Stopped | None = None
        self.keep_when_done = False

    def hear(self, event: Any) -> None:
        """Hear what jobs tell, and keep the models that they make."""
        match event:
            case PaintTaken():
                self._digest = event.digest
            case Finished() | Stopped():
                self._trained = event
            case ModelLoaded():
                trained, self._trained = self._trained, None
                if trained is not None and trained.path == event.path:
                    self._keep_model(event, trained)

    def job_ended(self, job: Job | None, results: ResultLayers | None) -> None:
        """Keep what a job has predicted, if that is the whole survey and it came to its end."""
        keep, self.keep_when_done = self.keep_when_done, False
        done = job is not None and not job.failed and not job.token.cancelled
        if keep and done and results is not None:
            self.keep_prediction(results)

    def keep_prediction(self, results: ResultLayers) -> None:
        """Keep a prediction as a version of its own, in a job that tells how far it is."""
        project, volume = self._keeper.project, results.volume
        if project is None or project.read_only or volume is None:
            return
        model = project.state.chosen.get("model", "")

        def keep(token: JobToken) -> Iterator[None]:
            survey = note_volume(project, volume)
            number = sum(one.survey == survey.id for one in project.state.predictions) + 1
            entry = project.add_prediction(
                lambda path: results.save(path, token.progress),
                survey=survey.id,
                name=f"Prediction {number}",
                scheme=results.scheme,
                model=model,
            )
            project.set(chosen={**project.state.chosen, "prediction": entry.id})
            project.note_action(f"Predicted {entry.name}", prediction_command(project.folder))
            yield

        self._runner.start(keep, "keeping", hear=self._tell_failure)

    def _keep_model(self, loaded: ModelLoaded, trained: Finished | Stopped) -> None:
        project, watch = self._keeper.project, self._interpretation.watch
        if project is None or project.read_only:
            return
        entry = project.add_model(
            loaded.path,
            scheme=loaded.scheme,
            steps=trained.step,
            finished=isinstance(trained, Finished),
            labels=watch.entry if watch is not None else "",
            digest=self._digest,
        )
        project.set(chosen={**project.state.chosen, "model": entry.id})
        project.note_action(
            f"Trained {entry.name}", training_command(project.folder, loaded.config)
        )

    def _tell_failure(self, event: Any) -> None:
        if isinstance(event, Failed):
            self._tell("error", event.message)
