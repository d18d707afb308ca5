"""The Project dock lists what is kept, and brings it back."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets")

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QMessageBox

from napari_s6.facies.scheme import F3
from napari_s6.formats.open import open_volume
from napari_s6.formats.save import save_volume
from napari_s6.plugin.canvas import layers
from napari_s6.plugin.docks.project_dock import ProjectDock
from napari_s6.plugin.paint.keeper import ProjectKeeper
from napari_s6.plugin.paint.painted import copy_painted
from napari_s6.plugin.session.project_reader import get_project_reader
from napari_s6.project.folder import Project

from ..surveys import small_survey

pytestmark = pytest.mark.gui


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A project with paint, a model and two predictions."""
    path = save_volume(small_survey(), tmp_path / "small.sgy")
    volume = open_volume(path)
    values = np.zeros(volume.shape, np.uint8)
    values[2, :, 5:9] = 3
    keeper = ProjectKeeper(tmp_path / "projects")
    painted = copy_painted(values, values.any(axis=2))
    keeper.keep(painted, volume, name="Mine", scheme=F3, summary="1 of 8 inlines", id="mine")
    project = keeper.need_project()
    folder = project.new_model_folder("run")
    folder.mkdir()
    labels = project.state.labels[0]
    model = project.add_model(
        folder, scheme=F3, steps=1, finished=False, labels="mine", digest=labels.digest
    )
    for number in (1, 2):
        project.add_prediction(
            lambda out: out.mkdir(),
            survey=project.state.surveys[0].id,
            name=f"Prediction {number}",
            scheme=F3,
            model=model.id,
        )
    project.note_action("Trained", ["napari-s6", "train", "north.s6"])
    keeper.close()
    return project.folder


def lines(dock: ProjectDock) -> dict[str, list[tuple[str, str]]]:
    found = {}
    for index in range(dock.tree.topLevelItemCount()):
        group = dock.tree.topLevelItem(index)
        items = [group.child(k) for k in range(group.childCount())]
        found[group.text(0)] = [(item.text(0), item.text(1)) for item in items]
    return found


def select(dock: ProjectDock, name: str) -> None:
    [item] = dock.tree.findItems(name, Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive)
    dock.tree.clearSelection()
    item.setSelected(True)


def test_it_offers_to_go_on_and_lists_what_came_back(viewer: Any, qtbot: Any, kept: Path) -> None:
    dock = ProjectDock(viewer)
    viewer.window.add_dock_widget(dock, name="Project")
    assert not dock.go_on.isHidden()
    dock.go_on.go_on_button.click()
    qtbot.waitUntil(lambda: "Mine" in viewer.layers, timeout=20_000)
    found = lines(dock)
    assert found["Paint"] == [("Mine", "1 of 8 inlines")]
    assert found["Models"] == [("run", "1 step, stopped")]
    assert [name for name, _ in found["Predictions"]] == ["Prediction 1", "Prediction 2"]
    assert found["Done"] == [("Trained", "")]
    assert dock.go_on.isHidden()
    dock.timer.end()


def test_deleted_paint_is_restored_and_results_are_deleted(
    viewer: Any, qtbot: Any, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dock = ProjectDock(viewer)
    viewer.window.add_dock_widget(dock, name="Project")
    dock.go_on.go_on_button.click()
    qtbot.waitUntil(lambda: "Mine" in viewer.layers, timeout=20_000)
    viewer.layers.remove("Mine")
    qtbot.waitUntil(lambda: lines(dock)["Paint"] == [("Mine", "deleted")], timeout=20_000)
    select(dock, "Mine")
    assert dock.use_button.text() == "Restore"
    dock.use_button.click()
    assert np.asarray(viewer.layers["Mine"].data).max() == 3
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    select(dock, "Prediction 1")
    dock.delete_button.click()
    assert [name for name, _ in lines(dock)["Predictions"]] == ["Prediction 2"]
    select(dock, "Trained")
    dock.use_button.click()
    assert QApplication.clipboard().text() == "napari-s6 train north.s6"
    dock.timer.end()


def test_a_dropped_folder_is_opened(viewer: Any, qtbot: Any, kept: Path) -> None:
    assert get_project_reader(kept.parent) is None
    assert viewer.open(kept, plugin="napari-s6") == []
    qtbot.waitUntil(lambda: "Mine" in viewer.layers, timeout=20_000)
    assert "small.sgy" in viewer.layers
    with Project(kept, write=False) as seen:
        assert seen.read_only
    layer = viewer.layers["small.sgy"]
    assert layers.kind_of(layer) == "seismic"
