"""What a training run holds between two steps, and what it does besides stepping."""

import contextlib
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import xarray as xr
from torch import Tensor

from napari_s6.errors import InputError
from napari_s6.facies.order import lie_in_order, out_of_order
from napari_s6.facies.targets import Targets
from napari_s6.learn import events
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.control import Token
from napari_s6.learn.data.batches import BatchSampler
from napari_s6.learn.data.normalise import AS_DELIVERED, fit_normalisation
from napari_s6.learn.device import Backlog, choose_device, describe_device
from napari_s6.learn.inference.predict import preview_section
from napari_s6.learn.model import (
    Model,
    Record,
    VerticalRange,
    installed_versions,
    load_record,
    save_model_folder,
)
from napari_s6.learn.training.dataset import (
    NOTHING_HELD_OUT,
    HeldOut,
    TrainingData,
    describe_labels,
    gather_training_data,
    hold_on_device,
    measure,
)
from napari_s6.learn.training.distributed import DistributedProcess
from napari_s6.learn.training.ensemble import Ensemble
from napari_s6.learn.training.progress import ENDS, RunProgress
from napari_s6.learn.training.resume import check_folder
from napari_s6.learn.training.step import LossMeans, StepRecovery
from napari_s6.survey.volume import Orientation, vertical_dim

STEP_EVENTS_EVERY = 0.2
SAVE_EVERY = 120.0
PREVIEW_AT_MOST_EVERY = 0.5
"""Seconds."""


class TrainingRun:
    """Hold a training run, and do what it does between its steps.

    What it tells are the events that its methods yield.

    Parameters
    ----------
    folder
        The model's folder; None: nothing is saved.
    preview_every, tell_every
        Seconds between previews, and steps between `Stepped` events: see
        `train.train_model_events`.

    Raises
    ------
    InputError
        If labels, folder and settings do not go together.
    """

    def __init__(
        self,
        volume: xr.DataArray,
        targets: Targets,
        config: TrainConfig,
        *,
        folder: Path | None = None,
        unlabelled: Sequence[xr.DataArray] = (),
        start_from: Path | None = None,
        resume: bool = False,
        held: HeldOut = NOTHING_HELD_OUT,
        device: torch.device | None = None,
        process: DistributedProcess | None = None,
        token: Token | None = None,
        preview_every: float = 3.0,
        tell_every: int | None = None,
    ) -> None:
        self.volume, self.targets, self.config, self.folder = volume, targets, config, folder
        self.device = device or choose_device(config.device)
        self.process = process or DistributedProcess()
        check_folder(folder if self.process.leads else None, resume)
        self.notes = list(targets.notes)
        torch.manual_seed(config.seed)
        earlier = load_record(folder) if resume and folder is not None else None
        self.record = self._new_record(earlier)
        data = gather_training_data(volume, targets, self.record, self.device, unlabelled, held)
        self.notes += data.notes
        self.record = replace(self.record, layered=self._layered(data, earlier))
        self.validation, self.released = data.validation, data.released
        self.validation_targets = held.validation or targets
        self.sampler = BatchSampler(data.labelled, data.unlabelled, config)
        self.process.check_batch(self.sampler.n_labelled)
        self.progress = RunProgress(config)
        self.ensemble = Ensemble(config, targets.n_classes, self.device, self.process, start_from)
        resident, note = hold_on_device(data, config, self.device, token or Token())
        labelled = len(self.process.share(range(self.sampler.n_labelled)))
        self.recovery = StepRecovery(
            resident, self.sampler, self.ensemble, self.device, labelled=labelled
        )
        self.backlog = Backlog(self.device)
        self.notes += [told for told in (self.ensemble.note, note) if told]
        self.metrics: dict[str, Any] = {}
        if earlier is not None and folder is not None:
            self._resume(earlier, folder)
        self._preview_every, self._tell_every = preview_every, tell_every
        self._losses, self._parts = LossMeans(), self.recovery.parts
        self._told = self._saved = time.monotonic()
        self._previewed = -math.inf
        self._view: tuple[Orientation, int] | None = None

    # -- setting up -------------------------------------------------------------------------

    def _new_record(self, earlier: Record | None) -> Record:
        normalisation = fit_normalisation(self.volume) if self.config.normalise else AS_DELIVERED
        samples = self.volume[vertical_dim(self.volume)].values
        return Record(
            self.config,
            self.targets.scheme,
            earlier.normalisation if earlier else normalisation,
            earlier.vertical if earlier else VerticalRange.of(self.volume),
            interval=float(samples[1] - samples[0]) if len(samples) > 1 else 0.0,
            labels=describe_labels(self.targets),
            versions=installed_versions(),
        )

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
        in_order = lie_in_order(labels)
        if in_order:
            self.notes.append(
                "all paint lies in the scheme's order: facies are predicted as layers"
            )
        return in_order

    def _resume(self, earlier: Record, folder: Path) -> None:
        self.metrics = dict(earlier.metrics)
        self.ensemble.restore(folder, self.metrics)
        self.progress.member_start = int(self.metrics.get("member_start", 0))
        self.sampler.restore(earlier.sampler)
        self.progress.step, self.progress.elapsed = earlier.step, earlier.elapsed
        self.progress.stale = int(self.metrics.get("stale", 0))
        if earlier.labels.get("hash") != self.targets.label_hash:
            self.notes.append("the labels have changed since the run was saved")

    def started(self) -> events.Started:
        """Tell what the run is about to do; its clocks start."""
        self._told = self._saved = time.monotonic()
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

    # -- before a step ------------------------------------------------------------------------

    def pause(self, token: Token) -> Iterator[events.TrainingEvent]:
        """Wait as long as the token says so."""
        if token.paused and not token.cancelled:
            yield events.Paused(self.progress.step)
            token.wait_while_paused()
            if not token.cancelled:
                yield events.Resumed(self.progress.step)
            self._told = time.monotonic()

    def agree(self, token: Token) -> tuple[bool, str]:
        """Whether to stop now, and why the run is at its end: the first process decides for all."""
        told = self.process.agree((token.cancelled, self.progress.end, self.progress.elapsed))
        self.progress.elapsed = told[2]
        return bool(told[0]), ENDS[int(told[1])]

    def change_over(self) -> Iterator[events.TrainingEvent]:
        """Begin the next network, and learn from labels that were kept back, when it is time."""
        if self.progress.member > len(self.ensemble.finished):
            self.ensemble.next()
            self.metrics.pop("best_iou", None)
            self.progress.member_start = self.progress.step
        if self.released and self.progress.learns_all:
            self.sampler.labelled, self.released, self.validation = self.released, [], []
            iou = self.metrics.get("mean_iou")
            measured = f"validation mIoU {iou:.3f} so far; " if isinstance(iou, float) else ""
            yield events.Noted(
                self.progress.step,
                f"{measured}the labels that were kept back are learnt from as well now",
            )

    # -- after a step -------------------------------------------------------------------------

    @contextlib.contextmanager
    def timed(self) -> Iterator[None]:
        """Count the time that the block takes as training."""
        clock = time.monotonic()
        yield
        self.progress.elapsed += time.monotonic() - clock

    @property
    def sections_a_step(self) -> int:
        """Sections in a batch."""
        return self.sampler.n_labelled + self.sampler.n_unlabelled

    def tell_recovery(self) -> Iterator[events.TrainingEvent]:
        """Tell what had to be changed for the step."""
        if self.recovery.parts != self._parts:
            self._parts = self.recovery.parts
            yield events.BatchHalved(
                self.progress.step, math.ceil(self.sections_a_step / self._parts)
            )
        for note in self.recovery.notes():
            yield events.Noted(self.progress.step, note)

    def tell_losses(self, losses: Mapping[str, Tensor]) -> Iterator[events.Stepped]:
        """Take in a step's losses, and tell their means now and then.

        On a device the steps are done only when the losses are read: that time counts.
        """
        self._losses.add(losses)
        if self._tell_every is None:
            due = time.monotonic() - self._told >= STEP_EVENTS_EVERY
        else:
            due = self.progress.step % self._tell_every == 0
        if not due and self.progress.share < 1:
            return
        with self.timed():
            means = self._losses.read()
        if not all(map(math.isfinite, means.values())):
            raise FloatingPointError(
                "the loss is no longer a number; lower the learning rate and train again"
            )
        seconds = max(time.monotonic() - self._told, 1e-9)
        yield events.Stepped(
            self.progress.step,
            means,
            self.progress.rate,
            self._losses.steps * self.sections_a_step / seconds,
            self.progress.elapsed,
            self.progress.remaining,
        )
        self._losses, self._told = LossMeans(), time.monotonic()

    def validate(self) -> Iterator[events.Evaluated]:
        """Measure the averaged weights on the validation pieces, when it is time."""
        due = self.progress.step % self.config.evaluate_every == 0 or self.progress.share >= 1
        if not due or not self.validation or not self.process.leads:
            return
        with self.timed():
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
        iou = tuple(float(value) for value in scores.iou)
        yield events.Evaluated(self.progress.step, scores.mean_iou, entropy, iou, best)
        self._told = time.monotonic()

    def preview(self, token: Token) -> Iterator[events.Previewed]:
        """Predict the section in view: now and then, and soon after another one came in view."""
        view, waited = token.view, time.monotonic() - self._previewed
        turned = view != self._view and waited > PREVIEW_AT_MOST_EVERY
        if view is None or not self.process.leads or not (waited > self._preview_every or turned):
            return
        with contextlib.suppress(InputError):  # no live trace is in view: nothing to show of it
            codes, confidence, drawn = preview_section(self._model(), self.volume, *view)
            yield events.Previewed(self.progress.step, *view, codes, confidence, drawn)
        self._previewed, self._view, self._told = time.monotonic(), view, time.monotonic()

    def checkpoint_now_and_then(self) -> Iterator[events.CheckpointSaved]:
        """Save where the last time is long ago."""
        if time.monotonic() - self._saved > SAVE_EVERY:
            yield from self.checkpoint()
            self._saved = time.monotonic()

    # -- what it keeps --------------------------------------------------------------------------

    def save(self) -> Path | None:
        """Bring the folder up to date and return it; None if nothing is saved by this process."""
        if self.folder is None or not self.process.leads:
            return None
        self.ensemble.save(self.folder, self.progress.step)
        weights = self.ensemble.weights(self.progress.member_share)
        save_model_folder(self.folder, weights, self._record_now())
        return self.folder

    def checkpoint(self) -> Iterator[events.CheckpointSaved]:
        """Save, and tell where."""
        path = self.save()
        if path is not None:
            yield events.CheckpointSaved(self.progress.step, path)

    def finished(self, reason: str) -> events.Finished:
        """Tell how the run ended."""
        iou = self.metrics.get("best_iou" if self.config.keep == "best" else "mean_iou")
        measured = iou if isinstance(iou, float) else None
        path = self.folder if self.process.leads else None
        return events.Finished(self.progress.step, reason, path, measured)

    def trained_model(self) -> Model:
        """Return the model that the run ends in; the run cannot go on with it."""
        self.ensemble.end()
        return self._model(self._record_now())

    def _model(self, record: Record | None = None) -> Model:
        networks = self.ensemble.predicting(self.progress.member_share)
        return Model(networks, record or self.record, self.device)

    def _record_now(self) -> Record:
        members = {
            "finished": len(self.ensemble.finished),
            "member_start": self.progress.member_start,
        }
        return replace(
            self.record,
            step=self.progress.step,
            elapsed=self.progress.elapsed,
            metrics=self.metrics | members,
            sampler=self.sampler.state(),
        )
