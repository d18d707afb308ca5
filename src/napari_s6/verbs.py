"""What each command of the command line does."""

import argparse
import json
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import xarray as xr

from napari_s6.errors import InputError
from napari_s6.facies.codes import UNLABELLED
from napari_s6.facies.scheme import PRESETS, FaciesScheme, generic, read_scheme
from napari_s6.facies.sections import Section, parse_lines
from napari_s6.survey.open import SEGY_SUFFIXES, open_volume

if TYPE_CHECKING:
    from napari_s6.learn.config import TrainConfig
    from napari_s6.learn.control import Token
    from napari_s6.survey.crop import Crop
    from napari_s6.survey.info import SurveyInfo

IN_MEMORY = 4 << 30
"""Bytes of predicted facies held in memory; larger volumes go through a file."""

HORIZON_SUFFIXES = (".txt", ".dat", ".xyz")
"""Exported facies of these names are written as horizons, their boundaries."""

ALONG: dict[str, Literal["both", "iline", "xline"]] = {
    "both": "both",
    "inline": "iline",
    "crossline": "xline",
}


def say(text: str) -> None:
    """Print progress where it does not mix with results."""
    print(text, file=sys.stderr, flush=True)


def info(options: argparse.Namespace) -> None:
    """Say what a seismic file holds."""
    from napari_s6.survey.info import describe

    found = describe(options.path, crop=_crop(options), **_reading(options))
    if options.save_header_bytes:
        _save_header_bytes(options.save_header_bytes, found)
    print(json.dumps(found.as_dict(), indent=2) if options.json else found.as_text())


def _save_header_bytes(name: str, found: "SurveyInfo") -> None:
    from napari_s6.survey.header_setups import HeaderBytes, save_setup

    if not found.header_bytes:
        raise InputError(f"--save-header-bytes {name}: {found.path} has no trace headers")
    where = HeaderBytes(*found.header_bytes)
    say(f"header bytes {where} saved in {save_setup(name, where)}")


def train(options: argparse.Namespace) -> int:
    """Train a model and save it as a folder."""
    run = Path(options.out).expanduser()
    there = (run / "run.json").is_file()
    if there and not options.resume:
        raise InputError(f"{run}: holds a model already; give --resume or another folder")
    if options.resume and not there:
        raise InputError(f"{run}: holds no model to resume; leave out --resume")
    config = _config(options, run)
    volume = _open_survey(options.seismic, options)
    unlabelled = [_open_survey(path, options) for path in options.unlabelled]
    scheme = named_scheme(options.scheme)
    labels = _open_labels(options.labels, volume, options, scheme)
    scheme = scheme_for(labels, scheme)
    say(f"labels: {labels.attrs['facies_note']}")
    lines = parse_lines(options.lines, volume) if options.lines else None

    from napari_s6.facies.targets import make_targets

    targets = make_targets(
        volume,
        labels,
        scheme,
        lines=lines,
        label_fraction=config.label_fraction,
        seed=config.seed,
    )
    say(f"labels: {targets.painted_fraction}; used: {_shown(targets.sections)}")
    start = Path(options.start_from).expanduser() if options.start_from else None
    from napari_s6.learn.train import train as train_events

    with _stoppable() as token:
        return _follow(
            train_events(
                volume,
                targets,
                config,
                run=run,
                token=token,
                unlabelled=unlabelled,
                start_from=start,
                resume=options.resume,
            )
        )


def _follow(stream: Iterator[Any]) -> int:
    """Print what a run tells, and return the exit code it ends in."""
    import time

    from napari_s6.learn import events

    shown = -10.0
    for event in stream:
        match event:
            case events.Started():
                for note in event.notes:
                    say(f"note: {note}")
                end = f"{event.steps} steps" if event.steps else f"{event.minutes:g} minutes"
                say(
                    f"training on {event.device}: {event.labelled_sections} labelled and "
                    f"{event.unlabelled_sections} sections in all, up to {end}"
                )
            case events.Stepped() if time.monotonic() - shown > 5:
                shown = time.monotonic()
                again = event.reconstruction
                drawn = "" if again is None else f", reconstruction error {again:.3f}"
                left = "" if event.remaining is None else f", {_clock(event.remaining)} left"
                say(
                    f"step {event.step}: cross entropy {event.cross_entropy:.3f}{drawn}, "
                    f"{event.sections_per_second:.1f} sections/s{left}"
                )
            case events.Evaluated():
                say(
                    f"step {event.step}: validation mIoU {event.mean_iou:.3f}, cross entropy "
                    f"{event.cross_entropy:.3f}"
                )
            case events.BatchHalved():
                say(f"out of memory: going on with {event.micro_batch} sections at a time")
            case events.Stopped():
                say(f"stopped at step {event.step}; the model so far is in {event.path}")
                return 130
            case events.Failed():
                if event.input_error:
                    raise InputError(event.message)
                say(event.traceback)
                say(f"napari-s6: training failed: {event.message}")
                return 1
            case events.Finished():
                found = "" if event.mean_iou is None else f", validation mIoU {event.mean_iou:.3f}"
                say(f"finished at step {event.step} ({event.reason}){found}")
                print(event.path)
    return 0


def predict(options: argparse.Namespace) -> None:
    """Predict the facies of a survey and write them."""
    run, out = Path(options.run).expanduser(), Path(options.out).expanduser()
    if not (run / "run.json").is_file():
        raise InputError(f"{run}: not a model folder (it has no run.json); give what train wrote")
    confidence = Path(options.confidence).expanduser() if options.confidence else None
    for path in (out, confidence):
        if path is not None:
            _check_output(path, options.overwrite, options.seismic)
    volume = _open_survey(options.seismic, options)
    from napari_s6.learn.checkpoint import load_model

    model = load_model(run, options.device)
    for note in differences(model.record, volume):
        say(f"note: {note}")
    with (
        _stoppable() as token,
        predicted_arrays(volume, out.parent, confidence is not None) as (
            codes,
            sureness,
        ),
    ):
        _run_prediction(model, volume, codes, sureness, ALONG[options.orientation], token)
        if token.cancelled:
            raise KeyboardInterrupt
        _write_prediction(model, volume, codes, out, options)
        if confidence is not None:
            _write_confidence(volume, sureness, confidence, options)
    print(out)


def differences(record: Any, volume: xr.DataArray) -> list[str]:
    """What of a survey is unlike the one a model was trained on, as sentences."""
    from napari_s6.survey.volume import vertical_dim

    samples = volume[vertical_dim(volume)].values
    notes = []
    if vertical_dim(volume) != record.vertical.domain:
        notes.append(
            f"the model was trained on {record.vertical.domain}, this survey is in "
            f"{vertical_dim(volume)}"
        )
    interval = float(samples[1] - samples[0]) if len(samples) > 1 else 0.0
    if record.interval and interval and abs(interval / record.interval - 1) > 0.01:
        notes.append(
            f"samples are {interval:g} apart here, {record.interval:g} where the model was "
            "trained: expect it to do worse"
        )
    return notes


def _run_prediction(
    model: Any,
    volume: xr.DataArray,
    codes: np.ndarray,
    confidence: np.ndarray | None,
    orientation: Literal["both", "iline", "xline"],
    token: "Token",
) -> None:
    from tqdm import tqdm

    from napari_s6.learn.predict import predict_volume

    with tqdm(unit="section", disable=None, desc="predicting") as bar:
        for progress in predict_volume(
            model,
            volume,
            codes_out=codes,
            confidence_out=confidence,
            orientation=orientation,
            token=token,
        ):
            bar.total = progress.total
            bar.update(progress.done - bar.n)


@contextmanager
def predicted_arrays(
    volume: xr.DataArray, folder: Path, confidence: bool
) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
    """Arrays to predict into: uint8 codes and, if wanted, confidence in per cent.

    In memory up to 4 GiB, else in temporary files beside the output.
    """
    import tempfile

    with tempfile.TemporaryDirectory(dir=folder, prefix=".napari-s6-") as scratch:

        def array(name: str, fill: int) -> np.ndarray:
            if volume.size <= IN_MEMORY:
                return np.full(volume.shape, fill, np.uint8)
            found = np.lib.format.open_memmap(
                Path(scratch) / name, "w+", dtype=np.uint8, shape=volume.shape
            )
            found[...] = fill
            return found

        yield (
            array("codes.npy", UNLABELLED),
            array("confidence.npy", 0) if confidence else None,
        )


def _write_prediction(
    model: Any, volume: xr.DataArray, codes: np.ndarray, out: Path, options: argparse.Namespace
) -> None:
    from napari_s6.facies.files import save_facies

    save_facies(
        codes,
        out,
        scheme=model.scheme,
        volume=volume,
        sample_format=options.sample_format,
        overwrite=options.overwrite,
    )


def _write_confidence(
    volume: xr.DataArray,
    per_cent: np.ndarray | None,
    out: Path,
    options: argparse.Namespace,
) -> None:
    import dask.array

    from napari_s6.survey.write import save_volume

    chunks = (16, *volume.shape[1:])
    share = dask.array.from_array(per_cent, chunks).astype(np.float32) / np.float32(100)
    confidence = volume.copy(data=share)
    confidence.name = "confidence"
    save_volume(
        confidence,
        out,
        sample_format="float32",
        text=["CONFIDENCE OF PREDICTED FACIES, 0 TO 1"],
        overwrite=options.overwrite,
    )


def evaluate(options: argparse.Namespace) -> None:
    """Compare predicted facies with reference labels, beside what needs no learning."""
    from napari_s6.learn.comparison import compare, parse_classes

    scheme = named_scheme(options.scheme)
    prediction = _open_facies(options.prediction, options, scheme)
    reference = _open_facies(options.reference, options, scheme)
    survey = _open_survey(options.seismic, options) if options.seismic else None
    comparison = compare(
        prediction,
        reference,
        survey=survey,
        sections=parse_lines(options.lines, reference) if options.lines else None,
        baseline_sections=(
            parse_lines(options.baseline_lines, reference) if options.baseline_lines else None
        ),
        classes=parse_classes(options.classes) if options.classes else None,
        scheme=scheme,
    )
    print(json.dumps(comparison.as_dict(), indent=2) if options.json else comparison.as_text())


def export(options: argparse.Namespace) -> None:
    """Write facies in another format, or on another survey's grid."""
    from napari_s6.facies.files import open_labels, save_facies

    if not options.out and not options.statistics:
        raise InputError("export: give -o OUT, --statistics FOLDER or both")
    out = Path(options.out).expanduser() if options.out else None
    if out is not None:
        _check_output(out, options.overwrite, options.facies, HORIZON_SUFFIXES)
    scheme = named_scheme(options.scheme)
    if options.seismic:
        survey = _open_survey(options.seismic, options)
        facies = open_labels(
            options.facies,
            survey,
            n_classes=scheme.n_classes if scheme else None,
            convention=options.convention,
            **_reading_labels(options, options.facies),
        )
    else:
        facies = survey = _open_facies(options.facies, options, scheme)
    chosen = scheme_for(facies, scheme)
    if out is not None and out.suffix.lower() in HORIZON_SUFFIXES:
        from napari_s6.facies.horizon_export import export_horizons

        export_horizons(facies, out, scheme=chosen, volume=survey, overwrite=options.overwrite)
    elif out is not None:
        save_facies(
            facies,
            out,
            scheme=chosen,
            volume=survey,
            sample_format=options.sample_format,
            overwrite=options.overwrite,
        )
    if out is not None:
        print(out)
    if options.statistics:
        _write_statistics(facies, survey, chosen, options)


def _write_statistics(
    facies: xr.DataArray, survey: xr.DataArray, scheme: FaciesScheme, options: argparse.Namespace
) -> None:
    from napari_s6.facies.statistics import facies_statistics, write_statistics

    found = facies_statistics(facies, survey, scheme)
    folder = options.statistics
    print(write_statistics(found, survey, scheme, folder, overwrite=options.overwrite))


def fetch(options: argparse.Namespace) -> None:
    """Download the public benchmark, and show how far it is."""
    from tqdm import tqdm

    from napari_s6.survey.fetch import F3_MD5, F3_URL, default_folder, fetch_f3

    folder = options.to or default_folder()
    checksum = options.checksum or (F3_MD5 if options.url is None else None)
    if checksum is None:
        say("note: what another address sends is not checked; give --checksum to do so")
    with tqdm(unit="B", unit_scale=True, disable=None, desc="fetching") as bar:

        def progress(done: int, total: int | None) -> None:
            bar.total = total
            bar.update(done - bar.n)

        found = fetch_f3(folder, options.url or F3_URL, checksum=checksum, progress=progress)
    print(found)


def demo(options: argparse.Namespace) -> int:
    """Run the main job on the built-in sample."""
    from napari_s6.demo import run_demo

    return run_demo(Path(options.out), headless=options.headless)


# -- shared by the verbs -----------------------------------------------------------------------


def _open_survey(path: str, options: argparse.Namespace) -> xr.DataArray:
    from napari_s6.survey.dead import drop_dead

    volume = open_volume(path, crop=_crop(options), **_reading(options))
    return volume if volume.attrs.get("dead_scanned") else drop_dead(volume)


def _crop(options: argparse.Namespace) -> "Crop | None":
    from napari_s6.survey.crop import parse_crop

    specs = getattr(options, "crop", [])
    return parse_crop(specs) if specs else None


def _reading(options: argparse.Namespace) -> dict[str, Any]:
    """How a file is to be read, as the options say."""
    from napari_s6.survey.segy_axis import AxisOverrides

    return {
        "iline_byte": options.iline_byte,
        "xline_byte": options.xline_byte,
        "header_bytes": options.header_bytes,
        "overrides": AxisOverrides(
            options.sample_interval, options.start, options.sample_count, options.unit
        ),
    }


def _reading_labels(options: argparse.Namespace, path: str) -> dict[str, Any]:
    """The same for labels, which may be an array beside a SEG-Y survey whose headers need help."""
    return _reading(options) if path.lower().endswith(SEGY_SUFFIXES) else {}


def named_scheme(name: str | None) -> FaciesScheme | None:
    """The scheme of ``--scheme``: a preset or a file."""
    if name is None:
        return None
    return PRESETS[name] if name in PRESETS else read_scheme(name)


def _open_labels(
    path: str, volume: xr.DataArray, options: argparse.Namespace, scheme: FaciesScheme | None
) -> xr.DataArray:
    from napari_s6.facies.files import open_labels

    return open_labels(
        path,
        volume,
        n_classes=scheme.n_classes if scheme else None,
        convention=options.convention,
        **_reading_labels(options, path),
    )


def _open_facies(
    path: str, options: argparse.Namespace, scheme: FaciesScheme | None
) -> xr.DataArray:
    """Facies on their own grid."""
    from napari_s6.facies.files import open_facies

    return open_facies(
        path,
        n_classes=scheme.n_classes if scheme else None,
        convention=options.convention,
        **_reading_labels(options, path),
    )


def scheme_for(facies: xr.DataArray, scheme: FaciesScheme | None) -> FaciesScheme:
    """The scheme asked for, else the one the file records, else numbered facies."""
    from napari_s6.facies.files import recorded_scheme

    chosen = scheme or recorded_scheme(facies)
    if chosen is not None:
        return chosen
    found = facies.attrs.get("codes_found")
    if not found:
        raise InputError(
            f"{facies.attrs.get('source', 'labels')}: names no facies and is too large (or too "
            "empty) to tell their number; give --scheme"
        )
    return generic(max(found) + 1, first=0)


def _check_output(
    out: Path, overwrite: bool, source: str | None, others: Sequence[str] = ()
) -> None:
    """Refuse at once what would be refused after the work is done."""
    suffixes = (".sgy", ".segy", ".npy", ".zarr", ".nc", *others)
    if out.suffix.lower() not in suffixes:
        raise InputError(f"{out}: no format is called {out.suffix!r}; use {' '.join(suffixes)}")
    if not out.absolute().parent.is_dir():
        raise InputError(f"{out}: the folder {out.absolute().parent} does not exist; make it first")
    if not out.exists():
        return
    if source is not None and Path(source).exists() and out.samefile(source):
        raise InputError(f"{out}: is the source; choose another name")
    if not overwrite:
        raise InputError(f"{out}: exists already; give --overwrite or another name")


def _config(options: argparse.Namespace, run: Path) -> "TrainConfig":
    """The configuration: an earlier run's or a preset, with what the options say put over it."""
    from napari_s6.learn.config import TrainConfig

    given = {
        name: getattr(options, name)
        for name in ("model", "label_fraction", "minutes", "steps", "device", "seed")
    }
    changed = {name: value for name, value in given.items() if value is not None}
    changed |= settings_of(options.set)
    source = Path(options.config).expanduser() if options.config else None
    if options.resume:
        source = run / "run.json"
    saved = _saved_settings(source) if source else {}
    preset = options.preset or saved.pop("preset", "fast")
    saved.pop("preset", None)
    for one, other in (("minutes", "steps"), ("steps", "minutes")):
        if one in changed and other not in changed:
            saved[other] = None
    return TrainConfig.named(preset, **{**saved, **changed})


def _saved_settings(path: Path) -> dict[str, Any]:
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        return dict(saved.get("config", saved))
    except (OSError, ValueError, AttributeError) as error:
        raise InputError(f"{path}: no settings can be read from it ({error})") from error


def settings_of(pairs: Sequence[str]) -> dict[str, Any]:
    """The settings of ``--set NAME=VALUE``, values as JSON where they are."""
    given = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise InputError(f"--set {pair}: write it as NAME=VALUE")
        given[name.strip()] = _parsed(value.strip())
    return given


def _parsed(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


@contextmanager
def _stoppable() -> Iterator["Token"]:
    """A token that the first Ctrl-C cancels; a second one interrupts at once."""
    from napari_s6.learn.control import Token

    token = Token()

    def stop(*_: object) -> None:
        say("stopping after this step; press Ctrl-C again to break off")
        token.cancel()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield token
    finally:
        signal.signal(signal.SIGINT, before)


def _shown(sections: Sequence[Section]) -> str:
    names = [str(section) for section in sections]
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
