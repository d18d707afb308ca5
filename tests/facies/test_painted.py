import numpy as np
import pytest

from napari_s6.facies.codes import from_layer
from napari_s6.facies.painted import painted_summary
from napari_s6.facies.scheme import generic
from napari_s6.facies.targets import make_targets
from napari_s6.survey.volume import make_volume

SHAPE = (90, 70, 12)


def survey():
    live = np.ones(SHAPE[:2], bool)
    live[:, 66:] = False
    return make_volume(
        np.broadcast_to(np.float32(0), SHAPE),
        iline=range(SHAPE[0]),
        xline=range(SHAPE[1]),
        samples=range(SHAPE[2]),
        live=live,
    )


def same_as_a_full_count(summary, layer, volume) -> None:
    live = volume.live.values
    full = painted_summary(layer, volume)
    assert (summary.fraction, summary.voxels) == (full.fraction, full.voxels)
    values, counts = np.unique(layer[live], return_counts=True)
    expected = {int(v) - 1: int(n) for v, n in zip(values, counts, strict=True) if v}
    assert summary.voxels == expected
    if expected:
        targets = make_targets(volume, from_layer(layer), generic(9))
        assert summary.fraction == targets.painted_fraction
        assert sum(summary.shares.values()) == pytest.approx(1)


def test_strokes_are_followed_section_by_section() -> None:
    rng = np.random.default_rng(0)
    volume, layer = survey(), np.zeros(SHAPE, np.uint8)
    summary = painted_summary(layer, volume)
    assert summary.voxels == {}
    assert str(summary.fraction) == "0 of 90 inlines, 0 of 66 crosslines, 0 % of voxels"
    for _ in range(25):
        value = rng.integers(0, 9)  # 0 is the eraser
        first, top = rng.integers(0, 60), rng.integers(0, 9)
        stroke = (slice(first, first + 20), slice(top, top + 4))
        if rng.random() < 0.5:
            section = ("iline", int(rng.integers(0, 5)))
            layer[section[1]][stroke] = value
        else:
            section = ("xline", int(rng.integers(60, SHAPE[1])))
            layer[:, section[1]][stroke] = value
        summary = painted_summary(layer, volume, summary, changed=[section])
        same_as_a_full_count(summary, layer, volume)


def test_codes_count_like_layers() -> None:
    layer = np.zeros(SHAPE, np.uint8)
    layer[3, :50] = 2
    layer[:, 7, 4] = 1
    by_layer = painted_summary(layer, survey())
    by_codes = painted_summary(from_layer(layer), survey(), convention="codes")
    assert by_layer.voxels == by_codes.voxels == {0: 90, 1: 50 * 12 - 1}
    assert by_layer.fraction == by_codes.fraction


def test_what_does_not_belong_together_is_refused() -> None:
    layer = np.zeros(SHAPE, np.uint8)
    summary = painted_summary(layer, survey())
    with pytest.raises(ValueError, match="belong together"):
        painted_summary(layer, survey(), summary)
    with pytest.raises(ValueError, match="paint has shape"):
        painted_summary(layer[1:], survey())
