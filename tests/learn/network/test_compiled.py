"""The network's pass through torch's compilers. On a CPU no graph is captured, all else is done."""

import threading

import pytest
import torch

from napari_s6.learn import events
from napari_s6.learn.model import load_model_folder, load_tensors
from napari_s6.learn.network import compiled
from napari_s6.learn.network.network import S6Network
from napari_s6.learn.training.train import train_model_events

from ..conftest import told_by


def _run(survey, targets, config, **settings):
    """Events of a run in a thread of its own, as a window runs it."""
    chosen = config.model_copy(update={"decoder_dropout": 0.1, **settings})
    seen = []
    run = settings.get("run")
    stream = train_model_events(survey, targets, chosen, run=run, tell_every=1)
    thread = threading.Thread(target=lambda: seen.extend(told_by(stream)))
    thread.start()
    thread.join()
    return seen


def _losses(seen):
    stepped = [event for event in seen if isinstance(event, events.Stepped)]
    return [event.losses for event in stepped]


def _notes(seen):
    return [event.text for event in seen if isinstance(event, events.Noted)]


def test_compiled_training_gives_the_losses_of_plain_training(survey, targets, config, tmp_path):
    plain = _run(survey, targets, config)
    stream = train_model_events(
        survey,
        targets,
        config.model_copy(update={"decoder_dropout": 0.1, "compile": "cudagraphs"}),
        run=tmp_path / "run",
        tell_every=1,
    )
    seen = []
    thread = threading.Thread(target=lambda: seen.extend(stream))
    thread.start()
    thread.join()
    assert isinstance(seen[-1], events.Finished), seen[-1]
    assert _notes(seen) == []
    for mine, theirs in zip(_losses(seen), _losses(plain), strict=True):
        assert mine == pytest.approx(theirs, rel=1e-3)
    weights = load_tensors(tmp_path / "run" / "model.safetensors")
    assert not any("_orig_mod" in name for name in weights)
    assert load_model_folder(tmp_path / "run", "cpu").config.compile == "cudagraphs"


def test_what_cannot_be_compiled_runs_plainly_and_is_said(survey, targets, config, monkeypatch):
    plain = _losses(_run(survey, targets, config))

    def broken(network, **_):
        def run(*args, **kwargs):
            raise RuntimeError("no such operation\nand more")

        return run

    monkeypatch.setattr(compiled.torch, "compile", broken)
    seen = _run(survey, targets, config, compile="inductor")
    assert isinstance(seen[-1], events.Finished), seen[-1]
    assert _notes(seen) == ["the network runs without being compiled: no such operation"]
    assert _losses(seen) == plain


def test_an_error_of_the_network_itself_is_not_taken_for_the_compilers(
    survey, targets, config, monkeypatch
):
    def broken(self, inputs, segmented, *, apart=None):
        raise ValueError("wrong in itself")

    monkeypatch.setattr(S6Network, "forward", broken)
    monkeypatch.setattr(compiled.torch, "compile", lambda network, **_: network)
    seen = _run(survey, targets, config, compile="inductor")
    assert isinstance(seen[-1], events.Failed)
    assert "wrong in itself" in seen[-1].message


def test_graphs_are_given_up_where_batches_are_halved(survey, targets, config, monkeypatch):
    forward = S6Network.forward

    def scarce(self, inputs, segmented, *, apart=None):
        if len(inputs) > 4:
            raise torch.OutOfMemoryError("simulated")
        return forward(self, inputs, segmented, apart=apart)

    monkeypatch.setattr(S6Network, "forward", scarce)
    monkeypatch.setattr(compiled.torch, "compile", lambda network, **_: network)
    seen = _run(survey, targets, config, compile="cudagraphs", batch_size=8)
    assert [e.micro_batch for e in seen if isinstance(e, events.BatchHalved)] == [4]
    assert _notes(seen) == ["the network runs without being compiled: graphs need whole batches"]
    assert isinstance(seen[-1], events.Finished)
