"""A project's folder: what is saved is there again, and stays whole whenever writing is ended."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from napari_s6.errors import InputError
from napari_s6.facies.painted import PaintedTraces
from napari_s6.facies.scheme import F3, generic
from napari_s6.project.folder import Project
from napari_s6.project.state import PROJECT_FORMAT
from napari_s6.project.store import ReadOnlyError


def painted(code: int = 3, traces: int = 3) -> PaintedTraces:
    codes = np.full((traces, 20), code, np.uint8)
    return PaintedTraces((6, 5, 20), np.arange(traces), codes)


@pytest.fixture
def project(tmp_path: Path):
    with Project.create(tmp_path / "north") as opened:
        yield opened


def test_labels_come_back_as_they_were_saved(project: Project) -> None:
    entry = project.save_labels(painted(), survey="s", name="Facies", scheme=F3, summary="little")
    project.close()
    again = Project(project.folder)
    (found,) = again.state.labels
    assert found == entry
    np.testing.assert_array_equal(again.labels(entry.id).as_volume(), painted().as_volume())
    again.close()


def test_three_strokes_on_a_dense_survey_take_kilobytes(project: Project) -> None:
    rng = np.random.default_rng(0)
    codes = np.full((300, 1000), 255, np.uint8)
    codes[:, 200:260] = rng.integers(0, 3, (300, 1))
    strokes = PaintedTraces((650, 950, 1000), np.arange(7000, 7300), codes)
    entry = project.save_labels(strokes, survey="s", name="Facies", scheme=F3)
    assert (project.folder / entry.file).stat().st_size < 20_000


def test_saving_again_replaces_the_file_and_keeps_what_was_decided(project: Project) -> None:
    first = project.save_labels(painted(1), survey="s", name="Facies", scheme=F3)
    project.set_check_only(first.id, ["iline:100"])
    second = project.save_labels(painted(2), survey="s", name="Facies", scheme=F3, id=first.id)
    assert second.check_only == ("iline:100",)
    assert second.digest != first.digest
    assert len(list((project.folder / "labels").iterdir())) == 1


def test_deleted_labels_are_restored(project: Project) -> None:
    entry = project.save_labels(painted(), survey="s", name="Facies", scheme=F3)
    project.delete_labels(entry.id)
    assert project.state.present_labels == ()
    project.restore_labels(entry.id)
    assert project.labels(entry.id).codes.max() == 3
    project.remove("labels", entry.id)
    assert not list((project.folder / "labels").iterdir())
    with pytest.raises(InputError, match="has no labels"):
        project.labels(entry.id)


def test_horizons_come_back(project: Project) -> None:
    z = np.array([[1.0, np.nan], [2.5, 3.0]])
    entry = project.save_horizon(z, survey="s", name="Top", colour="#ff0000")
    np.testing.assert_array_equal(project.horizon(entry.id), z)


def test_a_second_program_reads_only(project: Project) -> None:
    second = Project(project.folder)
    assert second.read_only
    assert f"process {os.getpid()}" in second.owner
    with pytest.raises(ReadOnlyError, match="open for reading only"):
        second.save_labels(painted(), survey="s", name="Facies", scheme=F3)
    project.close()
    third = Project(project.folder)
    assert not third.read_only
    third.close()


def test_a_program_that_was_killed_leaves_the_project_free(tmp_path: Path) -> None:
    folder = tmp_path / "north.s6"
    code = (
        "import os, sys; from napari_s6.project.folder import Project; "
        "Project.create(sys.argv[1]); os.kill(os.getpid(), 9)"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(folder)], check=False)
    assert ended.returncode != 0
    with Project(folder) as project:
        assert not project.read_only


def test_predictions_are_versions(project: Project) -> None:
    labels = project.save_labels(painted(), survey="s", name="Facies", scheme=F3)
    folder = project.new_model_folder("run")
    folder.mkdir()
    model = project.add_model(
        folder, scheme=F3, steps=80, finished=True, labels=labels.id, digest=labels.digest
    )
    made = [
        project.add_prediction(
            lambda path: (path.mkdir(), (path / "zarr.json").write_text("{}")),
            survey="s",
            name="Prediction",
            scheme=F3,
            model=model.id,
        )
        for _ in range(2)
    ]
    assert len({one.folder for one in made}) == 2
    assert project.out_of_date(made[0]) == ""
    project.save_labels(painted(4), survey="s", name="Facies", scheme=F3, id=labels.id)
    assert project.out_of_date(made[0]) == "the paint has changed since"
    project.save_labels(painted(), survey="s", name="Facies", scheme=generic(7), id=labels.id)
    assert project.out_of_date(model) == "the facies have changed since"
    project.delete_labels(labels.id)
    assert project.out_of_date(model) == "its labels were deleted"
    project.annotate("predictions", made[0].id, name="Before lunch", note="salt too thick")
    assert project.state.predictions[0].note == "salt too thick"
    project.remove("predictions", made[0].id)
    assert not (project.folder / made[0].folder).exists()


def test_a_model_from_elsewhere_is_copied_in(project: Project, tmp_path: Path) -> None:
    outside = tmp_path / "run 1"
    outside.mkdir()
    (outside / "run.json").write_text("{}")
    entry = project.add_model(outside, scheme=F3, steps=2, finished=False)
    assert (project.folder / entry.folder / "run.json").is_file()
    assert (outside / "run.json").is_file()


def test_a_copy_under_another_name_is_whole(project: Project, tmp_path: Path) -> None:
    entry = project.save_labels(painted(), survey="s", name="Facies", scheme=F3)
    with project.save_as(tmp_path / "south.s6") as copy:
        assert copy.state.name == "south"
        assert not copy.read_only
        np.testing.assert_array_equal(copy.labels(entry.id).codes, painted().codes)
    with pytest.raises(InputError, match="exists already"):
        project.save_as(tmp_path / "south.s6")


def test_settings_view_and_actions_are_kept(project: Project) -> None:
    project.set(settings={"steps": 30}, view={"orientation": "iline", "line": 459})
    project.note_action("Trained", ["train", "a.sgy", "--steps", "30"])
    project.close()
    state = Project(project.folder).state
    assert (state.settings, state.view["line"]) == ({"steps": 30}, 459)
    assert state.actions[0].command[:2] == ("train", "a.sgy")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (json.dumps({"format": PROJECT_FORMAT + 1}), "newer version"),
        ("{", "holds no project"),
        ("[]", "holds no project"),
        (json.dumps({"format": PROJECT_FORMAT, "name": 3}), "name"),
        (json.dumps({"format": PROJECT_FORMAT, "name": "a", "paint": 1}), "paint"),
    ],
)
def test_what_is_no_project_is_refused(tmp_path: Path, text: str, told: str) -> None:
    folder = tmp_path / "odd.s6"
    folder.mkdir()
    (folder / "project.json").write_text(text)
    with pytest.raises(InputError, match=told):
        Project(folder)


def test_a_folder_without_a_state_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no project"):
        Project(tmp_path)


class Killed(BaseException):
    """The process ends here."""


#: What a change asks of the system, each of which may be its last.
CALLS = ("replace", "rename", "fsync", "unlink", "mkdir", "open")


def _change(project: Project, id: str) -> None:
    project.save_labels(painted(5), survey="s", name="Facies", scheme=F3, id=id)


@pytest.mark.parametrize("call", CALLS)
def test_killed_at_any_call_it_holds_one_state_or_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    with Project.create(tmp_path / "kept.s6") as project:
        entry = project.save_labels(painted(1), survey="s", name="Facies", scheme=F3)
    died = 0
    for last in range(20):
        folder = tmp_path / f"copy {last}.s6"
        shutil.copytree(project.folder, folder)
        victim, calls = Project(folder), 0
        with monkeypatch.context() as patch:
            owner = sys.modules["io" if call == "open" else "os"]
            true = getattr(owner, call)

            def fatal(*args, _true=true, _last=last, **options):
                nonlocal calls
                calls += 1
                if calls > _last:
                    raise Killed
                return _true(*args, **options)

            patch.setattr(owner, call, fatal)
            if call == "open":
                patch.setattr("builtins.open", fatal)
            try:
                _change(victim, entry.id)
                ended = False
            except Killed:
                ended = True
        victim.close()
        with Project(folder) as found:
            (labels,) = found.state.labels
            code = int(found.labels(labels.id).codes.max())
            assert code in (1, 5)
            assert code == 5 or ended
            assert len(list((folder / "labels").iterdir())) == 1
        died += ended
        if not ended:
            break
    assert not ended
    assert died or call in ("rename", "mkdir")
