"""Everything that decides a training run, in one frozen, validated value."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from napari_s6.errors import InputError, did_you_mean
from napari_s6.learn.presets import TRAINING_PRESETS

if TYPE_CHECKING:
    PresetName = str
else:
    PresetName = Literal[tuple(TRAINING_PRESETS)]
ModelKind = Literal["constrained", "unconstrained"]


REMOVED_SETTINGS: Mapping[str, Any] = {
    "consistency_threshold": 0.0,
    "depth_channel": False,
    "depth_jitter": 0.0,
    "exchange": True,
    "reconstruction_aspp": "own",
    "reconstruction_schedule": "constant",
    "tie_weight": 1.0,
    "ties": False,
}
"""Settings that experiments found no use for (``docs/study.md``), with their defaults: models and
studies of that time hold them."""


class TrainConfig(BaseModel):
    """Settings of a training run; saved as JSON beside the weights.

    ``TrainConfig.named("fast")`` gives a preset, keyword arguments override single settings.
    Where a setting follows the S6 paper or departs from it is said in ``docs/architecture.md``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    preset: PresetName = "fast"
    model: ModelKind = Field(
        default="constrained", description="with or without the reconstruction"
    )

    steps: int | None = Field(
        default=600, ge=1, description="total optimiser steps; None: by minutes"
    )
    minutes: float | None = Field(default=None, gt=0, description="total training time")
    device: str = Field(default="auto", description="auto, cpu, cuda, cuda:1, mps")
    seed: int = Field(default=0, ge=0)
    label_fraction: float | None = Field(
        default=None, gt=0, le=1, description="share of the live sections whose labels may be used"
    )

    encoder_stages: Literal[3, 4] = Field(
        default=4, description="3: without the last stage of ResNet-18, half the work"
    )
    layers: Literal["auto", "yes", "no"] = Field(
        default="auto",
        description="predict layers in the scheme's order, top down; auto: if all paint lies so",
    )
    decoder_channels: int = Field(default=48, ge=8)
    atrous_rates: tuple[int, int, int] = (6, 12, 18)
    decoder_dropout: float = Field(default=0.1, ge=0, lt=1)
    reconstruction_head: Literal["bilinear", "pixel_shuffle"] = "pixel_shuffle"
    reconstruction_skip: bool = True
    batch_statistics: Literal["joint", "separate"] = Field(
        default="joint", description="of labelled and unlabelled sections in the encoder"
    )

    normalise: bool = Field(
        default=True, description="clip and scale amplitudes; False: as delivered"
    )
    loss_scaling: Literal["variance", "sum"] = "variance"
    reconstruction_weight: float = Field(default=1.0, ge=0)
    hidden_share: float = Field(
        default=0.0, ge=0, lt=1, description="share of an unlabelled section hidden from the net"
    )
    hidden_block: int = Field(default=16, ge=1, description="side of a hidden square, samples")
    noise: float = Field(
        default=0.0, ge=0, description="noise added to unlabelled sections, in their RMS"
    )
    consistency: float = Field(
        default=0.0, ge=0, description="weight of agreeing with the averaged network"
    )

    batch_size: int = Field(
        default=8, ge=2, description="sections (or crops) a step, both kinds together"
    )
    labelled_share: float = Field(default=0.5, gt=0, le=1)
    crop_traces: int | None = Field(default=144, ge=32, description="None: whole sections")
    crop_samples: int | None = Field(default=512, ge=32, description="None: whole sections")
    horizontal_flip: bool = True
    amplitude_jitter: float = Field(default=0.2, ge=0, lt=1)
    warp: float = Field(
        default=0.0,
        ge=0,
        lt=0.5,
        description="how far sections are tilted and folded, in their height",
    )

    learning_rate: float = Field(default=2e-3, gt=0)
    weight_decay: float = Field(default=0.0, ge=0)
    warmup: float = Field(default=0.05, ge=0, lt=1, description="share of the run")
    schedule: Literal["constant", "cosine"] = "cosine"
    members: int = Field(
        default=1,
        ge=1,
        le=50,
        description="networks trained one after the other, whose predictions are averaged",
    )
    averaging: float = Field(
        default=0.98, ge=0, lt=1, description="decay of the weights' moving average"
    )

    validation: Literal["block", "random", "none"] = "block"
    validation_share: float = Field(default=0.1, gt=0, lt=1)
    validation_until: float = Field(
        default=1.0,
        gt=0,
        le=1,
        description="share of the run after which what was kept back is learnt from too; it never "
        "is with keep = best or with patience",
    )
    evaluate_every: int = Field(default=50, ge=1, description="steps between validations")
    patience: int | None = Field(
        default=None,
        ge=1,
        description="validations without gain before stopping; None: no early stop",
    )
    keep: Literal["best", "last"] = Field(
        default="last", description="which weights make the model"
    )

    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    resident: Literal["auto", "yes", "no"] = Field(
        default="auto",
        description="hold the whole survey on the device if it fits; auto: on a GPU",
    )
    compile: Literal["no", "cudagraphs", "inductor"] = Field(
        default="no", description="compile the network's pass in training"
    )

    @model_validator(mode="before")
    @classmethod
    def _without_removed_settings(cls, given: Any) -> Any:
        """Read what was saved while there were more settings, as long as they did nothing."""
        if not isinstance(given, dict):
            return given
        for name, default in REMOVED_SETTINGS.items():
            if given.get(name, default) != default:
                raise ValueError(
                    f"{name} = {given[name]!r}: this setting is gone, and only {default!r} is "
                    "still understood; leave it out, or take the version that wrote it"
                )
        return {name: value for name, value in given.items() if name not in REMOVED_SETTINGS}

    @model_validator(mode="after")
    def _has_an_end(self) -> Self:
        if self.steps is None and self.minutes is None:
            raise ValueError("give steps or minutes: a run must have an end")
        if self.members > 1 and self.patience is not None:
            raise ValueError("members train for equal times: leave out patience, or have one")
        return self

    @property
    def releases(self) -> bool:
        """Whether labels kept back for validation are learnt from in the end."""
        return self.validation_until < 1 and self.keep == "last" and self.patience is None

    @property
    def uses_unlabelled(self) -> bool:
        """Whether a batch holds unlabelled sections."""
        return self.model == "constrained" or self.consistency > 0

    @classmethod
    def named(cls, preset: str, **settings: Any) -> "TrainConfig":
        """Return a preset with single settings replaced.

        A preset may end by steps or by the clock, whichever is first; giving one of ``steps`` and
        ``minutes`` alone lets that one end the run.

        Raises
        ------
        InputError
            If there is no such preset or a value is out of range.

        Examples
        --------
        >>> config = TrainConfig.named("fast", steps=200)
        >>> config.steps, config.minutes
        (200, None)
        """
        if preset not in TRAINING_PRESETS:
            names = ", ".join(TRAINING_PRESETS)
            hint = did_you_mean(preset, TRAINING_PRESETS)
            raise InputError(f"preset '{preset}' is unknown: choose one of {names}{hint}")
        for one, other in (("minutes", "steps"), ("steps", "minutes")):
            if settings.get(one) is not None and other not in settings:
                settings[other] = None
        try:
            return cls(**{**TRAINING_PRESETS[preset].settings, **settings, "preset": preset})
        except ValidationError as error:
            raise InputError(explain_settings_error(error)) from error


def explain_settings_error(error: ValidationError) -> str:
    """Say in one line which setting cannot be used and why."""
    first = error.errors()[0]
    if not first["loc"]:  # of no setting by itself: the message says it all
        return first["msg"].removeprefix("Value error, ")
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"{where}: no setting is called that{did_you_mean(where, TrainConfig.model_fields)}"
    return f"{where} = {first.get('input')!r} cannot be used: {first['msg']}"
