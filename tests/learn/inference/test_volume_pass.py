"""Predicting a whole volume against the same written plainly, and what may go wrong on the way."""

import gc
import threading
import tracemalloc
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from xarray.backends.common import BackendArray
from xarray.core import indexing

from napari_s6.facies.scheme import F3
from napari_s6.facies.sections import valid_sections
from napari_s6.learn.config import TrainConfig
from napari_s6.learn.control import Token
from napari_s6.learn.data.normalise import Normalisation, fit_normalisation
from napari_s6.learn.data.sections import reflected, round_up
from napari_s6.learn.inference import prefetch as ahead
from napari_s6.learn.inference import volume_pass
from napari_s6.learn.inference.crossing import FirstPass
from napari_s6.learn.inference.predict import predict_section, predict_volume
from napari_s6.learn.inference.prefetch import normalised, read_group
from napari_s6.learn.inference.reader import SectionReader
from napari_s6.learn.inference.volume_pass import VolumePass
from napari_s6.learn.model import Model, Record, VerticalRange, build_network
from napari_s6.survey.volume import make_volume


def _model(volume, *, layered=False, networks=1, **settings):
    """Networks that have seen some noise, so that their batch norms are at work."""
    config = TrainConfig.named(
        "fast",
        **{"decoder_channels": 8, "precision": "float32", **settings},
    )
    torch.manual_seed(3)
    members = [build_network(config, 6).train() for _ in range(networks)]
    with torch.no_grad():
        for network in members:
            for _ in range(5):
                network(torch.randn(4, 1, 64, 64), 4)
            network.segmentation_head[0].weight *= 8
    record = Record(
        config, F3, fit_normalisation(volume), VerticalRange.of(volume), 4.0, layered=layered
    )
    return Model(members, record, torch.device("cpu"))


@pytest.fixture(scope="module")
def ragged(surveyed):
    """Lines that begin and end at different traces, holes, and lines too short to predict."""
    volume = surveyed[0]
    rng = np.random.default_rng(0)
    live = rng.random(volume.shape[:2]) > 0.03
    live[:9, :5] = False
    live[-1:, 60:] = False
    live[20] = rng.random(volume.shape[1]) > 0.9
    return volume.assign_coords(live=(("iline", "xline"), live))


def _predict(model, volume, **options):
    codes = np.full(volume.shape, 255, np.uint8)
    confidence = np.zeros(volume.shape, np.float32)
    stream = predict_volume(model, volume, codes_out=codes, confidence_out=confidence, **options)
    return codes, confidence, list(stream)


def _plainly(model, volume):
    """Codes and probabilities, section by section, with the networks as they were trained.

    Crosslines come first, and are kept in 1/255.
    """
    live, shape = volume["live"].values, volume.shape
    passes = {along: np.zeros((6, *shape)) for along in ("xline", "iline")}
    weights = {along: np.zeros(shape[:2]) for along in passes}
    padding = round_up(shape[2])
    for section in valid_sections(volume):
        index = section.index(volume)
        here = (index,) if section.orientation == "iline" else np.s_[:, index]
        alive = np.flatnonzero(live[here])
        extent = slice(alive[0], alive[-1] + 1)
        image = model.record.normalisation(volume.values[here][extent]).astype(np.float16)
        across = reflected(0, round_up(len(image)), len(image))
        image = image[across][:, reflected(0, padding, shape[2])].T.astype(np.float32)
        inputs = torch.from_numpy(image)[None]
        with torch.no_grad():
            probabilities = [
                network.segment(network.encoder(inputs[None])).softmax(dim=1)[0]
                for network in model.networks
            ]
        found = torch.stack(probabilities).mean(dim=0).numpy().transpose(0, 2, 1)
        found = found[:, : extent.stop - extent.start, : shape[2]]
        passes[section.orientation][:, *here][:, extent] = found
        weights[section.orientation][here] = len(alive) * live[here]
    both = (weights["iline"] > 0) & (weights["xline"] > 0)
    passes["xline"][:, both] = np.rint(255 * passes["xline"][:, both]) / 255
    weight = sum(weights.values())
    total = sum(weights[along][..., None] * passes[along] for along in passes)
    total /= np.maximum(weight, 1)[..., None]
    return np.where(weight[..., None] > 0, total.argmax(axis=0), 255).astype(np.uint8), total


@pytest.mark.parametrize(("networks", "in_flight"), [(1, 0), (2, 1)])
def test_a_ragged_volume_is_predicted_as_a_plain_loop_does(
    ragged, networks, in_flight, monkeypatch
):
    monkeypatch.setitem(volume_pass.IN_FLIGHT, "cpu", in_flight)
    monkeypatch.setitem(ahead.SECTIONS_AT_ONCE, "cpu", 5)
    model = _model(ragged, networks=networks)
    codes, confidence, progress = _predict(model, ragged, first=("xline", 30))
    expected, probabilities = _plainly(model, ragged)
    np.testing.assert_array_equal(codes == 255, expected == 255)
    assert (codes != expected).mean() < 1e-4
    assert len(np.unique(codes)) > 3
    np.testing.assert_allclose(confidence, probabilities.max(axis=0), atol=1 / 255)
    assert [p.done for p in progress] == list(range(1, len(valid_sections(ragged)) + 1))
    assert [p.index for p in progress[:3]] == [30, 29, 31]


@pytest.mark.parametrize("layered", [False, True])
def test_the_size_of_the_groups_changes_nothing(ragged, layered, monkeypatch):
    model = _model(ragged, layered=layered)
    codes, confidence, _ = _predict(model, ragged)
    monkeypatch.setitem(ahead.SECTIONS_AT_ONCE, "cpu", 16)
    together, surely, _ = _predict(model, ragged)
    assert (together != codes).mean() < 1e-4
    assert np.median(np.abs(confidence - surely)) < 1e-6


def test_probabilities_that_do_not_fit_on_the_device_give_the_same(ragged, monkeypatch):
    model = _model(ragged, layered=True)
    codes, confidence, _ = _predict(model, ragged)
    monkeypatch.setattr(FirstPass, "near", False)
    monkeypatch.setitem(volume_pass.IN_FLIGHT, "cpu", 1)
    apart, surely, _ = _predict(model, ragged)
    np.testing.assert_array_equal(apart, codes)
    np.testing.assert_array_equal(surely, confidence)


def test_short_of_memory_it_goes_on_with_smaller_groups(ragged, monkeypatch):
    monkeypatch.setitem(ahead.SECTIONS_AT_ONCE, "cpu", 8)
    model = _model(ragged)
    expected, _, _ = _predict(model, ragged)
    sizes, run = [], model.run

    def scarce(amplitude, reconstruct):
        sizes.append(len(amplitude))
        if len(amplitude) > 2:
            raise torch.OutOfMemoryError("simulated")
        return run(amplitude, reconstruct)

    monkeypatch.setattr(model, "run", scarce)
    codes, _, progress = _predict(model, ragged)
    assert (codes != expected).mean() < 1e-4
    assert [p.done for p in progress] == list(range(1, len(progress) + 1))
    assert max(sizes) > 2
    assert (
        max(sizes[len(sizes) // 3 : len(sizes) // 2]) <= 2
    )  # what was too much is not tried again


def test_short_of_memory_for_a_single_section_it_fails(ragged, monkeypatch):
    model = _model(ragged)

    def scarce(*_):
        raise torch.OutOfMemoryError("simulated")

    monkeypatch.setattr(model, "run", scarce)
    with pytest.raises(torch.OutOfMemoryError):
        _predict(model, ragged)
    assert not _reading()


class _Waits(TorchDispatchMode):
    """What lets the processor wait for a device: numbers read back, and copies to and fro."""

    def __init__(self):
        super().__init__()
        self.seen, self.sent = [], 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name, kwargs = func.name(), kwargs or {}
        if func.namespace == "aten":
            with self:  # in inference mode operations arrive before they are taken apart
                found = func.decompose(*args, **kwargs)
            if found is not NotImplemented:
                return found
        found = func(*args, **kwargs)
        if name in ("aten::_local_scalar_dense", "aten::nonzero", "aten::equal"):
            self.seen.append(name)
        if name == "aten::_to_copy" and found.device != args[0].device:
            self.sent += 1
            if not kwargs.get("non_blocking") or found.device.type == "cpu":
                self.seen.append(f"{name} {args[0].device} {found.device}")
        return found


@pytest.mark.parametrize("layered", [False, True])
def test_a_card_is_handed_a_group_without_waiting_for_it(ragged, layered, monkeypatch):
    """On a device that torch pretends to have: devices are followed, nothing is computed."""
    card, cpu = torch.device("cuda:0"), _model(ragged, layered=layered)

    def run(amplitude, reconstruct):
        assert amplitude.device == card
        return {"probabilities": amplitude.expand(-1, 6, -1, -1).softmax(dim=1).transpose(2, 3)}

    model = SimpleNamespace(record=cpu.record, config=cpu.config, n_classes=6, device=card, run=run)
    monkeypatch.setattr(torch.Tensor, "pin_memory", lambda self: self)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (1 << 30, 1 << 30))
    monkeypatch.setattr(volume_pass, "FetchedGroup", lambda sections, results: results)
    reader = SectionReader(model, ragged)
    live = ragged["live"].values
    inlines = read_group([reader.section("iline", k) for k in (10, 11)], torch.device("cpu"))
    crosslines = read_group([reader.section("xline", k) for k in (7, 30)], torch.device("cpu"))
    with FakeTensorMode(allow_non_fake_inputs=True):
        kept = FirstPass(live, [10, 11, 12], ragged.shape[2], 6, card, Path("unused"))
        assert kept.near
        with _Waits() as waits:
            first = VolumePass(reader, kept, None, False).launch(inlines)
            second = VolumePass(reader, None, kept, True).launch(crosslines)
    assert first.keys() == {"codes", "confidence"}
    assert second.keys() == {"codes", "confidence", "alone"}
    assert {result.device for result in [*first.values(), *second.values()]} == {card}
    assert second["codes"].dtype == torch.uint8
    assert waits.sent >= 6
    assert not waits.seen


class _Sections(BackendArray):
    """A survey on disk: sections are made when they are read; one of them may be damaged."""

    dtype = np.dtype(np.float32)

    def __init__(self, shape, damaged=None):
        self.shape, self._damaged = shape, damaged

    def __getitem__(self, key):
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.BASIC, self._read
        )

    def _read(self, key):
        if key[0] == self._damaged:
            raise OSError("the disk has gone")
        ranges = [np.arange(size)[one] for size, one in zip(self.shape, key, strict=True)]
        grid = np.ix_(*(np.atleast_1d(one) for one in ranges))
        values = np.sin(sum(one * scale for one, scale in zip(grid, (0.1, 0.2, 0.7), strict=True)))
        return values.reshape([one.size for one in ranges if one.ndim]).astype(np.float32)


def _on_disk(lines, damaged=None):
    data = indexing.LazilyIndexedArray(_Sections((lines, 64, 32), damaged))
    return make_volume(data, iline=range(lines), xline=range(64), samples=4.0 * np.arange(32))


def _reading():
    return [t.name for t in threading.enumerate() if t.name.startswith("napari-s6-read")]


def test_an_error_while_reading_reaches_the_caller_after_what_was_read():
    model = _model(_on_disk(64))
    codes = np.full((64, 64, 32), 255, np.uint8)
    damaged = _on_disk(64, damaged=9)
    stream = predict_volume(model, damaged, codes_out=codes, orientation="iline")
    assert [next(stream).index for _ in range(8)] == list(range(8))
    with pytest.raises(OSError, match="the disk has gone"):
        next(stream)
    assert not _reading()


@pytest.mark.parametrize("how", ["closed", "cancelled"])
def test_no_thread_is_left_behind(how):
    volume, token = _on_disk(64), Token()
    codes = np.full(volume.shape, 255, np.uint8)
    stream = predict_volume(_model(volume), volume, codes_out=codes, token=token)
    next(stream)
    assert _reading()
    if how == "closed":
        stream.close()
    else:
        token.cancel()
        assert len(list(stream)) <= 1  # the rest of its group
    assert not _reading()


def test_reading_is_no_more_than_a_group_ahead(monkeypatch):
    volume = _on_disk(64)
    read, original = [], ahead.read_section
    monkeypatch.setattr(
        ahead, "read_section", lambda *args: read.append(args[2]) or original(*args)
    )
    codes = np.full(volume.shape, 255, np.uint8)
    for progress in predict_volume(_model(volume), volume, codes_out=codes, orientation="iline"):
        assert max(read) <= progress.index + 2 * ahead.SECTIONS_AT_ONCE["cpu"]


def test_memory_does_not_grow_with_a_volume_on_disk(monkeypatch, tmp_path):
    """Arrays and tensors alive while one is predicted, of a survey and of one twice as long."""
    monkeypatch.setattr("napari_s6.learn.inference.crossing.SCRATCH_IN_MEMORY", 0)
    monkeypatch.setitem(ahead.SECTIONS_AT_ONCE, "cpu", 8)
    model, most = _model(_on_disk(64)), []
    for lines in (64, 128):
        volume = _on_disk(lines)
        codes = np.lib.format.open_memmap(tmp_path / f"{lines}.npy", "w+", np.uint8, volume.shape)
        stream = predict_volume(model, volume, codes_out=codes, scratch=tmp_path)
        tracemalloc.start()  # it is told of every array
        sizes = [
            tracemalloc.get_traced_memory()[0] + _tensor_bytes()
            for progress in stream
            if progress.orientation == "iline" and progress.index % 16 == 8
        ]
        tracemalloc.stop()
        most.append(max(sizes))
    assert most[1] - most[0] < 0.2 * codes.size


def _tensor_bytes():
    """Memory of all tensors but those whose memory is a file or an array."""
    storages = {}
    for thing in gc.get_objects():
        if type(thing) is torch.Tensor and thing.untyped_storage().resizable():
            storages[thing.untyped_storage().data_ptr()] = thing.untyped_storage().nbytes()
    return sum(storages.values())


@pytest.mark.parametrize("clip", [None, 3.0])
def test_amplitudes_are_normalised_on_the_device_as_in_training(clip):
    rng = np.random.default_rng(0)
    raw = (10 ** rng.uniform(-3, 6, 2000) * rng.choice([-1, 1], 2000)).astype(np.float32)
    raw[:3] = np.nan, np.inf, -np.inf
    normalisation = Normalisation(clip, 0.37)
    expected = np.clip(normalisation(raw), -6e4, 6e4).astype(np.float16)
    np.testing.assert_array_equal(normalised(torch.from_numpy(raw), normalisation), expected)


def test_a_section_alone_is_that_of_the_volume(ragged):
    model = _model(ragged, layered=True)
    codes, confidence, _ = _predict(model, ragged, orientation="iline")
    for index in (0, 12, 66):
        alone, surely = predict_section(model, ragged, "iline", index)
        assert (alone != codes[index]).mean() < 1e-3
        np.testing.assert_allclose(surely, confidence[index], atol=1e-4)
