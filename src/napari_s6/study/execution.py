"""The runs of a study, one after another, or on several processes or machines."""

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from napari_s6.durations import duration
from napari_s6.errors import InputError
from napari_s6.learn import events
from napari_s6.study.confusion import scores_of, views
from napari_s6.study.plan import Run, StudyPlan, missing
from napari_s6.study.protocol import run_one
from napari_s6.study.run_result import RunResult, read_run_results, write_run_result
from napari_s6.study.training import RunFailedError

Say = Callable[[str], None]

SCHEDULER_TIMEOUT = 20.0
"""Seconds that a scheduler may take to answer."""


class StudyProgress:
    """Says what is done, and how long the rest will take."""

    def __init__(self, plan: StudyPlan, done: int, jobs: int, say: Say) -> None:
        self.plan, self.say = plan, say
        self.total = len(plan.runs())
        self.done = done
        self.made = 0
        self.clock = time.monotonic()
        self.told = self.clock
        if done:
            say(f"{done} of {self.total} runs are done already")
        if done < self.total:
            at_a_time = f", {jobs} at a time" if jobs > 1 else ""
            say(f"{self.total - done} runs to make{at_a_time}")

    def heard(self, run: Run, event: events.TrainingEvent) -> None:
        """Tell now and then how a run gets on."""
        if isinstance(event, events.Stepped) and time.monotonic() - self.told > 15:
            self.told = time.monotonic()
            left = "" if event.remaining is None else f", at most {duration(event.remaining)} left"
            self.say(
                f"  {run}: step {event.step}, {events.losses_as_text(event.losses)}{left} "
                "for its training"
            )

    def finished(self, run: Run, result: RunResult) -> None:
        """Tell the result of a run and the time left."""
        self.done += 1
        self.made += 1
        spent = time.monotonic() - self.clock
        left = spent / self.made * (self.total - self.done)
        iou = scores_of(views(result.confusions)["pooled"], self.plan).mean_iou
        rest = f"; about {duration(left)} left" if self.done < self.total else ""
        self.say(
            f"{self.done} of {self.total}: {run}: mean IoU {iou:.3f} after "
            f"{result.training['steps']} steps, {duration(result.took['seconds'])}{rest}"
        )


def execute(
    folder: Path,
    plan: StudyPlan,
    *,
    jobs: int = 1,
    scheduler: str | None = None,
    say: Say = lambda text: print(text, file=sys.stderr, flush=True),
) -> None:
    """Make all runs of a plan that are not there yet; each becomes a file when it is finished.

    Parameters
    ----------
    jobs
        Runs at a time, each in a process of its own, if more than one.
    scheduler
        Address of a Dask scheduler whose workers make the runs. They must reach the data under
        the same paths; results are written here.

    Raises
    ------
    InputError
        If the data or settings are at fault.
    RunFailedError
        If runs broke off, when all others are done.
    """
    done = read_run_results(folder, plan)
    runs = missing(plan, list(done))
    progress = StudyProgress(plan, len(done), jobs, say)
    broken: dict[Run, str] = {}
    made = (
        _here(plan, runs, progress)
        if jobs == 1 and scheduler is None
        else _spread(plan, runs, jobs, scheduler, say)
    )
    for run, result in made:
        if isinstance(result, RunResult):
            write_run_result(folder, result)
            progress.finished(run, result)
        else:
            broken[run] = str(result)
            say(f"{run}: broke off: {str(result).splitlines()[0]}")
    if broken:
        run, reason = next(iter(broken.items()))
        raise RunFailedError(f"{len(broken)} of {len(runs)} runs broke off; {run}: {reason}")


RunOutcomes = Iterator[tuple[Run, RunResult | RunFailedError]]


def _here(plan: StudyPlan, runs: list[Run], progress: StudyProgress) -> RunOutcomes:
    for run in runs:

        def hear(event: events.TrainingEvent, run: Run = run) -> None:
            progress.heard(run, event)

        try:
            yield run, run_one(plan, run, listener=hear)
        except RunFailedError as error:
            yield run, error


def _spread(
    plan: StudyPlan, runs: list[Run], jobs: int, scheduler: str | None, say: Say
) -> RunOutcomes:
    if not runs:
        return
    with _client(jobs, scheduler, say) as client:
        from distributed import KilledWorker, as_completed

        futures = {
            client.submit(
                _on_worker, plan.model_dump_json(), run.model_dump_json(), pure=False
            ): run
            for run in runs
        }
        for future in as_completed(futures):
            run = futures[future]
            try:
                yield run, future.result()
            except (KilledWorker, RunFailedError) as error:
                yield run, RunFailedError(str(error))
            future.release()


@contextmanager
def _client(jobs: int, scheduler: str | None, say: Say) -> Iterator[Any]:
    try:
        import distributed
    except ImportError as error:
        raise InputError(
            "--jobs and --scheduler need Dask's scheduler: pip install 'napari-s6[cluster]'"
        ) from error
    import dask

    if scheduler is not None:
        try:
            client = distributed.Client(scheduler, timeout=SCHEDULER_TIMEOUT)
        except (OSError, ValueError) as error:
            raise InputError(
                f"--scheduler {scheduler}: cannot be reached ({error}); give the address that "
                "`dask scheduler` prints, such as tcp://host:8786"
            ) from error
        say(f"running on the workers of {scheduler}")
        with client:
            yield client
        return
    # A run may well take most of a machine's memory: no worker is paused or ended for it.
    quiet = {
        "distributed.worker.memory.terminate": False,
        "distributed.worker.memory.pause": False,
        "distributed.worker.memory.spill": False,
        "distributed.worker.memory.target": False,
    }
    with (
        dask.config.set(quiet),
        distributed.LocalCluster(
            n_workers=jobs,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def _on_worker(plan_json: str, run_json: str) -> RunResult:
    plan, run = StudyPlan.model_validate_json(plan_json), Run.model_validate_json(run_json)
    return run_one(plan, run, device=_own_device(plan.settings.device))


def _own_device(device: str) -> str:
    """Where a machine has several CUDA devices, each of its workers takes another one."""
    import torch
    from distributed import get_worker

    count = torch.cuda.device_count()
    if device not in ("auto", "cuda") or count < 2:
        return device
    name = get_worker().name
    return f"cuda:{int(name) % count}" if str(name).isdecimal() else device
