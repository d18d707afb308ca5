"""What the package says about itself, in the places that a build does not check."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import napari_s6

CHECKOUT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def constraints() -> list[Requirement]:
    lines = (CHECKOUT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def test_constraints_pin_every_dependency_of_ours() -> None:
    extras = PROJECT["optional-dependencies"].values()
    wanted = {
        canonicalize_name(Requirement(text).name)
        for text in [*PROJECT["dependencies"], *(text for extra in extras for text in extra)]
    }
    pinned = {canonicalize_name(requirement.name) for requirement in constraints()}
    missing = wanted - pinned - {"napari-s6"}
    assert not missing, f"run `make constraints`: {sorted(missing)} have no version there"


def test_constraints_are_plain_versions() -> None:
    for requirement in constraints():
        assert requirement.url is None, f"{requirement} names an address"
        assert re.fullmatch(r"==[^,*]+", str(requirement.specifier)), f"{requirement} is no version"


def test_base_dependencies_leave_qt_to_the_user() -> None:
    for text in PROJECT["dependencies"]:
        requirement = Requirement(text)
        assert requirement.name.lower() not in {"pyside6", "pyqt6", "pyqt5", "pyside2"}
        assert not requirement.extras or requirement.name != "napari", f"{text} picks a Qt binding"
        if requirement.name == "napari":
            assert "<" not in str(requirement.specifier), f"{text} caps napari"


def test_manifest_at_the_top_is_the_package_s() -> None:
    top = CHECKOUT / "napari.yaml"
    assert top.samefile(Path(napari_s6.__file__).parent / "napari.yaml")
    assert yaml.safe_load(top.read_text(encoding="utf-8"))["name"] == PROJECT["name"]


def test_citation_names_this_version() -> None:
    citation = yaml.safe_load((CHECKOUT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == napari_s6.__version__
    assert citation["license"] == PROJECT["license"]
