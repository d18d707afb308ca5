"""The curves of a training: what is followed, what is drawn, what the mouse reads."""

from dataclasses import replace

import numpy as np
import pytest

from napari_s6.plugin.session.state import RunHistory
from napari_s6.plugin.widgets.curves import (
    LOSS_COLOURS,
    MEAN_IOU,
    Curve,
    CurvePlot,
    round_ticks,
    thinned,
)


def test_a_curve_takes_in_what_is_new_and_starts_anew_with_another_run():
    curve, first = Curve("a", "#ffffff"), [(1, 0.5), (2, 0.4)]
    assert curve.at(None) is None
    assert curve.follow(first)
    assert not curve.follow(first)
    first += [(3, float("nan")), (4, 0.3)]
    assert curve.follow(first)
    assert curve.points.tolist() == [[1, 0.5], [2, 0.4], [4, 0.3]]
    assert curve.at(None) == (4, 0.3)
    assert curve.at(2.4) == (2, 0.4)
    assert curve.follow([(1, 9.0)])
    assert curve.points.tolist() == [[1, 9.0]]
    assert curve.follow([])
    assert not len(curve.points)


@pytest.mark.parametrize(("high", "most"), [(0.013, 4), (1.0, 4), (1.7, 4), (999, 4), (48_000, 3)])
def test_ticks_are_few_and_round_and_cover_the_axis(high, most):
    ticks = round_ticks(high, most)
    step = ticks[1] - ticks[0]
    assert ticks[0] == 0
    assert 1 <= len(ticks) - 1 <= most
    assert high - step < ticks[-1] <= 1.001 * high
    assert f"{step:.0e}"[0] in "125"


def test_thinning_keeps_the_extremes_and_the_order():
    points = np.column_stack([np.arange(10_000.0), np.sin(np.arange(10_000))])
    points[1234, 1], points[7777, 1] = 5.0, -5.0
    thin = thinned(points, 100)
    assert len(thin) == 200
    assert thin[:, 1].max() == 5.0
    assert thin[:, 1].min() == -5.0
    assert (np.diff(thin[:, 0]) >= 0).all()
    assert thinned(points[:200], 100) is not None
    assert np.array_equal(thinned(points[:200], 100), points[:200])


def drawn_in(plot, colour):
    """Rows of the widget in which pixels of nearly this colour are found, below the legend."""
    image = plot.grab().toImage()
    rows = set()
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    for y in range(image.height()):
        for x in range(plot.width() // 2, image.width()):
            pixel = image.pixelColor(x, y)
            if abs(pixel.red() - red) + abs(pixel.green() - green) + abs(pixel.blue() - blue) < 60:
                rows.add(y)
                break
    return sorted(rows)


@pytest.mark.gui
def test_curves_are_drawn_where_their_values_are(qtbot):
    plot = CurvePlot()
    qtbot.addWidget(plot)
    plot.resize(400, 300)
    history = RunHistory()
    plot.show_history(history)
    assert not drawn_in(plot, LOSS_COLOURS[0]), "there is nothing to draw yet"
    history.losses["cross_entropy"] = [(1, 2.0), (50, 1.0), (100, 1.0)]
    history.mean_iou += [(50, 0.5), (100, 0.5)]
    plot.show_history(history)
    upper, lower = plot.panels
    [middle] = {round(np.mean(drawn_in(plot, LOSS_COLOURS[0])))}
    assert abs(middle - (upper.bottom() - upper.height() / 2.1)) < 3
    [middle] = {round(np.mean(drawn_in(plot, MEAN_IOU)))}
    assert abs(middle - lower.center().y()) < 3
    plot.show_history(replace(history, text="the curves stay while something is predicted"))
    assert plot.losses["cross_entropy"].at(None) == (100, 1.0)
    assert plot.step_pointed_at is None
    with qtbot.waitExposed(plot):
        plot.show()
    qtbot.mouseMove(plot, plot.rect().center())
    qtbot.waitUntil(lambda: plot.step_pointed_at is not None)
    assert plot.step_pointed_at == pytest.approx(47, abs=5)


@pytest.mark.gui
def test_a_single_first_step_and_a_perfect_loss_are_drawn(qtbot):
    plot = CurvePlot()
    qtbot.addWidget(plot)
    plot.resize(300, 200)
    history = RunHistory(losses={"cross_entropy": [(1, 0.0)], "reconstruction": [(1, 0.0)]})
    plot.show_history(history)
    assert drawn_in(plot, LOSS_COLOURS[0])
