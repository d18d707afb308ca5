"""A bar on the terminal that shows how a training run gets on."""

from collections.abc import Generator
from types import TracebackType
from typing import Any, Self, TypeVar

from napari_s6.learn import events
from napari_s6.learn.events import TrainingEvent

_PARTS = 1000
_Trained = TypeVar("_Trained")


class ProgressBar:
    """Show a run's share, its losses and its last validation; nothing unless ``shown``."""

    def __init__(self, *, shown: bool) -> None:
        self._bar: Any = None
        self._told: dict[str, str] = {}
        self._steps: int | None = None
        self._minutes: float | None = None
        if shown:
            from tqdm.auto import tqdm

            form = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}<{remaining}{postfix}"
            self._bar = tqdm(total=_PARTS, desc="training", bar_format=form)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def hear(self, event: TrainingEvent) -> None:
        """Show what the run tells."""
        if self._bar is None:
            return
        match event:
            case events.Started():
                self._steps, self._minutes = event.steps, event.minutes
                for note in event.notes:
                    self._bar.write(f"note: {note}")
            case events.Stepped():
                self._told |= {name: f"{loss:.3f}" for name, loss in event.losses.items()}
                steps = event.step / self._steps if self._steps else 0.0
                minutes = event.elapsed / (60 * self._minutes) if self._minutes else 0.0
                self._move(max(steps, minutes))
            case events.Evaluated():
                self._told["validation_mIoU"] = f"{event.mean_iou:.3f}"
            case events.Noted():
                self._bar.write(f"note: {event.text}")
            case events.Finished():
                self._move(1.0)

    def _move(self, share: float) -> None:
        self._bar.set_postfix(self._told, refresh=False)
        self._bar.update(round(_PARTS * min(1.0, share)) - self._bar.n)


def follow_to_the_end(
    run: Generator[TrainingEvent, None, _Trained], *, progress: bool = False
) -> _Trained:
    """Let a run go on to its end, with a bar if ``progress`` says so; return what it returns.

    Raises
    ------
    Exception
        What the run raises.
    """
    with ProgressBar(shown=progress) as bar:
        while True:
            try:
                bar.hear(next(run))
            except StopIteration as end:
                trained: _Trained = end.value
                return trained
