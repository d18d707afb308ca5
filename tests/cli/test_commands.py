"""The command line as a user types it, on files."""

import json
import subprocess
import sys
import time

import numpy as np
import pytest
import segyio

from napari_s6.cli import demo_job as demo
from napari_s6.cli.demo_job import paint
from napari_s6.cli.main import main
from napari_s6.facies.files import save_facies
from napari_s6.facies.scheme import F3
from napari_s6.formats.open import open_volume
from napari_s6.formats.save import save_volume
from napari_s6.survey.synthetic import make_survey

QUICK = ["--steps", "3", "--device", "cpu", "--set", "crop_traces=32", "--set", "crop_samples=32",
         "--set", "decoder_channels=8", "--set", "batch_size=4"]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A survey, its paint and its true facies as SEG-Y files, and a model trained on them."""
    folder = tmp_path_factory.mktemp("job äöü with spaces")
    survey, truth = make_survey((68, 72, 48))
    seismic = save_volume(survey, folder / "survey.sgy", sample_format="float32")
    for name, codes in (("paint.sgy", paint(survey, truth)), ("truth.sgy", truth.values)):
        save_facies(codes, folder / name, scheme=F3, volume=survey)
    arguments = ["train", str(seismic), "--labels", str(folder / "paint.sgy")]
    assert main([*arguments, "-o", str(folder / "run"), *QUICK]) == 0
    return folder


def _error(capsys, *arguments):
    """Run a command that must fail on its input; return the one line it says."""
    clock = time.monotonic()
    assert main([str(a) for a in arguments]) == 2
    assert time.monotonic() - clock < 5
    lines = capsys.readouterr().err.strip().splitlines()
    assert lines[-1].startswith("napari-s6: ")
    assert "Traceback" not in "".join(lines)
    return lines[-1]


def test_the_whole_job_from_segy_to_segy(folder, capsys):
    out, sure = folder / "facies.sgy", folder / "sure.zarr"
    run, seismic = str(folder / "run"), str(folder / "survey.sgy")
    assert main(["predict", run, seismic, "-o", str(out), "--confidence", str(sure)]) == 0
    with (
        segyio.open(out, ignore_geometry=True) as made,
        segyio.open(seismic, ignore_geometry=True) as source,
    ):
        assert made.tracecount == source.tracecount
        for k in (0, 100, made.tracecount - 1):
            assert dict(made.header[k]) == dict(source.header[k])
        codes = made.trace.raw[:]
        assert codes.dtype == np.int8
        assert codes.min() >= 0
        assert codes.max() <= 5
        assert made.bin[segyio.BinField.Format] == 8
    capsys.readouterr()
    arguments = ["evaluate", str(out), "--reference", str(folder / "truth.sgy")]
    assert main([*arguments, "--lines", "xline:320,330", "--classes", "0-4", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"pixel_accuracy", "mean_class_accuracy", "mean_iou", "frequency_weighted_iou",
            "per_class", "confusion"} <= set(found)  # fmt: skip
    assert next(iter(found["per_class"])) == "Upper North Sea"
    assert "Zechstein" not in found["per_class"]
    assert len(found["without_learning"]) == 3
    assert sum(map(sum, found["confusion"])) >= found["voxels"] > 0


def test_perfect_facies_score_one(folder, capsys):
    truth = str(folder / "truth.sgy")
    assert main(["evaluate", truth, "--reference", truth, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["mean_iou"] == found["pixel_accuracy"] == 1.0


@pytest.mark.parametrize("suffix", ["npy", "zarr", "nc", "sgy"])
def test_exported_facies_open_again_in_the_same_place(folder, tmp_path, capsys, suffix):
    out = tmp_path / f"facies.{suffix}"
    assert main(["export", str(folder / "truth.sgy"), "-o", str(out)]) == 0
    capsys.readouterr()
    assert main(["evaluate", str(out), "--reference", str(folder / "truth.sgy"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["pixel_accuracy"] == 1.0


def test_a_run_is_resumed_and_otherwise_left_alone(folder, tmp_path, capsys):
    arguments = ["train", folder / "survey.sgy", "--labels", folder / "paint.sgy"]
    arguments = [str(a) for a in [*arguments, "-o", tmp_path / "run", *QUICK]]
    assert main(arguments) == 0
    before = (tmp_path / "run" / "model.safetensors").read_bytes()
    assert "--resume" in _error(capsys, *arguments)
    assert (tmp_path / "run" / "model.safetensors").read_bytes() == before
    assert main([*arguments, "--resume", "--steps", "5"]) == 0
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert record["step"] == 5
    assert record["config"]["decoder_channels"] == 8


def test_a_runs_settings_repeat_it(folder, tmp_path):
    arguments = ["train", folder / "survey.sgy", "--labels", folder / "paint.sgy", "-o"]
    again = [*arguments, tmp_path / "again", "--config", folder / "run" / "run.json"]
    assert main([str(a) for a in again]) == 0
    one, other = (p / "model.safetensors" for p in (folder / "run", tmp_path / "again"))
    assert one.read_bytes() == other.read_bytes()


def test_info_says_what_a_file_holds(folder, capsys):
    assert main(["info", str(folder / "survey.sgy"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [axis["count"] for axis in found["axes"]] == [68, 72, 48]
    assert main(["info", str(folder / "survey.sgy")]) == 0
    assert "survey.sgy" in capsys.readouterr().out


def test_bad_input_is_one_line_that_names_the_remedy(folder, tmp_path, capsys):
    seismic, labels, run = folder / "survey.sgy", folder / "paint.sgy", folder / "run"
    missing = tmp_path / "missing.sgy"
    text = tmp_path / "text.sgy"
    text.write_text("this is no SEG-Y file")
    free = tmp_path / "free"
    train = ["train", seismic, "--labels", labels, "-o", free]
    cases = {
        "missing.sgy": ["train", missing, "--labels", labels, "-o", free],
        "text.sgy": ["train", text, "--labels", labels, "-o", free],
        "iline:7": [*train, "--lines", "iline:7"],
        "lines 'seven'": [*train, "--lines", "seven"],
        "label_fraction": [*train, "--label-fraction", "3"],
        "steps": [*train, "--steps", "0"],
        "cuda:7": [*train, "--device", "cuda:7", "--steps", "1"],
        "NAME=VALUE": [*train, "--set", "batch_size"],
        "batchsize": [*train, "--set", "batchsize=3"],
        "no model to resume": [*train, "--resume"],
        "scheme": [*train, "--scheme", tmp_path / "none.json"],
        "not a model folder": ["predict", tmp_path, seismic, "-o", tmp_path / "a.sgy"],
        "'.txt'": ["predict", run, seismic, "-o", tmp_path / "a.txt"],
        "does not exist": ["predict", run, seismic, "-o", tmp_path / "no" / "a.sgy"],
        "exists already": ["predict", run, seismic, "-o", labels],
        "is the source": ["predict", run, seismic, "-o", seismic, "--overwrite"],
        "classes": ["evaluate", labels, "--reference", labels, "--classes", "two"],
        "no such line": ["evaluate", labels, "--reference", labels, "--lines", "xline:1"],
    }
    before = {path.name: path.stat().st_size for path in folder.iterdir()}
    for expected, arguments in cases.items():
        assert expected in _error(capsys, *arguments), expected
    assert not free.exists() or not any(free.iterdir())
    assert {path.name: path.stat().st_size for path in folder.iterdir()} == before
    assert sorted(p.name for p in tmp_path.iterdir() if p.name != "free") == ["text.sgy"]


def test_wrong_input_ends_within_a_second_of_starting(tmp_path):
    """In a process of its own: neither torch nor the network's library is loaded for it."""
    command = [sys.executable, "-X", "importtime", "-m", "napari_s6.cli.main", "predict", "nowhere",
               "x.sgy", "-o", str(tmp_path / "a.sgy")]  # fmt: skip
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "nowhere" in ended.stderr.splitlines()[-1]
    loaded = {line.rsplit("|", 1)[-1].strip() for line in ended.stderr.splitlines()}
    assert not {"torch", "napari", "qtpy", "segmentation_models_pytorch"} & loaded


def test_the_demo_leaves_pictures_and_segy(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(demo.SETTINGS, "steps", 2)
    (tmp_path / "demo" / "model").mkdir(parents=True)
    (tmp_path / "demo" / "model" / "run.json").write_text("of an earlier run")
    (tmp_path / "demo" / "facies.sgy").write_text("an earlier output is replaced")
    assert main(["demo", "--headless", "-o", str(tmp_path / "demo")]) == 0
    left = {path.name for path in (tmp_path / "demo").iterdir()}
    assert {"survey.sgy", "facies.sgy", "inline.png", "crossline.png", "training.png"} <= left
    assert "mean IoU" in capsys.readouterr().out.splitlines()[-1]
    assert open_volume(tmp_path / "demo" / "facies.sgy").size


def test_fetch_from_another_address(tmp_path, capsys):
    """A small archive of the benchmark's layout, from a server on this machine."""
    import functools
    import http.server
    import shutil
    import threading

    from napari_s6.formats.benchmark import write_benchmark

    survey, truth = make_survey((8, 12, 16))
    write_benchmark(tmp_path / "made", {"train": (survey, truth)})
    shutil.make_archive(str(tmp_path / "data"), "zip", tmp_path / "made")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/data.zip"
    fetch = ["fetch", "f3", "--url", address]
    try:
        wrong = [*fetch, "--to", tmp_path / "wrong", "--checksum", "md5:" + "0" * 32]
        assert "checksum" in _error(capsys, *wrong)
        assert main([*fetch, "--to", str(tmp_path / "f3")]) == 0
        assert "not checked" in capsys.readouterr().err
        assert "nowhere.zip" in _error(capsys, *fetch[:2], "--to", tmp_path / "none",
                                       "--url", address.replace("data", "nowhere"))  # fmt: skip
    finally:
        server.shutdown()
    assert main(["info", str(tmp_path / "f3"), "--json"]) == 0
    assert [a["count"] for a in json.loads(capsys.readouterr().out)["axes"]] == [8, 12, 16]


def test_a_survey_converted_is_predicted_and_exported_like_its_source(folder, tmp_path, capsys):
    seismic, store = folder / "survey.sgy", tmp_path / "größer als der Speicher.zarr"
    assert main(["convert", str(seismic), str(store)]) == 0
    facies = []
    for number, survey in enumerate((seismic, store)):
        out = tmp_path / f"{number}.sgy"
        assert main(["predict", str(folder / "run"), str(survey), "-o", str(out)]) == 0
        facies.append(out.read_bytes())
    assert facies[0] == facies[1]
    line = _error(capsys, "convert", seismic, store)
    assert "exists already; give --overwrite" in line
    line = _error(capsys, "convert", folder / "paint.sgy", tmp_path / "paint.zarr")
    assert "holds facies; use napari-s6 export" in line


def test_a_device_that_is_none_is_refused_before_anything_is_loaded():
    words = ["predict", "run", "survey.sgy", "-o", "out.sgy", "--device", "gpu"]
    code = (
        "import sys, time\n"
        "clock = time.process_time()\n"
        "from napari_s6.cli.main import main\n"
        f"assert main({words!r}) == 2\n"
        "assert 'numpy' not in sys.modules and 'torch' not in sys.modules\n"
        "assert time.process_time() - clock < 0.3\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "napari-s6: --device gpu: use auto, cpu, cuda, cuda:1 or mps\n"
