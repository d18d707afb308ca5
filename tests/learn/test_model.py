import json
import pickle
import shutil

import numpy as np
import pytest
import torch

from napari_s6.errors import InputError
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.inference.predict import predict_section
from napari_s6.learn.model import load_model_folder, load_record, save_tensors
from napari_s6.learn.training.train import train_model_events

from .conftest import SMALL


@pytest.fixture(scope="module")
def saved(survey, targets, tmp_path_factory):
    run = tmp_path_factory.mktemp("runs") / "model"
    list(train_model_events(survey, targets, TrainConfig.named("fast", **SMALL), run=run))
    return run


@pytest.fixture
def run(saved, tmp_path):
    return shutil.copytree(saved, tmp_path / "run")


def test_a_loaded_model_predicts_the_same_each_time(run, survey):
    one, other = (
        predict_section(load_model_folder(run, "cpu"), survey, "iline", 7) for _ in range(2)
    )
    np.testing.assert_array_equal(one[1], other[1])


def test_the_record_says_how_the_model_was_made(run, targets):
    record = load_record(run)
    assert record.step == 4
    assert record.labels["used_sections"] == targets.label_fraction
    assert record.interval == 4.0
    assert "torch" in record.versions
    assert 0 <= record.metrics["mean_iou"] <= 1


@pytest.mark.parametrize("name", ["run.json", "model.safetensors"])
@pytest.mark.parametrize("content", [b"", b"{}", b"\x00\x01" * 50, b'{"format": 99}'])
def test_a_broken_file_is_named(run, name, content):
    (run / name).write_bytes(content)
    with pytest.raises(InputError, match=name):
        load_model_folder(run, "cpu")


def test_missing_things_are_named(run, tmp_path):
    with pytest.raises(InputError, match="nowhere"):
        load_model_folder(tmp_path / "nowhere", "cpu")
    (run / "model.safetensors").unlink()
    with pytest.raises(InputError, match="missing"):
        load_model_folder(run, "cpu")


def test_loading_executes_nothing(run, tmp_path):
    """A pickle in place of the weights is refused unread."""

    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "executed"), "w"))

    (run / "model.safetensors").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(InputError):
        load_model_folder(run, "cpu")
    torch.save({"weights": Trap()}, run / "model.safetensors")
    with pytest.raises(InputError):
        load_model_folder(run, "cpu")
    assert not (tmp_path / "executed").exists()


def test_weights_of_another_network_are_refused_by_name(run):
    record = json.loads((run / "run.json").read_text())
    record["config"]["decoder_channels"] = 16
    (run / "run.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match=r"weight \S*decoder\S* has shape"):
        load_model_folder(run, "cpu")


def test_a_failed_write_leaves_the_old_weights(run, monkeypatch):
    before = (run / "model.safetensors").read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("napari_s6.learn.model.save_file", full)
    with pytest.raises((OSError, InputError)):
        save_tensors(run / "model.safetensors", {"a": torch.zeros(3)}, {})
    assert (run / "model.safetensors").read_bytes() == before
    assert sorted(p.name for p in run.iterdir()) == [
        "model.safetensors",
        "run.json",
        "training.safetensors",
    ]


def test_an_absent_device_is_refused(run):
    with pytest.raises(InputError, match="cuda:9"):
        load_model_folder(run, "cuda:9")
    with pytest.raises(InputError, match="warp"):
        load_model_folder(run, "warp")
