"""Predict a survey that need not fit into memory, from one file on disk into another.

    python predict_out_of_core.py RUN SURVEY.sgy FACIES.zarr

Without arguments it makes a small survey and a quickly trained model to show itself on. The
survey is read section by section; facies go to a memory-mapped file and from there to Zarr.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

from napari_s6.facies.files import save_facies
from napari_s6.facies.scheme import F3
from napari_s6.facies.sections import parse_lines
from napari_s6.facies.targets import make_targets
from napari_s6.formats.open import open_volume
from napari_s6.formats.save import save_volume
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.inference.predict import predict_volume
from napari_s6.learn.model import load_model
from napari_s6.learn.training.train import train
from napari_s6.survey.synthetic import make_survey


def predict(run: Path, seismic: Path, out: Path) -> None:
    """Predict ``seismic`` with the model in ``run`` and write the facies to ``out``."""
    model, survey = load_model(run), open_volume(seismic)
    with tempfile.TemporaryDirectory(dir=out.parent) as scratch:
        codes = np.lib.format.open_memmap(
            Path(scratch) / "codes.npy", "w+", dtype=np.uint8, shape=survey.shape
        )
        codes[...] = 255
        for progress in predict_volume(model, survey, codes_out=codes, scratch=Path(scratch)):
            if progress.done % 20 == 0 or progress.done == progress.total:
                print(f"{progress.done} of {progress.total} sections", flush=True)
        save_facies(codes, out, scheme=model.scheme, volume=survey)
    print("wrote", out)


def show() -> None:
    """Make a survey and a model, and predict it."""
    with tempfile.TemporaryDirectory() as folder:
        survey, truth = make_survey((72, 80, 64))
        seismic = save_volume(survey, Path(folder) / "survey.sgy")
        targets = make_targets(survey, truth, F3, lines=parse_lines(["iline:118,153"]))
        config = TrainConfig.named("fast", steps=10)
        train(survey, targets, config, run=Path(folder) / "model")
        predict(Path(folder) / "model", seismic, Path(folder) / "facies.zarr")


if __name__ == "__main__":
    if len(sys.argv) == 4:
        predict(*map(Path, sys.argv[1:]))
    else:
        show()
