"""Finished runs as files: a JSON file of results each, beside the sections it shows in pictures."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from napari_s6.errors import InputError
from napari_s6.study.confusion import ConfusionMatrices, ConfusionMatrix
from napari_s6.study.plan import Run, StudyPlan, write_text
from napari_s6.survey.atomic import atomic_path

RESULT_FORMAT = 1
RUNS = "runs"


@dataclass(frozen=True)
class RunResult:
    """All that one run found.

    Attributes
    ----------
    run
        Which run it is.
    confusions
        See `ConfusionMatrices`.
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
    confusions: ConfusionMatrices
    sections: Mapping[str, Any]
    training: Mapping[str, Any]
    took: Mapping[str, Any]
    pictures: Mapping[str, np.ndarray] = field(default_factory=dict)

    def as_json(self) -> str:
        """The results as JSON text."""
        confusions = {
            part: {
                how: {"confusion": one.confusion.tolist(), "not_predicted": one.missed.tolist()}
                for how, one in ways.items()
            }
            for part, ways in self.confusions.items()
        }
        results = {
            "format": RESULT_FORMAT,
            "run": self.run.model_dump(),
            "tallies": confusions,
            "sections": dict(self.sections),
            "training": dict(self.training),
            "took": dict(self.took),
        }
        return json.dumps(results, indent=1)

    @classmethod
    def read(cls, path: Path) -> "RunResult":
        """Read a run's file.

        Raises
        ------
        InputError
            If it is not one of ours.
        """
        try:
            saved = json.loads(path.read_text(encoding="utf-8"))
            if saved["format"] != RESULT_FORMAT:
                raise InputError(f"{path}: is of another version; run the study in another folder")
            confusions = {
                part: {
                    how: ConfusionMatrix(
                        np.array(one["confusion"], np.int64),
                        np.array(one["not_predicted"], np.int64),
                    )
                    for how, one in ways.items()
                }
                for part, ways in saved["tallies"].items()
            }
            run = Run.model_validate(saved["run"])
            return cls(run, confusions, *(saved[name] for name in ("sections", "training", "took")))
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"{path}: no result of a run ({type(error).__name__}: {error}); remove it, and the "
                "run is made again"
            ) from error


def write_run_result(folder: Path, result: RunResult) -> Path:
    """Write a finished run; its JSON file comes last, and says that the run is done."""
    runs = folder / RUNS
    runs.mkdir(exist_ok=True)
    if result.pictures:
        write_arrays(runs / f"{result.run.name}.npz", result.pictures)
    path = runs / f"{result.run.name}.json"
    write_text(path, result.as_json())
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


def read_run_results(folder: Path, plan: StudyPlan) -> dict[Run, RunResult]:
    """The results of all runs of a plan that are done."""
    found = {}
    for run in plan.runs():
        path = folder / RUNS / f"{run.name}.json"
        if path.is_file():
            found[run] = RunResult.read(path)
    return found


def pictures_of(folder: Path, run: Run) -> dict[str, np.ndarray]:
    """The arrays that a run left for the report."""
    return read_arrays(folder / RUNS / f"{run.name}.npz")


def loss_curves(history: Mapping[str, Any]) -> dict[str, list[tuple[int, float]]]:
    """Return each loss of a history against the step, by name.

    Histories of earlier studies hold the cross entropy and the reconstruction error or None.
    """
    curves: dict[str, list[tuple[int, float]]] = {}
    for step, *told in history["curve"]:
        by_name = told[0]
        if not isinstance(by_name, Mapping):
            by_name = dict(zip(("cross_entropy", "reconstruction"), told, strict=True))
        for name, loss in by_name.items():
            if loss is not None:
                curves.setdefault(name, []).append((step, loss))
    return curves
