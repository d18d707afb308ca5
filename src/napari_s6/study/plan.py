"""What a study consists of: which runs, on which data, with which settings."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from napari_s6.errors import InputError
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.learn.config import ModelKind, TrainConfig
from napari_s6.survey.atomic import atomic_path
from napari_s6.survey.header_bytes import STANDARD, HeaderBytes
from napari_s6.survey.reading import Reading, Unit

PLAN = "study.json"
ARMS: tuple[ModelKind, ...] = ("unconstrained", "constrained")
MOST_THREADS = 4
"""Threads of a run on a CPU do not depend on how many runs there are at a time: sums are added in
another order with another number of threads, and training magnifies the difference."""

# What may be asked for more of, or elsewhere, without changing a run that is done.
_EXTENDS = ("arms", "shares", "repeats", "commands")


def default_threads() -> int:
    """Threads of a run, the same whatever the number of runs at a time."""
    return min(MOST_THREADS, os.cpu_count() or 1)


class Run(BaseModel):
    """One training and its test: a model kind, a repeat, and in Table 1 a share of labels (%)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    arm: ModelKind
    repeat: int = Field(ge=0)
    share: float | None = None

    @property
    def name(self) -> str:
        """Name of its files."""
        share = "" if self.share is None else f"n{self.share:g}-"
        return f"{share}{self.arm}-{self.repeat + 1}"

    def __str__(self) -> str:
        share = "" if self.share is None else f"n = {self.share:g} %, "
        return f"{share}{self.arm}, repeat {self.repeat + 1}"


class StudyPlan(BaseModel):
    """A study, as ``study.json`` in its folder keeps it.

    Attributes
    ----------
    kind
        ``"table1"``: shares of the labels of a benchmark folder; ``"lines"``: chosen lines.
    seismic, labels
        The benchmark's folder, or a survey and its label file.
    scheme, classes
        The facies, and the codes that means are over (all if None).
    settings
        Training settings; model, seed and label fraction are each run's own.
    shares
        Shares of labelled sections in per cent (Table 1).
    train_lines, test_lines
        Lines as ``iline:130`` (lines).
    seed
        Repeat k trains and draws with the seed ``seed`` + k, in both arms.
    transductive
        Whether what is tested on feeds the reconstruction.
    threads
        Threads of a run on a CPU.
    header_bytes, sample_interval, start, sample_count, unit, coordinate_scalar, crop
        How the survey is read: see :func:`napari_s6.formats.open.open_volume`. ``header_bytes``
        are those of inline and crossline, or of X and Y too.
    commands
        The command lines that the study was run with.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["table1", "lines"]
    seismic: str
    labels: str | None = None
    scheme: FaciesScheme
    classes: tuple[int, ...] | None = None
    settings: TrainConfig
    arms: tuple[ModelKind, ...] = ARMS
    shares: tuple[float, ...] = ()
    repeats: int = Field(default=5, ge=1)
    train_lines: tuple[str, ...] = ()
    test_lines: tuple[str, ...] = ()
    seed: int = 0
    transductive: bool = False
    threads: int = Field(default_factory=default_threads, ge=1)
    convention: Literal["codes", "layer"] | None = None
    header_bytes: tuple[int, int] | tuple[int, int, int, int] | Literal["guess"] = (189, 193)
    sample_interval: float | None = None
    start: float | None = None
    sample_count: int | None = None
    unit: Unit | None = None
    coordinate_scalar: int | None = None
    crop: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()

    def reading(self) -> Reading:
        """Return how SEG-Y files are read, the labels' too."""
        where = self.header_bytes
        given = None if where == (STANDARD.iline, STANDARD.xline) else where
        return Reading(
            header_bytes=HeaderBytes(*given) if isinstance(given, tuple) else given,
            interval=self.sample_interval,
            start=self.start,
            n_samples=self.sample_count,
            unit=self.unit,
            coordinate_scalar=self.coordinate_scalar,
        )

    def runs(self) -> list[Run]:
        """All runs, a whole repeat before the next, so that a table soon fills."""
        return [
            Run(arm=arm, repeat=repeat, share=share)
            for repeat in range(self.repeats)
            for share in self.shares or (None,)
            for arm in self.arms
        ]

    def config_for(self, run: Run) -> TrainConfig:
        """The settings of one run: equal in both arms but for the model."""
        own = {
            "model": run.arm,
            "seed": self.seed + run.repeat,
            "label_fraction": None if run.share is None else run.share / 100,
        }
        return TrainConfig.named(
            self.settings.preset, **{**self.settings.model_dump(exclude={"preset"}), **own}
        )

    def extended_by(self, other: "StudyPlan") -> "StudyPlan":
        """This plan with the further runs of another one.

        Raises
        ------
        InputError
            If the other plan would give other results for the same run.
        """
        for name in type(self).model_fields:
            if name in _EXTENDS:
                continue
            mine, theirs = _decisive(self, name), _decisive(other, name)
            for what in mine:
                if mine[what] != theirs[what]:
                    raise InputError(
                        f"{what}: the study in this folder has {_short(mine[what])}, asked for is "
                        f"{_short(theirs[what])}; ask for the same or give another folder"
                    )
        return self.model_copy(
            update={
                "arms": tuple(arm for arm in ARMS if arm in (*self.arms, *other.arms)),
                "shares": tuple(sorted({*self.shares, *other.shares}, reverse=True)),
                "repeats": max(self.repeats, other.repeats),
                "commands": tuple(dict.fromkeys([*self.commands, *other.commands])),
            }
        )


def _decisive(plan: StudyPlan, name: str) -> dict[str, object]:
    """A field as far as it decides results: on which device a run is made does not count."""
    value = getattr(plan, name)
    if isinstance(value, TrainConfig):
        return value.model_dump(exclude={"device"})
    return {name.replace("_", " "): value}


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def parse_shares(text: str) -> tuple[float, ...]:
    """Read ``"2,4,6,8"`` as shares in per cent, the largest first.

    Raises
    ------
    InputError
        If one is no number above 0 and up to 100.
    """
    try:
        shares = {float(part) for part in text.split(",")}
    except ValueError:
        shares = set()
    if not shares or not all(0 < share <= 100 for share in shares):
        raise InputError(f"--n {text}: give shares of labelled sections in per cent, as 2,4,6,8")
    return tuple(sorted(shares, reverse=True))


def parse_arms(text: str) -> tuple[ModelKind, ...]:
    """Read ``"unconstrained,constrained"``.

    Raises
    ------
    InputError
        If there is no such model.
    """
    asked = {part.strip() for part in text.split(",")}
    if not asked <= set(get_args(ModelKind)):
        raise InputError(f"--arms {text}: choose among {','.join(ARMS)}")
    return tuple(arm for arm in ARMS if arm in asked)


def open_study(folder: Path) -> StudyPlan:
    """Read the plan of a study.

    Raises
    ------
    InputError
        If the folder holds none, or that of another version.
    """
    try:
        return StudyPlan.model_validate_json((folder / PLAN).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            f"{folder}: holds no study ({PLAN} cannot be read); give the folder that "
            "`napari-s6 study table1` or `lines` wrote"
        ) from error
    except ValidationError as error:
        reason = error.errors()[0]
        where = ".".join(str(part) for part in reason["loc"])
        raise InputError(
            f"{folder / PLAN}: no plan of a study ({where}: {reason['msg']})"
        ) from error


def begin(folder: Path, plan: StudyPlan) -> StudyPlan:
    """Make a study's folder, or go on with the study in it; return the plan to carry out.

    Raises
    ------
    InputError
        If the folder holds something else, or a study whose runs would come out differently.
    """
    if (folder / PLAN).is_file():
        plan = open_study(folder).extended_by(plan)
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder}: exists and holds no study; choose another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{folder}: cannot be made ({error.strerror}); choose another folder"
        ) from error
    write_text(folder / PLAN, plan.model_dump_json(indent=2))
    return plan


def write_text(path: Path, text: str) -> None:
    """Write a text file, replaced whole."""
    with atomic_path(path, overwrite=True) as temporary:
        Path(temporary).write_text(text, encoding="utf-8")


def missing(plan: StudyPlan, done: Sequence[Run]) -> list[Run]:
    """The runs that are still to be made, in their order."""
    there = set(done)
    return [run for run in plan.runs() if run not in there]
