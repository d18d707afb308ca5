"""The samples: one made on the spot, one fetched."""

from __future__ import annotations

import functools
import http.server
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from napari.components import ViewerModel
from npe2 import PluginManager

from napari_s6.errors import InputError
from napari_s6.facies.scheme import SCHEMES
from napari_s6.formats.benchmark import write_benchmark
from napari_s6.plugin.canvas.layers import facies_scheme_of, kind_of, volume_of

from ..surveys import codes_of, layered_codes, small_survey


def test_the_synthetic_survey_is_made_in_time_and_hides_its_facies() -> None:
    PluginManager.instance().discover()
    viewer = ViewerModel()
    start = time.perf_counter()
    seismic, facies = viewer.open_sample("napari-s6", "synthetic")
    assert time.perf_counter() - start < 5
    assert kind_of(seismic) == "seismic"
    assert not facies.visible
    assert volume_of(facies) is volume_of(seismic)
    assert facies_scheme_of(facies) == SCHEMES["F3"]
    assert set(np.unique(codes_of(facies))) == set(range(6))


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Serve a small benchmark archive on this machine; return where it will be fetched to."""
    served = tmp_path / "served"
    codes = small_survey().copy(data=layered_codes())
    made = write_benchmark(tmp_path / "made", {"train": (small_survey(), codes)})
    served.mkdir()
    with zipfile.ZipFile(served / "data.zip", "w") as archive:
        for path in made.rglob("*.npy"):
            archive.write(path, path.relative_to(made))
    handler = functools.partial(Quiet, directory=str(served))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        monkeypatch.setenv("NAPARI_S6_F3", str(tmp_path / "f3"))
        url = f"http://127.0.0.1:{running.server_port}/data.zip"
        monkeypatch.setenv("NAPARI_S6_F3_URL", url)
        monkeypatch.setenv("NAPARI_S6_F3_CHECKSUM", "none")
        yield tmp_path / "f3"
        running.shutdown()


@pytest.mark.gui
def test_the_benchmark_is_fetched_once(qtbot: Any, server: Path) -> None:
    PluginManager.instance().discover()
    for _ in range(2):
        names = [y.name for y in ViewerModel().open_sample("napari-s6", "f3")]
        assert names == ["train seismic", "train labels"]
        for archive in (server.parent / "served").iterdir():
            archive.unlink()


@pytest.mark.gui
def test_a_benchmark_that_cannot_be_fetched_is_told(
    qtbot: Any, server: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    PluginManager.instance().discover()
    monkeypatch.setenv("NAPARI_S6_F3_CHECKSUM", "md5:" + 32 * "0")
    with pytest.raises(InputError, match="checksum"):
        ViewerModel().open_sample("napari-s6", "f3")
    assert not (server / "data").exists()
