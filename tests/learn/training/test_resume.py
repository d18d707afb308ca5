"""Runs that go on: after a stop, from another model, with other labels."""

import pytest
import torch

from napari_s6.facies.scheme import F3
from napari_s6.facies.sections import Section
from napari_s6.facies.targets import make_targets
from napari_s6.learn import events
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.control import Token
from napari_s6.learn.model import load_model_folder
from napari_s6.learn.training.train import train_model_events

from ..conftest import SMALL, of_kind, same_weights, weights_of


@pytest.mark.parametrize("keep", ["last", "best"])
def test_a_stopped_and_resumed_run_ends_as_an_uninterrupted_one(
    survey, targets, config, tmp_path, keep
):
    config = config.model_copy(update={"keep": keep})
    list(train_model_events(survey, targets, config, run=tmp_path / "whole"))
    token = Token()
    stream = train_model_events(survey, targets, config, run=tmp_path / "parts", token=token)
    for event in stream:
        if isinstance(event, events.Evaluated):
            token.cancel()
    assert isinstance(event, events.Stopped)
    assert event.step == 2
    resumed = list(train_model_events(survey, targets, config, run=tmp_path / "parts", resume=True))
    assert resumed[0].first_step == 2
    assert same_weights(weights_of(tmp_path / "whole"), weights_of(tmp_path / "parts"))


def test_a_stopped_run_leaves_a_usable_model_that_can_be_trained_on(
    survey, targets, config, tmp_path
):
    token = Token()
    stream = train_model_events(survey, targets, config, run=tmp_path / "run", token=token)
    next(stream)
    token.cancel()
    assert isinstance(list(stream)[-1], events.Stopped)
    load_model_folder(tmp_path / "run", "cpu")
    further = train_model_events(
        survey, targets, config, run=tmp_path / "more", start_from=tmp_path / "run"
    )
    seen = list(further)
    assert isinstance(seen[-1], events.Finished)
    assert any("starts from run" in note for note in seen[0].notes)


def test_an_unconstrained_model_can_start_a_constrained_one(survey, targets, config, tmp_path):
    plain = config.model_copy(update={"model": "unconstrained"})
    seen = list(train_model_events(survey, targets, plain, run=tmp_path / "plain"))
    assert of_kind(events.Stepped, seen)[-1].losses.keys() == {"cross_entropy"}
    seen = list(
        train_model_events(
            survey, targets, config, run=tmp_path / "both", start_from=tmp_path / "plain"
        )
    )
    assert isinstance(seen[-1], events.Finished)


def test_resuming_with_other_labels_is_said(survey, surveyed, targets, config, tmp_path):
    list(train_model_events(survey, targets, config, run=tmp_path / "run"))
    more = make_targets(
        survey,
        surveyed[1].values,
        F3,
        lines=[Section("iline", int(survey["iline"].values[k])) for k in (10, 50, 60)],
    )
    longer = config.model_copy(update={"steps": 6})
    started = next(
        iter(train_model_events(survey, more, longer, run=tmp_path / "run", resume=True))
    )
    assert any("labels have changed" in note for note in started.notes)
    assert started.first_step == 4


def test_a_run_goes_on_with_all_labels(survey, targets, config, tmp_path):
    """Stopped after the labels that were kept back had joined in."""
    chosen = config.model_copy(update={"validation_until": 0.5})
    list(train_model_events(survey, targets, chosen, run=tmp_path / "whole"))
    token = Token()
    for event in train_model_events(
        survey, targets, chosen, run=tmp_path / "parts", token=token, tell_every=1
    ):
        if isinstance(event, events.Stepped) and event.step == 3:
            token.cancel()
    resumed = list(train_model_events(survey, targets, chosen, run=tmp_path / "parts", resume=True))
    assert not of_kind(events.Evaluated, resumed)
    assert same_weights(weights_of(tmp_path / "whole"), weights_of(tmp_path / "parts"))


def test_a_run_of_members_goes_on_as_if_it_had_not_been_stopped(survey, targets, tmp_path):
    """Stopped within the second member: what follows is what would have followed."""
    config = TrainConfig.named("fast", **{**SMALL, "steps": 8}, members=2, validation="none")
    list(train_model_events(survey, targets, config, run=tmp_path / "whole"))
    token = Token()
    for event in train_model_events(
        survey, targets, config, run=tmp_path / "parts", token=token, tell_every=1
    ):
        if isinstance(event, events.Stepped) and event.step == 5:
            token.cancel()
    assert (
        len(load_model_folder(tmp_path / "parts", device="cpu").networks) == 1
    )  # the second had begun
    list(train_model_events(survey, targets, config, run=tmp_path / "parts", resume=True))
    whole, parts = weights_of(tmp_path / "whole"), weights_of(tmp_path / "parts")
    assert whole.keys() == parts.keys()
    for name, value in whole.items():
        torch.testing.assert_close(parts[name], value, msg=name)
