"""Horizons as lines, their list, and facies between them as paint; without a window."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_s6.facies.codes import to_layer
from napari_s6.facies.scheme import F3
from napari_s6.horizons.model import Horizon, horizons_of
from napari_s6.plugin.canvas.array import AXES
from napari_s6.plugin.canvas.layers import (
    add_labels,
    add_volume,
    kind_of,
    replace_volume,
    tell_written,
)
from napari_s6.plugin.canvas.space import camera_of
from napari_s6.plugin.canvas.view import survey_view
from napari_s6.plugin.docks.horizons import fill as horizon_fill
from napari_s6.plugin.docks.horizons.fill import (
    Edit,
    Filling,
    Painted,
    apply_edit,
    gather,
    show_preview,
)
from napari_s6.plugin.docks.horizons.horizon_set import HorizonSet
from napari_s6.plugin.docks.horizons.jobs import Found, derive, read_files
from napari_s6.plugin.docks.horizons.lines import section_segments, slice_segments
from napari_s6.plugin.jobs.job import JobStopped, JobToken

from ..surveys import CROSSLINES, INLINES, SHAPE, TIMES, layered_codes, small_survey

NAN = np.nan


def horizons() -> list[Horizon]:
    """The tops of the survey's facies; where one is missing it is below the last sample."""
    tops = np.stack([horizons_of(section, TIMES, 6) for section in layered_codes()])
    return [Horizon(f"Top {name}", tops[..., k]) for k, name in enumerate(F3.names[1:])]


def filling(**options: Any) -> Filling:
    every = np.ones(SHAPE[:2], bool)
    return Filling(
        **{"volume": small_survey(), "horizons": horizons(), "facies": list(range(6)),
           "traces": every, **options}
    )  # fmt: skip


def test_pieces_of_a_horizon_join_neighbours_only() -> None:
    pieces = section_segments(np.array([1.0, 2, NAN, 4, NAN, 50, 6, 7]), 10)
    ends = sorted((tuple(start), tuple(start + way)) for start, way in pieces.tolist()
                  for start, way in [(np.array(start), np.array(way))])  # fmt: skip
    assert ends == [((1, 0), (2, 1)), ((4, 2.5), (4, 3.5)), ((6, 6), (7, 7))]
    assert section_segments(np.full(4, NAN), 10).shape == (0, 2, 2)
    assert section_segments(np.array([3.0]), 10).tolist() == [[[3, -0.5], [0, 1]]]


def test_a_slice_cuts_a_dipping_horizon_along_a_line() -> None:
    samples = np.broadcast_to(np.arange(6.0)[:, None], (6, 4)).copy()
    pieces = slice_segments(samples, 2.5)
    assert len(pieces) == 3
    assert (pieces[:, 0, 0] == 2.5).all()  # inlines
    assert np.abs(pieces[:, 1, 1]).sum() == 3  # from the first crossline to the last
    samples[2:4, 1] = NAN
    assert np.abs(slice_segments(samples, 2.5)[:, 1, 1]).sum() == 1
    assert len(slice_segments(samples, 9.0)) == len(slice_segments(samples[:1], 2.0)) == 0


def test_lines_follow_the_section_in_view() -> None:
    viewer = ViewerModel()
    view = survey_view(viewer)
    seismic = add_volume(viewer, small_survey())
    found = HorizonSet(viewer)
    z = np.full(SHAPE[:2], float(TIMES[0]))
    z += 8 * np.arange(12)[:, None]  # two samples for each inline
    found.add([Horizon("dip", z)], F3)
    lines = viewer.layers["Horizons"]
    assert viewer.layers.selection.active is seismic
    for index in (3, 7):
        view.go_to(INLINES[index], "iline")
        assert len(lines.data) == len(CROSSLINES) - 1
        assert (lines.data[:, 0, 0] == index).all()
        assert (lines.data[:, 0, 1] == 2 * index).all()
    view.go_to(CROSSLINES[4], "xline")
    assert len(lines.data) == 11
    assert (lines.data[:, 0, 2] == 4).all()
    assert (lines.data[:, 1, 1] == 2).all()
    view.go_to(TIMES[6], "slice")
    assert (lines.data[:, 0, 1] == 6).all()
    assert (lines.data[:, 0, 0] == 3).all()
    view.exaggeration = 2
    assert tuple(lines.scale) == tuple(seismic.scale) == (1, 2, 1)
    found.change(0, visible=False)
    assert len(lines.data) == 0
    found.change(0, visible=True)
    viewer.dims.ndisplay = 3
    assert len(lines.data) == 0


def test_deleting_the_lines_hides_them() -> None:
    viewer = ViewerModel()
    add_volume(viewer, small_survey())
    found = HorizonSet(viewer)
    found.add(horizons(), F3)
    viewer.layers.remove(viewer.layers["Horizons"])
    survey_view(viewer).go_to(105, "iline")
    assert "Horizons" not in viewer.layers
    assert not any(entry.visible for entry in found.entries)
    found.change(2, visible=True)
    assert len(viewer.layers["Horizons"].data) > 0


def test_lines_stay_the_width_they_are_on_the_screen() -> None:
    viewer = ViewerModel()
    add_volume(viewer, small_survey())
    found = HorizonSet(viewer)
    found.add(horizons(), F3)
    camera_of(viewer).zoom = 2
    wide = viewer.layers["Horizons"].edge_width
    camera_of(viewer).zoom = 8
    assert viewer.layers["Horizons"].edge_width == pytest.approx(wide / 4)


def test_the_list_is_in_order_and_tells_the_facies() -> None:
    viewer = ViewerModel()
    add_volume(viewer, small_survey())
    found = HorizonSet(viewer)
    found.add([Horizon("b", np.full(SHAPE[:2], 60.0)), Horizon("a", np.full(SHAPE[:2], 40.0))], F3)
    assert [entry.horizon.name for entry in found.entries] == ["a", "b"]
    assert len({entry.colour for entry in found.entries}) == 2
    assert found.column(F3)[1] == [0, 1, 2]
    found.change(0, below=4)
    assert found.column(F3)[1] == [0, 4, 5]
    found.set_above("nothing")
    assert found.column(F3)[1] == [None, 4, 5]
    found.change(0, below="unused")
    names, facies = found.column(F3)
    assert [h.name for h in names] == ["b"]
    assert facies == [None, 0]
    found.add([Horizon("Top Scruff", np.full(SHAPE[:2], 70.0))], F3)
    assert found.entries[2].colour == F3.colours[4]
    assert found.move(2, -1) == 1
    assert [entry.horizon.name for entry in found.entries] == ["a", "Top Scruff", "b"]
    found.sort()
    found.add([Horizon("b", np.full(SHAPE[:2], 20.0))], F3)  # read again
    assert [entry.horizon.name for entry in found.entries] == ["b", "a", "Top Scruff"]
    found.remove([0, 2])
    assert [entry.horizon.name for entry in found.entries] == ["a"]


def test_a_second_top_of_a_facies_is_only_drawn() -> None:
    viewer = ViewerModel()
    add_volume(viewer, small_survey())
    found = HorizonSet(viewer)
    found.add(horizons(), F3)
    found.add([Horizon(f"{h.name} (prediction)", h.z + 1) for h in horizons()], F3)
    assert [h.name for h in found.column(F3)[0]] == [h.name for h in horizons()]
    assert [entry.below for entry in found.entries] == ["auto", "unused"] * 5
    assert found.entries[0].colour != found.entries[1].colour


def test_each_survey_has_horizons_of_its_own() -> None:
    viewer = ViewerModel()
    first = add_volume(viewer, small_survey())
    found = HorizonSet(viewer)
    found.add(horizons(), F3)
    second = add_volume(viewer, small_survey().isel(iline=slice(0, 4)))
    viewer.layers.selection.active = second
    assert found.entries == ()
    assert len(viewer.layers["Horizons"].data) == 0
    viewer.layers.selection.active = first
    assert len(found.entries) == 5
    assert len(viewer.layers["Horizons"].data) > 0


def test_the_preview_shows_what_would_be_painted() -> None:
    viewer = ViewerModel()
    seismic = add_volume(viewer, small_survey(holes=True))
    volume = small_survey(holes=True)
    volume = seismic.metadata["napari-s6"].volume
    labels = add_labels(viewer, volume, None, F3, "paint")
    paint = np.asarray(labels.data).transpose(AXES)
    paint[2, 3:6] = 1
    expected = to_layer(layered_codes())
    expected[~volume["live"].values] = 0
    layer = show_preview(viewer, filling(volume=volume, replace_paint=True), F3, paint)
    assert kind_of(layer) == "preview"
    shown = np.stack([np.asarray(layer.data[i]) for i in range(SHAPE[0])]).transpose(AXES)
    np.testing.assert_array_equal(shown, expected)
    assert show_preview(viewer, filling(volume=volume), F3, paint) is layer
    expected[2, 3:6] = 0
    shown = np.stack([np.asarray(layer.data[:, k]) for k in range(SHAPE[2])], 1).transpose(AXES)
    np.testing.assert_array_equal(shown, expected)
    np.testing.assert_array_equal(np.asarray(layer.data[:, :, 4]), expected[:, 4])
    assert not labels.data[0].any()
    # Dead traces of a large survey become known after it is shown.
    better = volume.copy()
    replace_volume(viewer, volume, better)
    np.testing.assert_array_equal(np.asarray(layer.data[:, :, 4]), expected[:, 4])
    assert show_preview(viewer, filling(volume=better), F3, paint) is layer
    horizon_fill.hide_preview(viewer)
    assert layer not in viewer.layers


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("over_paint", [False, True])
def test_painting_is_the_truth_on_the_lines_asked_for(
    monkeypatch: pytest.MonkeyPatch, large: bool, over_paint: bool
) -> None:
    if large:
        monkeypatch.setattr(horizon_fill, "UNDOABLE_VOXELS", 10)
    viewer = ViewerModel()
    volume = small_survey(holes=True)
    labels = add_labels(viewer, volume, None, F3, "paint")
    paint = np.asarray(labels.data).transpose(AXES)
    paint[5, 4:8, :9] = 3
    before = paint.copy()
    traces = np.zeros(SHAPE[:2], bool)
    traces[5], traces[:, 7] = True, True
    order = filling(volume=volume, traces=traces, replace_paint=over_paint)
    expected = before.copy()
    take = np.broadcast_to((traces & volume["live"].values)[..., None], SHAPE)
    take = take & (over_paint | (before == 0))
    expected[take] = to_layer(layered_codes())[take]
    *_, last = gather(order, paint, JobToken())
    if large:
        assert isinstance(last, Painted)
        assert last.voxels == (expected != before).sum()
        tell_written(labels)
    else:
        assert isinstance(last, Edit)
        assert apply_edit(labels, last) == (expected != before).sum()
        np.testing.assert_array_equal(paint, expected)
        labels.undo()
        np.testing.assert_array_equal(paint, before)
        labels.redo()
    np.testing.assert_array_equal(paint, expected)


def test_stopping_leaves_the_paint_alone() -> None:
    token = JobToken()
    token.cancel()
    paint = np.zeros(SHAPE, np.uint8)
    assert list(gather(filling(), paint, token)) == []
    assert not paint.any()


def test_one_bad_file_does_not_keep_the_others_out(tmp_path: Any) -> None:
    (tmp_path / "good.txt").write_text(f"{INLINES[0]} {CROSSLINES[0]} 20\n")
    paths = [tmp_path / "missing.txt", tmp_path / "good.txt"]
    found = [e for e in read_files(paths, small_survey(), JobToken()) if isinstance(e, Found)]
    assert "missing.txt" in found[0].remark
    assert [h.name for h in found[1].horizons] == ["good"]


def test_boundaries_of_a_layer_are_named_after_it() -> None:
    volume = small_survey()
    labels = add_labels(ViewerModel(), volume, layered_codes(), F3, "paint")
    (found,) = derive(labels.data, "paint", volume, F3, JobToken())
    assert found.horizons[3].name == "Top Scruff (paint)"
    np.testing.assert_array_equal(found.horizons[3].z, horizons()[3].z)
    empty = np.zeros_like(labels.data)
    assert "no facies follow" in list(derive(empty, "paint", volume, F3, JobToken()))[1].remark
    upside_down = labels.data[:, ::-1].copy()
    remarks = [event.remark for event in derive(upside_down, "paint", volume, F3, JobToken())]
    assert "out of order on 240 traces" in remarks[1]
    token = JobToken()
    token.cancel()
    with pytest.raises(JobStopped):
        list(derive(labels.data, "paint", volume, F3, token))
