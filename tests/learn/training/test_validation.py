"""Labels that are kept back to validate with, and what becomes of them."""

import pytest

from napari_s6.facies.scheme import F3
from napari_s6.facies.sections import Section
from napari_s6.facies.targets import make_targets
from napari_s6.learn import events
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.control import Token
from napari_s6.learn.training.dataset import HeldOut
from napari_s6.learn.training.run import TrainingRun
from napari_s6.learn.training.train import train_model_events, training_loop

from ..conftest import SMALL, of_kind


def test_sections_held_out_beforehand_validate_and_feed_nothing(surveyed, survey, targets, config):
    """Held-out validation keeps the labels whole, and no excluded section is ever drawn."""
    held = [Section("iline", int(survey["iline"].values[k])) for k in (25, 26)]
    excluded = [Section("xline", int(survey["xline"].values[k])) for k in (30, 31, 32)]
    validation = make_targets(survey, surveyed[1], F3, lines=held)
    kept_back = HeldOut(validation, frozenset(excluded))
    run = TrainingRun(survey, targets, config, held=kept_back)
    fed = {(one.orientation, one.index) for one in run.sampler.unlabelled}
    assert len(fed) == 68 + 72 - 5
    assert not fed & {("iline", 25), ("iline", 26), ("xline", 30), ("xline", 31), ("xline", 32)}
    assert [str(piece.section) for piece in run.validation] == [str(one) for one in held]
    painted = sum(len(one.painted_traces) for one in run.sampler.labelled)
    assert painted == 2 * survey.sizes["xline"]


def _painted(run):
    return sum(len(one.painted_traces) for one in run.sampler.labelled)


def test_what_was_kept_back_is_learnt_from_in_the_end(survey, targets, config):
    chosen = config.model_copy(update={"validation_until": 0.5})
    run = TrainingRun(survey, targets, chosen)
    assert 0 < _painted(run) < 0.95 * 2 * survey.sizes["xline"]
    seen = list(training_loop(run, Token()))
    assert _painted(run) == 2 * survey.sizes["xline"]
    assert [event.step for event in of_kind(events.Evaluated, seen)] == [2]
    [note] = of_kind(events.Noted, seen)
    assert note.step == 2
    assert f"{seen[-1].mean_iou:.3f} so far" in note.text


@pytest.mark.parametrize("settings", [{"keep": "best"}, {"patience": 5}, {"validation": "none"}])
def test_labels_that_choose_the_weights_are_not_learnt_from(survey, targets, config, settings):
    chosen = config.model_copy(update={"validation_until": 0.5, **settings})
    run = TrainingRun(survey, targets, chosen)
    before = _painted(run)
    seen = list(training_loop(run, Token()))
    assert _painted(run) == before
    assert not of_kind(events.Noted, seen)


def test_only_the_first_of_several_networks_is_validated(survey, targets):
    chosen = TrainConfig.named("fast", **{**SMALL, "steps": 12, "validation_until": 0.9}, members=3)
    seen = list(train_model_events(survey, targets, chosen))
    assert [event.step for event in of_kind(events.Evaluated, seen)] == [2, 4]
    assert [event.step for event in of_kind(events.Noted, seen)] == [4]
