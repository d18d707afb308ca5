"""Projects used last are offered, the newest first."""

from datetime import datetime
from pathlib import Path

from tests.project.test_folder import painted

from napari_s6.facies.scheme import F3
from napari_s6.formats.save import save_volume
from napari_s6.project.fingerprint import Fingerprint
from napari_s6.project.folder import Project
from napari_s6.project.recent import new_untitled, recent_projects, remember_project
from napari_s6.project.surveys import note_survey
from napari_s6.survey.synthetic import make_survey


def test_the_last_projects_are_listed_and_described(tmp_path: Path) -> None:
    home = tmp_path / "home"
    path = save_volume(make_survey((6, 5, 20))[0], tmp_path / "small.sgy")
    with new_untitled(home) as first, Project.create(tmp_path / "named.s6") as second:
        entry = note_survey(second, path)
        second.save_labels(
            painted(), survey=entry.id, name="Facies", scheme=F3, summary="1 of 6 inlines"
        )
        remember_project(second, home)
        found = recent_projects(home)
        assert [one.folder for one in found] == [second.folder, first.folder]
        assert found[0].uses(Fingerprint.of(path))
        assert not found[1].uses(Fingerprint.of(path))
        told = found[0].describe(datetime.fromtimestamp(second.state.saved_at))
        assert told.startswith("named (small.sgy, 1 of 6 inlines), today ")


def test_two_untitled_projects_of_one_second_differ(tmp_path: Path) -> None:
    now = datetime(2026, 3, 1, 17, 40)
    with new_untitled(tmp_path, now) as first, new_untitled(tmp_path, now) as second:
        assert first.folder != second.folder


def test_a_list_that_is_damaged_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "recent.json").write_text('{"a": [')
    with new_untitled(tmp_path) as project:
        remember_project(project, tmp_path)
        assert [one.folder for one in recent_projects(tmp_path)] == [project.folder]
