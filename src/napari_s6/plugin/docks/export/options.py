"""What is exported of a facies layer, and in which form: one value, which also writes it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from napari_s6.errors import InputError
from napari_s6.formats.registry import writable_formats
from napari_s6.plugin.files.derived import DERIVED, MAPS, save_derived, suffix_of
from napari_s6.plugin.files.export import CodesSampleFormat, save_labels

Content = Literal["facies", "horizons", "statistics"]

CONTENTS: dict[Content, str] = {
    "facies": "Facies of the survey",
    "horizons": DERIVED["horizons"],
    "statistics": DERIVED["statistics"],
}
#: Files that facies are written into.
FACIES_FILES: dict[str, str] = {one.suffixes[0]: one.label for one in writable_formats()}


@dataclass(frozen=True)
class ExportOptions:
    """Say what is written of a facies layer, and how.

    Attributes
    ----------
    content
        The facies themselves, the horizons between them, or statistics with thickness maps.
    suffix
        Of the file of facies: the format.
    sample_format
        How SEG-Y holds the codes; -1 where there is no facies.
    maps
        How horizons, or the maps beside statistics, are written.

    Raises
    ------
    InputError
        If there is no such format.
    """

    content: Content = "facies"
    suffix: str = ".sgy"
    sample_format: CodesSampleFormat = "int8"
    maps: str = "text"

    def __post_init__(self) -> None:
        if self.suffix not in FACIES_FILES:
            raise InputError(f"suffix {self.suffix!r}: choose one of {', '.join(FACIES_FILES)}")
        if self.maps not in (known := words_of_maps(self.content)):
            raise InputError(f"maps {self.maps!r}: choose one of {', '.join(known)}")

    @property
    def has_samples(self) -> bool:
        """Whether the sample format counts."""
        return self.content == "facies" and self.suffix == ".sgy"

    @property
    def format_name(self) -> str:
        """What is written, for the title of a file dialog."""
        words = FACIES_FILES[self.suffix] if self.content == "facies" else CONTENTS[self.content]
        return words.split(" (")[0]

    @property
    def ending(self) -> str:
        """The suffix of what is written, nothing for a folder."""
        if self.content == "facies":
            return self.suffix
        return suffix_of(self.content, self.maps)

    def name_like(self, stem: str) -> str:
        """Return the name of the file, or folder, whose name begins like this.

        >>> ExportOptions("horizons").name_like("north_Facies")
        'north_Facies_horizons.txt'
        """
        derived = "" if self.content == "facies" else f"_{self.content}"
        return f"{stem}{derived}{self.ending}"

    def write(
        self,
        values: Any,
        metadata: dict[str, Any],
        name: str,
        out: Path,
        progress: Callable[[float], None],
    ) -> tuple[Path, str]:
        """Write the array of a label layer; what is there is replaced.

        Parameters
        ----------
        values, metadata, name
            Of the layer; ``values`` is (inline, sample, crossline), 0 = unlabelled.
        progress
            Told the share that is done; it may raise to end the export.

        Returns
        -------
        tuple
            What was written, a file or a folder, and a note on it, if there is one.

        Raises
        ------
        InputError
            If the layer lies on no survey, or ``out`` cannot be written.
        """
        layer = (values, metadata, name, out)
        if self.content != "facies":
            return save_derived(self.content, self.maps, *layer, overwrite=True, progress=progress)
        sample_format = self.sample_format if self.has_samples else "int8"
        written = save_labels(
            *layer, sample_format=sample_format, overwrite=True, progress=progress
        )
        return written, ""


def stem_without_ending(name: str) -> str:
    """Return what a proposed name begins with, whatever options it was proposed for.

    >>> stem_without_ending("north_Facies_horizons.txt")
    'north_Facies'
    """
    for ending in (*FACIES_FILES, ".txt", *(f"_{derived}" for derived in DERIVED)):
        name = name.removesuffix(ending)
    return name


def words_of_maps(content: Content) -> dict[str, str]:
    """Return in which forms horizons or statistics come, and what these are called."""
    return MAPS["statistics" if content == "statistics" else "horizons"]
