"""A survey held whole on the device, and batches gathered from it, here on the CPU."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_s6.facies.codes import UNLABELLED
from napari_s6.learn import events
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.control import Token
from napari_s6.learn.data.batches import BatchSampler, LabelledSection, SectionCrop, assemble
from napari_s6.learn.data.normalise import Normalisation
from napari_s6.learn.data.resident import Resident, bytes_needed, hold
from napari_s6.learn.data.sections import LiveSection, SectionStore, Window
from napari_s6.learn.network.network import S6Network
from napari_s6.learn.training import dataset as training_data
from napari_s6.learn.training.train import train_model_events
from napari_s6.survey.volume import make_volume

from ..conftest import SMALL, told_by

CPU = torch.device("cpu")


def _store(shape, seed, top=0.0):
    """A survey with holes, dead ends and a line that is dead throughout."""
    rng = np.random.default_rng(seed)
    live = rng.random(shape[:2]) < 0.8
    live[0], live[1:, 0], live[1, 2:4] = False, False, True
    volume = make_volume(
        rng.standard_normal(shape).astype(np.float32),
        iline=np.arange(shape[0]),
        xline=np.arange(shape[1]),
        samples=top + 4.0 * np.arange(shape[2]),
        live=live,
    )
    return SectionStore(volume, Normalisation(2.0, 0.7), CPU, 1 << 24)


def _sections(store):
    for orientation, axis in (("iline", 1), ("xline", 0)):
        for index in np.flatnonzero(store.live.any(axis=axis)):
            yield LiveSection(store, orientation, int(index))


STORES = [_store((7, 9, 11), 1), _store((5, 12, 17), 2, top=100.0)]
SECTIONS = [section for store in STORES for section in _sections(store)]
LABELS = []
for _section in SECTIONS[::2]:
    _codes = np.random.default_rng(3).integers(0, 5, (_section.stop, _section.survey.n_samples))
    LABELS.append(LabelledSection(_section, _codes.astype(np.uint8)).labels)
RESIDENT = Resident(STORES, LABELS, CPU)
assert RESIDENT.read(Token())


def _same(one, other):
    for name in ("amplitude", "labels", "valid"):
        mine, theirs = getattr(one, name), getattr(other, name)
        assert mine.dtype == theirs.dtype, name
        assert torch.equal(mine, theirs), name


@st.composite
def _crops(draw):
    """Windows of one shape anywhere, over the edges and beyond, of all surveys together."""
    traces, samples = draw(st.integers(1, 24)), draw(st.integers(1, 32))
    crops = []
    for _ in range(draw(st.integers(1, 6))):
        which = draw(st.integers(0, len(SECTIONS) - 1))
        section = SECTIONS[which]
        corner = (
            draw(st.integers(-30, section.traces + 5)),
            draw(st.integers(-30, section.survey.n_samples + 5)),
        )
        labelled = which % 2 == 0 and draw(st.booleans())
        crops.append(
            SectionCrop(
                Window(section, *corner, traces, samples),
                LABELS[which // 2] if labelled else None,
                draw(st.booleans()),
                draw(st.floats(0.5, 2.0)),
            )
        )
    return crops


@given(_crops())
@settings(max_examples=300, deadline=None)
def test_gathering_gives_what_cutting_one_by_one_gives_bit_for_bit(crops):
    _same(RESIDENT.batch(crops), assemble(crops, CPU))


@pytest.mark.parametrize("cropped", [True, False])
def test_batches_of_a_run_are_the_same_either_way(survey, painted, cropped):
    store = SectionStore(survey, Normalisation(3.0, 1.3), CPU, 1 << 24)
    labelled = [LabelledSection(LiveSection(store, "iline", k), painted[k]) for k in (10, 50)]
    everything = [LiveSection(store, "iline", k) for k in range(68)]
    everything += [LiveSection(store, "xline", k) for k in range(72)]
    size = {} if cropped else {"crop_traces": None, "crop_samples": None}
    config = TrainConfig.named("fast", horizontal_flip=True, **size)
    sampler = BatchSampler(labelled, everything, config)
    resident = Resident([store], [one.labels for one in labelled], CPU)
    resident.read(Token())
    resident.release()  # `assemble` shall cut from the survey, not from the same tensor
    for _ in range(8):
        labelled_crops, others = sampler.draw()
        crops = [*labelled_crops, *others]
        batch = resident.batch(crops)
        _same(batch, assemble(crops, CPU))
        assert (batch.labels != UNLABELLED).any()


def test_a_held_survey_hands_out_views_of_the_sections_that_would_be_read():
    store = _store((7, 9, 11), 1)
    read = [section.amplitudes().clone() for section in _sections(store)]
    resident = Resident([store], [], CPU)
    resident.read(Token())
    for section, expected in zip(_sections(store), read, strict=True):
        found = section.amplitudes()
        assert torch.equal(found, expected)
        assert found.untyped_storage().data_ptr() == resident.amplitudes.data_ptr()


def test_only_what_fits_is_held_and_what_does_not_is_said():
    store = _store((7, 9, 11), 1)
    needed = bytes_needed([store], [])
    assert needed == 2 * 7 * 9 * 11 + 7 * 9
    resident, note = hold([store], [], CPU, needed, Token())
    assert resident is not None
    assert not note
    resident.release()
    assert store.whole is None
    resident, note = hold([store], [], CPU, needed - 1, Token())
    assert resident is None
    assert "do not fit" in note


def test_reading_stops_where_the_token_says_so(monkeypatch):
    store, token = _store((7, 9, 11), 1), Token()
    token.cancel()
    assert hold([store], [], CPU, 1 << 20, token) == (None, "")
    assert store.whole is None


def test_no_room_for_the_survey_streams_it(survey, targets, config, monkeypatch):
    def full(*_):
        raise torch.OutOfMemoryError("simulated")

    monkeypatch.setattr("napari_s6.learn.data.resident.Resident.read", full)
    seen = list(train_model_events(survey, targets, config.model_copy(update={"resident": "yes"})))
    assert any("no room for" in note for note in seen[0].notes)
    assert isinstance(seen[-1], events.Finished)


def test_a_survey_too_large_for_its_share_is_streamed_and_named(
    survey, targets, config, monkeypatch
):
    monkeypatch.setattr(training_data, "CPU_BYTES", 1000)
    wanted = config.model_copy(update={"resident": "yes"})
    started = next(iter(train_model_events(survey, targets, wanted)))
    assert any("do not fit on the device" in note for note in started.notes)
    assert not next(iter(train_model_events(survey, targets, config))).notes[len(started.notes) :]


VARIANTS = {
    "crops": {},
    "flips": {"horizontal_flip": True},
    "whole sections": {"crop_traces": None, "crop_samples": None},
    "warps": {"warp": 0.1},
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_training_is_the_same_whether_the_survey_is_held_or_streamed(survey, targets, variant):
    ends = []
    for resident in ("yes", "no"):
        config = TrainConfig.named(
            "fast", **{**SMALL, "validation": "none", **VARIANTS[variant]}, resident=resident
        )
        stream = train_model_events(survey, targets, config, tell_every=1)
        losses = []
        while True:
            try:
                event = next(stream)
            except StopIteration as end:
                ends.append((losses, end.value.networks[0].state_dict()))
                break
            assert not isinstance(event, events.Failed), event
            if isinstance(event, events.Stepped):
                losses.append(event.losses)
    assert ends[0][0] == ends[1][0]
    for name, value in ends[0][1].items():
        assert torch.equal(value, ends[1][1][name]), name


def test_where_halving_is_not_enough_the_survey_makes_room(survey, targets, config, monkeypatch):
    """With batches of four there is nothing to halve: the survey has to go."""
    held = []
    forward, release = S6Network.forward, Resident.release
    monkeypatch.setattr(Resident, "release", lambda self: (release(self), held.append(False)))

    def scarce(self, inputs, segmented, *, apart=None):
        if not held:
            raise torch.OutOfMemoryError("simulated")
        return forward(self, inputs, segmented, apart=apart)

    monkeypatch.setattr(S6Network, "forward", scarce)
    seen = list(train_model_events(survey, targets, config.model_copy(update={"resident": "yes"})))
    told = [event.text for event in seen if isinstance(event, events.Noted)]
    assert len(told) == 1
    assert "streamed" in told[0]
    assert isinstance(seen[-1], events.Finished)
    held.clear()
    assert isinstance(told_by(train_model_events(survey, targets, config))[-1], events.Failed)
