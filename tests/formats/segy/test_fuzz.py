"""Hostile SEG-Y headers: a clear refusal or a correct read; no traceback, hang or huge allocation.

Samples are never touched, so that whatever is read must be among what was written.
"""

from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_s6.errors import InputError
from napari_s6.formats.info import describe_volume
from napari_s6.formats.open import open_volume
from napari_s6.formats.save import save_volume
from napari_s6.survey.reading import Reading
from napari_s6.survey.volume import live_traces

ALLOWED = 3_000_000
"""Bytes allocated whatever the file's size: the interpreter's own, a map, a histogram."""

# Fields that decide how a file is read, by file position or position in a trace header.
BINARY = (3213, 3217, 3221, 3225, 3229, 3255, 3269, 3273, 3501, 3503, 3505, 3507, 3521)
TRACE = (1, 5, 9, 13, 17, 21, 37, 71, 73, 77, 81, 85, 89, 109, 115, 117, 181, 185, 189, 193, 215)
NUMBERS = st.one_of(
    st.sampled_from([0, 1, -1, 2, 5, 8, 255, 256, 512, 32767, -32768, 65535, 2**31 - 1, -(2**31)]),
    st.integers(-(2**31), 2**31 - 1),
)
IN_BINARY = st.tuples(st.just("binary"), st.sampled_from(BINARY), st.just(0), NUMBERS)
IN_TRACE = st.tuples(st.just("trace"), st.sampled_from(TRACE), st.integers(0, 19), NUMBERS)
IN_ALL = st.tuples(st.just("all"), st.sampled_from(TRACE), st.integers(-3, 3), NUMBERS)
ANYWHERE = st.tuples(st.just("byte"), st.integers(0, 3599), st.just(0), st.integers(0, 255))
DAMAGE = st.lists(st.one_of(IN_BINARY, IN_TRACE, IN_ALL, ANYWHERE), max_size=6)
SIZE = st.one_of(st.just(0), st.integers(-5000, 400), st.just(-(10**6)))
OPTIONS = st.one_of(
    st.just(Reading()),
    st.just(Reading(header_bytes="guess")),
    st.just(Reading(header_bytes="petrel")),
    st.builds(
        lambda a, b: Reading(header_bytes=f"{a},{b}"), st.integers(1, 237), st.integers(1, 237)
    ),
    st.builds(lambda n: Reading(n_samples=n), st.integers(1, 10**6)),
)


def damaged(good: bytes, trace_bytes: int, damage: list[Any], resized: int) -> bytes:
    whole = bytearray(good)
    traces = (len(good) - 3600) // trace_bytes
    for where, byte, index, value in damage:
        if where == "byte":
            whole[byte] = value
            continue
        places = {
            "binary": [byte - 1],
            "trace": [3600 + (index % traces) * trace_bytes + byte - 1],
            "all": [3600 + t * trace_bytes + byte - 1 for t in range(traces)],
        }[where]
        width = 2 if where == "binary" and byte < 3500 and byte not in (3269,) else 4
        width = 2 if where != "binary" and (byte in (71, 89, 215) or 109 <= byte <= 117) else width
        for number, place in enumerate(places):
            moved = value + (index * number if where == "all" else 0)
            stored = (moved % 2 ** (8 * width)).to_bytes(width, "big")
            whole[place : place + width] = stored
    if resized > 0:
        return bytes(whole) + bytes(resized)
    return bytes(whole[: max(0, len(whole) + resized)]) if resized else bytes(whole)


def check(known: Any, path: Path, whole: bytes, reading: Reading) -> bool:
    """Open, describe and read a file; anything but an InputError of one line fails the test.

    Returns whether it was read.
    """
    path.write_bytes(whole)
    refused, volume, read = "", None, None
    tracemalloc.start()
    try:
        volume = open_volume(path, reading)
        describe_volume(volume)
        for dim in volume.dims:
            assert volume.isel({dim: 0}).values.ndim == 2
        read = volume.values if volume.nbytes < 2**20 else None
    except InputError as refusal:
        refused, volume = str(refusal), None
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < ALLOWED + 40 * len(whole)
    assert bool(refused) == (volume is None)
    if refused:
        assert str(path) in refused
        assert "\n" not in refused
    if volume is None or read is None:
        return False
    assert np.isfinite(volume[volume.dims[2]].values).all()
    stored = volume.attrs["byte_order"], volume.attrs["sample_format"]
    same = (volume.attrs["traces"], volume.shape[2], stored) == (
        len(known.nodes), known.samples.shape[1], STORED[known.path.stem],
    )  # fmt: skip
    if same:
        written = {trace.tobytes() for trace in known.samples}
        assert {trace.tobytes() for trace in read[live_traces(volume)]} <= written
    return True


# Byte order and sample format of the known files. Damage that turns one sample format into another
# of the same size cannot be told from a file that was written so.
STORED = {
    "0": ("big", "float32"),
    "1": ("little", "IBM float"),
    "2": ("little", "int16"),
    "3": ("big", "int8"),
    "4": ("big", "int32"),
    "5": ("big", "IBM float"),
}


def fuzz(known_files: list[Any], folder: Path, examples: int) -> None:
    counter = itertools.count()
    were_read: list[bool] = []
    # What is imported at first use is no allocation for a file.
    for name in ("guess", "petrel"):
        describe_volume(open_volume(known_files[4].path, Reading(header_bytes=name)))

    @settings(
        max_examples=examples,
        deadline=10_000,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, len(known_files) - 1), DAMAGE, SIZE, OPTIONS)
    def one(which: int, damage: list[Any], resized: int, reading: Reading) -> None:
        known = known_files[which]
        good = known.path.read_bytes()
        trace_bytes = (len(good) - 3600) // len(known.nodes)
        whole = damaged(good, trace_bytes, damage, resized)
        # A name for each: a mapped file must not be overwritten.
        path = folder / f"{next(counter)}.sgy"
        were_read.append(check(known, path, whole, reading))
        path.unlink()

    one()
    # Damage that never, or always, leads to a refusal would test nothing.
    assert 0.1 < np.mean(were_read) < 0.9


def test_hundreds_of_damaged_headers(known_files: list[Any], tmp_path: Path) -> None:
    fuzz(known_files, tmp_path, 300)


@pytest.mark.slow
def test_thousands_of_damaged_headers(known_files: list[Any], tmp_path: Path) -> None:
    fuzz(known_files, tmp_path, 6000)


def test_undamaged_files_are_read_whole(known_files: list[Any], tmp_path: Path) -> None:
    """What the tests above compare with is not vacuous."""
    for known in known_files:
        volume = open_volume(known.path)
        stored = volume.attrs["byte_order"], volume.attrs["sample_format"]
        assert stored == STORED[known.path.stem]
        assert live_traces(volume).sum() == len(known.nodes)
        check(known, tmp_path / known.path.name, known.path.read_bytes(), Reading())


@settings(
    max_examples=60, deadline=10_000, derandomize=True, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(
    st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), min_size=3, max_size=40),
    st.sampled_from([1, 2, 3, 5, 8]),
    st.sampled_from(["big", "little"]),
)
def test_any_traces_are_exported_and_opened_again(
    make_segy: Callable[..., Any], tmp_path: Path, nodes: Any, code: int, endian: str
) -> None:
    """Export then import is the identity, for any set of nodes that is a survey at all."""
    known = make_segy(nodes, code=code, endian=endian, n_samples=6)
    if 2 * len(set(nodes)) <= len(nodes):
        with pytest.raises(InputError, match=r"known\.sgy"):
            open_volume(known.path, Reading(header_bytes="standard"))
        return
    volume = open_volume(known.path)
    out = tmp_path / "out.sgy"
    again = open_volume(save_volume(volume, out, sample_format="float32", overwrite=True))
    for coordinate in ("iline", "xline", "twt", "live"):
        np.testing.assert_array_equal(again[coordinate], volume[coordinate])
    np.testing.assert_array_equal(again.values, volume.values.astype(np.float32))


def test_a_sparse_file_of_zeros_is_scanned_by_its_traces(
    make_segy: Callable[..., Any],
) -> None:
    """A diagonal: reading its grid would take a thousand times as long as reading the file."""
    nodes = [(k, 2 * k) for k in range(400)]
    known = make_segy(nodes, samples=np.zeros((400, 300)), n_samples=300)
    tracemalloc.start()
    volume = open_volume(known.path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert volume.attrs["dead_traces"] == 400
    # All samples of the grid would be 192 MB; the grid itself has 400 x 400 nodes.
    assert peak < 50 * 400 * 400
