"""`napari-s6 labels`, and what `export` writes of horizons, as a user types them, on files."""

import numpy as np
import pytest

from napari_s6.cli.main import main
from napari_s6.facies.files import open_labels_on_survey, save_facies
from napari_s6.facies.scheme import F3
from napari_s6.formats.open import open_volume
from napari_s6.formats.save import save_volume
from napari_s6.horizons.export import export_horizons, horizons_from_facies, write_map
from napari_s6.horizons.files import read_horizons
from napari_s6.survey.geometry import Affine
from napari_s6.survey.synthetic import make_survey

#: 25 m by 12.5 m, turned, at right angles.
TURNED = Affine(600_000.0, 20.0, -7.5, 6_000_000.0, 15.0, 10.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A turned survey as SEG-Y, its facies, and their boundaries as one text file."""
    folder = tmp_path_factory.mktemp("job äöü with spaces")
    survey, truth = make_survey((16, 20, 60))
    survey.attrs["affine"] = TURNED.as_list()
    save_volume(survey, folder / "survey.sgy", sample_format="float32")
    volume = open_volume(folder / "survey.sgy")
    codes = np.sort(truth.values, axis=2)  # from the top down
    save_facies(codes, folder / "facies.sgy", scheme=F3, volume=volume)
    export_horizons(codes, folder / "all.txt", scheme=F3, volume=volume)
    return folder


def _run(*arguments):
    return main([str(a) for a in arguments])


def _codes(path, folder):
    return open_labels_on_survey(path, open_volume(folder / "survey.sgy")).values


def test_facies_to_horizons_to_labels_is_the_identity(folder, tmp_path, capsys):
    out = tmp_path / "labels.sgy"
    arguments = ["labels", folder / "survey.sgy", "--horizons", folder / "all.txt", "-o", out]
    assert _run(*arguments, "--scheme", "F3") == 0
    truth = _codes(folder / "facies.sgy", folder)
    labels = _codes(out, folder)
    there = labels != 255
    assert there.mean() > 0.9
    np.testing.assert_array_equal(labels[there], truth[there])
    said = capsys.readouterr()
    assert said.out.strip() == str(out)
    assert "Top Scruff: on " in said.err
    assert "from the top down: Upper North Sea [Top Middle North Sea] Middle" in said.err


def test_grids_of_a_turned_survey_give_the_same_labels(folder, tmp_path, capsys):
    grids = tmp_path / "grids"
    assert _run("export", folder / "facies.sgy", "--grids", grids) == 0
    assert capsys.readouterr().out.strip() == str(grids)
    files = sorted(grids.iterdir(), reverse=True)
    assert [path.suffix for path in files] == [".irap"] * 5
    for out, horizons in ((tmp_path / "a.sgy", files), (tmp_path / "b.sgy", [folder / "all.txt"])):
        arguments = ["labels", folder / "survey.sgy", "--horizons", *horizons, "-o", out]
        assert _run(*arguments) == 0
    np.testing.assert_array_equal(*(_codes(tmp_path / n, folder) for n in ("a.sgy", "b.sgy")))
    assert _run("export", folder / "facies.sgy", "--grids", grids, "--grid-format", "cps3") == 2
    assert "exists already" in capsys.readouterr().err
    again = ["--grids", grids, "--grid-format", "cps3", "--overwrite"]
    assert _run("export", folder / "facies.sgy", *again) == 0
    assert "knows no rotation" in capsys.readouterr().err
    assert len(list(grids.glob("*.cps3"))) == 5


def test_only_the_lines_asked_for_and_facies_as_given(folder, tmp_path):
    volume = open_volume(folder / "survey.sgy")
    lines = [int(volume["iline"].values[3]), int(volume["xline"].values[7])]
    horizons, _ = horizons_from_facies(_codes(folder / "facies.sgy", folder), volume, F3)
    for k in (0, 1):
        write_map(horizons[k].z, volume, tmp_path / f"{k}.irap", "irap", name="h")
    out = tmp_path / "labels.npy"
    arguments = ["labels", folder / "survey.sgy", "-o", out, "--scheme", "F3"]
    arguments += ["--horizons", tmp_path / "0.irap", "--horizons", tmp_path / "1.irap"]
    arguments += ["--lines", f"iline:{lines[0]}", "--lines", f"xline:{lines[1]}"]
    assert _run(*arguments, "--facies", "Zechstein,-,2") == 0
    labels = _codes(out, folder)
    assert set(np.unique(labels)) == {5, 2, 255}
    expected = np.zeros(labels.shape[:2], bool)
    expected[3], expected[:, 7] = True, True
    expected &= np.isfinite(horizons[0].z) | np.isfinite(horizons[1].z)
    np.testing.assert_array_equal((labels != 255).any(2), expected)


def test_horizons_that_cross_or_have_gaps_are_told(folder, tmp_path, capsys):
    volume = open_volume(folder / "survey.sgy")
    ilines, xlines = volume["iline"].values, volume["xline"].values
    z = {(il, xl): (1e30 if k == 4 else 500, 480 + 10 * k)
         for il in ilines for k, xl in enumerate(xlines)}  # fmt: skip
    for k, name in enumerate(("flat.txt", "dip.txt")):
        rows = [f"{il} {xl} {depths[k]}" for (il, xl), depths in z.items()]
        (tmp_path / name).write_text("\n".join(rows))
    arguments = ["labels", folder / "survey.sgy", "--overwrite", "-o", tmp_path / "labels.sgy"]
    arguments += ["--horizons", tmp_path / "flat.txt", tmp_path / "dip.txt", "--order", "given"]
    counts = {}
    for crossing in ("lower", "upper", "neither"):
        assert _run(*arguments, "--crossing", crossing) == 0
        said = capsys.readouterr().err
        assert "note: flat is undefined on 16 of 320 traces" in said
        assert "note: dip lies above flat on 32 of 320 traces" in said
        counts[crossing] = np.bincount(_codes(tmp_path / "labels.sgy", folder)[0, 0], minlength=256)
    assert counts["lower"][0] < counts["upper"][0]
    assert counts["neither"][255] == 60
    assert _run(*arguments, "--bridge", "1") == 0
    assert "undefined" not in capsys.readouterr().err


def test_bad_input_is_one_line_that_names_the_remedy(folder, tmp_path, capsys):
    seismic, horizons = folder / "survey.sgy", folder / "all.txt"
    nowhere = tmp_path / "nowhere.txt"
    nowhere.write_text("9000 9000 100\n")
    free = tmp_path / "free.sgy"
    labels = ["labels", seismic, "--horizons", horizons, "-o", free]
    other = ["labels", seismic, "--horizons", nowhere, "-o", free]
    first = open_volume(seismic)["iline"].values[0]
    one = tmp_path / "one.txt"
    one.write_text(f"{first} {open_volume(seismic)['xline'].values[0]} 636\n")
    cases = {
        "none of its 1 points": other,
        "cannot be read": ["labels", seismic, "--horizons", tmp_path / "none", "-o", free],
        "give one more": [*labels, "--facies", "0,1"],
        "no facies 'Sand'": [*labels, "--scheme", "F3", "--facies", "Sand,1,2,3,4,5"],
        "codes 0 to 5": [*labels, "--scheme", "F3", "--facies", "0,1,2,3,4,6"],
        "no such line": [*labels, "--lines", "iline:1"],
        "not enough": [*labels, "--columns", "iline,z"],
        "is the source": ["labels", seismic, "--horizons", horizons, "-o", seismic, "--overwrite"],
        "exists already": ["labels", seismic, "--horizons", horizons, "-o", folder / "facies.sgy"],
        "has a horizon": ["labels", seismic, "--horizons", one, "-o", free,
                          "--lines", f"iline:{first + 1}-{first + 900}"],
        "say which with --facies": ["labels", seismic, "--scheme", "F3", "-o", free,
                                    "--horizons", horizons, one],
        "--grid-format": ["export", folder / "facies.sgy", "-o", free, "--grid-format", "irap"],
        "--grids": ["export", folder / "facies.sgy"],
    }  # fmt: skip
    for expected, arguments in cases.items():
        assert _run(*arguments) == 2, expected
        last = capsys.readouterr().err.strip().splitlines()[-1]
        assert last.startswith("napari-s6: ")
        assert expected in last
    assert not free.exists()


def test_exported_horizons_are_read_again(folder, tmp_path):
    assert _run("export", folder / "facies.sgy", "-o", tmp_path / "h.txt") == 0
    volume = open_volume(folder / "survey.sgy")
    names = [horizon.name for horizon in read_horizons(tmp_path / "h.txt", volume)]
    assert names == [f"Top {name}" for name in F3.names[1:]]


@pytest.mark.realdata
def test_the_labels_of_real_lines_come_back_from_their_horizons(test_data, tmp_path):
    lines = test_data / "f3-lines"
    labels, seismic = lines / "f3_lines_labels.sgy", lines / "f3_lines.sgy"
    grids, text = tmp_path / "grids", tmp_path / "h.txt"
    assert _run("export", labels, "--convention", "codes", "-o", text, "--grids", grids) == 0
    volume = open_volume(seismic)
    truth = open_labels_on_survey(labels, volume, convention="codes").values.copy()
    truth[~volume["live"].values] = 255
    for name, files in (("text.npy", [text]), ("grids.npy", sorted(grids.iterdir()))):
        out = tmp_path / name
        assert _run("labels", seismic, "--horizons", *files, "-o", out) == 0
        made = open_labels_on_survey(out, volume).values
        there = made != 255
        assert there.sum() > 0.995 * (truth != 255).sum()
        assert (made[there] == truth[there]).mean() > 0.999
