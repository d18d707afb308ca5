import math

import torch

from napari_s6.learn.network.losses import cross_entropy, mean_square, scaled_error, squared_error


def test_cross_entropy_is_the_mean_over_labelled_pixels():
    logits = torch.zeros(1, 4, 2, 2)
    logits[0, 1, 0, 0] = 100.0
    labels = torch.tensor([[[1, 255], [2, 255]]], dtype=torch.uint8)
    # One pixel is certain and right, one is undecided between four.
    torch.testing.assert_close(cross_entropy(logits, labels), torch.tensor(math.log(4) / 2))


def test_a_batch_without_labels_costs_nothing():
    logits = torch.randn(2, 3, 4, 4, requires_grad=True)
    loss = cross_entropy(logits, torch.full((2, 4, 4), 255, dtype=torch.uint8))
    loss.backward()
    assert float(loss.detach()) == 0
    assert not logits.grad.any()


def test_the_reconstruction_counts_live_samples_only():
    truth = torch.ones(1, 1, 2, 4)
    valid = torch.tensor([[[[True, True, False, False]] * 2]])
    reconstruction = torch.where(valid, torch.tensor(0.5), torch.tensor(99.0))
    torch.testing.assert_close(squared_error(reconstruction, truth, valid), torch.tensor(0.25))
    torch.testing.assert_close(mean_square(truth * 3, valid), torch.tensor(9.0))


def test_variance_scaling_does_not_depend_on_the_amplitudes_scale():
    def loss(scale: float, scaling: str) -> float:
        power = torch.tensor(scale**2)
        return float(scaled_error(0.3 * power, power, scaling))

    assert math.isclose(loss(1.0, "variance"), 0.3, rel_tol=1e-6)
    assert math.isclose(loss(3e4, "variance"), 0.3, rel_tol=1e-6)
    assert math.isclose(loss(10.0, "sum"), 30, rel_tol=1e-6)
