"""Train a model on two painted sections, and see how good it is on the others.

    python train_from_python.py [SURVEY LABELS]

Without files it takes the built-in synthetic survey, whose true facies are known.
"""

import sys

import napari_s6 as s6
from napari_s6.survey.synthetic import make_survey

if len(sys.argv) > 2:
    survey = s6.open(sys.argv[1])
    labels, lines = s6.open_labels(sys.argv[2], survey), None
else:
    (survey, labels), lines = make_survey((72, 96, 128)), "iline:118,153"

model = s6.train(survey, labels, lines=lines, steps=30, progress=True)
print(model)
print(s6.evaluate(model.predict(survey), labels, survey=survey).as_text())
