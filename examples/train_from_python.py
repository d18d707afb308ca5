"""Train a model on two painted sections from Python, and see how good it is elsewhere.

Run it as it stands: it makes a small synthetic survey. For a survey of yours replace the first
lines by ``open_volume("survey.sgy")`` and ``open_labels("labels.sgy", survey)``.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

from napari_s6.evaluate.metrics import evaluate_facies
from napari_s6.facies.scheme import F3
from napari_s6.facies.sections import parse_lines
from napari_s6.facies.targets import make_targets
from napari_s6.learn import events
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.inference.predict import predict_volume
from napari_s6.learn.model import load_model
from napari_s6.learn.training.train import train_events
from napari_s6.survey.synthetic import make_survey

STEPS = int(sys.argv[1]) if len(sys.argv) > 1 else 100

survey, truth = make_survey((72, 96, 128))
targets = make_targets(survey, truth, F3, lines=parse_lines(["iline:118,153"]))
print("painted:", targets.painted_fraction)

with tempfile.TemporaryDirectory() as folder:
    run = Path(folder) / "model"
    for event in train_events(survey, targets, TrainConfig.named("fast", steps=STEPS), run=run):
        match event:
            case events.Stepped():
                print(f"step {event.step}: {events.losses_as_text(event.losses)}", flush=True)
            case events.Evaluated():
                print(f"step {event.step}: validation mean IoU {event.mean_iou:.3f}")
    model = load_model(run)

codes = np.full(survey.shape, 255, np.uint8)
for _ in predict_volume(model, survey, codes_out=codes):
    pass
scores = evaluate_facies(truth.copy(data=codes), truth, live=survey, scheme=F3)
print(scores.as_text())
