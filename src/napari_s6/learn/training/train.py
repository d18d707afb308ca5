"""The semi-supervised training loop: `train_model` to its end, or its events one by one."""

import traceback
from collections.abc import Collection, Generator, Iterator, Sequence
from functools import partial
from pathlib import Path

import xarray as xr
from torch import Tensor

from napari_s6.errors import InputError
from napari_s6.facies.sections import Section
from napari_s6.facies.targets import Targets
from napari_s6.learn import events
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.control import Token
from napari_s6.learn.device import choose_device, memory_returned
from napari_s6.learn.model import Model
from napari_s6.learn.network.compiled import compiled_code_dropped
from napari_s6.learn.training.dataset import HeldOut
from napari_s6.learn.training.distributed import joined, local_rank
from napari_s6.learn.training.progress_bar import follow_to_the_end
from napari_s6.learn.training.run import TrainingRun
from napari_s6.learn.training.step import mean_by_name


def training_loop(run: TrainingRun, token: Token) -> Iterator[events.TrainingEvent]:
    """Take steps until the end, a stop, or convergence."""
    yield run.started()
    while True:
        yield from run.pause(token)
        cancelled, reason = run.agree(token)
        if cancelled:
            yield events.Stopped(run.progress.step, run.save())
            return
        if reason:
            break
        yield from run.change_over()
        with run.timed():
            losses = run.recovery.attempt(partial(take_step, run, token))
            run.backlog.handed_over()
        yield from run.tell_recovery()
        if losses is None:  # cancelled: the token is asked next
            continue
        run.progress.step += 1
        yield from run.tell_losses(losses)
        yield from run.validate()
        yield from run.preview(token)
        yield from run.checkpoint_now_and_then()
    yield from run.checkpoint()
    yield run.finished(reason)


def take_step(run: TrainingRun, token: Token) -> dict[str, Tensor] | None:
    """Learn from one batch, and return its losses by name; they stay on the device.

    None if the token was cancelled: then nothing has been learnt.
    """
    ensemble, progress, parts = run.ensemble, run.progress, run.recovery.parts
    labelled, unlabelled = (run.process.share(crops) for crops in run.sampler.draw())
    ensemble.network.train()
    told = []
    for part in range(parts):
        token.wait_while_paused()
        if token.cancelled and run.process.size == 1:
            ensemble.optimiser.zero_grad(set_to_none=True)
            return None
        mine = labelled[part::parts]
        batch = run.recovery.batch([*mine, *unlabelled[part::parts]])
        losses = ensemble.objective(batch, len(mine), progress.member_share)
        (losses.total / parts).backward()
        told.append(losses.by_name)
    run.process.average_gradients(ensemble.network)
    ensemble.set_learning_rate(progress.rate)
    ensemble.optimiser.step()
    ensemble.optimiser.zero_grad(set_to_none=True)
    ensemble.average.update(progress.step + 1 - progress.member_start)
    return mean_by_name(told)


def train_model_events(
    volume: xr.DataArray,
    targets: Targets,
    config: TrainConfig,
    *,
    run: Path | None = None,
    token: Token | None = None,
    unlabelled: Sequence[xr.DataArray] = (),
    start_from: Path | None = None,
    resume: bool = False,
    preview_every: float = 3.0,
    validation: Targets | None = None,
    exclude: Collection[Section] = (),
    tell_every: int | None = None,
) -> Generator[events.TrainingEvent, None, Model]:
    """Train a model and tell about it.

    Parameters
    ----------
    volume, targets
        The survey and its labels (see `facies.targets.make_targets`). Every section of the
        survey feeds the reconstruction, those of ``targets.sections`` the segmentation.
    run
        Folder of the model; made if it is not there. None: nothing is saved.
    token
        Stops, pauses, and says which section to preview.
    unlabelled
        Further surveys that feed the reconstruction only.
    start_from
        A model folder whose weights are the starting point of this run.
    resume
        Go on with the run in ``run``: weights, optimiser, step and random state. ``config.steps``
        and ``config.minutes`` are totals.
    preview_every
        Seconds between predictions of the section in view.
    validation
        Sections held out beforehand, with their labels: validation is on these, and neither do
        they feed the reconstruction. Without it, ``config.validation`` splits ``targets``.
    exclude
        Further sections of ``volume`` that do not feed the reconstruction.
    tell_every
        Steps between two `Stepped` events; about five a second if absent.

    Yields
    ------
    events.TrainingEvent
        `Started` first; one of `Finished`, `Stopped` and `Failed` last.

    Returns
    -------
    Model
        The trained model, as `model.load_model_folder` reads it from ``run``.

    Raises
    ------
    Exception
        What went wrong, when iteration goes on after `Failed` has told of it: an `InputError` where
        the user can put it right. Whoever handles `Failed` and ends there is not told again.
    """
    token = token or Token()
    try:
        device = choose_device(config.device, local_rank())
        dropped = compiled_code_dropped(config.compile)
        with memory_returned(device), dropped, joined(device) as process:
            training = TrainingRun(
                volume,
                targets,
                config,
                folder=run,
                unlabelled=unlabelled,
                start_from=start_from,
                resume=resume,
                held=HeldOut(validation, frozenset(exclude)),
                device=device,
                process=process,
                token=token,
                preview_every=preview_every,
                tell_every=tell_every,
            )
            yield from training_loop(training, token)
            model = training.trained_model()
            del training
        return model
    except InputError as error:
        yield events.Failed(str(error), traceback.format_exc(), input_error=True)
        raise
    except Exception as error:
        yield events.Failed(f"{type(error).__name__}: {error}", traceback.format_exc())
        raise


def train_model(
    volume: xr.DataArray,
    targets: Targets,
    config: TrainConfig,
    *,
    run: Path | None = None,
    token: Token | None = None,
    unlabelled: Sequence[xr.DataArray] = (),
    start_from: Path | None = None,
    resume: bool = False,
    validation: Targets | None = None,
    exclude: Collection[Section] = (),
    progress: bool = False,
) -> Model:
    """Train a model to the end, or until the token stops it, and return it.

    The parameters are those of `train_model_events`; ``progress`` shows a bar with losses and the
    validation on the terminal.

    Raises
    ------
    InputError
        If something that was given cannot be used.
    Exception
        If training fails in another way.
    """
    run_events = train_model_events(
        volume,
        targets,
        config,
        run=run,
        token=token,
        unlabelled=unlabelled,
        start_from=start_from,
        resume=resume,
        validation=validation,
        exclude=exclude,
    )
    return follow_to_the_end(run_events, progress=progress)
