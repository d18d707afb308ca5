"""The data of a study: what is trained on, what is tested on, and what its report shows of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.evaluate.baselines import Baseline, without_learning
from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.files import open_labels
from napari_s6.facies.sections import Section, parse_lines, valid_sections
from napari_s6.facies.targets import Targets, make_targets
from napari_s6.formats.benchmark import SplitName, is_benchmark, open_benchmark
from napari_s6.formats.open import open_volume
from napari_s6.study.plan import StudyPlan
from napari_s6.study.run_result import Tallies, Tally
from napari_s6.study.sampling import labelled_sections
from napari_s6.study.words import LABELS, WORDS
from napari_s6.survey.crop import parse_crop
from napari_s6.survey.dead import drop_dead
from napari_s6.survey.record import survey_record
from napari_s6.survey.volume import live_traces, read_section, vertical_dim

TESTS: tuple[SplitName, ...] = ("test1", "test2")


@dataclass(frozen=True, eq=False)
class Test:
    """What is tested on under one name: a whole volume, or some sections of it."""

    __test__ = False  # for pytest, which collects classes called Test

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
class Material:
    """A survey with labels to train on, and what is tested on."""

    volume: xr.DataArray
    labels: xr.DataArray
    tests: tuple[Test, ...]

    @property
    def held_out(self) -> frozenset[Section]:
        """Sections of the trained survey that are tested on."""
        return frozenset(s for t in self.tests if t.volume is self.volume for s in t.sections)

    @property
    def other_volumes(self) -> list[xr.DataArray]:
        """Surveys that are tested on, beside the trained one."""
        return [test.volume for test in self.tests if test.volume is not self.volume]


def open_material(plan: StudyPlan) -> Material:
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
        return Material(volume, labels, tuple(tests))
    if plan.labels is None:
        raise InputError(f"{folder}: give its labels with --labels")
    volume = open_volume(folder, replace(plan.reading(), crop=parse_crop(plan.crop)))
    if not survey_record(volume).dead_scanned:
        volume = drop_dead(volume)
    labels = open_labels(
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
    tests = [Test(str(line), volume, labels, (line,)) for line in tested]
    return Material(volume, labels, tuple(tests))


def _part(folder: Path, name: SplitName) -> tuple[xr.DataArray, xr.DataArray]:
    parts = open_benchmark(folder)
    if name not in parts:
        raise InputError(f"{folder}: has no {name} volume; a study needs train, test1 and test2")
    labels = parts[name].labels
    if labels is None:
        raise InputError(f"{folder}: has no {name}_labels.npy; a study needs the labels of all")
    return parts[name].seismic, labels


def _whole_test(folder: Path, name: SplitName) -> Test:
    volume, labels = _part(folder, name)
    return Test(name, volume, labels, tuple(valid_sections(volume)))


def tally(truth: np.ndarray, codes: np.ndarray, n_classes: int, alive: np.ndarray) -> Tally:
    """Count reference against prediction on the live traces of a section, (traces, samples).

    Raises
    ------
    InputError
        If the reference holds a code outside the scheme.
    """
    truth, codes = np.asarray(truth)[alive], np.asarray(codes)[alive]
    labelled = truth != UNLABELLED
    if labelled.any() and int(truth[labelled].max()) >= n_classes:
        raise InputError(
            f"labels: hold code {int(truth[labelled].max())}, but the scheme has {n_classes} "
            "facies; give the scheme of the labels"
        )
    found = labelled & (codes != UNLABELLED)
    pairs = truth[found].astype(np.int64) * n_classes + codes[found]
    table = np.bincount(pairs, minlength=n_classes**2).reshape(n_classes, n_classes)
    missed = np.bincount(truth[labelled & ~found], minlength=n_classes)
    return Tally(table.astype(np.int64), missed.astype(np.int64))


def live_along(volume: xr.DataArray, section: Section) -> np.ndarray:
    """Which traces of a section are live: boolean (traces,)."""
    live, index = live_traces(volume), section.index(volume)
    return live[index] if section.orientation == "iline" else live[:, index]


def truth_of(test: Test, section: Section) -> np.ndarray:
    """Reference labels of a section: uint8 (traces, samples), 255 on dead traces."""
    codes = read_section(test.labels, section.orientation, section.index(test.volume)).copy()
    codes[~live_along(test.volume, section)] = UNLABELLED
    return codes


def baseline_tallies(plan: StudyPlan, material: Material) -> dict[str, Tallies]:
    """What the labels of the training lines predict without any learning, tallied as a run is.

    They follow line numbers. In another survey than the trained one, a trace takes what is
    predicted for the nearest inline and crossline of that one; empty where its samples are others.
    """
    samples = material.volume.shape[2]
    if any(test.volume.shape[2] != samples for test in material.tests):
        return {}
    targets = line_targets(plan, material)
    return {
        baseline.name: {
            test.name: _baseline_tally(plan, material.volume, baseline, test)
            for test in material.tests
        }
        for baseline in without_learning(material.volume, targets)
    }


def _baseline_tally(
    plan: StudyPlan, volume: xr.DataArray, baseline: Baseline, test: Test
) -> dict[str, Tally]:
    n_classes = plan.scheme.n_classes
    found: dict[str, Tally] = {}
    inlines, crosslines = (
        _nearest(volume[dim].values, test.volume[dim].values) for dim in ("iline", "xline")
    )
    for section in test.sections:
        index = section.index(test.volume)
        if section.orientation == "iline":
            codes = baseline.codes(np.full(len(crosslines), inlines[index]), crosslines)
        else:
            codes = baseline.codes(inlines, np.full(len(inlines), crosslines[index]))
        here = tally(truth_of(test, section), codes, n_classes, live_along(test.volume, section))
        so_far = found.get(section.orientation, Tally.nothing(n_classes))
        found[section.orientation] = so_far + here
    return found


def _nearest(numbers: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Positions of the nearest of ``numbers``."""
    return np.abs(np.asarray(numbers)[:, None] - np.asarray(wanted)[None, :]).argmin(axis=0)


def line_sections(plan: StudyPlan, volume: xr.DataArray) -> list[Section]:
    """The training lines."""
    return parse_lines(plan.train_lines, volume)


def line_targets(plan: StudyPlan, material: Material) -> Targets:
    """The labels of the training lines."""
    lines = line_sections(plan, material.volume)
    return make_targets(material.volume, material.labels, plan.scheme, lines=lines)


def portrait(plan: StudyPlan, material: Material) -> dict[str, np.ndarray]:
    """What the report shows of the data, so that it can be made without them.

    For the section that is shown of each test: ``NAME/seismic`` (NaN on dead traces),
    ``NAME/truth``, ``NAME/across`` (line numbers), ``NAME/down`` (times or depths), ``NAME/axes``
    (what these are) and ``NAME/title``. For the plan view: ``map/NAME`` uint8 (iline, xline), the
    labels at the depth ``map-depth`` that shows most, 255 where there are none, with
    ``map/NAME/live``, ``/iline`` and ``/xline``.
    """
    found: dict[str, np.ndarray] = {}
    for test in material.tests:
        section = test.shown
        volume = test.volume
        seismic = read_section(volume, section.orientation, section.index(volume))
        seismic = np.nan_to_num(seismic.astype(np.float32))
        seismic[~live_along(volume, section)] = np.nan
        across = "xline" if section.orientation == "iline" else "iline"
        found |= {
            f"{test.name}/seismic": seismic,
            f"{test.name}/truth": truth_of(test, section),
            f"{test.name}/across": np.asarray(volume[across].values),
            f"{test.name}/down": np.asarray(volume[vertical_dim(volume)].values),
            f"{test.name}/title": np.array(_title(test, section)),
            f"{test.name}/axes": np.array([WORDS[across], _down(volume)]),
        }
    surveys: dict[str, tuple[xr.DataArray, xr.DataArray]] = {
        "train": (material.volume, material.labels)
    }
    surveys |= {
        t.name: (t.volume, t.labels) for t in material.tests if t.volume is not material.volume
    }
    depth = _telling_depth(material.labels, plan.scheme.n_classes)
    found["map-depth"] = np.array(depth)
    for name, (volume, labels) in surveys.items():
        at = min(depth, labels.shape[2] - 1)
        codes = np.asarray(labels[:, :, at].values, np.uint8)
        live = live_traces(volume)
        found[f"map/{name}"] = np.where(live, codes, np.uint8(UNLABELLED))
        found[f"map/{name}/live"] = live
        found |= {f"map/{name}/{dim}": volume[dim].values for dim in ("iline", "xline")}
    return found


def _title(test: Test, section: Section) -> str:
    line = f"{WORDS[section.orientation]} {section.line}"
    return line if test.name == str(section) else f"{test.name}, {line}"


def _down(volume: xr.DataArray) -> str:
    if volume[vertical_dim(volume)].attrs.get("units") == "sample":
        return "depth (samples)"
    return LABELS[vertical_dim(volume)]


def _telling_depth(labels: xr.DataArray, n_classes: int) -> int:
    """The sample at which the labels' facies are most evenly many (greatest entropy)."""
    some = range(0, labels.sizes["iline"], max(1, labels.sizes["iline"] // 50))
    codes = np.stack([np.asarray(labels[k].values) for k in some]).reshape(-1, labels.shape[2])
    counts = np.stack([(codes == k).sum(axis=0) for k in range(n_classes)]).astype(float)
    share = counts / np.maximum(counts.sum(axis=0), 1)
    entropy = -(share * np.log(np.where(share > 0, share, 1))).sum(axis=0)
    return int(entropy.argmax())


def sum_of(found: Sequence[Tally], n_classes: int) -> Tally:
    """Tallies added up."""
    return sum(found, start=Tally.nothing(n_classes))
