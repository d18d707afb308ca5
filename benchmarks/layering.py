"""What each step from probabilities to layers gives, for trained models on labelled lines.

python -m benchmarks.layering SEISMIC --labels LABELS --lines iline:459 [--picture OUT.png] RUN...

The likeliest facies of each sample; the likeliest layering of each trace by itself; that with what
the network says carried along the reflections (`learn.carrying`), as predictions are made. Mean IoU
of the intervals ``--classes``.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from napari_s6.evaluation.metrics import Scores, confusion
from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.files import open_labels_on_survey
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.facies.sections import Section, parse_lines
from napari_s6.facies.targets import Targets, make_targets
from napari_s6.formats.open import open_volume
from napari_s6.learn.data.sections import LiveSection
from napari_s6.learn.inference.dips import CELL
from napari_s6.learn.inference.layering import layered
from napari_s6.learn.inference.reader import SectionReader
from napari_s6.learn.model import load_model_folder
from napari_s6.study.section_pictures import draw_facies
from napari_s6.survey.axis_labels import AXIS_NAMES, axis_label
from napari_s6.survey.volume import vertical_dim

STEPS = ("each sample", "each trace", "along reflections")


def main() -> None:
    """Measure every model and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seismic", type=Path)
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--lines", required=True, help="lines to measure on")
    parser.add_argument("--classes", type=int, nargs=2, default=(2, 9), metavar=("FIRST", "LAST"))
    parser.add_argument("--picture", type=Path, help="of the first line and the last model")
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN")
    options = parser.parse_args()
    volume = open_volume(options.seismic)
    labels = open_labels_on_survey(options.labels, volume)
    lines = parse_lines([options.lines])
    first, last = options.classes
    for run in options.runs:
        reader = SectionReader(load_model_folder(run, "cpu"), volume)
        scheme = reader.model.scheme
        targets = make_targets(volume, labels, scheme, lines=lines)
        tallies = np.zeros((len(STEPS), scheme.n_classes, scheme.n_classes), np.int64)
        for number, line in enumerate(lines):
            section, given = probabilities(reader, targets, line)
            truth = targets.section_labels(line)[section.first : section.stop]
            counts = (truth != UNLABELLED) & section.live.numpy()[:, None]
            codes = chosen(section, given)
            for tally, found in zip(tallies, codes, strict=True):
                tally += confusion(truth[counts], found[counts], scheme.n_classes)
            if options.picture and run is options.runs[-1] and number == 0:
                draw(options.picture, scheme, section, line, truth, codes)
        scores = [
            np.nanmean(Scores.from_confusion(tally).iou[first : last + 1]) for tally in tallies
        ]
        told = ", ".join(f"{name} {iou:.3f}" for name, iou in zip(STEPS, scores, strict=True))
        print(f"{run}: {told}", flush=True)


def probabilities(
    reader: SectionReader, targets: Targets, line: Section
) -> tuple[LiveSection, Tensor]:
    """A section, and what the network gives for it: (classes, traces, samples)."""
    section = reader.section(line.orientation, targets.position(line))
    return section, torch.from_numpy(reader.predict(section)["probabilities"])


def chosen(section: LiveSection, given: Tensor) -> list[np.ndarray]:
    """Codes (traces, samples) after each step. Without seismic nothing is carried."""
    live, amplitudes = section.live[None], section.amplitudes()[None]
    # A trace by itself: as often as a cell has traces, over which evidence is gathered.
    alone = given.repeat_interleave(CELL, dim=1)[None]
    silent = torch.zeros(alone.shape[0], *alone.shape[2:])
    by_trace = layered(alone, silent, live.repeat_interleave(CELL, dim=1))[0, 1::CELL]
    return [
        given.argmax(dim=0).to(torch.uint8).numpy(),
        by_trace.numpy(),
        layered(given[None], amplitudes, live)[0].numpy(),
    ]


def draw(
    out: Path,
    scheme: FaciesScheme,
    section: LiveSection,
    line: Section,
    truth: np.ndarray,
    codes: Sequence[np.ndarray],
) -> None:
    """Draw the section and the reference; the first step and the last."""
    volume = section.survey.volume
    across = "xline" if line.orientation == "iline" else "iline"
    seismic = section.amplitudes().float().numpy()
    dead = ~section.live.numpy()
    data = {
        "line/seismic": np.where(dead[:, None], np.nan, seismic),
        "line/truth": truth,
        "line/across": volume[across].values[section.first : section.stop],
        "line/down": volume[vertical_dim(volume)].values,
        "line/title": np.array(f"{AXIS_NAMES[line.orientation]} {line.line}"),
        "line/axes": np.array([axis_label(volume, dim) for dim in (across, vertical_dim(volume))]),
    }
    shown = [
        (name, np.where(dead[:, None], UNLABELLED, one))
        for name, one in zip(STEPS, codes, strict=True)
    ]
    draw_facies(scheme, data, "line", [("", (shown[0], shown[-1]))], out)


if __name__ == "__main__":
    main()
