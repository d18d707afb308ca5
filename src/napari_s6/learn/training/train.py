"""The semi-supervised training loop: a plain generator of events."""

import math
import time
import traceback
from collections.abc import Collection, Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import xarray as xr
from torch import Tensor

from napari_s6.errors import InputError
from napari_s6.facies.order import lie_in_order, out_of_order
from napari_s6.facies.sections import Section
from napari_s6.facies.targets import Targets
from napari_s6.learn import events
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.control import Token
from napari_s6.learn.data.batches import BatchSampler
from napari_s6.learn.data.normalise import AS_DELIVERED, fit_normalisation
from napari_s6.learn.device import (
    Backlog,
    choose_device,
    describe_device,
    memory_returned,
)
from napari_s6.learn.inference.predict import preview_section
from napari_s6.learn.model import (
    Model,
    Record,
    VerticalRange,
    installed_versions,
    load_record,
    save_model,
)
from napari_s6.learn.network.compiled import compiled_code_dropped
from napari_s6.learn.training.dataset import (
    NOTHING_HELD_OUT,
    HeldOut,
    TrainingData,
    describe_labels,
    gather_training_data,
    hold_on_device,
    measure,
)
from napari_s6.learn.training.distributed import DistributedProcess, joined, local_rank
from napari_s6.learn.training.ensemble import Ensemble
from napari_s6.learn.training.progress import ENDS, RunProgress
from napari_s6.learn.training.resume import check_folder
from napari_s6.learn.training.step import Losses, Stepper
from napari_s6.survey.volume import Orientation, vertical_dim

STEP_EVENTS_EVERY = 0.2
SAVE_EVERY = 120.0


def train(
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
) -> Generator[events.TrainingEvent, None, Model | None]:
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
        `Started` first; one of `Finished`, `Stopped` and `Failed` last. Errors do not leave the
        generator: they are told as `Failed`.

    Returns
    -------
    Model or None
        The trained model, as `checkpoint.load_model` reads it from ``run``; None if it failed.
    """
    token = token or Token()
    try:
        held = HeldOut(validation, frozenset(exclude))
        device = choose_device(config.device, local_rank())
        dropped = compiled_code_dropped(config.compile)
        with memory_returned(device), dropped, joined(device) as process:
            path = run if process.leads else None
            check_folder(path, resume)
            loop = _Loop(
                *(volume, targets, config, run, unlabelled, start_from, resume),
                *(held, device, process, token),
            )
            yield from loop.run(token, preview_every, tell_every)
            model = loop.trained_model()
            del loop
        return model
    except InputError as error:
        yield events.Failed(str(error), traceback.format_exc(), input_error=True)
    except Exception as error:
        yield events.Failed(f"{type(error).__name__}: {error}", traceback.format_exc())
    return None


class _Loop:
    """One training run: what it holds between two steps, and the steps."""

    def __init__(
        self,
        volume: xr.DataArray,
        targets: Targets,
        config: TrainConfig,
        run: Path | None,
        unlabelled: Sequence[xr.DataArray],
        start_from: Path | None,
        resume: bool,
        held: HeldOut = NOTHING_HELD_OUT,
        device: torch.device | None = None,
        process: DistributedProcess | None = None,
        token: Token | None = None,
    ) -> None:
        self.volume, self.targets, self.config, self.path = volume, targets, config, run
        self.device = device or choose_device(config.device)
        self.process = process or DistributedProcess()
        self.notes = list(targets.notes)
        torch.manual_seed(config.seed)
        earlier = load_record(run) if resume and run is not None else None
        normalisation = fit_normalisation(volume) if config.normalise else AS_DELIVERED
        samples = volume[vertical_dim(volume)].values
        self.record = Record(
            config,
            targets.scheme,
            earlier.normalisation if earlier else normalisation,
            earlier.vertical if earlier else VerticalRange.of(volume),
            interval=float(samples[1] - samples[0]) if len(samples) > 1 else 0.0,
            labels=describe_labels(targets),
            versions=installed_versions(),
        )
        data = gather_training_data(volume, targets, self.record, self.device, unlabelled, held)
        self.notes += data.notes
        self.record = replace(self.record, layered=self._layered(data, earlier))
        self.validation = data.validation
        self.released = data.released
        self.validation_targets = held.validation or targets
        self.sampler = BatchSampler(data.labelled, data.unlabelled, config)
        self.process.check_batch(self.sampler.n_labelled)
        self.progress = RunProgress(config)
        self.ensemble = Ensemble(config, targets.n_classes, self.device, self.process, start_from)
        resident, note = hold_on_device(data, config, self.device, token or Token())
        self.backlog = Backlog(self.device)
        self.stepper = Stepper(self.sampler, resident, self.ensemble, self.process, self.device)
        self.notes += [told for told in (self.ensemble.note, note) if told]
        self.metrics: dict[str, Any] = {}
        if earlier is not None and run is not None:
            self._resume(earlier, run)

    # -- setting up -------------------------------------------------------------------------

    def _layered(self, data: TrainingData, earlier: Record | None) -> bool:
        """Whether facies are predicted as layers: as asked for, or as the paint shows."""
        asked = self.config.layers
        if asked == "no":
            return False
        labels = [one.labels.numpy() for one in data.labelled]
        if asked == "yes":
            wrong = sum(int(out_of_order(section).sum()) for section in labels)
            if wrong:
                raise InputError(
                    f"layers = yes: {wrong} painted traces hold a facies above one that comes "
                    "before it in the scheme; order the scheme from the top down, or choose no"
                )
            return True
        if earlier is not None:
            return earlier.layered
        found = lie_in_order(labels)
        if found:
            self.notes.append(
                "all paint lies in the scheme's order: facies are predicted as layers"
            )
        return found

    def _resume(self, earlier: Record, folder: Path) -> None:
        self.metrics = dict(earlier.metrics)
        self.ensemble.restore(folder, self.metrics)
        self.progress.member_start = int(self.metrics.get("member_start", 0))
        self.sampler.restore(earlier.sampler)
        self.progress.step, self.progress.elapsed = earlier.step, earlier.elapsed
        self.progress.stale = int(self.metrics.get("stale", 0))
        if earlier.labels.get("hash") != self.targets.label_hash:
            self.notes.append("the labels have changed since the run was saved")

    # -- the loop ---------------------------------------------------------------------------

    def run(
        self, token: Token, preview_every: float, tell_every: int | None = None
    ) -> Iterator[events.TrainingEvent]:
        """Step until the end, a stop, or convergence."""
        yield self._started()
        losses, last_event, last_save = Losses(), time.monotonic(), time.monotonic()
        last_preview, last_view = -math.inf, None
        while True:
            if token.paused and not token.cancelled:
                yield events.Paused(self.progress.step)
                token.wait_while_paused()
                if not token.cancelled:
                    yield events.Resumed(self.progress.step)
                last_event = time.monotonic()
            cancelled, reason = self._agree(token)
            if cancelled:
                yield events.Stopped(self.progress.step, self._save())
                return
            if reason:
                break
            if self.progress.member > len(self.ensemble.finished):
                self.ensemble.next()
                self.metrics.pop("best_iou", None)
                self.progress.member_start = self.progress.step
            if self.released and self.progress.learns_all:
                yield events.Noted(self.progress.step, self._release())
            clock = time.monotonic()
            parts = self.stepper.parts
            taken = self._take_step(token)
            if self.stepper.parts != parts:
                size = math.ceil(self._per_step / self.stepper.parts)
                yield events.BatchHalved(self.progress.step, size)
            for note in self.stepper.notes():
                yield events.Noted(self.progress.step, note)
            if taken is None:
                continue
            losses.add(*taken)
            self.progress.step += 1
            self.ensemble.average.update(self.progress.step - self.progress.member_start)
            self.backlog.handed_over()
            now = time.monotonic()
            self.progress.elapsed += now - clock
            if tell_every is None:
                due = now - last_event >= STEP_EVENTS_EVERY
            else:
                due = self.progress.step % tell_every == 0
            if due or self.progress.share >= 1:
                yield self._stepped(losses, last_event)
                losses, last_event = Losses(), time.monotonic()
            if self._is_due():
                yield self._evaluate()
                last_event = time.monotonic()
            view = token.view if self.process.leads else None
            waited = time.monotonic() - last_preview
            if view is not None and (
                waited > preview_every or (view != last_view and waited > 0.5)
            ):
                yield from self._preview(*view)
                last_preview, last_view, last_event = time.monotonic(), view, time.monotonic()
            if (
                self.path is not None
                and self.process.leads
                and time.monotonic() - last_save > SAVE_EVERY
            ):
                yield events.CheckpointSaved(self.progress.step, self._save() or self.path)
                last_save = time.monotonic()
        path = self._save()
        if path is not None:
            yield events.CheckpointSaved(self.progress.step, path)
        found = self.metrics.get("best_iou" if self.config.keep == "best" else "mean_iou")
        yield events.Finished(
            self.progress.step, reason, path, float(found) if isinstance(found, float) else None
        )

    def _agree(self, token: Token) -> tuple[bool, str]:
        """Whether to stop now, and why the run is at its end: the first process decides for all."""
        told = self.process.agree((token.cancelled, self.progress.end, self.progress.elapsed))
        self.progress.elapsed = told[2]
        return bool(told[0]), ENDS[int(told[1])]

    def _release(self) -> str:
        """Learn from the labels that were kept back, too; returns what to say of it."""
        self.sampler.labelled, self.released, self.validation = self.released, [], []
        found = self.metrics.get("mean_iou")
        measured = f"validation mIoU {found:.3f} so far; " if isinstance(found, float) else ""
        return f"{measured}the labels that were kept back are learnt from as well now"

    @property
    def _per_step(self) -> int:
        return self.sampler.n_labelled + self.sampler.n_unlabelled

    def _take_step(self, token: Token) -> tuple[Tensor, Tensor] | None:
        return self.stepper.take(token, self.progress.rate, self.progress.member_share)

    # -- what it tells ------------------------------------------------------------------------

    def _started(self) -> events.Started:
        return events.Started(
            device=describe_device(self.device),
            parameters=sum(p.numel() for p in self.ensemble.network.parameters()),
            labelled_sections=len(self.targets.sections),
            unlabelled_sections=len(self.sampler.unlabelled),
            first_step=self.progress.step,
            steps=self.config.steps,
            minutes=self.config.minutes,
            notes=tuple(self.notes),
        )

    def _stepped(self, losses: Losses, last_event: float) -> events.Stepped:
        """Read the losses. On a device the steps are done only now: their time counts."""
        clock = time.monotonic()
        entropy = float(losses.entropy) / losses.steps
        error = float(losses.error) / losses.steps
        now = time.monotonic()
        self.progress.elapsed += now - clock
        if not math.isfinite(entropy + error):
            raise FloatingPointError(
                "the loss is no longer a number; lower the learning rate and train again"
            )
        return events.Stepped(
            self.progress.step,
            entropy,
            error if self.config.model == "constrained" else None,
            self.progress.rate,
            losses.steps * self._per_step / max(now - last_event, 1e-9),
            self.progress.elapsed,
            self.progress.remaining,
        )

    def _is_due(self) -> bool:
        if not self.validation or not self.process.leads:
            return False
        return self.progress.step % self.config.evaluate_every == 0 or self.progress.share >= 1

    def _model(self) -> Model:
        return Model(self.ensemble.predicting(self.progress.member_share), self.record, self.device)

    def _evaluate(self) -> events.Evaluated:
        """Measure the averaged weights on the validation pieces."""
        clock = time.monotonic()
        scores, entropy = measure(
            self._model(), self.volume, self.validation_targets, self.validation
        )
        best = scores.mean_iou >= float(self.metrics.get("best_iou", -1.0))
        self.progress.stale = 0 if best else self.progress.stale + 1
        self.metrics |= {"mean_iou": scores.mean_iou, "stale": self.progress.stale}
        if best:
            self.metrics |= {"best_iou": scores.mean_iou, "best_step": self.progress.step}
            if self.config.keep == "best":
                self.ensemble.keep_best()
        self.progress.elapsed += time.monotonic() - clock
        iou = tuple(float(value) for value in scores.iou)
        return events.Evaluated(self.progress.step, scores.mean_iou, entropy, iou, best)

    def _preview(self, orientation: Orientation, index: int) -> Iterator[events.Previewed]:
        try:
            found = preview_section(self._model(), self.volume, orientation, index)
        except InputError:
            return  # a line without a live trace is in view: there is nothing to show of it
        yield events.Previewed(self.progress.step, orientation, index, *found)

    # -- what it keeps --------------------------------------------------------------------------

    def _save(self) -> Path | None:
        if self.path is None or not self.process.leads:
            return None
        self.ensemble.save(self.path, self.progress.step)
        weights = self.ensemble.weights(self.progress.member_share)
        save_model(self.path, weights, self._record_now())
        return self.path

    def _record_now(self) -> Record:
        return replace(
            self.record,
            step=self.progress.step,
            elapsed=self.progress.elapsed,
            metrics=self.metrics
            | {"finished": len(self.ensemble.finished), "member_start": self.progress.member_start},
            sampler=self.sampler.state(),
        )

    def trained_model(self) -> Model:
        """The model that the run ends in; the run cannot go on with it."""
        self.ensemble.end()
        networks = self.ensemble.predicting(self.progress.member_share)
        return Model(networks, self._record_now(), self.device)
