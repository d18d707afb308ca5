"""What the session is doing, and how the run that goes on, or went last, has gone."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from napari_s6.learn import events
from napari_s6.plugin.session.learning import Predicted


class State(StrEnum):
    """What the session is doing."""

    IDLE = "idle"
    TRAINING = "training"
    PAUSED = "paused"
    PREDICTING = "predicting"
    FAILED = "failed"


@dataclass
class RunHistory:
    """Hold how a run has gone so far: a line for a person, how far it is, a training's curves.

    ``share`` is in 0..1 (None where there is nothing to measure), ``remaining`` in seconds; the
    curves are (step, value) pairs, those of the losses by name.
    """

    text: str = ""
    share: float | None = None
    remaining: float | None = None
    steps: int | None = None
    minutes: float | None = None
    device: str = ""
    losses: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    mean_iou: list[tuple[int, float]] = field(default_factory=list)

    def hear(self, event: Any) -> None:
        """Take in what a job tells."""
        match event:
            case events.Started():
                self.steps, self.minutes, self.device = event.steps, event.minutes, event.device
                self.text = (
                    f"{event.labelled_sections} painted of {event.unlabelled_sections} sections, "
                    f"on {event.device}"
                )
            case events.Stepped():
                self._step(event)
            case events.Evaluated():
                self.mean_iou.append((event.step, event.mean_iou))
            case events.BatchHalved():
                self.text = f"Out of device memory: going on with batches of {event.micro_batch}"
            case events.Paused():
                self.text, self.remaining = f"Paused at step {event.step}", None
            case events.Stopped():
                self.text, self.remaining = f"Stopped at step {event.step}", None
            case events.Finished():
                measured = (
                    "" if event.mean_iou is None else f", validation mIoU {event.mean_iou:.3f}"
                )
                self.text = f"Finished after {event.step} steps: {event.reason}{measured}"
                self.share, self.remaining = 1.0, None
            case events.Failed():
                self.text, self.remaining = f"Failed: {event.message}", None
            case Predicted():
                self.share = event.done / max(1, event.total)
                self.remaining = event.remaining if event.done < event.total else None
                self.text = f"{event.done} of {event.total} sections predicted"

    def tell_stopped(self) -> None:
        """The job has ended because it was asked to, having said so itself or not."""
        self.remaining = None
        if self.text == "Stopping":
            self.text = "Stopped"
        elif not self.text.startswith(("Stopped", "Finished", "Failed")):
            self.text = f"Stopped: {self.text}"

    def _step(self, event: events.Stepped) -> None:
        for name, loss in event.losses.items():
            self.losses.setdefault(name, []).append((event.step, loss))
        of = "" if self.steps is None else f" of {self.steps}"
        self.text = f"Step {event.step}{of}, {event.sections_per_second:.3g} sections/s"
        self.remaining = event.remaining
        shares = [event.step / self.steps] if self.steps else []
        if self.minutes:
            shares.append(event.elapsed / (60 * self.minutes))
        self.share = min(1.0, max(shares)) if shares else None
