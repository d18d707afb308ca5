import pytest
import torch
from torch import nn
from torch.nn import functional

from napari_s6.learn.config import TrainConfig
from napari_s6.learn.model import build_network
from napari_s6.learn.network.fused import FusedNetwork


def _used(preset, **settings):
    """A network whose batch norms have seen something."""
    torch.manual_seed(0)
    config = TrainConfig.named(preset, decoder_channels=16, **settings)
    network = build_network(config, 5).eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, 0, 0.2)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.2)
    with torch.no_grad():
        network.segmentation_head[0].weight *= 4  # surer than at the start
    return network, torch.randn(2, 1, 48, 64)


@pytest.mark.parametrize(
    ("preset", "settings"),
    [
        ("fast", {}),
        ("paper", {}),
        ("fast", {"model": "unconstrained"}),
        ("fast", {"reconstruction_skip": False}),
    ],
)
@torch.inference_mode()
def test_it_computes_what_the_network_computes(preset, settings):
    network, inputs = _used(preset, **settings)
    features = network.encoder(inputs)
    expected = network.segment(features).softmax(dim=1).transpose(2, 3)
    assert expected.std() > 0.05
    found = FusedNetwork(network, half=False).predict(inputs, reconstruct=True)
    torch.testing.assert_close(found["probabilities"], expected, rtol=0, atol=1e-5)
    assert ("reconstruction" in found) == network.constrained
    if network.constrained:
        expected = network.reconstruct(features).transpose(2, 3)
        torch.testing.assert_close(found["reconstruction"], expected, rtol=1e-4, atol=1e-5)
    assert FusedNetwork(network, half=False).predict(inputs, reconstruct=False).keys() == {
        "probabilities"
    }


@torch.inference_mode()
def test_no_batch_norm_is_left_and_the_network_stays_as_it_was(monkeypatch):
    network, inputs = _used("fast")
    before = {name: value.clone() for name, value in network.state_dict().items()}
    fused = FusedNetwork(network, half=False)
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name])

    def refused(*_, **__):
        raise AssertionError("a batch norm")

    monkeypatch.setattr(functional, "batch_norm", refused)
    with pytest.raises(AssertionError, match="a batch norm"):
        network(inputs, 2)
    fused.predict(inputs, reconstruct=True)


@torch.inference_mode()
def test_in_half_precision_it_is_near():
    network, inputs = _used("fast")
    fused = FusedNetwork(network, half=True)
    found = fused.predict(inputs.bfloat16(), reconstruct=False)["probabilities"]
    assert found.dtype == torch.float32
    expected = network.segment(network.encoder(inputs)).softmax(dim=1).transpose(2, 3)
    assert (found - expected).abs().mean() < 0.02
    torch.testing.assert_close(found.sum(dim=1), torch.ones(2, 64, 48))
