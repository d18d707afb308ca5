import torch

from napari_s6.learn.data.augmentation import add_noise, boxes, exchange, hide
from napari_s6.learn.network.losses import agreement


def test_hidden_squares_cover_their_share_and_leave_the_rest():
    torch.manual_seed(0)
    amplitude = torch.ones(8, 1, 100, 70)
    seen = hide(amplitude, 0.4, 16)
    assert set(seen.unique().tolist()) == {0.0, 1.0}
    assert 0.3 < (seen == 0).float().mean() < 0.5
    square = seen[:, :, :16, :16].flatten(1)
    assert (square == square[:, :1]).all()  # a square is hidden in whole or not at all
    assert hide(amplitude, 0.0, 16) is amplitude


def test_noise_has_its_level():
    torch.manual_seed(0)
    seen = add_noise(torch.zeros(4, 1, 64, 64), 0.5)
    assert abs(float(seen.std()) - 0.5) < 0.02


def test_exchanged_boxes_hold_the_neighbours_whole_traces():
    torch.manual_seed(0)
    values = torch.arange(3.0)[:, None, None, None].expand(3, 1, 8, 20)
    where = boxes(3, 8, 20, torch.device("cpu"))
    mixed = exchange(values, where)
    assert (where.sum(dim=(1, 2, 3)) == 8 * 10).all()
    assert (where.all(dim=2) == where.any(dim=2)).all()
    for element, before in ((0, 2), (1, 0), (2, 1)):
        assert (mixed[element][where[element]] == before).all()
        assert (mixed[element][~where[element]] == element).all()
    flat = exchange(values[:, 0], where)
    assert torch.equal(flat, mixed[:, 0])


def test_agreement_counts_live_and_certain_pixels_only():
    """Two classes, four pixels: one dead, one uncertain."""
    chances = torch.tensor([[[[0.95, 0.6, 0.05, 0.9]], [[0.05, 0.4, 0.95, 0.1]]]])
    scores = chances.log()
    alive = torch.tensor([[[[True, True, True, False]]]])
    expected = -(torch.tensor(0.95).log() * 2) / 3
    torch.testing.assert_close(agreement(scores, chances, alive, 0.9), expected)
    entropy = -(chances * chances.log()).sum(1)[alive[:, 0]].mean()
    torch.testing.assert_close(agreement(scores, chances, alive, 0.0), entropy)
