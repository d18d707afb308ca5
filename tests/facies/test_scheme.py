import json
from pathlib import Path

import pytest

from napari_s6.errors import InputError
from napari_s6.facies.scheme import (
    SCHEMES,
    FaciesClass,
    FaciesScheme,
    distinct_colour,
    find_scheme,
    generic,
    read_scheme,
    write_scheme,
)


def test_f3_preset_has_the_benchmarks_codes() -> None:
    f3 = SCHEMES["F3"]
    assert f3.names == (
        "Upper North Sea",
        "Middle North Sea",
        "Lower North Sea",
        "Rijnland/Chalk",
        "Scruff",
        "Zechstein",
    )
    assert f3.class_number("Scruff") == 4
    assert [c.key for c in f3.classes] == list("123456")


def test_unknown_name_says_which_there_are() -> None:
    with pytest.raises(InputError, match=r"no facies 'Chalk'; it has Upper North Sea"):
        SCHEMES["F3"].class_number("Chalk")


@pytest.mark.parametrize("suffix", [".json", ".csv", ".JSON"])
def test_a_scheme_survives_its_file(tmp_path, suffix) -> None:
    scheme = FaciesScheme(
        name="mine",
        classes=(
            FaciesClass(name='Sand, "clean"', colour="#FFcc00", key="s"),
            FaciesClass(name="Ton/Schäfer", colour="#112233"),
        ),
    )
    path = tmp_path / f"mine{suffix}"
    write_scheme(scheme, path)
    assert read_scheme(path) == scheme
    assert scheme.classes[0].colour == "#ffcc00"


def test_existing_scheme_file_is_not_overwritten_unasked(tmp_path) -> None:
    path = tmp_path / "s.csv"
    write_scheme(generic(2), path)
    before = path.read_bytes()
    with pytest.raises(InputError):
        write_scheme(generic(3), path)
    assert path.read_bytes() == before
    write_scheme(generic(3), path, overwrite=True)
    assert read_scheme(path).n_classes == 3


def test_csv_of_others_may_shuffle_codes_and_spell_color(tmp_path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("Code, Name, Color\n1, Salt, #000001\n0, Shale, #000000\n")
    assert read_scheme(path).names == ("Shale", "Salt")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "name,colour\n", "has no facies"),
        ("a.csv", "name\nSalt\n", "has no column 'colour'"),
        ("a.csv", "code,name,colour\n0,A,#000000\n2,B,#000001\n", "code '2' is out of place"),
        ("a.csv", "code,name,colour\n0,A,#000000\n0,B,#000001\n", "code '0' is out of place"),
        ("a.csv", "name,colour\nSalt,red\n", "colour 'red' is not of the form #rrggbb"),
        ("a.csv", "name,colour\nSalt,#000000\nSalt,#000001\n", "'Salt' is given to more than one"),
        ("a.json", "{", "Invalid JSON"),
        ("a.json", json.dumps({"name": "x", "classes": []}), "this one has 0"),
        ("a.txt", "", "ends in .json or .csv"),
        ("a.json", None, "cannot be read"),
    ],
)
def test_a_bad_scheme_file_is_named_with_its_fault_in_one_line(tmp_path, name, text, said) -> None:
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_scheme(path)
    assert str(path) in str(caught.value)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_generic_schemes_have_distinct_names_colours_and_keys() -> None:
    scheme = generic(40)
    assert len(set(scheme.colours)) == 40
    assert [c.key for c in scheme.classes[:11]] == [*"1234567890", ""]
    assert generic(10, noun="Interval", first=0).names[9] == "Interval 9"
    with pytest.raises(InputError, match="128 facies asked for"):
        generic(128)


def test_a_scheme_is_found_by_its_name_or_in_a_file(tmp_path: Path) -> None:
    assert [find_scheme(name).name for name in SCHEMES] == list(SCHEMES)
    write_scheme(SCHEMES["F3"], tmp_path / "mine.json")
    assert find_scheme(str(tmp_path / "mine.json")) == SCHEMES["F3"]
    assert find_scheme(SCHEMES["F3"]) is SCHEMES["F3"]
    with pytest.raises(InputError, match=r"none\.json': is no file"):
        find_scheme(tmp_path / "none.json")
    with pytest.raises(InputError, match="scheme 'F4': is no file, and none of F3, 6 facies, 10"):
        find_scheme("F4")


def test_neighbouring_colours_differ_clearly() -> None:
    def rgb(k: int) -> list[int]:
        colour = distinct_colour(k)
        return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]

    for a in range(10):
        for b in range(a):
            assert sum(abs(x - y) for x, y in zip(rgb(a), rgb(b), strict=True)) > 60
