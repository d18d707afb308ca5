"""The data of a study: what is trained on, what is tested on, and what its report shows of them."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.files import open_labels_on_survey
from napari_s6.facies.sections import Section, parse_lines, valid_sections
from napari_s6.facies.targets import Targets, make_targets
from napari_s6.formats.benchmark import SplitName, is_benchmark, open_benchmark
from napari_s6.formats.open import open_volume
from napari_s6.study.plan import StudyPlan
from napari_s6.study.sampling import labelled_sections
from napari_s6.survey.crop import parse_crop
from napari_s6.survey.dead import drop_dead
from napari_s6.survey.record import survey_record
from napari_s6.survey.volume import live_traces, read_section

TESTS: tuple[SplitName, ...] = ("test1", "test2")


@dataclass(frozen=True, eq=False)
class TestSet:
    """What is tested on under one name: a whole volume, or some sections of it."""

    __test__ = False  # for pytest, which collects classes called TestSet

    name: str
    volume: xr.DataArray
    labels: xr.DataArray
    sections: tuple[Section, ...]

    @property
    def shown(self) -> Section:
        """The section that pictures show: the middle one of the orientation with longer lines."""
        longer = "iline" if self.volume.sizes["xline"] >= self.volume.sizes["iline"] else "xline"
        among = [s for s in self.sections if s.orientation == longer] or list(self.sections)
        return sorted(among)[len(among) // 2]


@dataclass(frozen=True, eq=False)
class StudyData:
    """A survey with labels to train on, and what is tested on."""

    volume: xr.DataArray
    labels: xr.DataArray
    tests: tuple[TestSet, ...]

    @property
    def held_out(self) -> frozenset[Section]:
        """Sections of the trained survey that are tested on."""
        return frozenset(s for t in self.tests if t.volume is self.volume for s in t.sections)

    @property
    def other_volumes(self) -> list[xr.DataArray]:
        """Surveys that are tested on, beside the trained one."""
        return [test.volume for test in self.tests if test.volume is not self.volume]


def open_study_data(plan: StudyPlan) -> StudyData:
    """Open the data of a study; samples stay in their files.

    Raises
    ------
    InputError
        If something is missing or does not fit.
    """
    folder = Path(plan.seismic)
    if plan.kind == "table1" or (is_benchmark(folder) and plan.labels is None):
        volume, labels = _part(folder, "train")
        tests = [_whole_test(folder, name) for name in TESTS]
        if plan.kind == "lines" and plan.test_lines:
            names = ", ".join(plan.test_lines)
            raise InputError(
                f"--test-lines {names}: a benchmark folder is tested on its test volumes; leave "
                "the option out, or give a survey and its --labels"
            )
        return StudyData(volume, labels, tuple(tests))
    if plan.labels is None:
        raise InputError(f"{folder}: give its labels with --labels")
    volume = open_volume(folder, replace(plan.reading(), crop=parse_crop(plan.crop)))
    if not survey_record(volume).dead_scanned:
        volume = drop_dead(volume)
    labels = open_labels_on_survey(
        plan.labels,
        volume,
        n_classes=plan.scheme.n_classes,
        convention=plan.convention,
        reading=plan.reading(),
    )
    tested = parse_lines(plan.test_lines, volume)
    both = sorted(set(tested) & set(line_sections(plan, volume)))
    if both:
        raise InputError(f"{both[0]}: is both trained and tested on; leave it out of one")
    if not tested:
        raise InputError("--test-lines: give the lines to test on, as xline:327,575")
    # Lines that labelled ones merely cross carry a trace of labels here and there.
    painted = {
        *make_targets(volume, labels, plan.scheme).painted,
        *labelled_sections(volume, labels, tested),
    }
    for section in [*line_sections(plan, volume), *tested]:
        if section not in painted:
            raise InputError(f"{section}: has no labels of its own; leave it out or label it first")
    tests = [TestSet(str(line), volume, labels, (line,)) for line in tested]
    return StudyData(volume, labels, tuple(tests))


def _part(folder: Path, name: SplitName) -> tuple[xr.DataArray, xr.DataArray]:
    parts = open_benchmark(folder)
    if name not in parts:
        raise InputError(f"{folder}: has no {name} volume; a study needs train, test1 and test2")
    labels = parts[name].labels
    if labels is None:
        raise InputError(f"{folder}: has no {name}_labels.npy; a study needs the labels of all")
    return parts[name].seismic, labels


def _whole_test(folder: Path, name: SplitName) -> TestSet:
    volume, labels = _part(folder, name)
    return TestSet(name, volume, labels, tuple(valid_sections(volume)))


def live_along(volume: xr.DataArray, section: Section) -> np.ndarray:
    """Which traces of a section are live: boolean (traces,)."""
    live, index = live_traces(volume), section.index(volume)
    return live[index] if section.orientation == "iline" else live[:, index]


def truth_of(test: TestSet, section: Section) -> np.ndarray:
    """Reference labels of a section: uint8 (traces, samples), 255 on dead traces."""
    codes = read_section(test.labels, section.orientation, section.index(test.volume)).copy()
    codes[~live_along(test.volume, section)] = UNLABELLED
    return codes


def line_sections(plan: StudyPlan, volume: xr.DataArray) -> list[Section]:
    """The training lines."""
    return parse_lines(plan.train_lines, volume)


def line_targets(plan: StudyPlan, data: StudyData) -> Targets:
    """The labels of the training lines."""
    lines = line_sections(plan, data.volume)
    return make_targets(data.volume, data.labels, plan.scheme, lines=lines)
