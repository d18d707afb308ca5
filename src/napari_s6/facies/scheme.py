"""Facies schemes: names, colours and keys of the classes; those to choose from; their files."""

import colorsys
import csv
import io
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from napari_s6.errors import InputError, did_you_mean
from napari_s6.facies.codes import MAX_CLASSES
from napari_s6.survey.atomic import atomic_path

_COLOUR = re.compile(r"#[0-9a-f]{6}")
_COLUMNS = ("code", "name", "colour", "key")


class FaciesClass(BaseModel):
    """One facies: its name, its colour ``"#rrggbb"`` and the key that picks it ("" for none)."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: str
    colour: str
    key: str = ""

    @field_validator("name")
    @classmethod
    def _has_a_name(cls, name: str) -> str:
        if not name:
            raise ValueError("a facies needs a name")
        return name

    @field_validator("colour")
    @classmethod
    def _is_a_colour(cls, colour: str) -> str:
        if not _COLOUR.fullmatch(colour.lower()):
            raise ValueError(f"colour {colour!r} is not of the form #rrggbb")
        return colour.lower()

    @field_validator("key")
    @classmethod
    def _is_one_key(cls, key: str) -> str:
        if len(key) > 1:
            raise ValueError(f"key {key!r} is not a single character")
        return key


class FaciesScheme(BaseModel):
    """The facies of a survey, in the order of their codes: class k has code k.

    Examples
    --------
    >>> scheme = SCHEMES["F3"]
    >>> scheme.n_classes, scheme.names[0], scheme.class_number("Zechstein")
    (6, 'Upper North Sea', 5)
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: str
    classes: tuple[FaciesClass, ...]

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if not 1 <= len(self.classes) <= MAX_CLASSES:
            raise ValueError(
                f"a scheme has 1 to {MAX_CLASSES} facies, this one has {len(self.classes)}"
            )
        for what, values in (
            ("name", [c.name for c in self.classes]),
            ("key", [c.key for c in self.classes if c.key]),
        ):
            twice = sorted({v for v in values if values.count(v) > 1})
            if twice:
                raise ValueError(f"{what} {twice[0]!r} is given to more than one facies")
        return self

    @property
    def n_classes(self) -> int:
        """Number of facies C; codes run from 0 to C - 1."""
        return len(self.classes)

    @property
    def names(self) -> tuple[str, ...]:
        """Names in the order of the codes."""
        return tuple(c.name for c in self.classes)

    @property
    def colours(self) -> tuple[str, ...]:
        """Colours ``"#rrggbb"`` in the order of the codes."""
        return tuple(c.colour for c in self.classes)

    def class_number(self, name: str) -> int:
        """Return the code of the facies called ``name``.

        Raises
        ------
        InputError
            If the scheme has no facies of that name.
        """
        try:
            return self.names.index(name)
        except ValueError:
            raise InputError(
                f"scheme {self.name!r} has no facies {name!r}; it has {', '.join(self.names)}"
            ) from None

    def as_csv(self) -> str:
        """Return the scheme as CSV text with the columns code, name, colour, key."""
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(_COLUMNS)
        table.writerows((k, c.name, c.colour, c.key) for k, c in enumerate(self.classes))
        return text.getvalue()


def generic(n_classes: int, *, noun: str = "Facies", first: int = 1) -> FaciesScheme:
    """Return a scheme of ``n_classes`` numbered facies in well separated colours.

    ``first`` is the number in the first one's name: 1 for a scheme to paint with, 0 where the
    names are to show the codes of somebody's label file.

    Raises
    ------
    InputError
        If ``n_classes`` is not between 1 and the number of codes a file can hold.

    Examples
    --------
    >>> generic(3).names
    ('Facies 1', 'Facies 2', 'Facies 3')
    """
    if not 1 <= n_classes <= MAX_CLASSES:
        raise InputError(
            f"{n_classes} facies asked for; a scheme has 1 to {MAX_CLASSES}, choose a number there"
        )
    keys = "1234567890"
    classes = tuple(
        FaciesClass(
            name=f"{noun} {first + k}", colour=distinct_colour(k), key=keys[k] if k < 10 else ""
        )
        for k in range(n_classes)
    )
    return FaciesScheme(name=f"{n_classes} {noun.lower()}", classes=classes)


def distinct_colour(k: int) -> str:
    """Return the k-th of a row of colours that differ from their predecessors.

    Hues advance by the golden angle, which never repeats and keeps neighbours in the row far
    apart; saturation and brightness alternate so that later ones differ from earlier ones too.

    Examples
    --------
    >>> distinct_colour(0), distinct_colour(1)
    ('#3d9bf2', '#abbf56')
    """
    hue = (0.58 + k * 0.6180339887498949) % 1.0
    saturation = (0.75, 0.55, 0.9)[k % 3]
    value = (0.95, 0.75)[k % 2]
    red, green, blue = (round(255 * c) for c in colorsys.hsv_to_rgb(hue, saturation, value))
    return f"#{red:02x}{green:02x}{blue:02x}"


def _preset(name: str, classes: Sequence[tuple[str, str]]) -> FaciesScheme:
    return FaciesScheme(
        name=name,
        classes=tuple(
            FaciesClass(name=facies, colour=colour, key=str(k + 1))
            for k, (facies, colour) in enumerate(classes)
        ),
    )


#: The lithostratigraphic groups of the Dutch F3 block, from the top down, in the order and with
#: the codes of the public facies classification benchmark (Alaudah et al. 2019).
F3 = _preset(
    "F3",
    [
        ("Upper North Sea", "#3b6fb6"),
        ("Middle North Sea", "#57b5c4"),
        ("Lower North Sea", "#8cc461"),
        ("Rijnland/Chalk", "#f2d03b"),
        ("Scruff", "#ee8a34"),
        ("Zechstein", "#c8332b"),
    ],
)

#: The schemes to choose from by name, in docks and on the command line.
SCHEMES: Mapping[str, FaciesScheme] = {
    scheme.name: scheme for scheme in (F3, generic(6), generic(10))
}


def find_scheme(name: str | os.PathLike[str] | FaciesScheme) -> FaciesScheme:
    """Return the scheme called ``name``, or the one in the file of that name; a scheme as it is.

    Raises
    ------
    InputError
        If there is neither, or the file does not hold a scheme.

    Examples
    --------
    >>> find_scheme("F3").n_classes
    6
    """
    if isinstance(name, FaciesScheme):
        return name
    name = os.fspath(name)
    if name in SCHEMES:
        return SCHEMES[name]
    if not Path(name).exists():
        raise InputError(
            f"scheme {name!r}: is no file, and none of {', '.join(SCHEMES)}; give one of these "
            f"names or a .json or .csv file{did_you_mean(name, SCHEMES)}"
        )
    return read_scheme(name)


def read_scheme(path: str | Path) -> FaciesScheme:
    """Read a scheme from a ``.json`` or ``.csv`` file.

    The CSV has a header with ``name`` and ``colour`` (or ``color``) and optionally ``code`` and
    ``key``; with codes, the rows may come in any order but every code from 0 up must occur once.

    Raises
    ------
    InputError
        If the file is missing or does not hold a scheme.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give a scheme file") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not text; give a scheme as .json or .csv") from None
    try:
        if path.suffix.lower() == ".json":
            return FaciesScheme.model_validate_json(text)
        if path.suffix.lower() == ".csv":
            return _scheme_of_csv(text, path.stem)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        raise InputError(f"{path}: {where + ': ' if where else ''}{reason}; correct it") from None
    except ValueError as error:
        raise InputError(f"{path}: {error}; correct it") from None
    raise InputError(f"{path}: a scheme's name ends in .json or .csv; rename it")


def _scheme_of_csv(text: str, name: str) -> FaciesScheme:
    rows = list(csv.DictReader(io.StringIO(text), skipinitialspace=True))
    if not rows:
        raise ValueError("has no facies; it needs a header line and one line for each facies")
    rows = [{(k or "").strip().lower(): (v or "") for k, v in row.items() if k} for row in rows]
    columns = set(rows[0])
    colour = "color" if "color" in columns else "colour"
    for needed in ("name", colour):
        if needed not in columns:
            raise ValueError(f"has no column {needed!r}; the columns are {', '.join(_COLUMNS)}")
    if "code" in columns:
        rows = _in_order_of_codes(rows)
    classes = tuple(
        FaciesClass(name=row["name"], colour=row[colour], key=row.get("key", "")) for row in rows
    )
    return FaciesScheme(name=name, classes=classes)


def _in_order_of_codes(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    by_code: dict[int, dict[str, str]] = {}
    for row in rows:
        text = row["code"].strip()
        if not text.isdecimal() or int(text) >= len(rows) or int(text) in by_code:
            raise ValueError(
                f"code {text!r} is out of place; the codes of {len(rows)} facies are "
                f"0 to {len(rows) - 1}, each once"
            )
        by_code[int(text)] = row
    return [by_code[k] for k in sorted(by_code)]


def write_scheme(scheme: FaciesScheme, path: str | Path, *, overwrite: bool = False) -> None:
    """Write a scheme as ``.json`` or ``.csv``.

    Raises
    ------
    InputError
        If the name ends in neither, or the file exists and ``overwrite`` is not given.

    Examples
    --------
    >>> write_scheme(generic(3), "three.csv")
    >>> read_scheme("three.csv").names
    ('Facies 1', 'Facies 2', 'Facies 3')
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix == ".json":
        text = scheme.model_dump_json(indent=2) + "\n"
    elif suffix == ".csv":
        text = scheme.as_csv()
    else:
        raise InputError(f"{path}: a scheme's name ends in .json or .csv; choose one of them")
    with atomic_path(path, overwrite=overwrite) as temporary:
        Path(temporary).write_text(text, encoding="utf-8")
