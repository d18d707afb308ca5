import numpy as np
import pytest
import torch

from napari_s6.errors import InputError
from napari_s6.learn.control import Token
from napari_s6.learn.inference.predict import predict_section, predict_volume
from napari_s6.learn.model import load_model_folder
from napari_s6.learn.training.train import train_model_events
from napari_s6.survey.volume import make_volume

from ..conftest import SMALL, told_by


class FakeModel:
    """Certain of class 1 where amplitudes are positive; how certain depends on the orientation."""

    def __init__(self, model, surety):
        self.record, self.device = model.record, torch.device("cpu")
        self.n_classes, self.config = model.n_classes, model.config
        self.surety = surety
        self.widths = []

    def run(self, amplitude, reconstruct):
        self.widths.append(amplitude.shape[-1])
        sure = self.surety[amplitude.shape[-1]]
        probabilities = torch.zeros(len(amplitude), self.n_classes, *amplitude.shape[-2:])
        positive = (amplitude[:, 0] > 0).float()
        probabilities[:, 1] = positive * sure
        probabilities[:, 0] = 1 - probabilities[:, 1]
        return {"probabilities": probabilities.transpose(2, 3)}


@pytest.fixture(scope="module")
def model(survey, targets, tmp_path_factory):
    from napari_s6.learn.config import TrainConfig

    run = tmp_path_factory.mktemp("run") / "model"
    list(
        train_model_events(
            survey, targets, TrainConfig.named("fast", **SMALL, layers="no"), run=run
        )
    )
    return load_model_folder(run, "cpu")


@pytest.fixture
def holed(survey):
    """Inlines of 80 traces, crosslines of 96, with a corner of holes and a dead trace."""
    rng = np.random.default_rng(0)
    values = rng.choice([-1, 1], (96, 80, 20)).astype(np.float32)
    live = np.ones((96, 80), bool)
    live[:10, :10] = False
    live[50, 60] = False
    return make_volume(
        values, iline=range(96), xline=range(80), samples=4.0 * np.arange(20), live=live
    )


def _predict(model, volume, **options):
    codes = np.full(volume.shape, 255, np.uint8)
    confidence = np.zeros(volume.shape, np.float32)
    stream = predict_volume(model, volume, codes_out=codes, confidence_out=confidence, **options)
    return codes, confidence, list(stream)


def test_crossing_passes_are_averaged_and_weighted_by_live_traces(model, holed):
    fake = FakeModel(model, {80: 0.9, 96: 0.6})
    codes, confidence, progress = _predict(fake, holed)
    assert len(progress) == 96 + 80
    live = holed["live"].values
    assert (codes[~live] == 255).all()
    assert (confidence[~live] == 0).all()
    np.testing.assert_array_equal(codes[live], (holed.values[live] > 0).astype(np.uint8))
    positive = holed.values > 0
    # Inline 30 has 80 live traces and crossline 30 has 96.
    expected = (80 * 0.9 + 96 * 0.6) / (80 + 96)
    np.testing.assert_allclose(confidence[30, 30][positive[30, 30]], expected, atol=0.005)
    # Inline 50 has lost one trace.
    expected = (79 * 0.9 + 96 * 0.6) / (79 + 96)
    np.testing.assert_allclose(confidence[50, 30][positive[50, 30]], expected, atol=0.005)


def test_one_orientation_alone_is_not_averaged(model, holed):
    fake = FakeModel(model, {80: 0.9, 96: 0.6})
    _, confidence, progress = _predict(fake, holed, orientation="xline")
    assert set(fake.widths) == {96}
    assert {p.orientation for p in progress} == {"xline"}
    assert confidence[30, 30][holed.values[30, 30] > 0] == pytest.approx(0.6)


def test_a_voxel_with_one_valid_pass_takes_that_one(model):
    """A survey of three whole inlines: its crosslines of three traces predict nothing."""
    values = np.random.default_rng(1).standard_normal((40, 80, 20)).astype(np.float32)
    live = np.zeros((40, 80), bool)
    live[[3, 17, 30]] = True
    volume = make_volume(
        values, iline=range(40), xline=range(80), samples=np.arange(20.0), live=live
    )
    fake = FakeModel(model, {80: 0.9})
    codes, confidence, progress = _predict(fake, volume)
    assert [(p.orientation, p.index) for p in progress] == [("iline", k) for k in (3, 17, 30)]
    assert (codes[live] != 255).all()
    assert (codes[~live] == 255).all()
    assert confidence[17][values[17] > 0] == pytest.approx(0.9)


def test_the_section_in_view_comes_first_then_its_neighbours(model, holed):
    fake = FakeModel(model, {80: 0.9, 96: 0.6})
    _, _, progress = _predict(fake, holed, first=("xline", 40))
    assert progress[0].orientation == "xline"
    assert progress[0].index == 40
    assert sorted(p.index for p in progress[:5]) == [38, 39, 40, 41, 42]
    assert [p.orientation for p in progress].index("iline") == 80
    assert progress[-1].done == progress[-1].total == 176


def test_a_cancelled_prediction_keeps_what_is_done(model, holed):
    fake = FakeModel(model, {80: 0.9, 96: 0.6})
    token = Token()
    codes = np.full(holed.shape, 255, np.uint8)
    done = 0
    for progress in predict_volume(fake, holed, codes_out=codes, token=token):
        done = progress.done
        if done == 3:
            token.cancel()
    assert 3 <= done < 96
    assert (codes[:3][holed["live"].values[:3]] != 255).all()
    assert (codes[-1] == 255).all()


def test_large_scratch_goes_to_a_file_and_gives_the_same(model, holed, monkeypatch, tmp_path):
    expected, _, _ = _predict(FakeModel(model, {80: 0.9, 96: 0.6}), holed)
    monkeypatch.setattr("napari_s6.learn.inference.crossing.SCRATCH_IN_MEMORY", 1000)
    codes, _, _ = _predict(FakeModel(model, {80: 0.9, 96: 0.6}), holed, scratch=tmp_path)
    np.testing.assert_array_equal(codes, expected)
    assert not list(tmp_path.iterdir())


def test_a_whole_confidence_array_is_in_per_cent(model, holed):
    codes = np.full(holed.shape, 255, np.uint8)
    per_cent = np.zeros(holed.shape, np.uint8)
    fake = FakeModel(model, {80: 0.9, 96: 0.9})
    list(predict_volume(fake, holed, codes_out=codes, confidence_out=per_cent))
    assert per_cent[30, 30][holed.values[30, 30] > 0] == pytest.approx(90, abs=1)


def test_a_section_alone_is_predicted_as_in_one_orientation(model, survey):
    codes, confidence = predict_section(model, survey, "iline", 12)
    volume_codes, volume_confidence, _ = _predict(model, survey, orientation="iline")
    np.testing.assert_array_equal(codes, volume_codes[12])
    np.testing.assert_allclose(confidence, volume_confidence[12], atol=1e-5)
    assert confidence.min() >= 1 / 6 - 1e-6


def test_a_line_without_traces_is_an_error(model, holed):
    holed["live"].values[5] = False
    with pytest.raises(InputError, match="iline:5"):
        predict_section(model, holed, "iline", 5)


def test_each_pass_also_tells_what_it_found_alone(model, survey):
    alone = {}
    for along in ("iline", "xline"):
        codes, _, _ = _predict(model, survey, orientation=along)
        alone[along] = codes
    out = np.full(survey.shape, 255, np.uint8)
    for progress in predict_volume(model, survey, codes_out=out, each_alone=True):
        here = alone[progress.orientation].take(
            progress.index, int(progress.orientation == "xline")
        )
        np.testing.assert_array_equal(progress.alone, here)


def test_layers_are_predicted_where_the_paint_lies_in_order(survey, targets, painted, tmp_path):
    """The record keeps what the paint showed; every pass and the volume are in order then."""
    from napari_s6.facies.order import out_of_order
    from napari_s6.facies.scheme import F3
    from napari_s6.facies.targets import make_targets
    from napari_s6.learn import events
    from napari_s6.learn.config import TrainConfig

    told = list(
        train_model_events(
            survey, targets, TrainConfig.named("fast", **SMALL), run=tmp_path / "run"
        )
    )
    assert any("as layers" in note for note in told[0].notes)
    model = load_model_folder(tmp_path / "run", "cpu")
    assert model.record.layered
    codes, confidence, seen = _predict(model, survey, each_alone=True)
    assert not out_of_order(codes.reshape(-1, codes.shape[2])).any()
    assert not any(out_of_order(one.alone).any() for one in seen)
    assert 0 < confidence.min() <= confidence.max() <= 1
    upside_down = make_targets(survey, np.where(painted < 255, 5 - painted, 255), F3)
    [start, *_] = train_model_events(survey, upside_down, TrainConfig.named("fast", **SMALL))
    assert not any("as layers" in note for note in start.notes)
    config = TrainConfig.named("fast", **SMALL, layers="yes")
    [failed] = told_by(train_model_events(survey, upside_down, config))
    assert isinstance(failed, events.Failed)
    assert "order the scheme" in failed.message
