"""What a training step may not do: wait, grow, or learn from half a batch."""

import gc
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import torch

from napari_s6.learn import events
from napari_s6.learn.control import Token
from napari_s6.learn.device import fast_kernels
from napari_s6.learn.training.run import TrainingRun
from napari_s6.learn.training.train import take_step, train_model_events

from ..pretended_card import Counted


def _run(survey, targets, config, **settings):
    config = config.model_copy(update={"validation": "none", **settings})
    return TrainingRun(survey, targets, config)


def _take(run, token):
    """A step as the loop takes it."""
    return run.recovery.attempt(lambda: take_step(run, token))


@pytest.mark.parametrize("resident", ["yes", "no"])
def test_no_step_reads_a_number_back(survey, targets, config, resident):
    run = _run(survey, targets, config, resident=resident)
    _take(run, Token())
    with Counted() as counted:
        _take(run, Token())
    assert counted.reads == []


def test_on_a_card_one_copy_goes_over_and_none_comes_back():
    """In a process of its own: torch's pretended devices leave traces behind."""
    if not torch.backends.cuda.is_built():
        pytest.skip("this torch knows no CUDA devices, not even to pretend")
    script = Path(__file__).parents[1] / "pretended_card.py"
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found == {
        "streamed": ["cuda:0", "cuda:0"],
        "loss": "cuda:0",
        "labels": "cuda:0",
        "copies": [["cpu", "cuda"]],
        "reads": [],
        "channels last": True,
        "fused": True,
    }


def _live_tensors():
    gc.collect()
    tensors = [one for one in gc.get_objects() if type(one) in (torch.Tensor, torch.nn.Parameter)]
    return len(tensors), sum(one.nbytes for one in tensors)


@pytest.mark.parametrize("resident", ["yes", "no"])
def test_memory_is_flat_over_steps(survey, targets, config, resident):
    run = _run(survey, targets, config, resident=resident, steps=30)
    for section in run.sampler.unlabelled:
        section.amplitudes()  # sections that are kept are not what may not grow
    seen = {}
    for step in range(1, 26):
        _take(run, Token())
        if step in (5, 25):
            seen[step] = _live_tensors()
    assert seen[5] == seen[25]


class Interrupted(Token):
    """Cancelled, or paused, when it is polled for the ``after``th micro-batch of a step."""

    def __init__(self, after, then):
        super().__init__()
        self.after, self.then, self.polled = after, then, 0
        self.reached = threading.Event()

    def wait_while_paused(self):
        self.polled += 1
        if self.polled == self.after:
            self.then(self)
            self.reached.set()
        super().wait_while_paused()


def _state(run):
    state = {name: value.clone() for name, value in run.ensemble.network.named_parameters()}
    return state, run.sampler.state()


@pytest.mark.parametrize("after", [1, 2, 3, 4])
def test_a_stop_between_any_two_micro_batches_learns_nothing(survey, targets, config, after):
    run = _run(survey, targets, config, batch_size=16)
    run.recovery.parts = 4
    _take(run, Token())
    before, drawn = _state(run)
    assert _take(run, Interrupted(after, Token.cancel)) is None
    now, drawn_now = _state(run)
    assert all(torch.equal(before[name], now[name]) for name in before)
    assert all(weight.grad is None for weight in run.ensemble.network.parameters())
    assert drawn_now == drawn  # what was drawn will be drawn again
    assert all(float(s["step"]) == 1 for s in run.ensemble.optimiser.state.values())


@pytest.mark.parametrize("after", [1, 2, 3, 4])
def test_a_pause_between_any_two_micro_batches_changes_nothing(survey, targets, config, after):
    ends = []
    for paused in (False, True):
        run = _run(survey, targets, config, batch_size=16, decoder_dropout=0.0)
        run.recovery.parts = 4
        token = Interrupted(after, Token.pause) if paused else Token()
        step = threading.Thread(target=_take, args=(run, token))
        before = _state(run)[0]
        step.start()
        if paused:
            assert token.reached.wait(60)
            step.join(0.2)
            assert step.is_alive()
            assert token.polled == after
            now = _state(run)[0]
            assert all(torch.equal(before[name], now[name]) for name in before)
            token.resume()
        step.join(60)
        ends.append(_state(run)[0])
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])


def test_a_stopped_step_is_taken_again_when_the_run_goes_on(survey, targets, config, tmp_path):
    """Stopped within a step; resumed, the run ends with the losses it would have had."""

    def losses(run, token=None, resume=False):
        plain = config.model_copy(
            update={"validation": "none", "decoder_dropout": 0.0, "averaging": 0.0}
        )
        stream = train_model_events(
            survey, targets, plain, run=run, token=token, resume=resume, tell_every=1
        )
        seen = list(stream)
        assert not isinstance(seen[-1], events.Failed), seen[-1]
        return [
            event.losses["cross_entropy"] for event in seen if isinstance(event, events.Stepped)
        ]

    whole = losses(tmp_path / "whole")
    token = Interrupted(3, Token.cancel)
    parts = losses(tmp_path / "parts", token)
    assert len(parts) == 2
    parts += losses(tmp_path / "parts", resume=True)
    assert parts == whole


def test_time_spent_waiting_for_the_device_counts(survey, targets, config, monkeypatch):
    """Steps are handed over to a device and done later: when their losses are read."""
    read = torch.Tensor.__float__

    def late(self):
        time.sleep(0.1)
        return read(self)

    monkeypatch.setattr(torch.Tensor, "__float__", late)
    plain = config.model_copy(update={"validation": "none"})
    seen = list(train_model_events(survey, targets, plain, tell_every=1))
    told = [event for event in seen if isinstance(event, events.Stepped)]
    for number, event in enumerate(told, start=1):
        assert event.elapsed > 0.2 * number
        assert event.sections_per_second < config.batch_size / 0.2


def test_settings_of_the_card_are_put_back():
    def now():
        products, convolutions = torch.backends.cuda.matmul, torch.backends.cudnn
        return products.allow_tf32, convolutions.allow_tf32, convolutions.benchmark

    before = now()
    with fast_kernels(torch.device("cuda:0")):
        assert now() == (True, True, True)
    assert now() == before
    with fast_kernels(torch.device("cpu")):
        assert now() == before
