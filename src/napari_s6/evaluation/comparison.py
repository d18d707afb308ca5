"""A prediction against reference labels, beside what needs no learning."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.evaluation.baselines import without_learning
from napari_s6.evaluation.metrics import Scores, evaluate_facies
from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.scheme import FaciesScheme, generic
from napari_s6.facies.sections import Section
from napari_s6.facies.targets import make_targets
from napari_s6.survey.volume import ORIENTATIONS, live_traces, read_section


@dataclass(frozen=True)
class Comparison:
    """Scores of a prediction and, by name, of the predictions without learning."""

    scores: Scores
    baselines: dict[str, Scores]
    baseline_sections: tuple[Section, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; the baselines under their own key."""
        return {
            **self.scores.as_dict(),
            "without_learning": {
                name: {"mean_iou": scores.mean_iou, "pixel_accuracy": scores.pixel_accuracy}
                for name, scores in self.baselines.items()
            },
            "without_learning_labels": [str(section) for section in self.baseline_sections],
        }

    def as_text(self) -> str:
        """A table for a person."""
        lines = [self.scores.as_text()]
        if self.baselines:
            used = ", ".join(str(section) for section in self.baseline_sections[:6])
            lines += ["", f"without learning (from the labels of {used}):"]
            lines += [
                f"  mean IoU {scores.mean_iou:.3f}  {name}"
                for name, scores in self.baselines.items()
            ]
        return "\n".join(lines)


def parse_classes(text: str) -> list[int]:
    """Read ``"2-9"`` or ``"0,2,4-5"`` as codes.

    Raises
    ------
    InputError
        If the text has another form.
    """
    codes: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise InputError(f"classes {text!r}: write them as 2-9 or 0,2,4-5")
        codes.extend(range(int(first), int(last or first) + 1))
    return codes


def compare(
    prediction: xr.DataArray,
    reference: xr.DataArray,
    *,
    survey: xr.DataArray | None = None,
    sections: Sequence[Section] | None = None,
    baseline_sections: Sequence[Section] | None = None,
    classes: Sequence[int] | None = None,
    scheme: FaciesScheme | None = None,
) -> Comparison:
    """Evaluate a prediction and the no-learning baselines on the same voxels.

    Parameters
    ----------
    sections
        Sections of the reference that are compared; every voxel once if absent.
    baseline_sections
        Sections whose reference labels the baselines may use. If absent: with ``sections``, the
        reference's other painted sections; without, there are no baselines.
    survey, classes, scheme
        As in `metrics.evaluate_facies`.
    """
    scores = evaluate_facies(
        prediction, reference, live=survey, sections=sections, classes=classes, scheme=scheme
    )
    names = scheme or generic(len(scores.names), first=0)
    if baseline_sections is None:
        baseline_sections = _other_sections(reference, sections, names)
    if not baseline_sections:
        return Comparison(scores, {}, ())
    targets = make_targets(reference, reference, names, lines=baseline_sections)
    live = survey if survey is not None else _predicted_traces(prediction)
    found = {
        baseline.name: evaluate_facies(
            baseline.volume(reference),
            reference,
            live=live,
            sections=sections,
            classes=classes,
            scheme=names,
        )
        for baseline in without_learning(reference, targets)
    }
    return Comparison(scores, found, tuple(baseline_sections))


def _predicted_traces(prediction: xr.DataArray) -> xr.DataArray:
    """The prediction with its live map narrowed to traces that hold any facies."""
    live = live_traces(prediction).copy()
    for index in np.flatnonzero(live.any(axis=1)):
        section = read_section(prediction, "iline", int(index))
        live[index] &= (section != UNLABELLED).any(axis=1)
    return prediction.assign_coords(live=(ORIENTATIONS, live))


def _other_sections(
    reference: xr.DataArray, sections: Sequence[Section] | None, scheme: FaciesScheme
) -> list[Section]:
    """Painted sections of the reference that are not compared."""
    if not sections:
        return []
    painted = make_targets(reference, reference, scheme).painted
    return [section for section in painted if section not in set(sections)]
