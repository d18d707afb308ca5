"""Predict a survey that need not fit into memory, from one file on disk into another.

    python predict_out_of_core.py RUN SURVEY.sgy FACIES.zarr

Without arguments it makes a small survey and a quickly trained model in a temporary folder.
"""

import sys
import tempfile
from pathlib import Path

import napari_s6 as s6
from napari_s6.survey.synthetic import make_survey

with tempfile.TemporaryDirectory() as folder:
    run, seismic, out = sys.argv[1:] or (Path(folder) / n for n in ("run", "survey.sgy", "f.zarr"))
    if len(sys.argv) == 1:
        survey, labels = make_survey((72, 80, 64))
        s6.save(survey, seismic)
        s6.train(survey, labels, lines="iline:118,153", steps=10, run=run)
    prediction = s6.predict(run, s6.open(seismic), out, progress=True)
    print(prediction)  # facies and confidence, read from the folder when they are looked at
    print("least confident inline:", int(prediction.confidence.mean(("xline", "twt")).idxmin()))
