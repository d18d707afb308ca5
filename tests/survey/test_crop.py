"""Part of a survey: what is kept, how large it is, and that its export says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import segyio

from napari_s6.cli.main import main
from napari_s6.errors import InputError
from napari_s6.formats.open import open_volume
from napari_s6.formats.save import save_volume
from napari_s6.survey.crop import Crop, Range, parse_crop
from napari_s6.survey.lazy import backing_array
from napari_s6.survey.reading import Reading
from napari_s6.survey.volume import make_volume

MakeSegy = Callable[..., Any]
Nodes = list[tuple[int, int]]

CROPS = {
    "lines": ("iline:12-14", (slice(1, 3), slice(None), slice(None))),
    "every second crossline": ("xline:/2", (slice(None), slice(None, None, 2), slice(None))),
    "times": ("samples:110-130", (slice(None), slice(None), slice(5, 16))),
    "thinned times": ("twt:104-/3", (slice(None), slice(None), slice(2, None, 3))),
    "one trace": ("iline:10-10 xline:103-103", (slice(0, 1), slice(2, 3), slice(None))),
    "open ends": ("iline:-13 crossline:104-", (slice(0, 2), slice(3, None), slice(None))),
    "nothing": ("", (slice(None), slice(None), slice(None))),
}


@pytest.mark.parametrize("code", [1, 3])
@pytest.mark.parametrize("name", CROPS)
def test_a_crop_is_that_part_and_its_export_opens_as_it(
    make_segy: MakeSegy, grid_nodes: Nodes, tmp_path: Path, name: str, code: int
) -> None:
    specs, kept = CROPS[name]
    nodes = [n for n in grid_nodes if n != (12, 103)]
    known = make_segy(nodes, code=code)
    whole = open_volume(known.path)
    crop = parse_crop(specs.split())
    part = open_volume(known.path, Reading(crop=crop))
    assert not isinstance(backing_array(part), np.ndarray)
    expected = whole[kept]
    for coordinate in ("iline", "xline", "twt", "live"):
        np.testing.assert_array_equal(part[coordinate], expected[coordinate])
    np.testing.assert_array_equal(part.values, expected.values)
    size = crop.size(whole)
    assert size.shape == part.shape
    assert size.memory == part.nbytes
    assert size.traces == int(part["live"].sum())
    out = save_volume(part, tmp_path / "part.sgy", sample_format="float32")
    again = open_volume(out)
    for coordinate in ("iline", "xline", "twt", "live"):
        np.testing.assert_allclose(again[coordinate], part[coordinate])
    np.testing.assert_array_equal(again.values, part.values)
    with segyio.open(out, ignore_geometry=True) as file:
        np.testing.assert_allclose(file.samples, part["twt"].values)
        assert file.tracecount == size.traces
        assert set(file.attributes(115)[:]) == {part.shape[2]}
        assert [
            tuple(n) for n in zip(file.attributes(189)[:], file.attributes(193)[:], strict=True)
        ] == [n for n in nodes if n[0] in part["iline"] and n[1] in part["xline"]]


def test_axes_that_decrease_keep_their_order() -> None:
    volume = make_volume(
        np.arange(60).reshape(5, 4, 3), iline=[9, 7, 5, 3, 1], xline=range(4), samples=[0, 4, 8]
    )
    part = Crop(iline=Range(3, 8, 2)).apply(volume)
    assert part["iline"].values.tolist() == [7, 3]
    np.testing.assert_array_equal(part.values, volume.values[[1, 3]])


def test_a_start_between_milliseconds_survives(
    make_segy: MakeSegy, grid_nodes: Nodes, tmp_path: Path
) -> None:
    known = make_segy(grid_nodes, interval=2500, start=0)
    whole = bytearray(known.path.read_bytes())
    whole[3500:3502] = b"\x01\x00"
    known.path.write_bytes(whole)
    part = open_volume(known.path, Reading(crop=parse_crop(["samples:7-40"])))
    assert part["twt"].values[0] == 7.5
    again = open_volume(save_volume(part, tmp_path / "part.sgy"))
    np.testing.assert_allclose(again["twt"], part["twt"])


def test_what_cannot_be_cropped(make_segy: MakeSegy, grid_nodes: Nodes) -> None:
    path = make_segy(grid_nodes).path
    for wrong in ("iline", "iline:", "line:3-4", "iline:a-b", "iline:3", "xline:/0", "iline:1-2-3"):
        with pytest.raises(InputError, match="crop"):
            parse_crop([wrong])
    with pytest.raises(InputError, match="crop iline 100 to 200: the survey runs from 10 to 16"):
        open_volume(path, Reading(crop=parse_crop(["iline:100-200"])))
    with pytest.raises(InputError, match="crop xline"):
        open_volume(path, Reading(crop=Crop(xline=Range(102.2, 102.8))))


def test_the_command_line_shows_a_crops_size(
    make_segy: MakeSegy, grid_nodes: Nodes, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(make_segy(grid_nodes).path)
    assert main(["info", path, "--crop", "iline:12-14", "--crop", "samples:/2"]) == 0
    out = capsys.readouterr().out
    for part in ("12 to 14 (2, step 2)", "(15, step 4)", "cropped to iline:12-14, samples:-/2"):
        assert part in out
    assert main(["info", path, "--crop", "iline:1-2"]) == 2
