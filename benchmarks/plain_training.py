"""The training that `window` watches, without a window: sections a second.

python -m benchmarks.plain_training [--seconds 10]
"""

import argparse
import json
import subprocess
import sys
import time
from typing import Any

from benchmarks.process import CHECKOUT
from benchmarks.window import SETTINGS, SHAPE

WARM_UP = 3.0


def main() -> None:
    """Measure and print as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=10.0)
    print(json.dumps(measure(parser.parse_args().seconds)))


def in_its_own_process(seconds: float) -> dict[str, Any]:
    """The rate and the settings, as `measure` gives them."""
    command = [sys.executable, "-m", "benchmarks.plain_training", "--seconds", str(seconds)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    return dict(json.loads(done.stdout.splitlines()[-1]))


def measure(seconds: float) -> dict[str, Any]:
    """Train on the same survey and paint with the same settings, for so long after a warm-up."""
    from napari_s6.cli import demo_job as demo
    from napari_s6.facies.scheme import F3
    from napari_s6.facies.targets import make_targets
    from napari_s6.learn import events
    from napari_s6.learn.config import TrainConfig
    from napari_s6.learn.training.train import train_model_events
    from napari_s6.survey.synthetic import make_survey

    survey, truth = make_survey(SHAPE)
    targets = make_targets(survey, demo.paint(survey, truth), F3)
    config = TrainConfig.named("fast", **SETTINGS)
    told: list[tuple[float, int]] = []
    started = 0.0
    for event in train_model_events(survey, targets, config):
        if isinstance(event, events.Failed):
            raise RuntimeError(event.message)
        now = time.perf_counter()
        started = started or now
        if isinstance(event, events.Stepped) and now - started > WARM_UP:
            told.append((now, event.step))
            if len(told) > 1 and now - told[0][0] > seconds:
                break
    (first_at, first), (last_at, last) = told[0], told[-1]
    rate = (last - first) * config.batch_size / (last_at - first_at)
    return {"rate": rate, "config": json.loads(config.model_dump_json())}


if __name__ == "__main__":
    main()
