"""The report of a study, from the files in its folder alone."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from napari_s6.durations import duration
from napari_s6.errors import InputError
from napari_s6.study.document import Document
from napari_s6.study.plan import Run, StudyPlan, open_study
from napari_s6.study.plan_view import draw_plan
from napari_s6.study.report_data import read_baselines, read_report_arrays
from napari_s6.study.run_result import RunResult, pictures_of, read_run_results
from napari_s6.study.score_pictures import draw_confusions, draw_iou_curves, draw_training_curves
from napari_s6.study.section_pictures import draw_facies, draw_reconstructions
from napari_s6.study.summary import StudyResults
from napari_s6.study.tables import (
    add_gaps,
    add_lines,
    add_runs,
    add_scores,
    add_table1,
    initial,
    ranges,
)

FIGURES = "figures"


def write_report(folder: Path) -> tuple[Path, Path]:
    """Write ``report.md`` and ``report.html`` from the runs that are done.

    Raises
    ------
    InputError
        If the folder is no study, or no run is done.
    """
    plan = open_study(folder)
    run_results = read_run_results(folder, plan)
    if not run_results:
        raise InputError(f"{folder}: no run is done yet; run the study first")
    (folder / FIGURES).mkdir(exist_ok=True)
    return _Report(folder, plan, run_results).write()


class _Report:
    """Puts tables and pictures in their order."""

    def __init__(self, folder: Path, plan: StudyPlan, run_results: Mapping[Run, RunResult]) -> None:
        self.folder, self.plan, self.run_results = folder, plan, run_results
        self.results = StudyResults(plan, run_results)
        self.data = read_report_arrays(folder)
        self.tests = list(next(iter(run_results.values())).confusions)
        title = (
            "Table 1: constrained against unconstrained over the share of labels"
            if plan.kind == "table1"
            else "Constrained against unconstrained on chosen lines"
        )
        self.page = Document(title)

    def write(self) -> tuple[Path, Path]:
        self._introduction()
        if self.plan.kind == "table1":
            add_table1(self.page, self.results)
        else:
            add_lines(self.page, self.results, read_baselines(self.folder))
        add_gaps(self.page, self.results)
        add_scores(self.page, self.results)
        if self.plan.kind == "table1":
            self._curves()
        self._sections()
        self._split()
        self._confusions()
        self._training()
        add_runs(self.page, self.results)
        self._settings()
        return self.page.write(self.folder)

    # -- numbers ------------------------------------------------------------------------------

    def _introduction(self) -> None:
        plan, page = self.plan, self.page
        total = len(plan.runs())
        page.paragraph(
            f"{len(self.run_results)} of {total} runs are done. Both models of a pair have the "
            "same labels, the same seed and the same settings; a difference is taken within pairs, "
            "and its interval is Student's t at 95 %. ± is the standard deviation over repeats."
        )
        page.paragraph(
            "Mean IoU and accuracy (recall) are on live traces, over the classes "
            + ("of the reference" if plan.classes is None else f"{ranges(plan.classes)}")
            + ", from one confusion matrix of all test sections"
            + (" in both orientations" if plan.kind == "table1" else "")
            + " (pooled), unless said otherwise."
        )
        tested = "fed" if plan.transductive else "did not feed"
        page.paragraph(f"What is tested on {tested} the reconstruction.")
        if plan.transductive:
            page.paragraph("This is a transductive protocol, not the paper's.")

    # -- pictures -------------------------------------------------------------------------------

    def _picture(self, path: Path, caption: str) -> None:
        self.page.picture(path.relative_to(self.folder), caption)

    def _figure(self, name: str) -> Path:
        return self.folder / FIGURES / f"{name.replace(':', '-')}.png"

    def _curves(self) -> None:
        self.page.heading("Mean IoU over the share of labels")
        self._picture(
            draw_iou_curves(self.results, self._figure("curves"), beside_paper=True),
            "Mean and standard deviation over repeats; dotted: the paper, on the F3 benchmark.",
        )

    def _first_run(self, share: float | None, arm: str) -> Run | None:
        runs = [run for run in self.run_results if run.share == share and run.arm == arm]
        return min(runs, key=lambda run: run.repeat, default=None)

    def _sections(self) -> None:
        """The qualitative figure and the reconstructions, from the first repeat."""
        found: dict[tuple[float | None, str], Mapping[str, np.ndarray]] = {
            (share, arm): pictures_of(self.folder, run)
            for share in self.results.shares
            for arm in self.plan.arms
            if (run := self._first_run(share, arm)) is not None
        }
        self.page.heading("Test sections")
        for test in self.tests:
            rows: list[tuple[str, list[tuple[str, np.ndarray]]]] = []
            for share in self.results.shares:
                cells: list[tuple[str, np.ndarray]] = [
                    (arm, found[share, arm][f"{test}/codes"])
                    for arm in self.plan.arms
                    if f"{test}/codes" in found.get((share, arm), {})
                ]
                if cells:
                    rows.append(("" if share is None else f", n = {share:g} %", cells))
            out = self._figure(f"sections-{test}")
            if f"{test}/truth" in self.data and rows:
                draw_facies(self.plan.scheme, self.data, test, rows, out)
                self._picture(out, f"{test}: seismic, reference and both models (first repeat).")
        self._reconstructions(found)

    def _reconstructions(
        self, found: Mapping[tuple[float | None, str], Mapping[str, np.ndarray]]
    ) -> None:
        drawn_any = False
        for test in self.tests:
            drawn = [
                (
                    "reconstruction" if share is None else f"reconstruction, n = {share:g} %",
                    arrays[f"{test}/reconstruction"],
                )
                for (share, _), arrays in found.items()
                if f"{test}/reconstruction" in arrays
            ]
            if drawn and f"{test}/seismic" in self.data:
                if not drawn_any:
                    self.page.heading("Reconstructions")
                drawn_any = True
                out = draw_reconstructions(
                    self.data, test, drawn, self._figure(f"reconstruction-{test}")
                )
                self._picture(out, f"{test}: what the constrained model draws (first repeat).")

    def _split(self) -> None:
        if "map/train" not in self.data:
            return
        share = min((s for s in self.results.shares if s is not None), default=None)
        run = self._first_run(share, self.plan.arms[-1])
        if run is None:
            return
        used = self.run_results[run].sections
        lines = self.plan.kind == "lines"
        out = draw_plan(
            self.plan.scheme,
            self.data,
            self._figure("plan"),
            labelled=used["labelled"],
            validation=used.get("validation", ()),
            tested=self.tests if lines else (),
        )
        self.page.heading("Plan view of the split")
        what = "" if share is None else f" at n = {share:g} %"
        shown = "" if lines else f"Labels at sample {int(self.data['map-depth'])}. "
        self._picture(out, f"{shown}Lines: the sections used{what} in the first repeat.")

    def _confusions(self) -> None:
        self.page.heading("Confusion matrices")
        self._picture(
            draw_confusions(self.results, self._figure("confusion")),
            "Share of the voxels of each reference class (rows), all repeats and test sections; "
            + ", ".join(f"{initial(n, k)} = {n}" for k, n in enumerate(self.plan.scheme.names))
            + ".",
        )

    def _training(self) -> None:
        groups: dict[str, Sequence[RunResult]] = {}
        for share in self.results.shares:
            mine = [one for run, one in self.run_results.items() if run.share == share]
            if mine:
                groups["" if share is None else f"n = {share:g} %: "] = mine
        self.page.heading("Training")
        out = draw_training_curves(
            groups, {arm: arm for arm in self.plan.arms}, self._figure("training")
        )
        self._picture(out, "A line for each run.")

    # -- how it was done --------------------------------------------------------------------------

    def _settings(self) -> None:
        took = [result.took for result in self.run_results.values()]
        versions = sorted({f"{k} {v}" for one in took for k, v in one["versions"].items()})
        devices = sorted({f"{one['device']} on {one['machine']}" for one in took})
        hours = sum(float(one["seconds"]) for one in took)
        notes = sorted(
            {note for one in self.run_results.values() for note in one.training["notes"]}
        )
        self.page.heading("How it was made")
        self.page.code("\n".join(self.plan.commands))
        self.page.paragraph(
            f"Data: {self.plan.seismic}"
            + (f", labels {self.plan.labels}" if self.plan.labels else "")
        )
        self.page.paragraph(f"Versions: {', '.join(versions)}.")
        self.page.paragraph(
            f"Devices: {', '.join(devices)}; {duration(hours)} of runs in all, "
            f"{self.plan.threads} threads each on a CPU. On one kind of CPU the same command "
            "gives the same numbers; on a GPU sums are added in no fixed order, and numbers "
            "differ a little between runs."
        )
        if notes:
            self.page.paragraph("Notes: " + "; ".join(notes) + ".")
        self.page.paragraph("Settings of the training:")
        settings = self.plan.settings.model_dump(exclude={"model", "seed", "label_fraction"})
        self.page.code("\n".join(f"{name} = {value}" for name, value in settings.items()))
