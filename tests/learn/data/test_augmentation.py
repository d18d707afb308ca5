import numpy as np
import torch

from napari_s6.facies.codes import UNLABELLED
from napari_s6.learn.data.augmentation import (
    Warp,
    add_noise,
    exchange_boxes,
    hide_blocks,
    random_boxes,
    relabel,
    resample,
)
from napari_s6.learn.network.losses import consistency


def test_hidden_squares_cover_their_share_and_leave_the_rest():
    torch.manual_seed(0)
    amplitude = torch.ones(8, 1, 100, 70)
    seen = hide_blocks(amplitude, 0.4, 16)
    assert set(seen.unique().tolist()) == {0.0, 1.0}
    assert 0.3 < (seen == 0).float().mean() < 0.5
    square = seen[:, :, :16, :16].flatten(1)
    assert (square == square[:, :1]).all()  # a square is hidden in whole or not at all
    assert hide_blocks(amplitude, 0.0, 16) is amplitude


def test_noise_has_its_level():
    torch.manual_seed(0)
    seen = add_noise(torch.zeros(4, 1, 64, 64), 0.5)
    assert abs(float(seen.std()) - 0.5) < 0.02


def test_exchanged_boxes_hold_the_neighbours_whole_traces():
    torch.manual_seed(0)
    values = torch.arange(3.0)[:, None, None, None].expand(3, 1, 8, 20)
    where = random_boxes(3, 8, 20, torch.device("cpu"))
    mixed = exchange_boxes(values, where)
    assert (where.sum(dim=(1, 2, 3)) == 8 * 10).all()
    assert (where.all(dim=2) == where.any(dim=2)).all()
    for element, before in ((0, 2), (1, 0), (2, 1)):
        assert (mixed[element][where[element]] == before).all()
        assert (mixed[element][~where[element]] == element).all()
    flat = exchange_boxes(values[:, 0], where)
    assert torch.equal(flat, mixed[:, 0])


def test_consistency_counts_valid_pixels_only():
    """Two classes, four pixels: one dead."""
    probabilities = torch.tensor([[[[0.95, 0.6, 0.05, 0.9]], [[0.05, 0.4, 0.95, 0.1]]]])
    logits = probabilities.log()
    valid = torch.tensor([[[[True, True, True, False]]]])
    entropy = -(probabilities * probabilities.log()).sum(1)[valid[:, 0]].mean()
    torch.testing.assert_close(consistency(logits, probabilities, valid), entropy)


STILL = Warp(0.1, tilt=0, fold=0, phase=0, shift=0, stretch=0)


def test_no_displacement_changes_nothing():
    image = torch.randn(20, 7)
    sources = STILL.sources(20, 7)
    torch.testing.assert_close(resample(image, sources), image)
    labels = torch.arange(20, dtype=torch.uint8)[:, None].expand(20, 7)
    assert torch.equal(relabel(labels, sources, UNLABELLED), labels)


def test_labels_move_with_their_amplitudes():
    """A section whose amplitude is its own depth: after any warp they still agree."""
    depth = torch.arange(60.0)[:, None].expand(60, 40)
    for seed in range(20):
        warp = Warp.drawn(np.random.default_rng(seed), 0.15)
        sources = warp.sources(60, 40)
        image = resample(depth, sources)
        labels = relabel(depth.to(torch.uint8), sources, UNLABELLED)
        counted = labels != UNLABELLED
        assert counted.float().mean() > 0.3
        assert (image[counted] - labels[counted]).abs().max() <= 0.5 + 1e-4


def test_each_part_does_what_it_is_called():
    def moved(**parts):
        still = {"tilt": 0, "fold": 0, "phase": 0, "shift": 0, "stretch": 0}
        sources = Warp(0.1, **{**still, **parts}).sources(101, 51)
        return sources - torch.arange(101.0)[:, None]

    assert torch.allclose(moved(shift=1.0), torch.full((101, 51), 10.1))
    tilt = moved(tilt=1.0)
    torch.testing.assert_close(tilt[0], tilt[100], atol=1e-4, rtol=0)
    assert torch.allclose(tilt[0, [0, 25, 50]], torch.tensor([-10.1, 0, 10.1]), atol=1e-4)
    fold = moved(fold=1.0)[50]
    assert float(fold[25]) > 10
    assert abs(float(fold[0])) < 1e-4
    stretch = moved(stretch=1.0)
    assert torch.allclose(stretch[[0, 50, 100], 3], torch.tensor([-10.1, 0, 10.1]), atol=1e-4)


def test_beyond_the_ends_amplitudes_are_reflected_and_nothing_counts():
    image = torch.arange(10.0)[:, None]
    down = Warp(0.2, tilt=0, fold=0, phase=0, shift=-1.0, stretch=0).sources(10, 1)
    assert resample(image, down)[:4, 0].tolist() == [2, 1, 0, 1]
    assert relabel(torch.ones(10, 1, dtype=torch.bool), down, False)[:3, 0].tolist() == [
        False,
        False,
        True,
    ]
