"""The layers that show what the network made, and the arrays behind them.

The arrays are written section by section in a job's thread; the layers are made and refreshed on
the GUI thread alone. Each survey has one set of layers, which every run uses again.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from napari.components import ViewerModel
from napari.layers import Labels, Layer

from napari_s6.errors import InputError
from napari_s6.facies.codes import from_layer, to_layer
from napari_s6.facies.prediction import create_prediction
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.formats.zarr_bricks import zarr_blocks
from napari_s6.plugin.canvas import layers
from napari_s6.plugin.canvas.array import AXES, LayerArray
from napari_s6.plugin.session.prediction_file import SectionFile, needs_disk
from napari_s6.survey.volume import Orientation

PREDICTION, CONFIDENCE, RECONSTRUCTION = "S6 prediction", "S6 confidence", "S6 reconstruction"


class OneSection(LayerArray):
    """An array in a layer's order of axes that holds one section and is empty elsewhere.

    The reconstruction is only ever looked at where the screen is, so a whole volume of it would
    be memory for nothing. Empty is NaN, which napari leaves transparent.
    """

    def __init__(self, volume: xr.DataArray) -> None:
        super().__init__(volume, np.float32)
        self._held: tuple[int, int, np.ndarray] | None = None

    def hold(self, orientation: Orientation, index: int, section: np.ndarray) -> None:
        """Hold this section, (traces, samples), instead of the one before."""
        values = np.asarray(section, np.float32)
        # One assignment, so that a reader in another thread sees the old section or the new one.
        self._held = (0, index, values.T) if orientation == "iline" else (2, index, values)

    def _part(self, *key: Any) -> np.ndarray:
        ranges = [np.arange(n)[k] for n, k in zip(self.shape, key, strict=True)]
        values = np.full([r.size for r in ranges], np.nan, np.float32)
        if self._held is not None:
            axis, index, section = self._held
            here = np.flatnonzero(np.atleast_1d(ranges[axis]) == index)
            others = [np.atleast_1d(r) for k, r in enumerate(ranges) if k != axis]
            if here.size:
                at: list[Any] = [slice(None)] * 3
                at[axis] = here[0]
                values[tuple(at)] = section[np.ix_(*others)]
        return values.reshape([r.size for r in ranges if r.ndim])


class Facies:
    """Takes facies codes in the volume's order of axes, keeps them as a layer's values."""

    dtype = np.dtype(np.uint8)

    def __init__(self, values: Any) -> None:
        self._values = values

    def __setitem__(self, key: Any, codes: np.ndarray) -> None:
        self._values[key] = to_layer(codes)


class ResultLayers:
    """One survey's result layers.

    Parameters
    ----------
    viewer, volume, scheme
        Where they are shown, the survey they lie on, the model's facies.
    folder
        Where predictions too large for memory go.
    """

    def __init__(
        self, viewer: ViewerModel, volume: xr.DataArray, scheme: FaciesScheme, folder: Path
    ) -> None:
        self._viewer = viewer
        self._lock = threading.Lock()
        self._stale: set[tuple[Orientation, int]] = set()
        self._drawn_again = False
        self.scheme = scheme
        self._folder = folder
        self.prediction = self._prediction_layer(volume)
        self.confidence = self._confidence_layer(volume)
        self.reconstruction: Layer | None = self._find("reconstruction", volume)
        held = self.reconstruction.data if self.reconstruction is not None else None
        self._again = held if isinstance(held, OneSection) else OneSection(volume)
        self.codes_out = Facies(_in_volume_order(self.prediction.data))
        self.confidence_out = _in_volume_order(self.confidence.data)

    @property
    def volume(self) -> xr.DataArray | None:
        """The survey, as its layers know it now (dead traces may be found after the opening)."""
        return layers.volume_of(self.prediction)

    def serves(self, volume: xr.DataArray, scheme: FaciesScheme) -> bool:
        """Whether these are the layers for a survey and a scheme."""
        return self.alive and self.volume is volume and self.scheme == scheme

    @property
    def alive(self) -> bool:
        """Whether the layers are still in the viewer, on the survey they were made for."""
        return self.prediction in self._viewer.layers and self.confidence in self._viewer.layers

    def put(
        self,
        orientation: Orientation,
        index: int,
        codes: np.ndarray,
        confidence: np.ndarray,
        reconstruction: np.ndarray | None = None,
    ) -> None:
        """Write one section, (traces, samples) each; for any thread.

        ``codes`` are facies codes, 255 where nothing is predicted; ``confidence`` is 0..1.
        """
        percent = np.rint(100 * np.asarray(confidence)).astype(np.uint8)
        at: Any = index if orientation == "iline" else (slice(None), index)
        self.codes_out[at] = codes
        self.confidence_out[at] = percent
        if reconstruction is not None:
            self._again.hold(orientation, index, reconstruction)
        self.touched(orientation, index, reconstruction is not None)

    def touched(self, orientation: Orientation, index: int, reconstruction: bool = False) -> None:
        """Note that a section of the arrays changed; for any thread."""
        with self._lock:
            self._stale.add((orientation, index))
            self._drawn_again = self._drawn_again or reconstruction

    def refresh(self, view: tuple[Orientation, int] | None = None) -> bool:
        """Draw what changed since the last time, on the GUI thread; say whether anything did.

        Only if it crosses ``view``, the section to be seen (None: whatever it is): the others are
        read when they are turned to.
        """
        with self._lock:
            stale, self._stale = self._stale, set()
            again, self._drawn_again = self._drawn_again, False
        if not self.alive:
            return False
        if again and self.reconstruction not in self._viewer.layers:
            self._add_reconstruction()
        if not any(view is None or one == view or one[0] != view[0] for one in stale):
            return False
        for layer in (self.prediction, self.confidence, self.reconstruction if again else None):
            if layer is not None and layer.visible:
                layer.refresh(thumbnail=False, highlight=False, extent=False)
        return True

    def section(self, orientation: Orientation, index: int) -> np.ndarray:
        """Return the predicted section as layer values: uint8 (traces, samples), 0 = nothing."""
        values = _in_volume_order(self.prediction.data)
        return np.asarray(values[index] if orientation == "iline" else values[:, index])

    def save(self, out: Path, tell: Callable[[float], None]) -> None:
        """Write the prediction and its confidence as a Zarr folder; for any thread.

        ``tell`` is given the share written; what it raises ends the writing.
        """
        self.flush()
        volume = self.volume
        if volume is None:
            raise InputError("the prediction's layers are gone; predict again")
        codes, percent = self._readable()
        with create_prediction(volume, self.scheme, out) as stored:
            for rows, columns, share in zarr_blocks(volume.shape):
                stored["facies"][rows, columns] = from_layer(codes[rows, columns])
                stored["confidence"][rows, columns] = percent[rows, columns]
                tell(share)

    def load(self, folder: Path) -> None:
        """Take in a prediction that was saved; for any thread."""
        with xr.open_dataset(
            folder, engine="zarr", consolidated=False, cache=False, mask_and_scale=False
        ) as stored:
            for inline in range(stored["facies"].shape[0]):
                self.codes_out[inline] = stored["facies"][inline].values
                self.confidence_out[inline] = stored["confidence"][inline].values
                self.touched("iline", inline)
        self.flush()

    def _readable(self) -> tuple[Any, Any]:
        """Return both arrays as (inlines, crosslines, samples), of which blocks can be read."""
        return _blocks_of(self.prediction.data), _blocks_of(self.confidence.data)

    def flush(self) -> None:
        """Write what is still held in memory to the disk."""
        for layer in (self.prediction, self.confidence):
            if isinstance(layer.data, SectionFile):
                layer.data.flush()

    def _find(self, role: str, volume: xr.DataArray) -> Layer | None:
        for layer in self._viewer.layers:
            if layer.metadata.get(layers.ROLE_KEY) == role and layers.volume_of(layer) is volume:
                return layer
        return None

    def _prediction_layer(self, volume: xr.DataArray) -> Labels:
        scheme, layer = self.scheme, self._find("prediction", volume)
        if isinstance(layer, Labels):
            if layers.facies_scheme_of(layer) != scheme:
                layers.set_scheme(layer, scheme)
            return layer
        layer = self._viewer.add_labels(
            self._new_array("prediction", volume),
            name=PREDICTION,
            opacity=0.4,
            colormap=layers.label_colormap(scheme),
            features=layers.label_features(scheme),
            axis_labels=layers.axis_labels(volume),
            multiscale=False,
            # Told from paint by its role as soon as it comes into the viewer, hence marked here.
            metadata={
                layers.RECORD_KEY: layers.LayerRecord("facies", volume, scheme),
                layers.ROLE_KEY: "prediction",
            },
            **self._place(volume),
        )
        layer.editable = False
        return layer

    def _new_array(self, name: str, volume: xr.DataArray) -> Any:
        """Return an empty uint8 volume in a layer's order of axes, on disk if it must be."""
        if needs_disk(volume):
            return SectionFile(volume, self._folder / f"{name}.zarr")
        return np.zeros(volume.shape, np.uint8).transpose(AXES)

    def _place(self, volume: xr.DataArray) -> dict[str, Any]:
        """Return the scale and position of the survey's seismic layer."""
        for layer in self._viewer.layers:
            if layers.volume_of(layer) is volume:
                return {"scale": layer.scale, "translate": layer.translate}
        return {}

    def _confidence_layer(self, volume: xr.DataArray) -> Layer:
        layer = self._find("confidence", volume)
        if layer is not None:
            return layer
        values = self._new_array("confidence", volume)
        layer = layers.add_confidence(self._viewer, volume, values, CONFIDENCE)
        layer.visible = False
        return self._mark(layer, "confidence")

    def _add_reconstruction(self) -> None:
        volume = layers.volume_of(self.prediction)
        if volume is None:
            return
        layer = layers.add_reconstruction(self._viewer, volume, self._again, RECONSTRUCTION)
        layer.visible = False
        self.reconstruction = self._mark(layer, "reconstruction")

    def _mark(self, layer: Any, role: str) -> Any:
        layer.metadata = {**layer.metadata, layers.ROLE_KEY: role}
        return layer


def section_to_accept(
    results: ResultLayers | None,
    volume: xr.DataArray,
    scheme: FaciesScheme,
    section: tuple[Orientation, int],
) -> np.ndarray:
    """Return a predicted section that can become paint of a scheme, as `ResultLayers.section`.

    Raises
    ------
    InputError
        If there is no prediction of the survey, or it knows more facies than the scheme.
    """
    if results is None or not results.alive or results.volume is not volume:
        raise InputError("there is no prediction of this survey; predict first")
    if results.scheme.n_classes > scheme.n_classes:
        raise InputError(
            f"the model knows {results.scheme.n_classes} facies, the label layer "
            f"{scheme.n_classes}; make a label layer with the model's scheme"
        )
    return results.section(*section)


def _blocks_of(values: Any) -> Any:
    return values.stored if isinstance(values, SectionFile) else _in_volume_order(values)


def _in_volume_order(values: Any) -> Any:
    """Return a layer's array with axes (inline, crossline, sample); the same memory."""
    if isinstance(values, SectionFile):
        return values.in_volume_order()
    return np.asarray(values).transpose(AXES)
