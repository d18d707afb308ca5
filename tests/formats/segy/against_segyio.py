"""What is read and exported, compared with what segyio reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import segyio
import xarray as xr

from napari_s6.formats.open import open_volume
from napari_s6.formats.save import save_volume
from napari_s6.survey.reading import Reading
from napari_s6.survey.volume import live_traces


def raw(path: Path, endian: str) -> tuple[list[dict[int, int]], np.ndarray]:
    """Trace headers and samples as segyio reads them."""
    with segyio.open(path, ignore_geometry=True, endian=endian) as file:
        headers = [{int(k): v for k, v in header.items()} for header in file.header]
        return headers, file.trace.raw[:]


def check_against_segyio(volume: xr.DataArray, path: Path, endian: str) -> None:
    """Every node holds its first trace's samples, and there is no other trace."""
    headers, samples = raw(path, endian)
    places = volume.attrs["iline_byte"], volume.attrs["xline_byte"]
    nodes: dict[tuple[int, int], int] = {}
    for number, header in enumerate(headers):
        nodes.setdefault((header[places[0]], header[places[1]]), number)
    whole = volume.values
    present = np.zeros(volume.shape[:2], bool)
    for (iline, xline), number in nodes.items():
        i = int(np.flatnonzero(volume["iline"].values == iline)[0])
        j = int(np.flatnonzero(volume["xline"].values == xline)[0])
        present[i, j] = True
        np.testing.assert_array_equal(whole[i, j], samples[number])
    assert not whole[~present].any()
    assert not (live_traces(volume) & ~present).any()


def check_export(
    volume: xr.DataArray,
    source: Path,
    out: Path,
    endian: str,
    reading: Reading = Reading(),
    *,
    beyond_segyio: bool = False,
) -> None:
    """Export has the source's headers, trace by trace, and opens as what was exported.

    Headers are not compared where segyio cannot read the source.
    """
    save_volume(volume, out, sample_format="float32")
    again = open_volume(out, reading)
    for coordinate in ("iline", "xline", volume.dims[2], "live"):
        np.testing.assert_allclose(again[coordinate], volume[coordinate])
    np.testing.assert_array_equal(again.values, volume.values.astype(np.float32))
    if beyond_segyio:
        return
    headers, samples = raw(out, endian)
    before, original = raw(source, endian)
    assert headers == before
    if not volume.attrs["duplicates"]:
        np.testing.assert_array_equal(samples, original.astype(np.float32))
