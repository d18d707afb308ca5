"""Finished runs as files: a JSON file of results each, beside the sections it shows in pictures."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from napari_s6.errors import InputError
from napari_s6.evaluate.metrics import Scores
from napari_s6.study.plan import Run, StudyPlan, write_text
from napari_s6.survey.atomic import atomic_path
from napari_s6.survey.volume import ORIENTATIONS

FORMAT = 1
RUNS = "runs"
FUSED = "fused"
"""Both passes averaged: every voxel counts once."""


@dataclass(frozen=True)
class Tally:
    """What was found where: ``confusion`` rows are the reference, ``missed`` got no facies."""

    confusion: np.ndarray
    missed: np.ndarray

    @classmethod
    def nothing(cls, n_classes: int) -> "Tally":
        """No voxel counted yet."""
        return cls(np.zeros((n_classes, n_classes), np.int64), np.zeros(n_classes, np.int64))

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.confusion + other.confusion, self.missed + other.missed)


Tallies = Mapping[str, Mapping[str, Tally]]
"""By what is tested on (a test volume, a line), then by how: ``iline``, ``xline``, ``fused``."""


@dataclass(frozen=True)
class Outcome:
    """All that one run found.

    Attributes
    ----------
    run
        Which run it is.
    tallies
        See `Tallies`.
    sections
        Names of the sections that were labelled, and of those validated on; how many others fed
        the reconstruction.
    training
        Steps taken, why training ended, the training and the validation curve.
    took
        What another machine would do otherwise: seconds, device, versions.
    pictures
        Arrays for the report by name (see `study.protocol`), not part of the JSON file.
    """

    run: Run
    tallies: Tallies
    sections: Mapping[str, Any]
    training: Mapping[str, Any]
    took: Mapping[str, Any]
    pictures: Mapping[str, np.ndarray] = field(default_factory=dict)

    def as_json(self) -> str:
        """The results as JSON text."""
        tallies = {
            part: {
                how: {"confusion": one.confusion.tolist(), "not_predicted": one.missed.tolist()}
                for how, one in ways.items()
            }
            for part, ways in self.tallies.items()
        }
        results = {
            "format": FORMAT,
            "run": self.run.model_dump(),
            "tallies": tallies,
            "sections": dict(self.sections),
            "training": dict(self.training),
            "took": dict(self.took),
        }
        return json.dumps(results, indent=1)

    @classmethod
    def read(cls, path: Path) -> "Outcome":
        """Read a run's file.

        Raises
        ------
        InputError
            If it is not one of ours.
        """
        try:
            saved = json.loads(path.read_text(encoding="utf-8"))
            if saved["format"] != FORMAT:
                raise InputError(f"{path}: is of another version; run the study in another folder")
            tallies = {
                part: {
                    how: Tally(
                        np.array(one["confusion"], np.int64),
                        np.array(one["not_predicted"], np.int64),
                    )
                    for how, one in ways.items()
                }
                for part, ways in saved["tallies"].items()
            }
            run = Run.model_validate(saved["run"])
            return cls(run, tallies, *(saved[name] for name in ("sections", "training", "took")))
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"{path}: no result of a run ({type(error).__name__}: {error}); remove it, and the "
                "run is made again"
            ) from error


def views(tallies: Tallies) -> dict[str, Tally]:
    """The voxels that different groups report a mean IoU of.

    ``pooled`` are all sections of all tests in both orientations, as one matrix: the headline.
    Each test and each orientation alone follow; ``fused`` averages the two passes, so that every
    voxel counts once.
    """
    single = [
        (part, how, one)
        for part, ways in tallies.items()
        for how, one in ways.items()
        if how != FUSED
    ]
    fused = [ways[FUSED] for ways in tallies.values() if FUSED in ways]
    found = {"pooled": _sum([one for _, _, one in single])}
    if len(tallies) > 1:
        found |= {name: _sum([one for part, _, one in single if part == name]) for name in tallies}
    ways = [o for o in ORIENTATIONS if any(how == o for _, how, _ in single)]
    if len(ways) > 1:
        found |= {name: _sum([one for _, how, one in single if how == name]) for name in ways}
    if fused:
        found[FUSED] = _sum(fused)
    return found


def _sum(tallies: Sequence[Tally]) -> Tally:
    return sum(tallies[1:], start=tallies[0])


def scores_of(tally: Tally, plan: StudyPlan, *, all_classes: bool = False) -> Scores:
    """The scores of a tally, with means over the study's classes."""
    return Scores.from_confusion(
        tally.confusion,
        missed=tally.missed,
        names=plan.scheme.names,
        classes=None if all_classes else plan.classes,
    )


def write_outcome(folder: Path, outcome: Outcome) -> Path:
    """Write a finished run; its JSON file comes last, and says that the run is done."""
    runs = folder / RUNS
    runs.mkdir(exist_ok=True)
    if outcome.pictures:
        write_arrays(runs / f"{outcome.run.name}.npz", outcome.pictures)
    path = runs / f"{outcome.run.name}.json"
    write_text(path, outcome.as_json())
    return path


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays as one compressed file, replaced whole."""
    with atomic_path(path, overwrite=True) as temporary, temporary.open("wb") as file:
        named: dict[str, Any] = {name: np.asarray(value) for name, value in arrays.items()}
        np.savez_compressed(file, **named)


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read named arrays; none if there is no such file."""
    if not path.is_file():
        return {}
    with np.load(path, allow_pickle=False) as saved:
        return {name: saved[name] for name in saved.files}


def finished(folder: Path, plan: StudyPlan) -> dict[Run, Outcome]:
    """The results of all runs of a plan that are done."""
    found = {}
    for run in plan.runs():
        path = folder / RUNS / f"{run.name}.json"
        if path.is_file():
            found[run] = Outcome.read(path)
    return found


def pictures_of(folder: Path, run: Run) -> dict[str, np.ndarray]:
    """The arrays that a run left for the report."""
    return read_arrays(folder / RUNS / f"{run.name}.npz")


def loss_curves(story: Mapping[str, Any]) -> dict[str, list[tuple[int, float]]]:
    """Return each loss of a story against the step, by name.

    Stories of earlier studies hold the cross entropy and the reconstruction error or None.
    """
    curves: dict[str, list[tuple[int, float]]] = {}
    for step, *told in story["curve"]:
        by_name = told[0]
        if not isinstance(by_name, Mapping):
            by_name = dict(zip(("cross_entropy", "reconstruction"), told, strict=True))
        for name, loss in by_name.items():
            if loss is not None:
                curves.setdefault(name, []).append((step, loss))
    return curves
