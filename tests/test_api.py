"""The front door: the whole job from Python."""

import numpy as np
import pytest
import xarray as xr

import napari_s6 as s6
from napari_s6.facies.record import facies_record
from napari_s6.facies.scheme import F3, generic
from napari_s6.learn import events
from napari_s6.learn.control import Token
from napari_s6.survey.synthetic import make_survey

SETTINGS = {"steps": 3, "device": "cpu", "seed": 4}


@pytest.fixture(scope="module")
def surveyed():
    return make_survey((10, 72, 48))


@pytest.fixture(scope="module")
def model(surveyed):
    return s6.train(*surveyed, scheme="F3", lines="iline:103", **SETTINGS)


@pytest.fixture(scope="module")
def prediction(surveyed, model):
    return model.predict(surveyed[0])


def test_everything_promised_is_there():
    assert set(s6.__all__) <= set(dir(s6))
    assert all(getattr(s6, name) is not None for name in s6.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        s6.nothing  # noqa: B018
    import napari_s6.evaluation.comparison  # noqa: F401

    assert callable(s6.evaluate)  # and not a room of that name


def test_open_takes_dead_traces_out(tmp_path, surveyed):
    seismic = surveyed[0].copy(deep=True)
    seismic[2, 5] = 0.0
    s6.save(seismic, tmp_path / "holes.sgy")
    opened = s6.open(tmp_path / "holes.sgy", crop=["iline:101-104", "xline:300-320"])
    assert opened.shape == (4, 21, 48)
    assert not opened.live.sel(iline=102, xline=305)
    assert int((~opened.live).sum()) == 1


def test_open_names_a_setting_that_is_none(tmp_path, surveyed):
    path = s6.save(surveyed[0], tmp_path / "a.sgy")
    with pytest.raises(s6.InputError, match="headerbytes"):
        s6.open(path, headerbytes="petrel")


def test_open_labels_records_the_scheme_given(tmp_path, surveyed):
    survey, truth = surveyed
    path = s6.save(truth, tmp_path / "labels.npy")
    labels = s6.open_labels(path, survey, scheme="F3")
    assert facies_record(labels).scheme == F3
    assert facies_record(s6.open_labels(path, survey)).scheme == generic(6, first=0)
    np.testing.assert_array_equal(labels, truth)


def test_train_takes_lines_in_every_form(surveyed):
    survey, truth = surveyed
    sections = s6.train(survey, truth, lines=["iline:103", "iline:105"], **SETTINGS)
    used = sections.model.record.labels["sections"]
    one = s6.train(survey, truth, lines="iline:103,105", **SETTINGS)
    assert one.model.record.labels["sections"] == used == ["iline:103", "iline:105"]
    assert one.scheme.names[0] == "Facies 0"  # nothing is recorded with the labels


def test_train_raises_what_the_user_can_put_right(surveyed, tmp_path):
    with pytest.raises(s6.InputError, match="preset"):
        s6.train(*surveyed, preset="best-of-all")
    with pytest.raises(s6.InputError, match="learning_rate"):
        s6.train(*surveyed, learning_rate=-1)
    with pytest.raises(s6.InputError, match=r"device|cuda:77"):
        s6.train(*surveyed, steps=1, device="cuda:77")


def test_failure_is_told_and_then_raised(surveyed, monkeypatch):
    monkeypatch.setattr(
        "napari_s6.learn.data.batches.BatchSampler.draw",
        lambda *_: (_ for _ in ()).throw(ZeroDivisionError("a fault")),
    )
    told: list[events.TrainingEvent] = []
    stream = s6.train_events(*surveyed, lines="iline:103", **SETTINGS)
    with pytest.raises(ZeroDivisionError, match="a fault"):
        told.extend(stream)
    assert isinstance(told[-1], events.Failed)
    with pytest.raises(ZeroDivisionError, match="a fault"):
        s6.train(*surveyed, lines="iline:103", **SETTINGS)


def test_events_can_be_stopped(surveyed):
    token, told = Token(), []
    stream = s6.train_events(*surveyed, lines="iline:103", token=token, steps=500, device="cpu")
    while True:
        try:
            told.append(next(stream))
        except StopIteration as end:
            trained = end.value
            break
        if isinstance(told[-1], events.Stepped):
            token.cancel()
    assert isinstance(told[-1], events.Stopped)
    assert isinstance(trained, s6.TrainedModel)


def test_train_shows_progress_on_request(surveyed, capsys):
    s6.train(*surveyed, lines="iline:103", **SETTINGS)
    assert capsys.readouterr() == ("", "")
    s6.train(*surveyed, lines="iline:103", progress=True, **SETTINGS)
    assert "100%" in capsys.readouterr().err


def test_prediction_is_a_dataset_on_the_surveys_coordinates(surveyed, model, prediction):
    survey = surveyed[0]
    assert dict(prediction.sizes) == dict(survey.sizes)
    assert prediction.facies.dtype == np.uint8
    assert prediction.confidence.dtype == np.float32
    assert 0 <= float(prediction.confidence.min()) <= float(prediction.confidence.max()) <= 1
    for name in ("iline", "xline", "twt", "live"):
        xr.testing.assert_equal(prediction[name], survey[name])
    record = facies_record(prediction.facies)
    assert (record.scheme, record.convention) == (F3, "codes")
    assert int(prediction.facies.max()) < F3.n_classes


def test_dead_traces_are_not_predicted(surveyed, model):
    survey = surveyed[0].copy(deep=True)
    survey[3, 7] = 0.0
    survey.attrs["dead_scanned"] = False
    found = model.predict(survey)
    assert (found.facies[3, 7] == 255).all()
    assert (found.confidence[3, 7] == 0).all()
    assert not found.live[3, 7]


def test_prediction_into_a_folder_equals_that_in_memory(tmp_path, surveyed, model, prediction):
    out = tmp_path / "facies.zarr"
    stored = model.predict(surveyed[0], out)
    np.testing.assert_array_equal(stored.facies, prediction.facies)
    np.testing.assert_allclose(stored.confidence, prediction.confidence, atol=0.00501)
    assert stored.facies.dtype == np.uint8
    assert stored.confidence.dtype == np.float32
    assert stored.live.dtype == bool
    assert stored.s6.scheme == F3
    assert [path.name for path in tmp_path.iterdir()] == ["facies.zarr"]
    opened = s6.open_labels(out, surveyed[0])  # of several volumes, the facies
    np.testing.assert_array_equal(opened, prediction.facies)
    assert facies_record(opened).scheme == F3


def test_a_folder_is_written_whole_or_not_at_all(tmp_path, surveyed, model, monkeypatch):
    with pytest.raises(s6.InputError, match=r"end in \.zarr"):
        model.predict(surveyed[0], tmp_path / "facies.sgy")
    (tmp_path / "there.zarr").mkdir()
    with pytest.raises(s6.InputError, match="exists already"):
        model.predict(surveyed[0], tmp_path / "there.zarr")
    monkeypatch.setattr(
        "napari_s6.learn.inference.dataset.predict_volume",
        lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt),
    )
    with pytest.raises(KeyboardInterrupt):
        model.predict(surveyed[0], tmp_path / "facies.zarr")
    assert [path.name for path in tmp_path.iterdir()] == ["there.zarr"]


def test_large_surveys_are_predicted_through_files(
    tmp_path, surveyed, model, prediction, monkeypatch
):
    monkeypatch.setattr("napari_s6.learn.inference.predicted_arrays.IN_MEMORY", 100)
    stored = model.predict(surveyed[0], tmp_path / "facies.zarr")
    np.testing.assert_array_equal(stored.facies, prediction.facies)


def test_a_model_saved_and_loaded_predicts_the_same(tmp_path, surveyed, model, prediction):
    folder = model.save(tmp_path / "model")
    for one in (s6.load_model(folder, device="cpu"), folder):
        again = s6.predict(one, surveyed[0])
        xr.testing.assert_equal(again.facies, prediction.facies)
        np.testing.assert_allclose(again.confidence, prediction.confidence, atol=1e-6)
    with pytest.raises(s6.InputError, match="exists already"):
        model.save(folder)
    assert "3 steps" in repr(s6.load_model(folder))
    with pytest.raises(s6.InputError, match="not a model folder"):
        s6.load_model(tmp_path)


def test_run_folder_is_a_model(tmp_path, surveyed):
    run = tmp_path / "run"
    trained = s6.train(*surveyed, lines="iline:103", run=run, **SETTINGS)
    one, other = trained.predict(surveyed[0]), s6.predict(run, surveyed[0])
    xr.testing.assert_equal(one.facies, other.facies)
    with pytest.raises(s6.InputError, match="run"):
        s6.train(*surveyed, lines="iline:103", run=run, **SETTINGS)


def test_orientation_is_checked(surveyed, model):
    with pytest.raises(s6.InputError, match="choose both, iline or xline"):
        model.predict(surveyed[0], orientation="time")


def test_evaluate_compares_the_lines_and_classes_asked_for(surveyed, prediction):
    survey, truth = surveyed
    every = s6.evaluate(prediction, truth, survey=survey)
    some = s6.evaluate(prediction, truth, survey=survey, lines="iline:105", classes="0-2")
    assert some.scores.voxels < every.scores.voxels
    assert some.scores.classes == (0, 1, 2)
    assert some.scores.names[0] == "Upper North Sea"
    assert some.baselines
    assert not every.baselines
    perfect = s6.evaluate(truth, truth, survey=survey)
    assert perfect.scores.pixel_accuracy == 1.0


@pytest.mark.parametrize("suffix", [".sgy", ".npy", ".zarr", ".nc"])
def test_save_keeps_scheme_and_codes(tmp_path, surveyed, prediction, suffix):
    path = s6.save(prediction, tmp_path / f"facies{suffix}")
    opened = s6.open_labels(path, surveyed[0])
    np.testing.assert_array_equal(opened, prediction.facies)
    assert facies_record(opened).scheme == F3
    with pytest.raises(s6.InputError, match="exists already"):
        s6.save(prediction, path)
    s6.save(prediction, path, overwrite=True)


def test_datasets_serve_as_surveys(tmp_path, surveyed, model, prediction):
    found = model.predict(surveyed[0].to_dataset())
    xr.testing.assert_equal(found.facies, prediction.facies)
    with pytest.raises(s6.InputError, match="its volumes are none"):
        model.predict(xr.Dataset())
    with pytest.raises(s6.InputError, match="has dimensions"):
        model.predict(xr.DataArray(np.zeros((3, 4, 5))))
    with pytest.raises(s6.InputError, match="lacks the coordinates live"):
        model.predict(surveyed[0].drop_vars("live"))
