"""Facies and volumes out of layers, into files: what the docks and napari's Save menu share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import xarray as xr
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer

from napari_s6.errors import InputError
from napari_s6.facies.codes import UNLABELLED, from_layer
from napari_s6.facies.files import save_facies
from napari_s6.facies.scheme import FaciesScheme
from napari_s6.formats.save import save_volume
from napari_s6.plugin.canvas.array import VolumeArray
from napari_s6.plugin.canvas.colormaps import DEFAULT_COLORMAP, SEISMIC_COLORMAPS
from napari_s6.plugin.canvas.layers import (
    RECORD_KEY,
    LayerRecord,
    facies_scheme_of,
    kind_of,
    section_in_view,
    volume_of,
)
from napari_s6.plugin.canvas.picture import SectionPicture
from napari_s6.survey.lazy import LazyArray
from napari_s6.survey.record import Progress, update_survey_record
from napari_s6.survey.volume import live_traces

CodesSampleFormat = Literal["int8", "float32"]


class LayerBlocks(LazyArray):
    """A layer's array in the volume's order of axes, read block by block as it is written.

    Parameters
    ----------
    values
        Indexed by inline gives (samples, crosslines); in memory or on disk.
    convert
        Given a block (inlines, crosslines, samples) and which inlines these are; returns the
        block as it is to be written.
    dtype
        Of what ``convert`` returns.
    """

    def __init__(
        self, values: Any, convert: Callable[[np.ndarray, np.ndarray], np.ndarray], dtype: Any
    ) -> None:
        inlines, samples, crosslines = values.shape
        self.shape = (inlines, crosslines, samples)
        self.dtype = np.dtype(dtype)
        self._values, self._convert = values, convert

    def _read(self, key: tuple[Any, ...]) -> np.ndarray:
        inline, crossline, sample = key
        rows = np.atleast_1d(np.arange(self.shape[0])[inline])
        block = np.empty((len(rows), *self.shape[1:]), self.dtype)
        for n, row in enumerate(rows):
            section = np.asarray(self._values[int(row)]).T[None]
            block[n] = self._convert(section, rows[n : n + 1])[0]
        block = block[:, crossline]
        block = block[..., sample]
        return block if np.ndim(np.arange(self.shape[0])[inline]) else block[0]


def layer_codes(
    values: Any, volume: xr.DataArray, progress: Progress | None = None
) -> xr.DataArray:
    """Return a label layer's array as a volume of codes (iline, xline, vertical).

    Parameters
    ----------
    values
        The array, (inline, sample, crossline), 0 = unlabelled. Read when the volume is.
    progress
        Told the share of inlines read so far; it may raise to end an export.
    """
    live = live_traces(volume)

    def convert(block: np.ndarray, rows: np.ndarray) -> np.ndarray:
        codes = from_layer(block)
        codes[~live[rows]] = UNLABELLED
        if progress is not None:
            progress((int(rows[-1]) + 1) / len(live))
        return codes

    return LayerBlocks(values, convert, np.uint8).on(volume, "facies")


def save_labels(
    values: Any,
    metadata: dict[str, Any],
    name: str,
    out: str | Path,
    *,
    sample_format: CodesSampleFormat = "int8",
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write the array of a label layer on its survey's grid, with its scheme.

    Raises
    ------
    InputError
        If the layer lies on no survey, or the file cannot be written.
    """
    record = need_record(metadata, name)
    scheme = need_scheme(record, name)
    codes = layer_codes(values, record.volume, progress)
    return save_facies(
        codes,
        out,
        scheme=scheme,
        volume=record.volume,
        sample_format=sample_format,
        overwrite=overwrite,
    )


def save_amplitudes(
    values: Any,
    metadata: dict[str, Any],
    name: str,
    out: str | Path,
    *,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write the array of a seismic or confidence layer on its survey's grid.

    Raises
    ------
    InputError
        If the layer lies on no survey, or the file cannot be written.
    """
    record = need_record(metadata, name)
    if isinstance(values, VolumeArray):
        return save_volume(values.volume, out, overwrite=overwrite, progress=progress)
    blocks = LayerBlocks(values, lambda block, _rows: block, values.dtype)
    volume = blocks.on(record.volume, record.kind)
    volume.attrs = dict(record.volume.attrs)
    update_survey_record(volume, sample_format="")
    sample_format: Any = "int16" if volume.dtype == np.uint8 else None
    return save_volume(
        volume, out, sample_format=sample_format, overwrite=overwrite, progress=progress
    )


def picture_of(viewer: ViewerModel, labels: Layer | None) -> SectionPicture:
    """Gather what a picture of the section in view shows; on the GUI thread.

    Parameters
    ----------
    labels
        The label layer whose facies are drawn over the amplitudes; None for amplitudes alone,
        of the seismic layer that is topmost.

    Raises
    ------
    InputError
        If no vertical section of a survey is in view.
    """
    seismic = _seismic_below(viewer, labels)
    layer = labels if labels is not None else seismic
    section = section_in_view(viewer, layer) if layer is not None else None
    volume = volume_of(layer)
    if layer is None or section is None or volume is None:
        raise InputError("no inline or crossline is in view; show one, then save its picture")
    orientation, index = section
    codes = None
    if isinstance(labels, Labels):
        cut: Any = index if orientation == "iline" else (slice(None), slice(None), index)
        values = np.asarray(labels.data[cut])
        codes = from_layer(values.T if orientation == "iline" else values)
    colormap = SEISMIC_COLORMAPS[DEFAULT_COLORMAP] if seismic is None else seismic.colormap
    return SectionPicture(
        volume=volume if seismic is None else seismic.data.volume,
        orientation=orientation,
        index=index,
        codes=codes,
        scheme=facies_scheme_of(labels),
        colours=np.asarray(colormap.map(np.linspace(0, 1, 256))),
        limit=float(max(map(abs, seismic.contrast_limits))) if seismic is not None else 1.0,
        opacity=float(labels.opacity) if labels is not None else 0.0,
        stretch=float(layer.scale[-2]),
    )


def _seismic_below(viewer: ViewerModel, labels: Layer | None) -> Image | None:
    volume = volume_of(labels)
    for layer in reversed(viewer.layers):
        is_seismic = kind_of(layer) == "seismic" and isinstance(layer.data, VolumeArray)
        if is_seismic and (labels is None or volume_of(layer) is volume):
            return layer
    return None


def need_record(metadata: dict[str, Any], name: str) -> LayerRecord:
    """What a layer's metadata say of it.

    Raises
    ------
    InputError
        If it lies on no survey.
    """
    record = metadata.get(RECORD_KEY)
    if not isinstance(record, LayerRecord):
        raise InputError(
            f"layer {name!r} lies on no survey; make it in the Facies dock, or open it with "
            "napari-s6"
        )
    return record


def need_scheme(record: LayerRecord, name: str) -> FaciesScheme:
    """The scheme of a label layer.

    Raises
    ------
    InputError
        If it has none.
    """
    if record.scheme is None:
        raise InputError(f"layer {name!r} has no facies scheme; give it one in the Facies dock")
    return record.scheme
