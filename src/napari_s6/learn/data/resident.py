"""Surveys and labels held whole on the device, from which a batch is gathered in one go.

Windows of sections are cut, mirrored and scaled by index arithmetic on tensors of all crops
together. What differs from crop to crop are a few numbers, which go over in a single copy that
nobody waits for; so the device never idles for the sake of Python.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor

from napari_s6.facies.codes import UNLABELLED
from napari_s6.learn.control import Token
from napari_s6.learn.data.batches import Batch, SectionCrop
from napari_s6.learn.data.sections import SectionStore
from napari_s6.survey.record import row_blocks

WHOLE = (
    "amplitude_start",
    "amplitude_stride",
    "live_start",
    "live_stride",
    "label_start",
    "label_stride",
    "n_traces",
    "n_samples",
    "trace",
    "sample",
    "flip",
)
"""What describes a crop in whole numbers; its gain, a float32, travels with them as its bits."""


def bytes_needed(stores: Sequence[SectionStore], labels: Sequence[Tensor]) -> int:
    """Bytes of float16 amplitudes, of the maps of live traces and of uint8 labels."""
    surveys = sum(2 * store.volume.size + store.live.size for store in stores)
    return surveys + sum(one.nbytes for one in labels)


class Resident:
    """Normalised amplitudes of whole surveys, their live traces, and labels of sections.

    Each kind is one flat tensor, survey after survey, so that the crops of a batch may come from
    any of them: ``amplitudes`` float16, ``live`` boolean, ``labels`` uint8. Labels begin with a
    trace that has none, which stands for all traces of sections without labels.
    """

    def __init__(
        self, stores: Sequence[SectionStore], labels: Sequence[Tensor], device: torch.device
    ) -> None:
        self.device = device
        self._stores = list(stores)
        sizes = [store.volume.size for store in stores]
        self.amplitudes = torch.empty(sum(sizes), dtype=torch.float16, device=device)
        maps = [torch.from_numpy(np.ascontiguousarray(store.live).ravel()) for store in stores]
        self.live = torch.cat(maps).to(device)
        self._amplitude_start = dict(zip(map(id, stores), _starts(sizes), strict=True))
        self._live_start = dict(zip(map(id, stores), _starts(map(len, maps)), strict=True))
        deepest = max(store.n_samples for store in stores)
        none = torch.full((deepest,), UNLABELLED, dtype=torch.uint8)
        flat = [none, *(one.flatten() for one in labels)]
        self.labels = torch.cat(flat).to(device)
        self._labels = list(labels)  # kept, for they are known by their identity
        self._label_start = dict(zip(map(id, labels), _starts(map(len, flat))[1:], strict=True))

    def read(self, token: Token) -> bool:
        """Read and normalise the surveys block by block; False if that was cancelled."""
        for store in self._stores:
            cube = self._cube(store)
            for rows in row_blocks(store.volume):
                if token.cancelled:
                    return False
                values = np.asarray(store.volume.isel(iline=rows).values)
                cube[rows] = torch.from_numpy(store.normalised(values)).to(self.device)
        for store in self._stores:
            store.whole = self._cube(store)
        return True

    def release(self) -> None:
        """Let the stores read from their surveys again."""
        for store in self._stores:
            store.whole = None

    def _cube(self, store: SectionStore) -> Tensor:
        start = self._amplitude_start[id(store)]
        shape = tuple(store.volume.shape)
        return self.amplitudes[start : start + store.volume.size].view(shape)

    def _numbers(self, crops: Sequence[SectionCrop]) -> dict[str, Tensor]:
        """What describes each crop, as columns (crops, 1) on the device, by one copy."""
        whole = np.array([self._whole_numbers(crop) for crop in crops], np.int64)
        gains = np.array([[crop.gain] for crop in crops], np.float32)
        rows = torch.from_numpy(np.concatenate([whole, gains.view(np.int32)], axis=1))
        if self.device.type == "cuda":
            rows = rows.pin_memory()
        columns = rows.to(self.device, non_blocking=True)[:, :, None].unbind(1)
        found = dict(zip((*WHOLE, "gain"), columns, strict=True))
        return found | {"gain": found["gain"].to(torch.int32).view(torch.float32)}

    def _whole_numbers(self, crop: SectionCrop) -> tuple[int, ...]:
        window = crop.window
        section = window.section
        store = section.survey
        _, xlines, samples = store.volume.shape
        along = section.orientation == "iline"
        line, step = (xlines, 1) if along else (1, xlines)
        first = section.index * line + section.first * step
        label_start, label_stride = 0, 0
        if crop.labels is not None:
            label_start, label_stride = self._label_start[id(crop.labels)], samples
        return (
            self._amplitude_start[id(store)] + first * samples,
            step * samples,
            self._live_start[id(store)] + first,
            step,
            label_start,
            label_stride,
            section.traces,
            samples,
            window.trace,
            window.sample,
            int(crop.flip),
        )

    def batch(self, crops: Sequence[SectionCrop]) -> Batch:
        """What `batches.assemble` makes of crops without a warp, gathered on the device."""
        of = self._numbers(crops)
        window = crops[0].window
        across = torch.arange(window.traces, device=self.device)[None, :]
        across = torch.where(of["flip"] != 0, window.traces - 1 - across, across)
        trace = of["trace"] + across
        sample = of["sample"] + torch.arange(window.samples, device=self.device)[None, :]
        n_traces, n_samples = of["n_traces"], of["n_samples"]
        nearest = torch.minimum(trace.clamp(min=0), n_traces - 1)
        valid = self.live[of["live_start"] + of["live_stride"] * nearest]
        valid = valid & (trace >= 0) & (trace < n_traces)
        here = ((sample >= 0) & (sample < n_samples))[:, :, None] & valid[:, None, :]
        column = _reflected(trace, n_traces)
        row = _reflected(sample, n_samples)[:, :, None]
        place = (of["amplitude_start"] + of["amplitude_stride"] * column)[:, None, :] + row
        amplitude = self.amplitudes[place].float() * of["gain"][:, :, None]
        place = (of["label_start"] + of["label_stride"] * column)[:, None, :] + row
        return Batch(
            amplitude[:, None],
            self.labels[place].masked_fill(~here, UNLABELLED),
            here[:, None],
        )


def _starts(sizes: Iterable[int]) -> list[int]:
    """Where each of several runs begins when they follow one another."""
    return [0, *np.cumsum(list(sizes)).tolist()][:-1]


def _reflected(index: Tensor, length: Tensor) -> Tensor:
    """`sections.reflected` of indices, each row (crops, n) at the ends of its own axis."""
    index = index.abs()
    index = torch.where(index >= length, 2 * (length - 1) - index, index)
    return torch.minimum(index.clamp(min=0), length - 1)


def hold(
    stores: Sequence[SectionStore],
    labels: Sequence[Tensor],
    device: torch.device,
    allowed: int,
    token: Token,
) -> tuple[Resident | None, str]:
    """Read surveys and labels into the device's memory, if they fit into ``allowed`` bytes.

    Otherwise None and a note that says so; None without a note if the token was cancelled.
    """
    needed = bytes_needed(stores, labels)
    size = f"{needed / 2**20:,.0f} MB of samples and labels"
    if needed > allowed:
        return None, f"{size} do not fit on the device: sections are read as they are needed"
    try:
        resident = Resident(stores, labels, device)
        return (resident, "") if resident.read(token) else (None, "")
    except torch.OutOfMemoryError:
        pass  # out of the handler: its frames no longer hold the tensors
    return None, f"no room for {size} on the device: sections are read as they are needed"
