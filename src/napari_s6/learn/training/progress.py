"""How far a run is, and what follows from it: the learning rate, the time left, the end."""

import math
from dataclasses import dataclass

from napari_s6.learn.config import TrainConfig

LEAST_RATE = 0.01
"""The learning rate ends, and its warm-up begins, at this share of its peak."""

ENDS = (
    "",
    "converged: no gain on the validation sections any more",
    "minutes used up",
    "all steps taken",
)


@dataclass
class RunProgress:
    """Steps taken, seconds spent on them, and validations without a gain.

    Where several networks are trained one after the other, each has an equal share of the run;
    ``member_start`` is the step at which the present one began.
    """

    config: TrainConfig
    step: int = 0
    elapsed: float = 0.0
    stale: int = 0
    member_start: int = 0

    @property
    def share(self) -> float:
        """Share of the run that is done, by steps or by the clock, whichever is further."""
        steps = self.step / self.config.steps if self.config.steps else 0.0
        return max(steps, self._minutes_share)

    @property
    def member(self) -> int:
        """Which network is being trained, from 0."""
        return min(self.config.members - 1, int(self.share * self.config.members))

    @property
    def member_share(self) -> float:
        """Share of its own training that the present network has had."""
        return min(1.0, self.share * self.config.members - self.member)

    @property
    def learns_all(self) -> bool:
        """Whether the labels that were kept back for validation are learnt from by now.

        The first network is validated up to a point; those after it are not.
        """
        return self.member > 0 or self.member_share >= self.config.validation_until

    @property
    def remaining(self) -> float:
        """Seconds to the end, if all goes on as it went."""
        return max(0.0, (1 - self.share) * self.elapsed / max(self.share, 1e-9))

    @property
    def end(self) -> int:
        """Why the run is at its end, as an index of `ENDS`; 0 if it is not."""
        if self.config.patience is not None and self.stale >= self.config.patience:
            return 1
        if self._minutes_share >= 1:
            return 2
        return 3 if self.share >= 1 else 0

    @property
    def rate(self) -> float:
        """The learning rate at this point of the present network's training."""
        config, done = self.config, self.member_share
        if done < config.warmup:
            return config.learning_rate * max(LEAST_RATE, done / config.warmup)
        if config.schedule == "constant":
            return config.learning_rate
        along = (done - config.warmup) / (1 - config.warmup)
        return config.learning_rate * max(LEAST_RATE, 0.5 * (1 + math.cos(math.pi * along)))

    @property
    def _minutes_share(self) -> float:
        return self.elapsed / (60 * self.config.minutes) if self.config.minutes else 0.0
