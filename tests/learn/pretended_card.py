"""A training step on a CUDA device that torch pretends to have.

Shapes and devices are followed and nothing is computed; a tensor on the wrong device and a number
that is read back are errors. Everything of a step is done but the backward pass, which is torch's
own and cannot be pretended. Run as a script it prints what was seen.
"""

import copy
import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.scheme import F3
from napari_s6.facies.targets import make_targets
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.control import Token
from napari_s6.learn.data.augmentation import Warp
from napari_s6.learn.data.batches import BatchSampler
from napari_s6.learn.data.normalise import AS_DELIVERED
from napari_s6.learn.data.resident import Resident
from napari_s6.learn.model import Record, VerticalRange
from napari_s6.learn.network import averaging
from napari_s6.learn.network.network import S6Network
from napari_s6.learn.training import dataset as training_data
from napari_s6.learn.training.distributed import DistributedProcess
from napari_s6.learn.training.ensemble import Ensemble
from napari_s6.learn.training.step import StepRecovery
from napari_s6.survey.synthetic import make_survey

READS = {"aten::_local_scalar_dense", "aten::nonzero", "aten::is_nonzero", "aten::equal"}
"""What lets the processor wait for a device's result."""


class Counted(TorchDispatchMode):
    """Counts reads of single numbers, and copies from one device to another by direction."""

    def __init__(self):
        super().__init__()
        self.reads, self.copies = [], []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.name()
        found = func(*args, **(kwargs or {}))
        if name in READS:
            self.reads.append(name)
        if name in ("aten::_to_copy", "aten::copy_"):
            before = args[1] if name == "aten::copy_" else args[0]
            if before.device != found.device:
                self.copies.append((before.device.type, found.device.type))
        return found


def moved(network, device=None, memory_format=None):
    """What `torch.nn.Module.to` does, which pretended weights don't."""

    def one(value):
        value = value.detach() if device is None else value.detach().to(device)
        flat = memory_format is None or value.dim() != 4
        return value if flat else value.contiguous(memory_format=memory_format)

    for module in network.modules():
        for name, value in list(module.named_parameters(recurse=False)):
            setattr(module, name, torch.nn.Parameter(one(value)))
        for name, value in list(module.named_buffers(recurse=False)):
            setattr(module, name, one(value))
    return network


def copied(network):
    """What `copy.deepcopy` does, which copies memory that pretended tensors don't have."""
    memo = {id(value): torch.nn.Parameter(value.detach().clone()) for value in network.parameters()}
    memo |= {id(value): value.clone() for value in network.buffers()}
    return copy.deepcopy(network, memo)


def main():
    """Take a step, and print what it took."""
    S6Network.to = moved
    averaging.copy = SimpleNamespace(deepcopy=copied)
    torch.Tensor.pin_memory = lambda self: self
    training_data.sections_budget = lambda device: 1 << 30
    card = torch.device("cuda:0")
    survey, truth = make_survey((68, 72, 48))
    codes = np.full(truth.shape, UNLABELLED, np.uint8)
    codes[[10, 50]] = truth.values[[10, 50]]
    targets = make_targets(survey, codes, F3)
    config = TrainConfig.named("fast", crop_traces=32, crop_samples=32, precision="float32")
    record = Record(config, F3, AS_DELIVERED, VerticalRange.of(survey), interval=4.0)
    found = training_data.gather_training_data(survey, targets, record, card)
    sampler = BatchSampler(found.labelled, found.unlabelled, config)
    with FakeTensorMode(allow_non_fake_inputs=True):
        resident = Resident(found.stores, found.labels, card)
        resident.read(Token())
        ensemble = Ensemble(config, targets.n_classes, card, DistributedProcess())
        recovery = StepRecovery(resident, sampler, ensemble, card, labelled=4)
        with Counted() as counted:
            labelled, others = sampler.draw()
            batch = recovery.batch([*labelled, *others])
            losses = ensemble.objective(batch, len(labelled), 0.5)
        for weight in ensemble.network.parameters():
            weight.grad = torch.zeros_like(weight)
        with counted:
            ensemble.optimiser.step()
            ensemble.average.update(2)
        kernel = ensemble.network.encoder.layer1[0].conv1.weight
        resident.release()
        recovery.resident = None
        warped = [replace(crop, warp=Warp(0.1, 1, 1, 0, 0, 0)) for crop in labelled]
        streamed = [recovery.batch(crops).amplitude.device for crops in (labelled, warped)]
        seen = {
            "streamed": [str(device) for device in streamed],
            "loss": str(losses.total.device),
            "labels": str(batch.labels.device),
            "copies": counted.copies,
            "reads": counted.reads,
            "channels last": kernel.is_contiguous(memory_format=torch.channels_last),
            "fused": ensemble.optimiser.defaults["fused"],
        }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
