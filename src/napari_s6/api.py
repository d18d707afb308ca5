"""The whole job from Python: open, label, train, predict, evaluate, save.

What is not said here is in the rooms that do the work; torch is loaded by what needs it.
"""

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from napari_s6.accessor import (
    PathName,
    Volume,
    VolumeAccessor,
    checked_volume,
    live_survey,
    scheme_of,
)
from napari_s6.facies.scheme import FaciesScheme, find_scheme
from napari_s6.facies.sections import Section, parse_lines
from napari_s6.survey.reading import Reading
from napari_s6.trained_model import TrainedModel

if TYPE_CHECKING:
    from napari_s6.evaluation.comparison import Comparison
    from napari_s6.facies.conventions import Convention
    from napari_s6.learn.control import Token
    from napari_s6.learn.events import TrainingEvent

Lines = str | Sequence[str | Section]
SchemeName = FaciesScheme | PathName


def open(path: PathName, **reading: Any) -> xr.DataArray:
    """Open a seismic volume lazily, its dead traces taken out of ``live``.

    Parameters
    ----------
    path
        SEG-Y, a 3-D .npy file, a Zarr folder, NetCDF, or the public benchmark's layout.
    **reading
        The fields of `Reading`, such as ``header_bytes="petrel"``, ``unit="m"`` or
        ``crop="iline:100-300"`` (a list for several axes).

    Returns
    -------
    xarray.DataArray
        Dimensions (``iline``, ``xline``, ``twt`` in ms or ``depth``), with a boolean coordinate
        ``live`` (iline, xline).

    Raises
    ------
    InputError
        If there is no such file, it holds no volume, or a value cannot be one.

    Examples
    --------
    >>> import napari_s6 as s6
    >>> from napari_s6.survey.synthetic import make_survey
    >>> path = s6.save(make_survey((8, 12, 16))[0], "small.sgy")
    >>> s6.open(path, crop="iline:102-104").sizes["iline"]
    3
    >>> s6.open("nowhere.sgy")
    Traceback (most recent call last):
    napari_s6.errors.InputError: ...nowhere.sgy: no such file or folder; check the path
    """
    from napari_s6.formats.open import open_volume
    from napari_s6.survey.dead import drop_dead

    return drop_dead(open_volume(path, Reading.from_dict(reading)))


def open_labels(
    path: PathName,
    survey: Volume,
    *,
    scheme: SchemeName | None = None,
    convention: "Convention | None" = None,
    unlabelled: float | None = None,
    **reading: Any,
) -> xr.DataArray:
    """Open a label file on a survey's grid, matched by line numbers and times or depths.

    Parameters
    ----------
    scheme
        A `FaciesScheme`, the name of a preset such as ``"F3"``, or a .json or .csv file; else the
        one that the file records, if any.
    convention, unlabelled
        How the file's numbers count, where it does not say: ``"codes"`` from 0 or ``"layer"``, as
        napari's label layers, from 1; and one more number that means unlabelled.

    Returns
    -------
    xarray.DataArray
        uint8 codes, 255 where unlabelled, read lazily.

    Raises
    ------
    InputError
        If the file can't be read, holds a number that is no facies of the scheme, or has no line
        in common with the survey.

    Examples
    --------
    >>> import napari_s6 as s6
    >>> from napari_s6.survey.synthetic import make_survey
    >>> survey, truth = make_survey((8, 12, 16))
    >>> labels = s6.open_labels(s6.save(truth, "labels.sgy"), survey[2:5], scheme="F3")
    >>> labels.shape, labels.s6.scheme.names[-1]
    ((3, 12, 16), 'Zechstein')
    """
    from napari_s6.facies.files import open_labels_on_survey
    from napari_s6.facies.record import update_facies_record

    given = None if scheme is None else find_scheme(scheme)
    labels = open_labels_on_survey(
        path,
        checked_volume(survey),
        n_classes=given.n_classes if given else None,
        convention=convention,
        unlabelled=unlabelled,
        reading=Reading.from_dict(reading),
    )
    return update_facies_record(labels, scheme=given) if given else labels


def train_events(
    survey: Volume,
    labels: Volume,
    *,
    scheme: SchemeName | None = None,
    lines: Lines | None = None,
    preset: str = "fast",
    run: PathName | None = None,
    token: "Token | None" = None,
    unlabelled: Sequence[Volume] = (),
    start_from: PathName | None = None,
    resume: bool = False,
    **settings: Any,
) -> Generator["TrainingEvent", None, TrainedModel]:
    """Train a model and tell about it, see `train`; stop or pause it by a ``token``.

    Yields
    ------
    learn.events.TrainingEvent
        Small frozen values. A run that fails tells so by `Failed`, and then raises.

    Raises
    ------
    InputError, Exception
        As `train`.

    Examples
    --------
    >>> import napari_s6 as s6
    >>> from napari_s6.survey.synthetic import make_survey
    >>> survey, labels = make_survey((6, 70, 40))
    >>> run = s6.train_events(survey, labels, lines="iline:102", steps=1, device="cpu")
    >>> [type(event).__name__ for event in run]
    ['Started', 'Stepped', 'Evaluated', 'Finished']
    """
    from napari_s6.facies.targets import make_targets
    from napari_s6.learn.config import TrainConfig
    from napari_s6.learn.training.train import train_model_events

    volume, painted = live_survey(survey), checked_volume(labels)
    config = TrainConfig.named(preset, **settings)
    targets = make_targets(
        volume,
        painted,
        scheme_of(painted) if scheme is None else find_scheme(scheme),
        lines=_sections(lines, volume),
        label_fraction=config.label_fraction,
        seed=config.seed,
    )
    model = yield from train_model_events(
        volume,
        targets,
        config,
        run=None if run is None else Path(run).expanduser(),
        token=token,
        unlabelled=[live_survey(one) for one in unlabelled],
        start_from=None if start_from is None else Path(start_from).expanduser(),
        resume=resume,
    )
    return TrainedModel(model)


def train(
    survey: Volume,
    labels: Volume,
    *,
    scheme: SchemeName | None = None,
    lines: Lines | None = None,
    preset: str = "fast",
    run: PathName | None = None,
    progress: bool = False,
    unlabelled: Sequence[Volume] = (),
    start_from: PathName | None = None,
    resume: bool = False,
    **settings: Any,
) -> TrainedModel:
    """Train a model on a survey and its labels, to the end.

    Parameters
    ----------
    survey, labels
        From `open` and `open_labels`, or arrays on one grid; labels are uint8 codes, 255 where
        unlabelled.
    scheme
        The facies; else those recorded with the labels, else numbered ones.
    lines
        Whose labels may be used: ``"iline:130,459"``, or a list of such texts; else all.
    preset, **settings
        ``"fast"``, ``"best"`` or ``"paper"``, and the fields of `TrainConfig` that replace its
        own: ``steps=200``, ``minutes=5``, ``device="cuda"``, ``seed=1``.
    run
        Folder to keep the model in, also while it is trained; nothing is kept without it.
    progress
        Whether to show a bar.
    unlabelled
        Further surveys that feed the reconstruction.
    start_from, resume
        A model folder to take the first weights from; whether to go on with the one in ``run``.

    Returns
    -------
    TrainedModel
        Predicts by its method ``predict``.

    Raises
    ------
    InputError
        If the user can put it right: labels, lines, settings, folders.
    Exception
        What went wrong otherwise, as it was raised.

    Examples
    --------
    >>> import napari_s6 as s6
    >>> from napari_s6.survey.synthetic import make_survey
    >>> survey, labels = make_survey((6, 70, 40))
    >>> model = s6.train(survey, labels, lines="iline:102", steps=1, device="cpu")
    >>> prediction = model.predict(survey, orientation="iline")
    >>> sorted(prediction.data_vars), prediction.s6.scheme == model.scheme
    (['confidence', 'facies'], True)
    >>> s6.train(survey, labels, lines="iline:999")
    Traceback (most recent call last):
    napari_s6.errors.InputError: iline:999: the survey has no such line; its iline numbers run \
from 100 to 105
    """
    from napari_s6.learn.training.progress_bar import follow_to_the_end

    events = train_events(
        survey,
        labels,
        scheme=scheme,
        lines=lines,
        preset=preset,
        run=run,
        unlabelled=unlabelled,
        start_from=start_from,
        resume=resume,
        **settings,
    )
    return follow_to_the_end(events, progress=progress)


def evaluate(
    prediction: Volume,
    labels: Volume,
    *,
    survey: Volume | None = None,
    lines: Lines | None = None,
    baseline_lines: Lines | None = None,
    classes: str | Sequence[int] | None = None,
) -> "Comparison":
    """Compare a prediction with reference labels, and with predictions that need no learning.

    Parameters
    ----------
    prediction, labels
        Facies on grids of the same line numbers; of a prediction's dataset, its facies.
    survey
        Its dead traces do not count.
    lines
        Lines of the labels that are compared, ``"xline:327"``; every voxel once if absent.
    baseline_lines
        Lines whose labels the predictions without learning may use; else the other labelled ones.
    classes
        Codes that the means are over: ``"2-9"`` or a list; all if absent.

    Returns
    -------
    Comparison
        ``scores`` (``mean_iou``, ``pixel_accuracy``, ...) and ``baselines``; its ``as_text()`` is
        a table.

    Raises
    ------
    InputError
        If they have no labelled voxel in common, or a line or class is not there.

    Examples
    --------
    >>> import napari_s6 as s6
    >>> from napari_s6.survey.synthetic import make_survey
    >>> _, truth = make_survey((6, 70, 40))
    >>> s6.evaluate(truth, truth, lines="iline:102").scores.mean_iou
    1.0
    """
    from napari_s6.evaluation.comparison import compare, parse_classes
    from napari_s6.facies.record import facies_record

    found, reference = checked_volume(prediction), checked_volume(labels)
    return compare(
        found,
        reference,
        survey=None if survey is None else live_survey(survey),
        sections=_sections(lines, reference),
        baseline_sections=_sections(baseline_lines, reference),
        classes=parse_classes(classes) if isinstance(classes, str) else classes,
        scheme=facies_record(reference).scheme or facies_record(found).scheme,
    )


def save(volume: Volume, path: PathName, *, overwrite: bool = False) -> Path:
    """Write amplitudes or facies as ``.sgy``, ``.npy``, ``.zarr`` or ``.nc``.

    Of a prediction's dataset its facies are written, with their scheme.

    Returns
    -------
    pathlib.Path
        The file written, absolute.

    Raises
    ------
    InputError
        If the suffix names no format, or the file is in the way or cannot be written.

    Examples
    --------
    >>> import napari_s6 as s6
    >>> from napari_s6.survey.synthetic import make_survey
    >>> survey, facies = make_survey((8, 12, 16))
    >>> s6.save(survey, "survey.zarr").name, s6.save(facies, "facies.sgy").name
    ('survey.zarr', 'facies.sgy')
    >>> s6.save(survey, "survey.zarr")
    Traceback (most recent call last):
    napari_s6.errors.InputError: ...survey.zarr: exists already; choose another name or \
remove it
    """
    return VolumeAccessor(volume).save(path, overwrite=overwrite)


def _sections(lines: Lines | None, volume: xr.DataArray) -> list[Section] | None:
    if lines is None:
        return None
    specs = [lines] if isinstance(lines, str) else lines
    sections: list[Section] = []
    for spec in specs:
        sections += [spec] if isinstance(spec, Section) else parse_lines([spec], volume)
    return sections
