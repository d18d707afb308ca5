"""Training shared by processes, each started as ``torchrun`` would start it."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from napari_s6.errors import InputError
from napari_s6.learn.model import load_record, load_tensors
from napari_s6.learn.training.distributed import DistributedProcess, joined, leads, local_rank

GRADIENTS = """
import json, sys
import torch
from torch import nn
from napari_s6.learn.training.distributed import joined

torch.manual_seed(0)
network, inputs = nn.Linear(5, 3), torch.randn(8, 5)
with joined(torch.device("cpu")) as process:
    if not process.leads:
        nn.init.zeros_(network.weight)  # another start, until told
    process.broadcast_weights(network)
    network(torch.stack(process.share(list(inputs)))).square().mean().backward()
    process.average_gradients(network)
    told = process.agree((process.rank + 1.0, 7.0))
    print(json.dumps([process.rank, network.weight.grad.tolist(), told]))
"""

TRAIN = """
import json, sys
import numpy as np
import torch
from pathlib import Path
from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.scheme import F3
from napari_s6.facies.targets import make_targets
from napari_s6.learn import events
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.training.train import train_model_events
from napari_s6.survey.synthetic import make_survey

torch.set_num_threads(1)
survey, truth = make_survey((68, 72, 48))
codes = np.full(truth.shape, UNLABELLED, np.uint8)
codes[[10, 50]] = truth.values[[10, 50]]
targets = make_targets(survey, codes, F3)
config = TrainConfig.named("fast", steps=24, batch_size=8, crop_traces=64, crop_samples=48,
    decoder_channels=8, encoder_stages=3, evaluate_every=12, device="cpu", precision="float32")
stream = train_model_events(survey, targets, config, run=Path(sys.argv[1]), tell_every=4)
told = []
try:
    while True:
        event = next(stream)
        if isinstance(event, events.Stepped):
            told.append(event.losses["cross_entropy"])
        if isinstance(event, events.Failed):
            raise SystemExit(event.traceback)
except StopIteration as end:
    weights = [float(p.double().sum()) for p in end.value.networks[0].parameters()]
    print(json.dumps([told, weights, type(event).__name__]))
"""


def _started(script, processes, *arguments):
    """Run a script in so many processes at once and return what each printed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    common = {
        **os.environ,
        "WORLD_SIZE": str(processes),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
    }
    running = [
        subprocess.Popen(
            [sys.executable, "-c", script, *map(str, arguments)],
            env={**common, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(processes)
    ]
    found = []
    for process in running:
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err[-2000:]
        found.append(json.loads(out.splitlines()[-1]))
    return found


def test_two_processes_average_their_gradients_to_that_of_one():
    torch.manual_seed(0)
    network, inputs = nn.Linear(5, 3), torch.randn(8, 5)
    network(inputs).square().mean().backward()
    for rank, gradient, told in _started(GRADIENTS, 2):
        torch.testing.assert_close(torch.tensor(gradient), network.weight.grad)
        assert told == [1.0, 7.0], rank  # what the first process said


def test_two_processes_train_one_network_as_one_process_does(tmp_path):
    """The same weights on both, written once; the losses are those of one process but for the
    batch statistics, which each process takes over its own half."""
    (alone,) = _started(TRAIN, 1, tmp_path / "alone")
    first, second = _started(TRAIN, 2, tmp_path / "together")
    assert first[2] == second[2] == "Finished"
    assert first[0] != second[0]  # each saw its own half
    ours = [sum(pair) / 2 for pair in zip(first[0], second[0], strict=True)]
    assert ours[-1] < 0.8 * ours[0]
    assert ours == pytest.approx(alone[0], rel=0.25)
    record = load_record(tmp_path / "together")
    assert record.step == 24
    assert record.metrics["mean_iou"] == pytest.approx(
        load_record(tmp_path / "alone").metrics["mean_iou"], abs=0.15
    )
    weights = load_tensors(tmp_path / "together" / "model.safetensors")
    assert weights
    assert sorted(p.name for p in Path(tmp_path / "together").iterdir()) == sorted(
        p.name for p in Path(tmp_path / "alone").iterdir()
    )


def test_alone_there_is_nobody_to_ask(monkeypatch):
    for name in ("WORLD_SIZE", "RANK", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)
    assert leads()
    assert local_rank() is None
    with joined(torch.device("cpu")) as process:
        assert (process.rank, process.size, process.leads) == (0, 1, True)
        assert process.share([1, 2, 3]) == [1, 2, 3]
        assert process.agree((True, 2.5)) == [True, 2.5]


def test_too_small_a_batch_for_the_team_is_said():
    DistributedProcess(0, 2).check_batch(4)
    with pytest.raises(InputError, match=r"4 labelled .* 3 processes"):
        DistributedProcess(0, 3).check_batch(4)
