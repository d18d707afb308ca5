"""Model folders that version 0.1 wrote, before settings and modules changed, are read as they were.

Of such a folder ``run.json`` is here as it was written, the names, types and shapes of its weights,
and what the program of that time predicted. Eleven megabytes of weights are made up by their names.
"""

import json
import shutil
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from napari_s6.errors import InputError
from napari_s6.learn import events
from napari_s6.learn.config import REMOVED_SETTINGS
from napari_s6.learn.inference.predict import preview_section
from napari_s6.learn.model import load_model_folder, load_record
from napari_s6.learn.training.train import train_model_events

WRITTEN = Path(__file__).parent / "fixtures" / "model-0.1"


def made_up(name: str, kind: str, shape: list[int]) -> np.ndarray:
    """Values of a weight that depend on its name alone, of about the usual size."""
    rng = np.random.RandomState(zlib.crc32(name.encode()))
    if kind == "int64":
        return np.full(shape, 7, np.int64)
    if len(shape) == 4:
        return (rng.standard_normal(shape) * np.sqrt(1 / np.prod(shape[1:]))).astype(np.float32)
    if name.endswith(("running_var", "weight")) or ".step." in name:
        return rng.uniform(0.5, 1.5, shape).astype(np.float32)
    return (0.1 * rng.standard_normal(shape)).astype(np.float32)


def write_weights(folder: Path) -> None:
    """Write the safetensors files of the folder with made-up weights."""
    for file, rows in json.loads((WRITTEN / "tensors.json").read_text()).items():
        tensors = {
            name: torch.from_numpy(np.asarray(made_up(name, kind, shape)))
            for name, (kind, shape) in rows.items()
            if not name.startswith("random.")
        }
        if file == "training":
            for name in [one for one in tensors if "exp_avg_sq" in one]:
                tensors[name] = tensors[name].square()
            tensors["random.cpu"] = torch.get_rng_state()
        save_file(tensors, str(folder / f"{file}.safetensors"), {"step": "2"})


@pytest.fixture
def folder(tmp_path) -> Path:
    shutil.copy(WRITTEN / "run.json", tmp_path / "run.json")
    write_weights(tmp_path)
    return tmp_path


def test_it_is_loaded_and_predicts_what_it_predicted(folder, survey):
    model = load_model_folder(folder, "cpu")
    assert not model.record.layered
    assert model.describe() == "constrained, 6 facies (F3), 2 steps, validation mIoU 0.024"
    found = preview_section(model, survey, "xline", 30)
    with np.load(WRITTEN / "predicted.npz") as expected:
        assert len(np.unique(expected["codes"])) > 2
        assert (found.codes != expected["codes"]).mean() < 1e-3
        np.testing.assert_allclose(found.confidence, expected["confidence"], atol=1e-3)
        np.testing.assert_allclose(
            found.reconstruction,
            expected["reconstruction"],
            rtol=0,
            atol=1e-3 * survey.values.std(),
        )


def test_its_training_goes_on(folder, survey, targets):
    config = load_record(folder).config.model_copy(update={"steps": 3})
    seen = list(train_model_events(survey, targets, config, run=folder, resume=True))
    assert seen[0].first_step == 2
    assert isinstance(seen[-1], events.Finished)


@pytest.mark.parametrize("name", REMOVED_SETTINGS)
def test_a_setting_that_is_gone_is_named_where_it_did_something(folder, name):
    record = json.loads((folder / "run.json").read_text())
    assert record["config"][name] == REMOVED_SETTINGS[name]
    record["config"][name] = "something else"
    (folder / "run.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match=rf"run\.json: {name} = 'something else'"):
        load_model_folder(folder, "cpu")
