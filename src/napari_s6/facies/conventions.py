"""What the numbers in a label file mean, and how our own files say so.

Two conventions are read. ``"codes"``: 0 is the first facies, and -1, 255 or NaN is unlabelled.
``"layer"``, as napari saves label layers: 0 is unlabelled and 1 the first facies. Files we write
hold codes and record that, with the scheme; for other people's the convention is asked, and what
was assumed is reported.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import ValidationError

from napari_s6.errors import InputError
from napari_s6.facies.codes import MAX_CLASSES, UNLABELLED, UNLABELLED_SEGY
from napari_s6.facies.scheme import FaciesClass, FaciesScheme

Convention = Literal["codes", "layer"]
CONVENTIONS: tuple[Convention, Convention] = ("codes", "layer")

_WRONG = 254
_TITLE = re.compile(r"C\s*\d+ NAPARI-S6 FACIES, CODES 0 TO \d+, -1 = NONE, SCHEME (.+)")
_FACIES = re.compile(r"C\s*\d+ FACIES (\d+) (#[0-9A-Fa-f]{6}) (.+)")


@dataclass(frozen=True)
class Decoder:
    """Turns the numbers of a label file into uint8 codes.

    Parameters
    ----------
    name
        The file, for messages.
    convention
        What the numbers mean.
    n_classes
        Facies of the scheme; without it, any code a file can hold.
    unlabelled
        One more number that means unlabelled.
    """

    name: str
    convention: Convention
    n_classes: int | None = None
    unlabelled: float | None = None

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Return codes, 255 where unlabelled, of the shape of ``values``.

        Raises
        ------
        InputError
            If a number is no facies of the scheme.
        """
        values = np.asarray(values)
        if values.dtype.itemsize == 1:
            table = self._translate(np.arange(256, dtype=np.uint8).view(values.dtype))
            codes = table[values.view(np.uint8)]
        else:
            codes = self._translate(values)
        wrong = codes == _WRONG
        if wrong.any():
            raise InputError(self._complaint(values[wrong].reshape(-1)[0].item()))
        return codes

    def _translate(self, values: np.ndarray) -> np.ndarray:
        numbers = values.astype(np.uint8) if values.dtype.kind == "b" else values
        if self.convention == "layer":
            none = numbers == 0
            first = 1
        else:
            none = (numbers == UNLABELLED_SEGY) | (numbers == UNLABELLED)
            first = 0
        if numbers.dtype.kind == "f":
            none |= np.isnan(numbers)
        if self.unlabelled is not None:
            none |= numbers == self.unlabelled
        limit = MAX_CLASSES if self.n_classes is None else self.n_classes
        right = (numbers >= first) & (numbers < first + limit)
        if numbers.dtype.kind == "f":
            right &= numbers == np.rint(numbers)
        codes = np.full(numbers.shape, _WRONG, np.uint8)
        codes[right] = (numbers[right] - first).astype(np.uint8)
        codes[none] = UNLABELLED
        return codes

    def _complaint(self, value: float) -> str:
        limit = MAX_CLASSES if self.n_classes is None else self.n_classes
        first = 1 if self.convention == "layer" else 0
        counted = "labels" if self.convention == "layer" else "codes"
        whose = "there are at most" if self.n_classes is None else "the scheme has"
        return (
            f"{self.name}: holds {value:g}, but {whose} {limit} facies, {counted} {first} to "
            f"{first + limit - 1}; choose a scheme with more facies, the other convention, or "
            f"say that {value:g} means unlabelled"
        )

    def describe(self) -> str:
        """Say how the numbers are read, for a person."""
        meaning = (
            "0 is unlabelled, 1 is the first facies"
            if self.convention == "layer"
            else "0 is the first facies, -1 and 255 are unlabelled"
        )
        more = "" if self.unlabelled is None else f", so is {self.unlabelled:g}"
        return f"{self.name}: {meaning}{more}"


def text_of(scheme: FaciesScheme) -> list[str]:
    """Return the lines of a SEG-Y text header that say what facies codes mean."""
    title = f"NAPARI-S6 FACIES, CODES 0 TO {scheme.n_classes - 1}, -1 = NONE, SCHEME {scheme.name}"
    return [title, *(f"FACIES {k} {c.colour} {c.name}" for k, c in enumerate(scheme.classes))]


def scheme_of_text(lines: Sequence[str]) -> tuple[bool, FaciesScheme | None]:
    """Read a SEG-Y text header: whether it says that we wrote facies, and the scheme if whole."""
    titles = [match for line in lines if (match := _TITLE.fullmatch(line.strip()))]
    if not titles:
        return False, None
    found = {
        int(match[1]): FaciesClass(
            name=match[3], colour=match[2], key=str(int(match[1]) + 1) if int(match[1]) < 9 else ""
        )
        for line in lines
        if (match := _FACIES.fullmatch(line.strip()))
    }
    last = int(re.findall(r"CODES 0 TO (\d+)", titles[-1][0])[0])
    if not set(range(last + 1)) <= set(found):
        return True, None  # the source's own text left no room for all lines
    try:
        return True, FaciesScheme(
            name=titles[-1][1], classes=tuple(found[k] for k in range(last + 1))
        )
    except ValidationError:
        return True, None  # names cut to one line's length may have become equal
