"""What the session is doing, and the course of the job that runs or ran last."""

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
class Course:
    """A job's course so far: one line for a person, how far it is, and the curves of a training.

    ``share`` is in 0..1 (None where there is nothing to measure), ``remaining`` in seconds; the
    curves are (step, value) pairs.
    """

    text: str = ""
    share: float | None = None
    remaining: float | None = None
    steps: int | None = None
    minutes: float | None = None
    device: str = ""
    cross_entropy: list[tuple[int, float]] = field(default_factory=list)
    reconstruction: list[tuple[int, float]] = field(default_factory=list)
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
        self.cross_entropy.append((event.step, event.cross_entropy))
        if event.reconstruction is not None:
            self.reconstruction.append((event.step, event.reconstruction))
        of = "" if self.steps is None else f" of {self.steps}"
        self.text = f"Step {event.step}{of}, {event.sections_per_second:.3g} sections/s"
        self.remaining = event.remaining
        shares = [event.step / self.steps] if self.steps else []
        if self.minutes:
            shares.append(event.elapsed / (60 * self.minutes))
        self.share = min(1.0, max(shares)) if shares else None
