"""What a survey and its facies can do in a notebook: ``volume.s6`` and ``dataset.s6``.

Importing this module makes xarray know them; every function of `napari_s6` does so.
"""

import os
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.record import facies_record
from napari_s6.facies.scheme import FaciesScheme, generic
from napari_s6.facies.sections import Section, parse_lines
from napari_s6.formats.dataset import FACIES
from napari_s6.survey.axis_labels import AXIS_NAMES, axis_label
from napari_s6.survey.record import SurveyRecord, row_blocks, survey_record
from napari_s6.survey.volume import ORIENTATIONS, Orientation, read_section, vertical_dim

Volume = xr.DataArray | xr.Dataset
PathName = str | os.PathLike[str]


def checked_volume(data: Volume) -> xr.DataArray:
    """Return the volume that an array or a dataset is about: of a prediction, its facies.

    Raises
    ------
    InputError
        If it has not the dimensions and coordinates of a survey, or is several volumes.

    Examples
    --------
    >>> from napari_s6.survey.synthetic import make_survey
    >>> survey, facies = make_survey((8, 12, 16))
    >>> checked_volume(xr.Dataset({"facies": facies, "confidence": survey})).name
    'facies'
    """
    if isinstance(data, xr.Dataset):
        cubes = [name for name, one in data.data_vars.items() if one.ndim == 3]
        if FACIES in cubes:
            cubes = [FACIES]
        if len(cubes) != 1:
            found = ", ".join(map(str, cubes)) or "none"
            raise InputError(f"dataset: its volumes are {found}; choose one, as dataset[name]")
        data = data[cubes[0]]
    if data.dims not in (("iline", "xline", "twt"), ("iline", "xline", "depth")):
        raise InputError(
            f"array: has dimensions {data.dims}, a volume has (iline, xline, twt or depth); open "
            "it by napari_s6.open"
        )
    if missing := [name for name in (*data.dims, "live") if name not in data.coords]:
        raise InputError(
            f"array: lacks the coordinates {', '.join(map(str, missing))}; make it by "
            "napari_s6.survey.volume.make_volume"
        )
    return data


def live_survey(survey: Volume) -> xr.DataArray:
    """Return a survey's volume with its dead traces known, wherever it was opened.

    Examples
    --------
    >>> from napari_s6.survey.volume import make_volume
    >>> values = np.ones((2, 3, 4))
    >>> values[1, 2] = 0.0
    >>> survey = make_volume(values, iline=[1, 2], xline=[1, 2, 3], samples=[0, 4, 8, 12])
    >>> int(live_survey(survey).live.sum())
    5
    """
    from napari_s6.survey.dead import drop_dead

    return drop_dead(checked_volume(survey))


def is_facies(volume: xr.DataArray) -> bool:
    """Return whether a volume holds facies codes rather than amplitudes.

    Examples
    --------
    >>> from napari_s6.survey.synthetic import make_survey
    >>> [is_facies(volume) for volume in make_survey((8, 12, 16))]
    [False, True]
    """
    record = facies_record(volume)
    named = volume.name == FACIES or bool(record.convention) or record.scheme is not None
    return named and volume.dtype == np.uint8


def scheme_of(facies: xr.DataArray) -> FaciesScheme:
    """Return the scheme recorded with facies, else numbered facies up to their highest code.

    Raises
    ------
    InputError
        If nothing is recorded and nothing is labelled.

    Examples
    --------
    >>> from napari_s6.survey.synthetic import make_survey
    >>> scheme_of(make_survey((8, 12, 16))[1]).names[0]
    'Facies 0'
    """
    record = facies_record(facies)
    if record.scheme is not None:
        return record.scheme
    highest = max(record.codes_found or (), default=-1)
    if record.codes_found is None:
        for rows in row_blocks(facies):
            found = np.bincount(facies[rows].values.ravel(), minlength=UNLABELLED)[:UNLABELLED]
            highest = max(highest, int(np.flatnonzero(found).max(initial=-1)))
    if highest < 0:
        raise InputError(f"{survey_record(facies).source or 'labels'}: no facies; label some first")
    return generic(highest + 1, first=0)


class VolumeAccessor:
    """Offer what can be done with a volume of amplitudes or of facies.

    Examples
    --------
    >>> import napari_s6.accessor
    >>> from napari_s6.survey.synthetic import make_survey
    >>> survey, facies = make_survey((8, 80, 32))
    >>> survey.s6.record.source_format
    'synthetic'
    >>> survey.s6.plot_section("iline:103").get_xlabel()
    'crossline'
    >>> [one.name for one in facies.s6.statistics().facies][:2]
    ['Facies 0', 'Facies 1']
    >>> facies.s6.save("truth.npy").name
    'truth.npy'
    """

    def __init__(self, data: Volume) -> None:
        self._data = data

    @property
    def volume(self) -> xr.DataArray:
        """The volume itself; of a dataset, its facies or its only volume."""
        return checked_volume(self._data)

    @property
    def record(self) -> SurveyRecord:
        """What is known of the volume's source: its file, header bytes and map coordinates."""
        return survey_record(self.volume)

    @property
    def scheme(self) -> FaciesScheme:
        """The names and colours of the facies of a facies volume."""
        return scheme_of(self._facies())

    def save(self, path: PathName, *, overwrite: bool = False) -> Path:
        """Write the volume as ``.sgy``, ``.npy``, ``.zarr`` or ``.nc``.

        Facies are written with their convention and scheme. SEG-Y takes the headers of the SEG-Y
        file that the volume comes from.

        Returns
        -------
        pathlib.Path
            The file written, absolute.

        Raises
        ------
        InputError
            If the suffix names no format, or the file is in the way or cannot be written.
        """
        volume = self.volume
        if is_facies(volume):
            from napari_s6.facies.files import save_facies

            scheme = scheme_of(volume)
            return save_facies(volume, path, scheme=scheme, volume=volume, overwrite=overwrite)
        from napari_s6.formats.save import save_volume

        return save_volume(volume, path, overwrite=overwrite)

    def statistics(self) -> Any:
        """Count what the volume holds.

        Returns
        -------
        horizons.statistics.SurveyStatistics or formats.info.SurveyInfo
            Of facies: voxels, areas, thicknesses and volumes of each. Of amplitudes: axes, traces,
            percentiles and a histogram from a thousand traces. Both have ``as_dict()``.
        """
        volume = self.volume
        if is_facies(volume):
            from napari_s6.horizons.statistics import facies_statistics

            return facies_statistics(volume, volume, scheme_of(volume))
        from napari_s6.formats.info import describe_volume

        return describe_volume(volume)

    def plot_section(
        self, section: str | tuple[Orientation, int] | Section, *, axes: Any = None
    ) -> Any:
        """Draw one section upright with matplotlib.

        Parameters
        ----------
        section
            ``"iline:130"`` or ``("iline", 130)``.
        axes
            Where to draw; a new figure if absent.

        Returns
        -------
        matplotlib.axes.Axes
            Line numbers to the right, time or depth downwards. Facies have their scheme's colours
            and a legend of those that occur; a confidence goes from 0 to 1.

        Raises
        ------
        InputError
            If the survey has no such line.
        """
        from napari_s6.study.run_pictures import draw_panel

        volume = self.volume
        chosen = _one_section(section, volume)
        values = read_section(volume, chosen.orientation, chosen.index(volume))
        if axes is None:
            from matplotlib import pyplot

            _, axes = pyplot.subplots(layout="constrained")
        facies = is_facies(volume)
        scheme = scheme_of(volume) if facies else generic(1)
        kind: Any = "confidence" if volume.name == "confidence" else "seismic"
        draw_panel(axes, volume, chosen.orientation, values, "facies" if facies else kind, scheme)
        if facies:
            _add_legend(axes, scheme, values)
        across = next(dim for dim in ORIENTATIONS if dim != chosen.orientation)
        axes.set_title(f"{AXIS_NAMES[chosen.orientation]} {chosen.line}")
        axes.set_xlabel(axis_label(volume, across))
        axes.set_ylabel(axis_label(volume, vertical_dim(volume)))
        return axes

    def _facies(self) -> xr.DataArray:
        volume = self.volume
        if not is_facies(volume):
            raise InputError(f"{survey_record(volume).name}: holds amplitudes, no facies")
        return volume


class DatasetAccessor(VolumeAccessor):
    """Offer the same for a dataset: of a prediction, for its facies."""


def _one_section(section: str | tuple[Orientation, int] | Section, volume: xr.DataArray) -> Section:
    if isinstance(section, Section):
        return section
    text = section if isinstance(section, str) else f"{section[0]}:{section[1]}"
    found = parse_lines([text], volume)
    if len(found) != 1:
        raise InputError(f"section {text!r}: names {len(found)} lines; give one, as iline:130")
    return found[0]


def _add_legend(axes: Any, scheme: FaciesScheme, codes: np.ndarray) -> None:
    from matplotlib.patches import Patch

    present = [int(code) for code in np.unique(codes) if code < scheme.n_classes]
    handles = [Patch(color=scheme.colours[k], label=scheme.names[k]) for k in present]
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False)


# xarray's own registration has no types.
_registrations: Any = (xr.register_dataarray_accessor, xr.register_dataset_accessor)
for _register, _accessor in zip(_registrations, (VolumeAccessor, DatasetAccessor), strict=True):
    _register("s6")(_accessor)
