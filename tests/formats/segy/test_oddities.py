"""Generated oddities, from info to export, each with what is expected of it in a table."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from napari_s6.cli.inputs import open_survey
from napari_s6.cli.main import main
from napari_s6.cli.parser import build_parser
from napari_s6.formats.open import open_volume
from napari_s6.survey.reading import Reading
from napari_s6.survey.volume import live_traces

from .against_segyio import check_against_segyio, check_export, raw

MakeSegy = Callable[..., Any]
Nodes = list[tuple[int, int]]


def patched(*fields: tuple[int, int, int]) -> Callable[[Path], None]:
    """Overwrite big-endian fields: file position, value, width."""

    def patch(path: Path) -> None:
        whole = bytearray(path.read_bytes())
        for byte, value, width in fields:
            stored = (value % 2 ** (8 * width)).to_bytes(width, "big")
            whole[byte - 1 : byte - 1 + width] = stored
        path.write_bytes(whole)

    return patch


def every_trace(byte: int, value: int, width: int) -> Callable[[Path], None]:
    """Overwrite a header field of each of the 30-sample float traces."""
    traces = range(len(FULL))
    return patched(*((3600 + t * (240 + 120) + byte, value, width) for t in traces))


def in_format(code: int, kind: str, endian: str) -> Callable[[Path], None]:
    """Store a file of int8 samples in a format that segyio does not create."""
    mark = {"big": ">", "little": "<"}[endian]

    def patch(path: Path) -> None:
        whole = path.read_bytes()
        head = bytearray(whole[:3600])
        head[3224:3226] = np.array(code, f"{mark}i2").tobytes()
        size = 240 + 30
        traces = [whole[at : at + size] for at in range(3600, len(whole), size)]
        samples = [np.frombuffer(t[240:], np.int8).astype(np.dtype(kind)) for t in traces]
        stored = [t.astype(t.dtype.newbyteorder(mark)).tobytes() for t in samples]
        path.write_bytes(
            bytes(head) + b"".join(t[:240] + s for t, s in zip(traces, stored, strict=True))
        )

    return patch


def with_extended_text(path: Path) -> None:
    """Put two further text headers, and say so, into a file of revision 1."""
    whole = bytearray(path.read_bytes())
    whole[3500:3506] = b"\x01\x00\x00\x01\x00\x02"
    path.write_bytes(bytes(whole[:3600]) + b"\x40" * 6400 + bytes(whole[3600:]))


@dataclass(frozen=True)
class Odd:
    """A generated file: its traces, how they are written, what is then done to it, what is told.

    ``beyond_segyio`` marks what segyio believes wrong, or cannot open, so that what was written is
    compared instead.
    """

    nodes: Nodes
    written: dict[str, Any] = field(default_factory=dict)
    patch: Callable[[Path], None] | None = None
    note: str = ""
    read_with: tuple[str, ...] = ()
    beyond_segyio: bool = False


FULL: Nodes = [(il, xl) for il in (10, 12, 14, 16) for xl in range(101, 106)]


WIDE: Nodes = [(il, xl) for il in range(20, 28) for xl in range(300, 340)]


ODDITIES: dict[str, Odd] = {
    **{
        f"format {code}, {endian} endian": Odd(FULL, {"code": code, "endian": endian})
        for code in (1, 2, 3, 5, 8)
        for endian in ("big", "little")
    },
    **{
        f"format {code}, {endian} endian": Odd(
            FULL,
            {"code": 8, "endian": endian, "samples": 5 + np.arange(600).reshape(20, 30) % 100},
            in_format(code, kind, endian),
        )
        for code, kind in {6: "f8", 9: "i8", 10: "u4", 11: "u2", 12: "u8", 16: "u1"}.items()
        for endian in ("big", "little")
    },
    "revision 1": Odd(FULL, {}, patched((3501, 256, 2), (3503, 1, 2))),
    "revision 1 written as 1": Odd(FULL, {}, patched((3501, 1, 2))),
    "revision 2": Odd(FULL, {}, patched((3501, 512, 2), (3269, 30, 4))),
    "revision 2, count in four bytes": Odd(
        FULL, {}, patched((3501, 512, 2), (3221, 0, 2), (3269, 30, 4)), beyond_segyio=True
    ),
    "extended text headers": Odd(FULL, {}, with_extended_text),
    "holes": Odd(FULL[:3] + FULL[4:11] + FULL[13:], {"code": 1}),
    "large holes": Odd([n for n in WIDE if not 310 < n[1] < 325]),
    "ragged": Odd([n for n in FULL if n[1] - 101 <= n[0] - 10]),
    "decreasing": Odd(FULL[::-1]),
    "decreasing crosslines": Odd(sorted(FULL, key=lambda n: (n[0], -n[1]))),
    "crossline-sorted": Odd(sorted(FULL, key=lambda n: n[::-1]), {"code": 3}),
    "any order": Odd([FULL[i] for i in np.random.default_rng(2).permutation(len(FULL))]),
    "steps": Odd([(100 * a, 7 * b) for a, b in FULL]),
    "negative lines": Odd([(a - 14, b - 103) for a, b in FULL]),
    "duplicates": Odd([*FULL, *FULL[3:7]]),
    "a dead trace": Odd(FULL, {"dead": True}),
    "single inline": Odd(FULL[:5]),
    "single crossline": Odd(FULL[::5]),
    "single trace": Odd(FULL[:1]),
    "two traces": Odd(FULL[:2]),
    "a cross of two lines": Odd([n for n in FULL if n[0] == 12 or n[1] == 104]),
    "a 2-D line of ensembles": Odd(
        [(0, xl) for xl in range(900, 960)], {"xline_byte": 21}, None, "lines read from 189/21"
    ),
    "Petrel's bytes": Odd(WIDE, {"iline_byte": 5, "xline_byte": 21}, None, "read from 5/21"),
    "bytes given": Odd(
        WIDE, {"iline_byte": 9, "xline_byte": 25}, read_with=("--header-bytes", "9,25")
    ),
    "wrong sample count": Odd(
        FULL, {}, patched((3221, 77, 2)), "77 samples; 30", beyond_segyio=True
    ),
    "no sample count": Odd(FULL, {}, patched((3221, 0, 2)), "0 samples; 30", beyond_segyio=True),
    "wrong sample count in the traces": Odd(FULL, {}, every_trace(115, 462, 2)),
    "negative interval": Odd(FULL, {}, patched((3217, -2000, 2)), "negative sample interval -2000"),
    "no interval": Odd(FULL, {}, patched((3217, 0, 2)), "states no sample interval; 2000"),
    "intervals that differ": Odd(FULL, {}, patched((3217, 4000, 2)), "4000 in the binary header"),
    "negative delay": Odd(FULL, {"start": -200}),
    "delays that differ": Odd(FULL, {}, patched((3709, 40, 2)), "start times of 40 to 100"),
    "depth in feet": Odd(FULL, {}, None, "unit ft given", ("--unit", "ft")),
    **{
        f"coordinate scalar {scalar}": Odd(FULL, {}, every_trace(71, scalar, 2))
        for scalar in (0, 1, 10, -1, -10, -1000)
    },
    "coordinates at 73 and 77": Odd(
        FULL,
        {"x_byte": 73, "y_byte": 77},
        None,
        "181/185 hold no coordinates; X and Y read from 73/77",
    ),
    "part of a survey": Odd(
        WIDE,
        {},
        None,
        "cropped to iline:22-26/2",
        ("--crop", "iline:22-26/2", "--crop", "xline:305-330", "--crop", "samples:110-140"),
    ),
}


def made(odd: Odd, make_segy: MakeSegy) -> Any:
    given = dict(odd.written)
    if given.pop("dead", False):
        given["samples"] = np.ones((len(odd.nodes), 30))
        given["samples"][3] = 0
    known = make_segy(odd.nodes, **given)
    if odd.patch is not None:
        odd.patch(known.path)
    return known


@pytest.mark.parametrize("name", ODDITIES)
def test_oddities_from_info_to_export(
    make_segy: MakeSegy, tmp_path: Path, name: str, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = ODDITIES[name]
    known = made(odd, make_segy)
    endian = odd.written.get("endian", "big")
    path, facies, copy = known.path, tmp_path / "facies.sgy", tmp_path / "copy.sgy"
    assert main(["info", str(path), "--json", *odd.read_with]) == 0
    told = json.loads(capsys.readouterr().out)
    assert odd.note in told["notes"]
    assert told["traces"] == len(odd.nodes)
    options = build_parser().parse_args(["info", str(path), *odd.read_with])
    volume = open_survey(str(path), options)
    # As what it came from is read; a depth unit and a crop are in the file itself.
    byte_options = odd.read_with if odd.read_with[:1] == ("--header-bytes",) else ()
    again = Reading(header_bytes=byte_options[1]) if byte_options else Reading()
    if name != "part of a survey":
        distinct = len(set(odd.nodes))
        assert told["duplicates"] == len(odd.nodes) - distinct
        assert told["dead"] == (1 if name == "a dead trace" else 0)
        assert told["live"] + told["dead"] == distinct
        check_coordinates(volume, path, endian, odd)
        if odd.beyond_segyio:
            check_against_written(volume, known)
        else:
            check_against_segyio(volume, path, endian)
        check_export(
            volume, path, tmp_path / "out.sgy", endian, again, beyond_segyio=odd.beyond_segyio
        )
    predict = ["predict", str(model), str(path), "-o", str(facies), "--device", "cpu"]
    assert main([*predict, *odd.read_with]) == 0
    codes = open_volume(facies, again, scan_dead=False)
    for coordinate in ("iline", "xline", volume.dims[2]):
        np.testing.assert_allclose(codes[coordinate], volume[coordinate])
    live = live_traces(volume)
    assert ((codes.values >= 0) & (codes.values < 6))[live].all()
    assert (codes.values[~live] <= 0).all()
    assert main(["export", str(facies), "-o", str(copy), *byte_options]) == 0
    # The same but for the text header, where a line says what wrote it.
    assert facies.read_bytes()[3200:] == copy.read_bytes()[3200:]


def check_against_written(volume: xr.DataArray, known: Any) -> None:
    """The first trace at each node holds what was written there."""
    for node, samples in reversed(list(zip(known.nodes, known.samples, strict=True))):
        np.testing.assert_array_equal(volume.sel(iline=node[0], xline=node[1]), samples)


def check_coordinates(volume: xr.DataArray, path: Path, endian: str, odd: Odd) -> None:
    """Corner points are those of the headers, with the scalar, as segyio reads the fields."""
    if odd.beyond_segyio or not volume.attrs["corner_points"]:
        return
    places = [volume.attrs[f"{n}_byte"] for n in ("iline", "xline", "x", "y")]
    nodes = {}
    for header in reversed(raw(path, endian)[0]):
        scalar = header[71] or 1
        factor = scalar if scalar > 0 else -1 / scalar
        nodes[header[places[0]], header[places[1]]] = [factor * header[p] for p in places[2:]]
    for iline, xline, *xy in np.reshape(volume.attrs["corner_points"], (-1, 4)):
        np.testing.assert_allclose(xy, nodes[int(iline), int(xline)])
