import json

import numpy as np
import pytest
import segyio
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.facies.codes import to_layer
from napari_s6.facies.files import open_facies, open_labels_on_survey, save_facies
from napari_s6.facies.record import facies_record
from napari_s6.facies.scheme import F3, generic
from napari_s6.formats.open import open_volume
from napari_s6.survey.volume import make_volume

SHAPE = (5, 7, 9)


def survey(shape: tuple[int, int, int] = SHAPE, **attrs) -> xr.DataArray:
    live = np.ones(shape[:2], bool)
    live[1, 2:4] = False
    return make_volume(
        np.random.default_rng(1).normal(size=shape).astype(np.float32),
        iline=100 + 2 * np.arange(shape[0]),
        xline=300 + np.arange(shape[1]),
        samples=8 + 4.0 * np.arange(shape[2]),
        live=live,
        attrs=attrs,
    )


def some_codes(n_classes: int = 6, shape: tuple[int, int, int] = SHAPE) -> np.ndarray:
    codes = np.random.default_rng(2).integers(0, n_classes, shape).astype(np.uint8)
    codes[1, 2:4] = 255
    codes[3, :, :2] = 255
    return codes


def write_segy(path, samples: np.ndarray, volume: xr.DataArray, *, skip=(), order=None) -> None:
    """Write a SEG-Y file with segyio alone: some traces left out, in any order."""
    nodes = [(i, j) for i in range(samples.shape[0]) for j in range(samples.shape[1])]
    nodes = [n for n in nodes if n not in skip]
    nodes = [nodes[k] for k in order(len(nodes))] if order else nodes
    spec = segyio.spec()
    spec.samples = volume.twt.values
    spec.tracecount = len(nodes)
    spec.format = {"int8": 8, "float32": 5, "int16": 3}[samples.dtype.name]
    with segyio.create(str(path), spec) as file:
        # Blank lines, as every application leaves some.
        file.text[0] = segyio.tools.create_text_header({1: "LABELS OF SOMEBODY"})
        file.bin.update({3217: 4000, 3221: samples.shape[2], 3225: spec.format})
        for k, (i, j) in enumerate(nodes):
            file.header[k] = {
                189: int(volume.iline[i]),
                193: int(volume.xline[j]),
                109: int(volume.twt[0]),
                115: samples.shape[2],
                117: 4000,
            }
            file.trace[k] = samples[i, j]


@pytest.mark.parametrize("suffix", [".sgy", ".npy", ".zarr", ".nc"])
def test_what_was_saved_opens_again_in_the_same_place(tmp_path, suffix) -> None:
    volume, codes = survey(), some_codes()
    out = save_facies(codes, tmp_path / f"facies{suffix}", scheme=F3, volume=volume)
    opened = open_facies(out)
    assert opened.dtype == np.uint8
    assert facies_record(opened).scheme == F3
    assert opened.attrs["convention_from"] == "recorded"
    assert opened.attrs["codes_found"] == [0, 1, 2, 3, 4, 5]
    np.testing.assert_array_equal(opened.iline, volume.iline)
    np.testing.assert_array_equal(opened.xline, volume.xline)
    np.testing.assert_array_equal(opened.twt, volume.twt)
    np.testing.assert_array_equal(opened.values, codes)
    again = open_labels_on_survey(out, volume, n_classes=6)
    np.testing.assert_array_equal(again.values, codes)
    crop = open_labels_on_survey(out, volume[1:4, 2:, 3:8])
    np.testing.assert_array_equal(crop.values, codes[1:4, 2:, 3:8])


@pytest.mark.parametrize("suffix", [".sgy", ".npy", ".zarr", ".nc"])
def test_a_saved_file_exports_to_every_other_format(tmp_path, suffix) -> None:
    volume, codes = survey(), some_codes()
    first = save_facies(codes, tmp_path / f"a{suffix}", scheme=F3, volume=volume)
    opened = open_facies(first)
    scheme = facies_record(opened).scheme
    assert scheme is not None
    for other in (".sgy", ".npy", ".zarr", ".nc"):
        out = save_facies(opened, tmp_path / f"b{other}", scheme=scheme, volume=opened)
        again = open_facies(out)
        np.testing.assert_array_equal(again.values, codes)
        assert facies_record(again).scheme == F3


def test_segy_export_keeps_headers_and_holds_minus_one(tmp_path) -> None:
    volume, codes = survey(), some_codes()
    seismic = tmp_path / "seismic.sgy"
    write_segy(
        seismic, volume.values, volume, skip={(1, 2), (1, 3)}, order=lambda n: range(n)[::-1]
    )
    source = open_volume(seismic)
    for sample_format, code in (("int8", 8), ("float32", 5)):
        out = tmp_path / f"{sample_format}.sgy"
        save_facies(codes, out, scheme=F3, volume=source, sample_format=sample_format)
        with (
            segyio.open(out, ignore_geometry=True) as file,
            segyio.open(seismic, ignore_geometry=True) as original,
        ):
            assert file.tracecount == original.tracecount == 33
            assert file.bin[3225] == code
            assert b"LABELS OF SOMEBODY" in bytes(file.text[0])
            assert b"FACIES 5 #c8332b Zechstein" in bytes(file.text[0])
            for k in range(33):
                assert dict(file.header[k]) == dict(original.header[k])
                i = (file.header[k][189] - 100) // 2
                j = file.header[k][193] - 300
                expected = np.where(codes[i, j] == 255, -1, codes[i, j].astype(int))
                assert (file.trace[k] == expected).all()
    with pytest.raises(InputError, match="facies are int8 or float32"):
        save_facies(codes, tmp_path / "x.sgy", scheme=F3, volume=source, sample_format="int16")
    with pytest.raises(InputError, match="is the source"):
        save_facies(codes, seismic, scheme=F3, volume=source, overwrite=True)


def test_an_export_of_an_export_says_so_once(tmp_path) -> None:
    first = save_facies(some_codes(), tmp_path / "a.sgy", scheme=F3, volume=survey())
    opened = open_facies(first)
    second = save_facies(opened, tmp_path / "b.sgy", scheme=F3, volume=opened)
    renamed = generic(6)
    third = save_facies(opened, tmp_path / "c.sgy", scheme=renamed, volume=opened)
    with segyio.open(second, ignore_geometry=True) as file:
        assert bytes(file.text[0]).count(b"Zechstein") == 1
    assert facies_record(open_facies(third)).scheme == renamed


def test_segy_labels_of_others_are_matched_by_line_number(tmp_path) -> None:
    volume, codes = survey(), some_codes()
    labels = np.where(codes == 255, -1, codes.astype(np.int8)).astype(np.int8)
    rng = np.random.default_rng(5)
    skip = {(0, j) for j in range(7)} | {(2, 1), (4, 6)}
    path = tmp_path / "labels.SGY"
    write_segy(path, labels, volume, skip=skip, order=rng.permutation)
    expected = codes.copy()
    for i, j in skip:
        expected[i, j] = 255  # a hole is unlabelled though its samples read as 0
    opened = open_labels_on_survey(path, volume, n_classes=6)
    np.testing.assert_array_equal(opened.values, expected)
    assert opened.attrs["convention_from"] == "assumed"
    assert opened.attrs["facies_note"].endswith(
        "0 is the first facies, -1 and 255 are unlabelled (assumed)"
    )
    np.testing.assert_array_equal(opened.coords["live"], volume.coords["live"])


def test_a_trace_of_nothing_but_facies_0_is_labelled(tmp_path) -> None:
    volume, codes = survey(), np.zeros(SHAPE, np.int8)
    write_segy(tmp_path / "l.sgy", codes, volume)
    assert (open_labels_on_survey(tmp_path / "l.sgy", volume).values == 0).all()


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int64", "float32", "float64"])
def test_conventions_of_arrays(tmp_path, dtype) -> None:
    volume, codes = survey(), some_codes()
    path = tmp_path / "labels.npy"
    np.save(path, codes.astype(dtype))
    np.testing.assert_array_equal(open_labels_on_survey(path, volume, n_classes=6).values, codes)
    np.save(path, to_layer(codes).astype(dtype))
    opened = open_labels_on_survey(path, volume, n_classes=6, convention="layer")
    np.testing.assert_array_equal(opened.values, codes)
    assert opened.attrs["convention_from"] == "given"
    with pytest.raises(InputError, match=r"labels.npy: holds 6, but the scheme has 6 facies"):
        open_labels_on_survey(path, volume, n_classes=6)


def test_nan_minus_one_and_a_number_of_ones_own_are_unlabelled(tmp_path) -> None:
    values = some_codes().astype(float)
    values[values == 255] = np.nan
    values[4, 4] = -1
    values[4, 5] = 99
    path = tmp_path / "labels.npy"
    np.save(path, values)
    opened = open_labels_on_survey(path, survey(), n_classes=6, unlabelled=99)
    expected = some_codes()
    expected[4, 4:6] = 255
    np.testing.assert_array_equal(opened.values, expected)
    with pytest.raises(InputError, match=r"holds 99, .* codes 0 to 5; .* 99 means unlabelled"):
        open_labels_on_survey(path, survey(), n_classes=6)
    values[4, 5] = 1.5
    np.save(path, values)
    with pytest.raises(InputError, match=r"labels.npy: holds 1.5"):
        open_facies(path)


def test_a_wrong_code_in_a_large_file_is_named_when_it_is_read(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("napari_s6.facies.files.CHECK_AT_ONCE", 10)
    np.save(tmp_path / "l.npy", some_codes(9))
    opened = open_labels_on_survey(tmp_path / "l.npy", survey(), n_classes=6)
    assert "codes_found" not in opened.attrs
    with pytest.raises(InputError, match=r"l.npy: holds [678], but the scheme has 6 facies"):
        opened[0].load()


@pytest.mark.parametrize("upright", [False, True])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_label_layers_saved_by_napari(tmp_path, upright, compression) -> None:
    import tifffile

    codes = some_codes()
    layer = to_layer(codes).astype(np.uint32)
    path = tmp_path / "paint.tif"
    tifffile.imwrite(path, layer.transpose(0, 2, 1) if upright else layer, compression=compression)
    opened = open_labels_on_survey(path, survey(), n_classes=6)
    np.testing.assert_array_equal(opened.values, codes)
    assert "0 is unlabelled, 1 is the first facies (assumed)" in opened.attrs["facies_note"]


def test_napari_itself_saves_what_we_open(tmp_path) -> None:
    builtins = pytest.importorskip("napari_builtins.io")
    codes = some_codes()
    path = builtins.napari_write_labels(str(tmp_path / "paint.tif"), to_layer(codes), {})
    np.testing.assert_array_equal(open_labels_on_survey(path, survey()).values, codes)


def test_arrays_without_line_numbers_need_the_surveys_shape(tmp_path) -> None:
    path = tmp_path / "labels.npy"
    np.save(path, some_codes(shape=(5, 7, 8)))
    with pytest.raises(InputError, match=r"labels.npy: has shape \(5, 7, 8\) and no line numbers"):
        open_labels_on_survey(path, survey())
    cube = survey((5, 5, 9))
    np.save(path, np.zeros((5, 9, 5), np.uint8))
    with pytest.raises(InputError, match="no line numbers"):
        open_labels_on_survey(path, cube)  # which of the two fives is which cannot be told


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.tif", b"", "no TIFF that can be read"),
        ("a.tif", None, "no such file"),
        ("a.npy", b"\x93NUMPY", "a.npy"),
        ("a.sgy", b"", "a.sgy"),
        ("a.xyz", b"", "no format we know"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, name, content, said) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        open_facies(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    with pytest.raises(InputError, match="convention 'napari': choose one of codes, layer"):
        open_facies(path, convention="napari")


def test_instances_of_something_else_are_no_facies(tmp_path) -> None:
    import tifffile

    tifffile.imwrite(tmp_path / "cells.tif", np.full(SHAPE, 3000, np.uint32))
    with pytest.raises(InputError, match="holds label 3000"):
        open_labels_on_survey(tmp_path / "cells.tif", survey())


def test_benchmark_labels_open_with_their_line_numbers(tmp_path) -> None:
    folder = tmp_path / "data" / "train"
    folder.mkdir(parents=True)
    np.save(folder / "train_seismic.npy", np.zeros((2, 3, 4)))
    codes = np.array(some_codes(shape=(5, 3, 4))[2:4])
    np.save(folder / "train_labels.npy", codes)
    lines = {"train": {"inlines": [100, 200], "crosslines": {"first": 300, "last": 302}}}
    (tmp_path / "lines.json").write_text(json.dumps(lines))
    volume = open_volume(folder / "train_seismic.npy")
    for path in (folder / "train_labels.npy", tmp_path):
        opened = open_labels_on_survey(path, volume[1:], n_classes=6)
        assert opened.iline.values.tolist() == [200]
        np.testing.assert_array_equal(opened.values, codes[1:])


@pytest.mark.realdata
def test_labels_of_ten_real_lines(test_data) -> None:
    volume = open_volume(test_data / "f3-lines" / "f3_lines.sgy")
    path = test_data / "f3-lines" / "f3_lines_labels.sgy"
    labels = open_labels_on_survey(path, volume, n_classes=10)
    assert labels.attrs["codes_found"] == list(range(10))
    with segyio.open(path, ignore_geometry=True) as file:
        k = 2000
        header = file.header[k]
        trace = labels.sel(iline=header[189], xline=header[193]).values
        np.testing.assert_array_equal(trace, file.trace[k])
    assert (labels.sel(iline=241).values != 255).any(axis=1).sum() == 3  # crosslines through it
    with pytest.raises(InputError, match=r"f3_lines_labels.sgy: holds 6, but the scheme has 6"):
        open_labels_on_survey(path, volume, n_classes=6)
