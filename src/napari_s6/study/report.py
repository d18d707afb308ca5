"""The report of a study, from the files in its folder alone."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from napari_s6.errors import InputError
from napari_s6.study.data import baseline_tallies, open_material, portrait
from napari_s6.study.document import Document
from napari_s6.study.execution import clock
from napari_s6.study.pictures import (
    draw_confusions,
    draw_curves,
    draw_facies,
    draw_plan,
    draw_reconstructions,
    draw_training,
)
from napari_s6.study.plan import Run, StudyPlan, open_study, write_text
from napari_s6.study.run_result import (
    Outcome,
    Tally,
    finished,
    pictures_of,
    read_arrays,
    views,
    write_arrays,
)
from napari_s6.study.summary import Results
from napari_s6.study.tables import (
    add_gaps,
    add_lines,
    add_runs,
    add_scores,
    add_table1,
    initial,
    ranges,
)

DATA, BASELINES, FIGURES = "data.npz", "baselines.json", "figures"


def gather_data(folder: Path, plan: StudyPlan) -> None:
    """Keep what the report shows of the data, and the baselines, beside the runs."""
    if (folder / DATA).is_file() and (folder / BASELINES).is_file():
        return
    material = open_material(plan)
    found = baseline_tallies(plan, material) if plan.kind == "lines" else {}
    saved = {}
    for name, tallies in found.items():
        saved[name] = {
            view: {"confusion": one.confusion.tolist(), "not_predicted": one.missed.tolist()}
            for view, one in views(tallies).items()
        }
    write_arrays(folder / DATA, portrait(plan, material))
    write_text(folder / BASELINES, json.dumps(saved, indent=1))


def write_report(folder: Path) -> tuple[Path, Path]:
    """Write ``report.md`` and ``report.html`` from the runs that are done.

    Raises
    ------
    InputError
        If the folder is no study, or no run is done.
    """
    plan = open_study(folder)
    outcomes = finished(folder, plan)
    if not outcomes:
        raise InputError(f"{folder}: no run is done yet; run the study first")
    (folder / FIGURES).mkdir(exist_ok=True)
    return _Report(folder, plan, outcomes).write()


class _Report:
    """Puts tables and pictures in their order."""

    def __init__(self, folder: Path, plan: StudyPlan, outcomes: Mapping[Run, Outcome]) -> None:
        self.folder, self.plan, self.outcomes = folder, plan, outcomes
        self.results = Results(plan, outcomes)
        self.data = read_arrays(folder / DATA)
        self.tests = list(next(iter(outcomes.values())).tallies)
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
            add_lines(self.page, self.results, self._baselines())
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
            f"{len(self.outcomes)} of {total} runs are done. Both models of a pair have the same "
            "labels, the same seed and the same settings; a difference is taken within pairs, and "
            "its interval is Student's t at 95 %. ± is the standard deviation over repeats."
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

    def _baselines(self, view: str = "pooled") -> dict[str, Tally]:
        path = self.folder / BASELINES
        if not path.is_file():
            return {}
        saved = json.loads(path.read_text(encoding="utf-8"))
        return {
            name: Tally(
                np.array(found[view]["confusion"], np.int64),
                np.array(found[view]["not_predicted"], np.int64),
            )
            for name, found in saved.items()
            if view in found
        }

    # -- pictures -------------------------------------------------------------------------------

    def _picture(self, path: Path, caption: str) -> None:
        self.page.picture(path.relative_to(self.folder), caption)

    def _figure(self, name: str) -> Path:
        return self.folder / FIGURES / f"{name.replace(':', '-')}.png"

    def _curves(self) -> None:
        self.page.heading("Mean IoU over the share of labels")
        self._picture(
            draw_curves(self.results, self._figure("curves"), beside_paper=True),
            "Mean and standard deviation over repeats; dotted: the paper, on the F3 benchmark.",
        )

    def _first_run(self, share: float | None, arm: str) -> Run | None:
        runs = [run for run in self.outcomes if run.share == share and run.arm == arm]
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
                out = draw_reconstructions(self.data, test, drawn, self._figure(f"again-{test}"))
                self._picture(out, f"{test}: what the constrained model draws (first repeat).")

    def _split(self) -> None:
        if "map/train" not in self.data:
            return
        share = min((s for s in self.results.shares if s is not None), default=None)
        run = self._first_run(share, self.plan.arms[-1])
        if run is None:
            return
        used = self.outcomes[run].sections
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
        groups: dict[str, Sequence[Outcome]] = {}
        for share in self.results.shares:
            mine = [one for run, one in self.outcomes.items() if run.share == share]
            if mine:
                groups["" if share is None else f"n = {share:g} %: "] = mine
        self.page.heading("Training")
        out = draw_training(groups, {arm: arm for arm in self.plan.arms}, self._figure("training"))
        self._picture(out, "A line for each run.")

    # -- how it was done --------------------------------------------------------------------------

    def _settings(self) -> None:
        took = [outcome.took for outcome in self.outcomes.values()]
        versions = sorted({f"{k} {v}" for one in took for k, v in one["versions"].items()})
        devices = sorted({f"{one['device']} on {one['machine']}" for one in took})
        hours = sum(float(one["seconds"]) for one in took)
        notes = sorted({note for one in self.outcomes.values() for note in one.training["notes"]})
        self.page.heading("How it was made")
        self.page.code("\n".join(self.plan.commands))
        self.page.paragraph(
            f"Data: {self.plan.seismic}"
            + (f", labels {self.plan.labels}" if self.plan.labels else "")
        )
        self.page.paragraph(f"Versions: {', '.join(versions)}.")
        self.page.paragraph(
            f"Devices: {', '.join(devices)}; {clock(hours)} of runs in all, {self.plan.threads} "
            "threads each on a CPU. On one kind of CPU the same command gives the same numbers; on "
            "a GPU sums are added in no fixed order, and numbers differ a little between runs."
        )
        if notes:
            self.page.paragraph("Notes: " + "; ".join(notes) + ".")
        self.page.paragraph("Settings of the training:")
        settings = self.plan.settings.model_dump(exclude={"model", "seed", "label_fraction"})
        self.page.code("\n".join(f"{name} = {value}" for name, value in settings.items()))
