import weakref

import numpy as np
import pytest
import torch

from napari_s6.errors import InputError
from napari_s6.learn.data import sections
from napari_s6.learn.data.normalise import AS_DELIVERED, fit_normalisation
from napari_s6.learn.data.sections import (
    LiveSection,
    SectionStore,
    Window,
    covered,
    cut,
    reflected,
    whole,
)
from napari_s6.survey.volume import make_volume, read_section


@pytest.fixture
def volume():
    values = np.arange(6 * 20 * 10, dtype=np.float32).reshape(6, 20, 10)
    live = np.ones((6, 20), bool)
    live[2, :3] = False
    live[2, 9] = False
    live[2, 17:] = False
    return make_volume(
        values, iline=np.arange(6), xline=np.arange(20), samples=4.0 * np.arange(10), live=live
    )


@pytest.fixture
def store(volume):
    return SectionStore(volume, AS_DELIVERED, torch.device("cpu"), 1 << 20)


def test_reflection_repeats_no_end_sample_and_falls_back_to_the_edge():
    assert reflected(-2, 7, 4).tolist() == [2, 1, 0, 1, 2, 3, 2]
    assert reflected(0, 5, 1).tolist() == [0, 0, 0, 0, 0]
    assert reflected(0, 6, 2).tolist() == [0, 1, 0, 0, 0, 0]


def test_a_section_reaches_from_its_first_to_its_last_live_trace(volume, store):
    section = LiveSection(store, "iline", 2)
    assert (section.first, section.stop, section.traces) == (3, 17, 14)
    assert section.live.tolist() == [k != 6 for k in range(14)]
    np.testing.assert_array_equal(section.amplitudes(), volume.values[2, 3:17])
    crossing = LiveSection(store, "xline", 9)
    np.testing.assert_array_equal(crossing.amplitudes(), volume.values[:, 9])


def test_windows_are_samples_by_traces_and_overhang_by_reflection(store):
    section = LiveSection(store, "iline", 1)
    inside = cut(section.amplitudes(), Window(section, 4, 2, 5, 6))
    np.testing.assert_array_equal(inside, section.amplitudes()[4:9, 2:8].T)
    over = Window(section, 18, 8, 4, 4)
    np.testing.assert_array_equal(
        cut(section.amplitudes(), over), section.amplitudes()[[18, 19, 18, 17]][:, [8, 9, 8, 7]].T
    )
    down, across = covered(over)
    assert down.tolist() == [True, True, False, False]
    assert across.tolist() == [True, True, False, False]


def test_dead_traces_inside_a_window_are_not_covered(store):
    section = LiveSection(store, "iline", 2)
    _, across = covered(whole(section))
    assert across.tolist() == [k != 6 and k < 14 for k in range(16)]


def test_the_store_keeps_to_its_budget(volume, monkeypatch):
    bytes_a_section = 20 * 10 * 2
    store = SectionStore(volume, AS_DELIVERED, torch.device("cpu"), 2 * bytes_a_section)
    read = []

    def counted(volume, orientation, index):
        read.append(index)
        return read_section(volume, orientation, index)

    monkeypatch.setattr(sections, "read_section", counted)
    held = []
    for index in (0, 1, 3, 4, 5, 4, 5, 3):
        held.append(weakref.ref(store.amplitudes("iline", index, 0, 20)))
    assert read == [0, 1, 3, 4, 5, 3]  # the last two are kept, those before them are not
    alive = {id(one()): one().nbytes for one in held if one() is not None}
    assert sum(alive.values()) == 2 * bytes_a_section


def test_normalised_amplitudes_have_unit_rms_whatever_their_scale():
    rng = np.random.default_rng(0)
    values = rng.standard_normal((8, 9, 50)).astype(np.float32) * 3e4
    values[0, 0, 0] = 1e9  # a spike must not set the scale
    volume = make_volume(values, iline=range(8), xline=range(9), samples=range(50))
    normalisation = fit_normalisation(volume)
    normal = normalisation(values)
    assert abs(float(np.sqrt(np.mean(normal**2))) - 1) < 0.02
    assert np.abs(normal).max() < 4
    np.testing.assert_allclose(normalisation.undo(normal)[1], values[1].clip(-1e5, 1e5), rtol=0.4)


def test_holes_do_not_enter_the_normalisation():
    values = np.ones((4, 4, 10), np.float32)
    values[::2] = 0
    live = np.zeros((4, 4), bool)
    live[1::2] = True
    volume = make_volume(values, iline=range(4), xline=range(4), samples=range(10), live=live)
    assert fit_normalisation(volume).scale == pytest.approx(1.0)


def test_a_survey_of_zeros_is_refused():
    volume = make_volume(
        np.zeros((4, 4, 10), np.float32), iline=range(4), xline=range(4), samples=range(10)
    )
    with pytest.raises(InputError, match="every sample read is 0"):
        fit_normalisation(volume)
