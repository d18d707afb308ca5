"""A project where a command asks for a survey, labels, a model or a prediction."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from napari_s6.project.folder import Project

PROJECT_SUFFIX = ".s6"


def is_project_path(path: str) -> bool:
    """Return whether a path names a project's folder, without looking into it."""
    return path.rstrip("/\\").endswith(PROJECT_SUFFIX)


def project_to_read(path: str) -> "Project":
    """Open a project for reading, whoever else has it.

    Raises
    ------
    InputError
        If there is none.
    """
    from napari_s6.project.folder import Project

    return Project(path, write=False)


def project_to_write(path: str) -> "Project":
    """Open a project to add to it.

    Raises
    ------
    InputError
        If there is none, or a window or another command has it.
    """
    from napari_s6.project.folder import Project

    project = Project(path)
    project.need_writing()
    return project


def model_of(path: str) -> "Path":
    """Return the folder of a model: the one named, or the one that a project predicts with."""
    from napari_s6.cli.paths import typed_path

    if not is_project_path(path):
        return typed_path(path)
    from napari_s6.project.contents import model_folder

    return model_folder(project_to_read(path))
