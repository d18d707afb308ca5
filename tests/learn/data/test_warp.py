import numpy as np
import torch

from napari_s6.facies.codes import UNLABELLED
from napari_s6.learn.data.warp import Warp, relabel, resample

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
