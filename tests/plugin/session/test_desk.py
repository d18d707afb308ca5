"""What is done in a window is kept in its project, and is there again the next day."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_s6.facies.codes import to_layer
from napari_s6.facies.scheme import F3
from napari_s6.formats.open import open_volume
from napari_s6.formats.save import save_volume
from napari_s6.plugin.canvas import layers
from napari_s6.plugin.canvas.array import AXES
from napari_s6.plugin.canvas.view import survey_view
from napari_s6.plugin.session.session import Session
from napari_s6.project.folder import Project
from napari_s6.survey.volume import make_volume

from ..fake_learning import FakeLearning, truth
from .test_session import wait


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    volume = make_volume(
        rng.normal(size=(70, 80, 40)).astype(np.float32),
        iline=np.arange(100, 170),
        xline=np.arange(300, 380),
        samples=np.arange(40) * 4.0,
        name="amplitude",
    )
    return save_volume(volume, tmp_path / "small.sgy")


def begin(tmp_path: Path, survey: Path | None = None) -> Session:
    """A window of a day of its own."""
    viewer = ViewerModel()
    session = Session(viewer, learning=FakeLearning(), folder=tmp_path)
    session.news = []
    session.told.connect(lambda severity, text: session.news.append((severity, text)))
    if survey is not None:
        layers.add_volume(viewer, open_volume(survey), survey.name)
    return session


def paint(session: Session, inline: int) -> None:
    watch = session.interpretation.watch
    layer = session.interpretation.new_labels() if watch is None else watch.layer
    codes = to_layer(truth(layers.volume_of(layer)))
    traces, samples = np.nonzero(codes[inline, 20:60])
    voxels = (np.full_like(traces, inline), samples, traces + 20)
    layer.data_setitem(voxels, codes[inline, traces + 20, samples])


def painted(session: Session) -> np.ndarray:
    return np.asarray(session.interpretation.labels.data).transpose(AXES)


def go_on(session: Session) -> None:
    [offer, *_] = session.desk.offers
    session.desk.open(offer.folder)
    wait(session, lambda: not session.busy and not session.runner.busy)


def test_quitting_keeps_the_paint_and_the_next_day_goes_on(tmp_path: Path, survey: Path) -> None:
    first = begin(tmp_path, survey)
    assert first.desk.project is None, "nothing is kept before the first stroke"
    paint(first, 30)
    first.configure(steps=77)
    first.train()
    wait(first)
    before = painted(first).copy()
    paint(first, 40)  # a moment before the window is closed
    last = painted(first).copy()
    first.close()

    second = begin(tmp_path, survey)
    [offer] = second.desk.offers
    assert "small.sgy" in offer.describe()
    assert "2 of 70 inlines" in offer.describe()
    go_on(second)
    np.testing.assert_array_equal(painted(second), last)
    assert not np.array_equal(before, last)
    assert second.desk.offers == []
    assert len(second.interpretation.seismic_layers) == 1, "the survey was open already"
    assert second.config.steps == 77
    assert second.model is not None
    paint(second, 50)
    second.close()

    with Project(offer.folder) as kept:
        [labels] = kept.state.labels
        assert len(np.unique(kept.labels(labels.id).positions // 80)) == 3
        [model] = kept.state.models
        assert model.finished
        assert model.labels == labels.id
        assert kept.out_of_date(model) == "the paint has changed since"


def test_a_project_brings_its_survey_and_its_view(tmp_path: Path, survey: Path) -> None:
    first = begin(tmp_path, survey)
    paint(first, 30)
    view = survey_view(first.viewer)
    view.show("xline")
    view.go_to(333)
    first.interpretation.seismic.contrast_limits = (-1.5, 1.5)
    first.close()

    second = begin(tmp_path)
    go_on(second)
    [seismic] = second.interpretation.seismic_layers
    assert seismic.name == "small.sgy"
    assert seismic.contrast_limits == [-1.5, 1.5]
    view = survey_view(second.viewer)
    assert (view.view, view.number) == ("xline", 333)
    assert painted(second).any()
    second.close()


def test_a_survey_that_is_gone_is_told(tmp_path: Path, survey: Path) -> None:
    first = begin(tmp_path, survey)
    paint(first, 30)
    first.close()
    survey.unlink()
    second = begin(tmp_path)
    go_on(second)
    assert second.interpretation.seismic_layers == []
    assert any("choose where" in text for _, text in second.news)
    second.close()
    with Project(second.desk.project.folder) as kept:
        assert kept.state.present_labels, "the paint is safe"


def test_a_deleted_layer_can_be_restored(tmp_path: Path, survey: Path) -> None:
    session = begin(tmp_path, survey)
    paint(session, 30)
    before, volume = painted(session).copy(), layers.volume_of(session.interpretation.seismic)
    session.viewer.layers.remove(session.interpretation.labels)
    wait(session, lambda: session.interpretation.deleted)
    [entry] = session.interpretation.deleted
    session.interpretation.show_kept(entry, volume)
    np.testing.assert_array_equal(painted(session), before)
    assert session.interpretation.deleted == []
    session.close()


def test_closing_the_viewer_deletes_nothing(tmp_path: Path, survey: Path) -> None:
    session = begin(tmp_path, survey)
    paint(session, 30)
    session.viewer.layers.clear()  # as a viewer does that is closed
    session.close()
    with Project(session.desk.project.folder) as kept:
        assert len(kept.state.present_labels) == 1


def test_a_second_window_writes_into_a_copy(tmp_path: Path, survey: Path) -> None:
    first = begin(tmp_path, survey)
    paint(first, 30)
    first.interpretation.watch.keep_now()
    second = begin(tmp_path, survey)
    go_on(second)
    assert any("open elsewhere" in text for _, text in second.news)
    paint(second, 40)
    second.interpretation.watch.keep_now()
    assert second.desk.project.folder != first.desk.project.folder
    assert first.desk.project.state.labels[0].summary != second.desk.project.state.labels[0].summary
    second.close()
    first.close()


def test_a_project_gets_a_name(tmp_path: Path, survey: Path) -> None:
    session = begin(tmp_path, survey)
    paint(session, 30)
    session.desk.save_as(tmp_path / "north")
    assert session.desk.project.folder == tmp_path / "north.s6"
    paint(session, 40)
    session.close()
    assert not list((tmp_path / "projects").glob("Untitled*"))
    with Project(tmp_path / "north.s6") as kept:
        assert "2 of 70 inlines" in kept.state.labels[0].summary


def test_a_project_is_offered_only_on_its_own_survey(tmp_path: Path, survey: Path) -> None:
    first = begin(tmp_path, survey)
    paint(first, 30)
    first.close()
    other = save_volume(open_volume(survey) * 2, tmp_path / "other.npy")
    second = begin(tmp_path, other)
    assert second.desk.offers == []
    layers.add_volume(second.viewer, open_volume(survey), "small")
    second.interpretation.choose(seismic=second.viewer.layers["small"])
    assert len(second.desk.offers) == 1
    second.desk.forget_offers()
    assert second.desk.offers == []
    second.close()


def test_a_survey_of_no_file_is_kept_too(tmp_path: Path, survey: Path) -> None:
    session: Any = begin(tmp_path)
    volume = open_volume(survey).load().drop_attrs()
    layers.add_volume(session.viewer, volume, "made")
    paint(session, 30)
    session.close()
    again = begin(tmp_path)
    go_on(again)
    assert painted(again).any()
    np.testing.assert_array_equal(
        layers.volume_of(again.interpretation.seismic).values, volume.values
    )
    again.close()


def test_predictions_are_kept_as_versions_and_come_back(tmp_path: Path, survey: Path) -> None:
    first = begin(tmp_path, survey)
    paint(first, 30)
    first.train()
    wait(first)
    for _ in range(2):
        first.predict_volume()
        wait(first, lambda: not first.busy and not first.runner.busy)
    predicted = np.asarray(first.results.prediction.data).copy()
    sure = np.asarray(first.results.confidence.data).copy()
    assert predicted.any()
    first.close()

    second = begin(tmp_path)
    go_on(second)
    wait(second, lambda: not second.runner.busy)
    np.testing.assert_array_equal(np.asarray(second.results.prediction.data), predicted)
    np.testing.assert_array_equal(np.asarray(second.results.confidence.data), sure)
    volume = layers.volume_of(second.interpretation.seismic)
    layers.show_section(second.viewer, second.interpretation.labels, "iline", 12)
    assert second.accept() > 0, "a prediction that came back can be accepted"
    assert volume is not None
    second.close()

    with Project(second.desk.project.folder) as kept:
        old, new = kept.state.predictions
        assert (old.name, new.name) == ("Prediction 1", "Prediction 2")
        assert new.model == kept.state.models[0].id
        assert kept.out_of_date(new) == "the paint has changed since"
        trained, *predicted = kept.state.actions
        assert trained.command[:3] == ("napari-s6", "train", str(kept.folder))
        assert [one.command[1] for one in predicted] == ["predict", "predict"]


def test_labels_from_a_file_are_kept_with_the_rest(tmp_path: Path, survey: Path) -> None:
    session = begin(tmp_path, survey)
    volume = layers.volume_of(session.interpretation.seismic)
    layers.add_labels(session.viewer, volume, truth(volume), F3, "From a file")
    paint(session, 30)
    session.interpretation.new_labels()
    paint(session, 40)
    session.close()
    with Project(session.desk.project.folder) as kept:
        assert {one.name for one in kept.state.labels} == {"From a file", "Facies"}


def test_another_project_takes_the_place_of_the_first(tmp_path: Path, survey: Path) -> None:
    first = begin(tmp_path, survey)
    paint(first, 30)
    first.desk.save_as(tmp_path / "north.s6")
    first.close()
    second = begin(tmp_path, survey)
    paint(second, 50)
    own = second.interpretation.labels
    second.interpretation.watch.keep_now()
    untitled = second.desk.project.folder
    second.desk.open(tmp_path / "north.s6")
    wait(second, lambda: not second.busy and not second.runner.busy)
    assert own not in second.viewer.layers
    assert len(second.interpretation.watches) == 1
    assert painted(second)[30].any()
    assert not painted(second)[50].any()
    wait(second, lambda: True)
    second.close()
    with Project(untitled) as kept:
        assert len(kept.state.present_labels) == 1, "it was put away, not deleted"
