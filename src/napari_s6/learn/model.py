"""A model as a folder: weights as safetensors, everything else as JSON. Loading runs no code."""

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch
import xarray as xr
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from napari_s6.errors import InputError
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.learn.config import TrainConfig, explain_settings_error
from napari_s6.learn.data.normalise import Normalisation
from napari_s6.learn.device import choose_device, precision_context
from napari_s6.learn.network.fused import FusedNetwork
from napari_s6.learn.network.network import S6Network
from napari_s6.survey.atomic import atomic_path
from napari_s6.survey.volume import vertical_dim

MODEL_FORMAT = 1
RECORD, WEIGHTS = "run.json", "model.safetensors"
PACKAGES = ("napari-s6", "torch", "segmentation-models-pytorch", "numpy", "xarray", "segyio")


@dataclass(frozen=True)
class VerticalRange:
    """Hold the first and last time (ms) or depth (m) of the survey that a model learnt from."""

    first: float
    last: float
    domain: str

    @classmethod
    def of(cls, volume: xr.DataArray) -> "VerticalRange":
        """Return the range of a survey's samples."""
        samples = volume[vertical_dim(volume)].values
        return cls(float(samples[0]), float(samples[-1]), vertical_dim(volume))


@dataclass(frozen=True)
class Record:
    """What a model folder says of itself, apart from its weights.

    ``layered`` says whether facies are predicted as layers in the scheme's order (see
    `learn.layering`). ``labels`` holds the label hash, the painted and used fractions and the
    sections used; ``metrics`` the last and best validation; ``interval`` the sample interval (ms
    or m).
    """

    config: TrainConfig
    scheme: FaciesScheme
    normalisation: Normalisation
    vertical: VerticalRange
    interval: float
    layered: bool = False
    step: int = 0
    elapsed: float = 0.0
    labels: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    sampler: list[dict[str, Any]] = field(default_factory=list)
    versions: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> str:
        """The record as JSON text."""
        return json.dumps(
            {
                "format": MODEL_FORMAT,
                "config": self.config.model_dump(),
                "scheme": self.scheme.model_dump(),
                "normalisation": self.normalisation.as_dict(),
                "vertical": asdict(self.vertical),
                "interval": self.interval,
                "layered": self.layered,
                "step": self.step,
                "elapsed": self.elapsed,
                "labels": dict(self.labels),
                "metrics": dict(self.metrics),
                "sampler": self.sampler,
                "versions": dict(self.versions),
            },
            indent=2,
        )

    @classmethod
    def from_json(cls, text: str, path: Path) -> "Record":
        """Read a record.

        Raises
        ------
        InputError
            If something is missing or does not fit this version.
        """
        try:
            saved = json.loads(text)
            if saved["format"] != MODEL_FORMAT:
                raise InputError(
                    f"{path}: format {saved['format']} is not the format {MODEL_FORMAT} of this "
                    "version; open it with the version that wrote it"
                )
            return cls(
                _config_from(saved["config"], path),
                FaciesScheme.model_validate(saved["scheme"]),
                Normalisation(**saved["normalisation"]),
                VerticalRange(**saved["vertical"]),
                **{
                    name: saved[name]
                    for name in (
                        "interval",
                        "layered",
                        "step",
                        "elapsed",
                        "labels",
                        "metrics",
                        "sampler",
                        "versions",
                    )
                },
            )
        except InputError:
            raise
        except (KeyError, TypeError, ValueError, ValidationError) as error:
            reason = str(error).splitlines()[0]
            raise InputError(f"{path}: not a model of napari-s6 ({reason})") from error


def _config_from(saved: Mapping[str, Any], path: Path) -> TrainConfig:
    try:
        return TrainConfig.model_validate(saved)
    except ValidationError as error:
        raise InputError(f"{path}: {explain_settings_error(error)}") from error


def installed_versions() -> dict[str, str]:
    """Versions of Python and of the packages that matter to a result."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def build_network(config: TrainConfig, n_classes: int) -> S6Network:
    """The network that a configuration asks for, with fresh weights."""
    return S6Network(
        n_classes,
        encoder_stages=config.encoder_stages,
        decoder_channels=config.decoder_channels,
        atrous_rates=config.atrous_rates,
        decoder_dropout=config.decoder_dropout,
        reconstruction_head=(config.reconstruction_head if config.model == "constrained" else None),
        reconstruction_skip=config.reconstruction_skip,
    )


class Model:
    """A trained network, or several, with what it needs to read any survey.

    Attributes
    ----------
    networks
        Their probabilities are averaged. Their weights stay as they are from the first `run`.
    scheme, config
        Facies and settings it was trained with.
    record
        Everything else its folder says.
    """

    def __init__(self, networks: Sequence[S6Network], record: Record, device: torch.device) -> None:
        self.networks = [network.to(device).eval() for network in networks]
        self.record = record
        self.device = device
        self._fused: dict[S6Network, FusedNetwork] = {}

    @property
    def scheme(self) -> FaciesScheme:
        """The facies scheme."""
        return self.record.scheme

    @property
    def config(self) -> TrainConfig:
        """The settings of the training."""
        return self.record.config

    @property
    def n_classes(self) -> int:
        """Number of facies."""
        return self.record.scheme.n_classes

    def describe(self) -> str:
        """One line for a person."""
        iou = self.record.metrics.get("mean_iou")
        measured = f", validation mIoU {iou:.3f}" if iou is not None else ""
        networks = f"{len(self.networks)} networks, " if len(self.networks) > 1 else ""
        return (
            f"{self.config.model}, {networks}{self.n_classes} facies ({self.scheme.name}), "
            f"{self.record.step} steps{measured}"
        )

    @torch.inference_mode()
    def run(self, amplitude: Tensor, reconstruct: bool) -> dict[str, Tensor]:
        """Return what the networks give for normalised amplitudes, averaged, by name.

        ``amplitude`` is (batch, 1, samples, traces). ``probabilities`` are float32 (batch,
        classes, traces, samples), the samples of a trace next to each other in memory; the
        ``reconstruction`` (batch, 1, traces, samples) is there if it is asked for and the model
        is constrained.
        """
        networks = [self._ready(network) for network in self.networks]
        inputs = amplitude.to(self.device, networks[0].dtype)
        inputs = inputs.contiguous(memory_format=networks[0].memory_format)
        mean: dict[str, Tensor] = {}
        for network in networks:
            for name, values in network.predict(inputs, reconstruct).items():
                mean[name] = mean[name].add_(values) if name in mean else values
        if len(networks) > 1:
            for values in mean.values():
                values.div_(len(networks))
        return mean

    def _ready(self, network: S6Network) -> FusedNetwork:
        """A network as it predicts; made when it is first used, for not all models predict."""
        if network not in self._fused:
            with precision_context(self.device, self.config.precision):
                half = torch.is_autocast_enabled(self.device.type)
            self._fused[network] = FusedNetwork(network, half)
        return self._fused[network]


def save_model_folder(
    folder: Path, networks: Sequence[Mapping[str, Tensor]], record: Record
) -> None:
    """Write the weights and the record; each file is replaced whole.

    Weights of several networks are told apart by their number: ``2.encoder.conv1.weight``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tensors: Mapping[str, Tensor] = networks[0]
    if len(networks) > 1:
        tensors = {
            f"{k}.{name}": value
            for k, weights in enumerate(networks)
            for name, value in weights.items()
        }
    save_tensors(folder / WEIGHTS, tensors, {"step": str(record.step)})
    with atomic_path(folder / RECORD, overwrite=True) as temporary:
        Path(temporary).write_text(record.as_json(), encoding="utf-8")


def save_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: dict[str, str]) -> None:
    """Write tensors as one safetensors file, replaced whole."""
    with atomic_path(path, overwrite=True) as temporary:
        contiguous = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
        save_file(contiguous, str(temporary), metadata)


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Read a safetensors file.

    Raises
    ------
    InputError
        If it is missing or not a safetensors file.
    """
    try:
        return load_file(str(path))
    except FileNotFoundError as error:
        raise InputError(f"{path}: missing; is this a model folder of napari-s6?") from error
    except (OSError, SafetensorError) as error:
        raise InputError(f"{path}: cannot be read ({error}); train or copy it again") from error


def load_weights(folder: Path) -> list[dict[str, Tensor]]:
    """Read the weights of each network of a model folder.

    Raises
    ------
    InputError
        If they are missing or cannot be read.
    """
    tensors = load_tensors(folder / WEIGHTS)
    numbers = sorted({int(n.partition(".")[0]) for n in tensors if n.partition(".")[0].isdigit()})
    if not numbers:
        return [tensors]
    return [
        {n.partition(".")[2]: v for n, v in tensors.items() if n.partition(".")[0] == str(k)}
        for k in numbers
    ]


def load_record(folder: str | Path) -> Record:
    """Read what a model folder says of itself.

    Raises
    ------
    InputError
        If the folder is not a model of ours.
    """
    path = Path(folder) / RECORD
    try:
        return Record.from_json(path.read_text(encoding="utf-8"), path)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{folder}: not a model folder ({RECORD} cannot be read); give the folder that "
            "training wrote"
        ) from error


def load_model_folder(folder: str | Path, device: str = "auto") -> Model:
    """Load a model folder to predict with.

    Raises
    ------
    InputError
        If the folder is not a model, or its weights do not fit its record; the message says
        which.
    """
    folder = Path(folder)
    record = load_record(folder)
    networks = []
    for weights in load_weights(folder):
        networks.append(build_network(record.config, record.scheme.n_classes))
        fill(networks[-1], weights, folder / WEIGHTS)
    return Model(networks, record, choose_device(device))


def fill(network: S6Network, weights: Mapping[str, Tensor], path: Path) -> None:
    """Put weights into a network.

    Raises
    ------
    InputError
        Naming the first weight that is missing, left over or of another shape.
    """
    here = network.state_dict()
    for name in sorted(here.keys() | weights.keys()):
        if name not in weights or name not in here:
            what = "missing" if name not in weights else "not part of this network"
            raise InputError(f"{path}: weight {name} is {what}; the file belongs to another model")
        if here[name].shape != weights[name].shape:
            raise InputError(
                f"{path}: weight {name} has shape {tuple(weights[name].shape)}, the network has "
                f"{tuple(here[name].shape)}; the file belongs to another model"
            )
    network.load_state_dict(dict(weights))
