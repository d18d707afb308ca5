"""Keep what a report shows of a study's data beside the runs, so that it is made without them."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import xarray as xr

from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.sections import Section
from napari_s6.study.baseline_confusions import baseline_confusions
from napari_s6.study.confusion import ConfusionMatrix, views
from napari_s6.study.data import StudyData, TestSet, live_along, open_study_data, truth_of
from napari_s6.study.plan import StudyPlan, write_text
from napari_s6.study.run_result import read_arrays, write_arrays
from napari_s6.survey.axis_labels import AXIS_NAMES, axis_label
from napari_s6.survey.volume import live_traces, read_section, vertical_dim

Arrays = Mapping[str, np.ndarray]
"""What `report_arrays` returns."""

DATA, BASELINES = "data.npz", "baselines.json"


def gather_data(folder: Path, plan: StudyPlan) -> None:
    """Keep what the report shows of the data, and the baselines, beside the runs."""
    if (folder / DATA).is_file() and (folder / BASELINES).is_file():
        return
    data = open_study_data(plan)
    found = baseline_confusions(plan, data) if plan.kind == "lines" else {}
    saved = {}
    for name, confusions in found.items():
        saved[name] = {
            view: {"confusion": one.confusion.tolist(), "not_predicted": one.missed.tolist()}
            for view, one in views(confusions).items()
        }
    write_arrays(folder / DATA, report_arrays(plan, data))
    write_text(folder / BASELINES, json.dumps(saved, indent=1))


def read_report_arrays(folder: Path) -> dict[str, np.ndarray]:
    """Return the arrays of `report_arrays` that a study's folder keeps; none if there are none."""
    return read_arrays(folder / DATA)


def read_baselines(folder: Path, view: str = "pooled") -> dict[str, ConfusionMatrix]:
    """Return the confusion matrix of each baseline that a study's folder keeps."""
    path = folder / BASELINES
    if not path.is_file():
        return {}
    saved = json.loads(path.read_text(encoding="utf-8"))
    return {
        name: ConfusionMatrix(
            np.array(found[view]["confusion"], np.int64),
            np.array(found[view]["not_predicted"], np.int64),
        )
        for name, found in saved.items()
        if view in found
    }


def report_arrays(plan: StudyPlan, data: StudyData) -> dict[str, np.ndarray]:
    """What the report shows of the data, so that it can be made without them.

    For the section that is shown of each test: ``NAME/seismic`` (NaN on dead traces),
    ``NAME/truth``, ``NAME/across`` (line numbers), ``NAME/down`` (times or depths), ``NAME/axes``
    (what these are) and ``NAME/title``. For the plan view: ``map/NAME`` uint8 (iline, xline), the
    labels at the depth ``map-depth`` that shows most, 255 where there are none, with
    ``map/NAME/live``, ``/iline`` and ``/xline``.
    """
    found: dict[str, np.ndarray] = {}
    for test in data.tests:
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
            f"{test.name}/axes": np.array(
                [axis_label(volume, dim) for dim in (across, vertical_dim(volume))]
            ),
        }
    surveys: dict[str, tuple[xr.DataArray, xr.DataArray]] = {"train": (data.volume, data.labels)}
    surveys |= {t.name: (t.volume, t.labels) for t in data.tests if t.volume is not data.volume}
    depth = _telling_depth(data.labels, plan.scheme.n_classes)
    found["map-depth"] = np.array(depth)
    for name, (volume, labels) in surveys.items():
        at = min(depth, labels.shape[2] - 1)
        codes = np.asarray(labels[:, :, at].values, np.uint8)
        live = live_traces(volume)
        found[f"map/{name}"] = np.where(live, codes, np.uint8(UNLABELLED))
        found[f"map/{name}/live"] = live
        found |= {f"map/{name}/{dim}": volume[dim].values for dim in ("iline", "xline")}
    return found


def _title(test: TestSet, section: Section) -> str:
    line = f"{AXIS_NAMES[section.orientation]} {section.line}"
    return line if test.name == str(section) else f"{test.name}, {line}"


def _telling_depth(labels: xr.DataArray, n_classes: int) -> int:
    """The sample at which the labels' facies are most evenly many (greatest entropy)."""
    some = range(0, labels.sizes["iline"], max(1, labels.sizes["iline"] // 50))
    codes = np.stack([np.asarray(labels[k].values) for k in some]).reshape(-1, labels.shape[2])
    counts = np.stack([(codes == k).sum(axis=0) for k in range(n_classes)]).astype(float)
    share = counts / np.maximum(counts.sum(axis=0), 1)
    entropy = -(share * np.log(np.where(share > 0, share, 1))).sum(axis=0)
    return int(entropy.argmax())
