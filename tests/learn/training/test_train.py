"""Training: what a run tells, leaves behind and survives."""

import json
import threading

import numpy as np
import pytest
import torch

from napari_s6.errors import InputError
from napari_s6.facies.scheme import F3
from napari_s6.facies.targets import make_targets
from napari_s6.learn import events
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.control import Token
from napari_s6.learn.model import load_model_folder
from napari_s6.learn.network.network import S6Network
from napari_s6.learn.training import objective
from napari_s6.learn.training.run import TrainingRun
from napari_s6.learn.training.train import take_step, train_model, train_model_events

from ..conftest import SMALL, of_kind, same_weights, told_by, weights_of


def test_a_run_tells_what_it_does_and_leaves_a_model(survey, targets, config, tmp_path):
    seen = list(train_model_events(survey, targets, config, run=tmp_path / "run"))
    assert isinstance(seen[0], events.Started)
    assert seen[0].labelled_sections == 2
    assert seen[0].unlabelled_sections == 68 + 72
    assert isinstance(seen[-1], events.Finished)
    assert seen[-1].step == 4
    assert [e.step for e in of_kind(events.Evaluated, seen)] == [2, 4]
    assert of_kind(events.Stepped, seen)[-1].losses.keys() == {"cross_entropy", "reconstruction"}
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert record["labels"]["hash"] == targets.label_hash
    assert record["labels"]["sections"] == [str(s) for s in targets.sections]
    assert record["config"] == json.loads(config.model_dump_json())
    assert load_model_folder(tmp_path / "run", "cpu").scheme == F3


def test_both_losses_fall(survey, targets):
    more = {"steps": 80, "batch_size": 8, "evaluate_every": 80, "decoder_channels": 24}
    config = TrainConfig.named("fast", **{**SMALL, **more})
    first, last = None, None
    for event in train_model_events(survey, targets, config):
        if isinstance(event, events.Stepped):
            first, last = first or event, event
    assert last.losses["cross_entropy"] < 0.6 * first.losses["cross_entropy"]
    assert last.losses["reconstruction"] < 0.9 * first.losses["reconstruction"]


def test_the_same_seed_gives_the_same_model(survey, targets, config, tmp_path):
    for name in ("one", "two"):
        list(train_model_events(survey, targets, config, run=tmp_path / name))
    assert same_weights(weights_of(tmp_path / "one"), weights_of(tmp_path / "two"))
    other = config.model_copy(update={"seed": 5})
    list(train_model_events(survey, targets, other, run=tmp_path / "three"))
    assert not same_weights(weights_of(tmp_path / "one"), weights_of(tmp_path / "three"))


def test_pausing_holds_the_run_until_it_is_resumed(survey, targets, config):
    token = Token()
    stream = train_model_events(survey, targets, config, token=token)
    next(stream)
    token.pause()
    assert isinstance(next(stream), events.Paused)
    resumed = []
    waiting = threading.Thread(target=lambda: resumed.append(next(stream)))
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive()
    token.resume()
    waiting.join(20)
    assert isinstance(resumed[0], events.Resumed)
    assert isinstance(list(stream)[-1], events.Finished)


def test_cancel_wakes_a_paused_run(survey, targets, config):
    token = Token()
    stream = train_model_events(survey, targets, config, token=token)
    next(stream)
    token.pause()
    next(stream)
    token.cancel()
    assert isinstance(next(stream), events.Stopped)


def test_the_section_in_view_is_previewed(survey, targets, config):
    token = Token()
    token.view = ("xline", 20)
    previews = of_kind(events.Previewed, train_model_events(survey, targets, config, token=token))
    assert previews
    assert (previews[0].orientation, previews[0].index) == ("xline", 20)
    assert previews[0].codes.shape == previews[0].reconstruction.shape == (68, 48)
    assert previews[0].codes.max() < 6
    amplitude = survey.isel(xline=20).values
    assert previews[0].reconstruction.std() < 10 * amplitude.std()


def test_out_of_memory_halves_the_batch_and_goes_on(survey, targets, config, monkeypatch):
    config = config.model_copy(update={"batch_size": 8})
    forward = S6Network.forward

    def scarce(self, inputs, segmented, *, apart=None):
        if len(inputs) > 4:
            raise torch.OutOfMemoryError("simulated")
        return forward(self, inputs, segmented, apart=apart)

    monkeypatch.setattr(S6Network, "forward", scarce)
    seen = list(train_model_events(survey, targets, config))
    assert [e.micro_batch for e in of_kind(events.BatchHalved, seen)] == [4]
    assert isinstance(seen[-1], events.Finished)
    assert seen[-1].step == 4


def test_an_error_is_told_and_the_next_run_works(survey, targets, config, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(objective, "cross_entropy", lambda *_: 1 / 0)
        seen = told_by(train_model_events(survey, targets, config))
    assert isinstance(seen[-1], events.Failed)
    assert "ZeroDivisionError" in seen[-1].message
    assert not seen[-1].input_error
    assert isinstance(list(train_model_events(survey, targets, config))[-1], events.Finished)


def test_a_loss_that_is_no_number_ends_the_run(survey, targets, config):
    wild = config.model_copy(update={"learning_rate": 1e12, "warmup": 0.0, "steps": 20})
    seen = told_by(train_model_events(survey, targets, wild))
    assert isinstance(seen[-1], events.Failed)
    assert "learning rate" in seen[-1].message


def test_folders_that_are_not_free_are_refused(survey, targets, config, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    [failed] = told_by(train_model_events(survey, targets, config, run=tmp_path))
    assert failed.input_error
    assert "not empty" in failed.message
    assert (tmp_path / "notes.txt").read_text() == "mine"
    list(train_model_events(survey, targets, config, run=tmp_path / "run"))
    [failed] = told_by(train_model_events(survey, targets, config, run=tmp_path / "run"))
    assert "--resume" in failed.message
    [failed] = told_by(
        train_model_events(survey, targets, config, run=tmp_path / "none", resume=True)
    )
    assert "no model to resume" in failed.message


def test_a_failure_cannot_be_overlooked(survey, targets, config, tmp_path):
    """Whoever only lets the events pass hears of it as well, once each."""
    (tmp_path / "notes.txt").write_text("mine")
    stream = train_model_events(survey, targets, config, run=tmp_path)
    assert isinstance(next(stream), events.Failed)
    with pytest.raises(InputError, match="not empty"):
        next(stream)
    with pytest.raises(InputError, match="not empty"):
        for _ in train_model_events(survey, targets, config, run=tmp_path):
            pass
    with pytest.raises(InputError, match="not empty"):
        train_model(survey, targets, config, run=tmp_path)


def test_training_in_one_call_gives_the_model_and_shows_a_bar_if_asked(
    survey, targets, config, tmp_path, capsys
):
    model = train_model(survey, targets, config, run=tmp_path / "quiet")
    assert capsys.readouterr().err == ""
    assert model.record.step == config.steps
    train_model(survey, targets, config, run=tmp_path / "bar", progress=True)
    shown = capsys.readouterr().err
    assert "100%" in shown
    assert "cross_entropy=" in shown
    assert "reconstruction=" in shown
    assert "validation_mIoU=" in shown
    saved = load_model_folder(tmp_path / "quiet", "cpu").networks[0].state_dict()
    for name, value in model.networks[0].state_dict().items():
        assert torch.equal(value, saved[name]), name


def test_the_paper_preset_trains_on_whole_sections(survey, targets):
    config = TrainConfig.named(
        "paper", steps=2, batch_size=4, decoder_channels=8, device="cpu", evaluate_every=2
    )
    seen = list(train_model_events(survey, targets, config))
    assert isinstance(seen[-1], events.Finished), seen[-1]


def test_paint_of_a_few_strokes_on_one_section_is_enough(survey, surveyed, config):
    codes = np.full(survey.shape, 255, np.uint8)
    codes[30, 20:26, 5:20] = surveyed[1].values[30, 20:26, 5:20]
    codes[30, 40:44, 30:40] = surveyed[1].values[30, 40:44, 30:40]
    few = make_targets(survey, codes, F3)
    assert [s.orientation for s in few.sections].count("iline") == 1
    assert isinstance(list(train_model_events(survey, few, config))[-1], events.Finished)


def test_another_survey_can_feed_the_reconstruction(survey, targets, config):
    other = survey.isel(iline=slice(0, 66)).copy(data=1000 * survey.values[:66])
    plain, fed = (
        next(iter(train_model_events(survey, targets, config, unlabelled=more)))
        for more in ((), (other,))
    )
    assert fed.unlabelled_sections == plain.unlabelled_sections + 66 + 72


def test_no_step_waits_for_the_device(survey, targets, config, monkeypatch):
    """Between two events the loop reads no number back from the device."""
    reads = []
    for name in ("item", "__float__", "__bool__", "tolist", "numpy"):
        original = getattr(torch.Tensor, name)

        def counted(self, *args, _original=original, _name=name, **kwargs):
            reads.append(_name)
            return _original(self, *args, **kwargs)

        monkeypatch.setattr(torch.Tensor, name, counted)
    run = TrainingRun(survey, targets, config)
    take_step(run, Token())
    reads.clear()
    take_step(run, Token())
    assert reads == []


def test_the_generator_returns_the_model_it_would_save(survey, targets, config, tmp_path):
    stream = train_model_events(survey, targets, config, run=tmp_path / "run", tell_every=2)
    told = []
    while True:
        try:
            told.append(next(stream))
        except StopIteration as end:
            model = end.value
            break
    saved = load_model_folder(tmp_path / "run", "cpu")
    assert model.record.step == saved.record.step == config.steps
    for name, value in saved.networks[0].state_dict().items():
        assert torch.equal(value, model.networks[0].state_dict()[name]), name
    assert [e.step for e in told if isinstance(e, events.Stepped)] == [2, 4]


VARIANTS = {
    "a longer encoder": {"encoder_stages": 4},
    "without a skip": {"reconstruction_skip": False},
    "separate statistics": {"batch_statistics": "separate"},
    "hidden": {"hidden_share": 0.5, "hidden_block": 8, "noise": 0.3},
    "taught": {"consistency": 1.0, "model": "unconstrained"},
    "constrained and taught": {"consistency": 1.0},
    "warped": {"warp": 0.2},
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_trains_is_saved_and_differs(survey, targets, tmp_path, variant):
    """Each setting does something, and its model comes back from its folder as it was."""
    plain = TrainConfig.named("fast", **SMALL, model=VARIANTS[variant].get("model", "constrained"))
    config = TrainConfig.named("fast", **{**SMALL, **VARIANTS[variant]})
    finals = []
    for number, chosen in enumerate((plain, config)):
        run = tmp_path / str(number)
        seen = list(train_model_events(survey, targets, chosen, run=run))
        assert of_kind(events.Finished, seen), seen[-1]
        finals.append(weights_of(run))
    assert load_model_folder(tmp_path / "1", device="cpu").config == config
    both = [name for name in finals[0] if name.startswith("encoder") and name in finals[1]]
    assert any(not torch.equal(finals[0][name], finals[1][name]) for name in both)


def test_members_are_trained_in_turn_saved_and_averaged(survey, targets, tmp_path):
    """Three networks of four steps each; the saved model averages their probabilities."""
    config = TrainConfig.named("fast", **{**SMALL, "steps": 12}, members=3)
    seen = list(train_model_events(survey, targets, config, run=tmp_path / "run", tell_every=1))
    rates = [event.learning_rate for event in of_kind(events.Stepped, seen)]
    assert rates[:4] == rates[4:8] == rates[8:]  # each has a schedule of its own
    model = load_model_folder(tmp_path / "run", device="cpu")
    assert len(model.networks) == 3
    assert "3 networks" in model.describe()
    first, second, third = (net.state_dict()["encoder.conv1.weight"] for net in model.networks)
    assert not torch.equal(first, second)
    assert not torch.equal(second, third)
    torch.manual_seed(0)
    amplitude = torch.randn(1, 1, 48, 48)
    together = model.run(amplitude, reconstruct=True)
    networks, alone = model.networks, []
    for network in networks:
        model.networks = [network]
        alone.append(model.run(amplitude, reconstruct=True))
    assert together.keys() == {"probabilities", "reconstruction"}
    for name, values in together.items():
        torch.testing.assert_close(values, torch.stack([one[name] for one in alone]).mean(0))
