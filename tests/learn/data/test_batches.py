import numpy as np
import pytest
import torch

from napari_s6.errors import InputError
from napari_s6.facies.codes import UNLABELLED
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.data.batches import BatchSampler, LabelledSection, assemble
from napari_s6.learn.data.normalise import AS_DELIVERED
from napari_s6.learn.data.sections import LiveSection, SectionStore
from napari_s6.learn.model import Record, VerticalRange

CPU = torch.device("cpu")


@pytest.fixture
def store(survey):
    return SectionStore(survey, AS_DELIVERED, CPU, 1 << 24)


@pytest.fixture
def sections(survey, store, painted):
    labelled = [LabelledSection(LiveSection(store, "iline", k), painted[k]) for k in (10, 50)]
    everything = [LiveSection(store, "iline", k) for k in range(68)]
    everything += [LiveSection(store, "xline", k) for k in range(72)]
    return labelled, everything


def _draws(sections, steps=3, **settings):
    sampler = BatchSampler(*sections, TrainConfig.named("fast", **settings))
    return [sampler.draw() for _ in range(steps)]


def _record(survey, targets, config):
    return Record(config, targets.scheme, AS_DELIVERED, VerticalRange.of(survey), interval=4.0)


def _places(crops):
    return [(x.window.section.orientation, x.window.section.index, x.window.trace, x.flip, x.gain)
            for x in crops]  # fmt: skip


def test_both_arms_see_the_same_labelled_crops(sections):
    with_others = _draws(sections, model="constrained")
    alone = _draws(sections, model="unconstrained")
    assert [_places(x) for x, _ in with_others] == [_places(x) for x, _ in alone]
    assert all(others for _, others in with_others)
    assert not any(others for _, others in alone)


def test_half_of_a_batch_is_labelled(sections):
    [(labelled, others)] = _draws(sections, steps=1, batch_size=10)
    assert (len(labelled), len(others)) == (5, 5)
    assert {crop.window.section.index for crop in labelled} == {10, 50}


def test_a_single_labelled_section_is_seen_at_least_twice(sections):
    labelled, everything = sections
    [(crops, _)] = _draws((labelled[:1], everything), steps=1, batch_size=2)
    assert len(crops) == 2


def test_another_seed_draws_other_crops_and_a_saved_state_goes_on(sections):
    assert _places(_draws(sections, seed=1)[0][0]) != _places(_draws(sections, seed=2)[0][0])
    sampler = BatchSampler(*sections, TrainConfig.named("fast"))
    sampler.draw()
    state = sampler.state()
    expected = _places(sampler.draw()[1])
    other = BatchSampler(*sections, TrainConfig.named("fast"))
    other.restore(state)
    assert _places(other.draw()[1]) == expected


def test_crops_of_sparse_paint_always_hold_paint(store, survey):
    labels = np.full(survey.shape[1:], UNLABELLED, np.uint8)
    labels[60:62, 40:43] = 3
    labelled = [LabelledSection(LiveSection(store, "iline", 5), labels)]
    settings = {"crop_traces": 32, "crop_samples": 32, "batch_size": 8, "labelled_share": 1.0}
    for crops, _ in _draws((labelled, []), steps=20, **settings):
        batch = assemble(crops, CPU)
        assert all((element == 3).any() for element in batch.labels)


def test_labels_stay_with_their_amplitudes_through_crop_and_flip(store, survey):
    """Amplitudes painted by their own rank: each label must find its own amplitude again."""
    section = survey.values[7]
    edges = np.quantile(section, [0.25, 0.5, 0.75])
    labelled = [LabelledSection(LiveSection(store, "iline", 7),
                                np.digitize(section, edges).astype(np.uint8))]  # fmt: skip
    settings = {
        "horizontal_flip": True,
        "amplitude_jitter": 0.0,
        "batch_size": 8,
        "labelled_share": 1.0,
    }
    flips = set()
    for crops, _ in _draws((labelled, []), steps=5, crop_traces=32, crop_samples=32, **settings):
        batch = assemble(crops, CPU)
        flips |= {crop.flip for crop in crops}
        counted = batch.labels != UNLABELLED
        rank = torch.bucketize(batch.amplitude[:, 0], torch.tensor(edges, dtype=torch.float32))
        agreement = (rank[counted] == batch.labels[counted]).float().mean()
        assert agreement > 0.99  # amplitudes are kept in half precision
    assert flips == {True, False}


def test_padding_and_dead_traces_carry_no_label_and_no_reconstruction(surveyed, painted):
    seismic, _ = surveyed
    live = np.ones(seismic.shape[:2], bool)
    live[10, 20:30] = False
    survey = seismic.assign_coords(live=(("iline", "xline"), live))
    store = SectionStore(survey, AS_DELIVERED, CPU, 1 << 24)
    labelled = [LabelledSection(LiveSection(store, "iline", 10), painted[10])]
    settings = {"batch_size": 2, "horizontal_flip": False}
    [(crops, _)] = _draws((labelled, []), steps=1, crop_traces=None, crop_samples=None, **settings)
    batch = assemble(crops, CPU)
    assert batch.amplitude.shape == (2, 1, 48, 80)
    assert not batch.valid[:, :, :, 20:30].any()
    assert not batch.valid[:, :, :, 72:].any()
    assert (batch.labels[:, :, 20:30] == UNLABELLED).all()
    assert (batch.labels[:, :, 72:] == UNLABELLED).all()
    assert batch.valid[:, :, :, :20].all()


def test_whole_sections_of_a_batch_share_an_orientation(sections, store, painted):
    labelled, everything = sections
    crossing = np.full((68, 48), UNLABELLED, np.uint8)
    crossing[5:60] = 2
    both = [*labelled, LabelledSection(LiveSection(store, "xline", 3), crossing)]
    seen = set()
    settings = {"crop_traces": None, "crop_samples": None, "batch_size": 6}
    for crops, others in _draws((both, everything), steps=12, **settings):
        orientations = {crop.window.section.orientation for crop in [*crops, *others]}
        assert len(orientations) == 1
        seen |= orientations
    assert seen == {"iline", "xline"}


def test_no_labels_is_an_error_that_says_so(sections):
    with pytest.raises(InputError, match="no labelled section"):
        BatchSampler([], sections[1], TrainConfig.named("fast"))
