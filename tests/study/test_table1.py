"""Table 1 from end to end, as a user runs it."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from napari_s6.cli.main import main
from napari_s6.study.confusion import scores_of, views
from napari_s6.study.plan import open_study
from napari_s6.study.run_result import read_run_results

from .conftest import options


def _results(folder: Path) -> dict[str, object]:
    """All that the runs found, without what another machine would do otherwise."""
    found = {}
    for path in sorted((folder / "runs").glob("*.json")):
        saved = json.loads(path.read_text(encoding="utf-8"))
        del saved["took"]
        found[path.name] = saved
        with np.load(path.with_suffix(".npz")) as arrays:
            found[path.stem] = {name: arrays[name].tobytes() for name in arrays.files}
    return found


def _wait_for(condition, process: subprocess.Popen, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        time.sleep(0.02)


def _start(arguments, out: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "napari_s6.cli.main", *arguments, "-o", str(out)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def _some_run(out: Path) -> bool:
    return any((out / "runs").glob("*.json"))


def test_a_run_holds_what_its_test_found(done, plan):
    study = open_study(done)
    run_results = read_run_results(done, study)
    assert len(run_results) == 4
    for run, result in run_results.items():
        found = views(result.confusions)
        assert set(found) == {"pooled", "test1", "test2", "iline", "xline", "fused"}
        # test1 has sections both ways, test2 (80 x 24 traces) crosslines alone.
        once = (40 * 40 + 80 * 24) * 32
        assert found["fused"].confusion.sum() + found["fused"].missed.sum() == once
        assert found["pooled"].confusion.sum() == once + 40 * 40 * 32
        assert 0 < scores_of(found["pooled"], study).mean_iou < 1
        assert len(result.sections["labelled"]) == 8  # 10 % of 72
        assert len(result.sections["validation"]) == 8
        assert result.sections["unlabelled"] == 64
        assert [point[0] for point in result.training["curve"]] == list(range(1, 9))
        assert ("reconstruction" in result.training["curve"][0][1]) == (run.arm == "constrained")
    pairs = {(run.repeat, run_results[run].sections["label_hash"]) for run in run_results}
    assert len(pairs) == 2


def test_the_report_holds_the_numbers(done):
    study = open_study(done)
    run_results = read_run_results(done, study)
    for name in ("report.md", "report.html"):
        text = (done / name).read_text(encoding="utf-8")
        for run, result in run_results.items():
            iou = scores_of(views(result.confusions)["pooled"], study).mean_iou
            assert str(run) in text
            assert f"{iou:.3f}" in text
        for arm in study.arms:
            mine = [o for run, o in run_results.items() if run.arm == arm]
            iou = [scores_of(views(o.confusions)["pooled"], study).mean_iou for o in mine]
            assert f"{np.mean(iou):.3f} ± {np.std(iou, ddof=1):.3f}" in text
        assert "napari-s6" in text
        assert "learning_rate = 0.005" in text
        pictures = re.findall(r'(?:src="|\]\()(figures/[^")]+)', text)
        assert len(pictures) == 8
        for picture in pictures:
            assert (done / picture).read_bytes().startswith(b"\x89PNG")


def test_the_paper_s_numbers_stand_beside_its_shares(done, table1_arguments, tmp_path):
    """A report of a share that the paper has shows the paper's row."""
    plan = json.loads((done / "study.json").read_text())
    other = tmp_path / "study"
    other.mkdir()
    plan["shares"] = [2.0]
    (other / "study.json").write_text(json.dumps(plan))
    (other / "runs").mkdir()
    for path in (done / "runs").glob("*.json"):
        saved = path.read_text().replace('"share": 10.0', '"share": 2.0')
        (other / "runs" / path.name.replace("n10", "n2")).write_text(saved)
    assert main(["study", "report", str(other)]) == 0
    text = (other / "report.md").read_text(encoding="utf-8")
    assert "0.414<br>± 0.08" in text
    assert "0.608<br>± 0.05" in text


def test_killed_half_way_it_goes_on_to_identical_results(done, table1_arguments, tmp_path):
    out = tmp_path / "killed"
    process = _start(table1_arguments, out)
    _wait_for(lambda: _some_run(out), process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stderr.close()
    there = {p: p.stat().st_mtime_ns for p in (out / "runs").glob("*.json")}
    assert 0 < len(there) < 4
    assert main([*table1_arguments, "-o", str(out)]) == 0
    assert all(path.stat().st_mtime_ns == made for path, made in there.items())
    assert _results(out) == _results(done)


@pytest.mark.slow
def test_two_workers_of_which_one_dies_give_the_same_table(done, table1_arguments, tmp_path):
    pytest.importorskip("distributed")
    out = tmp_path / "workers"
    process = _start([*table1_arguments, "--jobs", "2"], out)
    _wait_for(lambda: _some_run(out), process)
    workers = [
        child
        for child in psutil.Process(process.pid).children(recursive=True)
        if "--multiprocessing-fork" in child.cmdline()
    ]
    assert len(workers) == 2
    workers[0].kill()
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    assert "Traceback" not in said
    assert _results(out) == _results(done)
    one, two = ((folder / "report.md").read_text() for folder in (done, out))
    assert one.split("## Runs")[0] == two.split("## Runs")[0]


def test_a_finished_study_runs_nothing_again(done, table1_arguments, capsys):
    before = {p: p.stat().st_mtime_ns for p in (done / "runs").iterdir()}
    assert main([*table1_arguments, "-o", str(done)]) == 0
    assert "4 of 4 runs are done already" in capsys.readouterr().err
    assert {p: p.stat().st_mtime_ns for p in (done / "runs").iterdir()} == before


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (["--set", "seed=3"], "each run of a study has its own"),
        (["--set", "learning_rate=0.1"], "the study in this folder has"),
        (["--n", "0"], "--n 0"),
        (["--repeats", "0"], "--repeats 0"),
        (["--jobs", "0"], "--jobs 0"),
        (["--arms", "best"], "--arms best"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(done, table1_arguments, capsys, change, expected):
    assert main([*table1_arguments, "-o", str(done), *change]) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert expected in said[-1]
    assert said[-1].startswith("napari-s6: ")


def test_a_folder_that_is_no_benchmark_is_refused(tmp_path, capsys):
    assert main(["study", "table1", str(tmp_path), "-o", str(tmp_path / "out")]) == 2
    assert "give the benchmark's folder" in capsys.readouterr().err
    assert main(["study", "report", str(tmp_path)]) == 2
    assert "holds no study" in capsys.readouterr().err


def test_workers_of_a_scheduler_elsewhere_make_the_runs(done, benchmark, tmp_path):
    distributed = pytest.importorskip("distributed")
    out = tmp_path / "scheduler"
    one = ["study", "table1", str(benchmark), "--n", "10", "--repeats", "1", *options()]
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
    ) as cluster:
        address = cluster.scheduler_address
        assert main([*one, "--scheduler", address, "-o", str(out)]) == 0
    there = _results(out)
    assert len(there) == 2 * 2
    assert there == {name: found for name, found in _results(done).items() if name in there}


def test_a_scheduler_that_is_not_there_is_said(benchmark, tmp_path, capsys, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("napari_s6.study.execution.SCHEDULER_TIMEOUT", 0.5)
    one = ["study", "table1", str(benchmark), "--n", "10", *options()]
    where = ["--scheduler", "tcp://127.0.0.1:9", "-o", str(tmp_path / "study")]
    assert main([*one, *where]) == 2
    assert "--scheduler tcp://127.0.0.1:9: cannot be reached" in capsys.readouterr().err


def test_without_dask_s_scheduler_the_extra_is_named(benchmark, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    one = ["study", "table1", str(benchmark), "--n", "10", *options()]
    assert main([*one, "--jobs", "2", "-o", str(tmp_path / "study")]) == 2
    assert "pip install 'napari-s6[cluster]'" in capsys.readouterr().err
