"""Torch is first imported with a window open, in a process of its own, and nothing breaks."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import textwrap

import pytest

from napari_s6.plugin.session import torch_import

SCRIPT = """
import sys, time
import napari, numpy as np
from napari.qt import get_qapp
from qtpy.QtCore import QTimer
viewer = napari.Viewer()
viewer.add_image(np.random.rand(64, 64).astype("f4"))
app = get_qapp()
for _ in range(20):
    app.processEvents()
    time.sleep(0.01)
import napari_s6.plugin.session.torch_import as guard
assert "torch" not in sys.modules, "torch came in too early"
ticks, ready = [], []
timer = QTimer()
timer.timeout.connect(lambda: ticks.append(time.perf_counter()))
timer.start(20)
first = guard.import_torch(lambda: ready.append("first"))
assert guard.import_torch() is first
while not first.done():
    app.processEvents()
    time.sleep(0.001)
pause = max(np.diff(ticks))
first.result()
assert guard.torch_is_ready()
guard.import_torch(lambda: ready.append("second"))
assert ready == ["first", "second"], ready
import torch, segmentation_models_pytorch as smp
network = smp.DeepLabV3Plus("resnet18", encoder_weights=None, in_channels=1, classes=6)
assert network(torch.zeros(2, 1, 64, 64)).shape == (2, 6, 64, 64)
viewer.layers[0].data = np.zeros((64, 64), "f4")
app.processEvents()
viewer.close()
print("longest pause of the window", pause)
print("survived", flush=True)
"""


@pytest.mark.gui
@pytest.mark.slow
def test_torch_comes_into_an_open_window() -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(SCRIPT)],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert "survived" in done.stdout, f"exit code {done.returncode}\n{done.stderr[-3000:]}"
    pause = float(done.stdout.split("longest pause of the window")[1].split()[0])
    assert pause < 2.0, f"the window stood still for {pause:.1f} s"


def test_preparing_twice_or_without_triton_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    flags = sys.getdlopenflags() if hasattr(sys, "getdlopenflags") else None
    monkeypatch.setattr(torch_import.importlib.util, "find_spec", lambda name: None)
    torch_import.prepare_triton()
    torch_import.prepare_triton()
    if flags is not None:
        assert sys.getdlopenflags() == flags


LIBRARIES = """
import sys
import napari_s6.plugin.session.torch_import as guard
guard.load_libraries()
assert "torch" not in sys.modules
assert "libtorch_cpu.so" in open("/proc/self/maps").read()
import torch
assert float(torch.ones(3).sum()) == 3.0
guard.load_libraries()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the libraries are loaded beforehand on Linux")
def test_torch_finds_its_libraries_loaded() -> None:
    environment = {k: v for k, v in os.environ.items() if k != "LD_LIBRARY_PATH"}
    done = subprocess.run(
        [sys.executable, "-c", LIBRARIES],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_no_garbage_is_collected_during_the_import_and_it_is_again_afterwards() -> None:
    collected: list[int] = []
    gc.callbacks.append(lambda phase, info: collected.append(info["generation"]))
    try:
        with torch_import.garbage_left():
            collected.clear()
            kept = [[] for _ in range(100_000)]
        assert not collected
        assert gc.isenabled()
        assert gc.get_freeze_count() > len(kept)
        assert not any(one is kept for one in gc.get_objects()), "it will be looked at again"
    finally:
        gc.callbacks.pop()
        gc.unfreeze()
    gc.disable()
    try:
        with torch_import.garbage_left():
            pass
        assert not gc.isenabled(), "it was off, and is left off"
    finally:
        gc.enable()


def test_an_import_that_fails_is_told_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch_import, "_import", None)
    monkeypatch.setattr(torch_import, "prepare_triton", lambda: None)
    monkeypatch.setattr(torch_import, "_MODULES", ("there_is_no_such_module",))
    told: list[bool] = []
    failed = torch_import.import_torch(lambda: told.append(True))
    assert isinstance(failed.exception(timeout=10), ModuleNotFoundError)
    assert not torch_import.torch_is_ready()
    monkeypatch.setattr(torch_import, "_MODULES", ("json",))
    assert torch_import.import_torch().result(timeout=10) is None
    assert torch_import.torch_is_ready()
