"""Photograph the real window doing the main job, for the README and these pages.

Run by ``make screenshots`` (under Xvfb where there is no screen). The pictures go to
``docs/pictures``. Real F3 lines are taken from the folder that ``NAPARI_S6_TEST_DATA`` names (or
``../shared`` beside the checkout); without them the pictures show the synthetic survey alone.
F3: dGB/TNO, CC BY-SA.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
PICTURES = CHECKOUT / "docs" / "pictures"
SIZE = (1480, 940)
PAINTED = (130, 459)
LOOKED_AT = 575
STRETCH = 1.6
#: From the top down; neighbours differ in lightness too, so that they part in print.
INTERVALS = "#7fa8d9 #c9dcef #4f9d8f #a8d5ba #6b8f3c #d9d36a #e8a33d #f4d3a1 #b5523b #7d3c63"


def main() -> None:
    """Make all pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=6.0, help="of training on the F3 lines")
    parser.add_argument("--out", type=Path, default=PICTURES, help="folder of the pictures")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        # Away from the user's own projects.
        os.environ["NAPARI_S6_PROJECTS"] = str(Path(scratch) / "projects")
        os.environ.setdefault("QT_API", "pyside6")
        photograph_sample(options.out)
        photograph_slices(options.out)
        block = real("f3-subcube")
        if block is not None:
            photograph_block(block, options.out)
        lines = real("f3-lines")
        if lines is None:
            print("no F3 lines here: pictures of the synthetic survey only")
        else:
            photograph_open(lines, options.out)
            photograph_display(lines, options.out)
            photograph_horizons(lines, options.out, Path(scratch))
            photograph_project(lines, options.out, Path(scratch))
            photograph_job(lines, options.out, options.minutes, Path(scratch))


def real(name: str) -> Path | None:
    """Return a folder of real data, None where it is absent."""
    named = os.environ.get("NAPARI_S6_TEST_DATA")
    folder = (Path(named) if named else CHECKOUT.parent / "shared") / name
    return folder if folder.is_dir() else None


class Stage:
    """A viewer with some of our docks, and a camera."""

    def __init__(self, out: Path) -> None:
        import napari

        self.out = out
        self.viewer = napari.Viewer(title="napari-s6", show=True)
        self.viewer.window.resize(*SIZE)
        self.widgets: dict[str, Any] = {}
        self._docks: dict[str, Any] = {}
        self.run(0.5)

    def set_docks(self, *names: str) -> None:
        """Have these docks open, one above the other, and no others."""
        for name in [name for name in self._docks if name not in names]:
            self.viewer.window.remove_dock_widget(self._docks.pop(name))
            del self.widgets[name]
        for name in names:
            if name not in self._docks:
                self._docks[name], self.widgets[name] = self.viewer.window.add_plugin_dock_widget(
                    "napari-s6", name
                )
        self.run(0.5)

    def run(self, seconds: float) -> None:
        """Let the window live for a while."""
        from napari.qt import get_qapp

        end = time.monotonic() + seconds
        while time.monotonic() < end:
            get_qapp().processEvents()
            time.sleep(0.01)

    def wait(self, until: Callable[[], Any], seconds: float = 120) -> None:
        """Let the window live until something has come about."""
        end = time.monotonic() + seconds
        while not until():
            if time.monotonic() > end:
                raise TimeoutError(f"nothing came of it in {seconds:g} s")
            self.run(0.05)

    def shoot(self, name: str) -> None:
        """Photograph the whole window, without napari's notices over it."""
        from napari._qt.dialogs.qt_notification import NapariQtNotification

        from napari_s6.plugin.canvas.layers import fit_view
        from napari_s6.plugin.canvas.view import survey_view

        self.run(0.5)
        view = survey_view(self.viewer)
        if not view.in_space:
            fit_view(self.viewer, view.layer)
        for notice in self.viewer.window._qt_window.findChildren(NapariQtNotification):
            notice.close()
        self.run(0.8)
        path = self.out / f"{name}.png"
        self.viewer.screenshot(str(path), canvas_only=False, flash=False)
        shrink(path)
        print(path, flush=True)

    def close(self) -> None:
        """Close the window."""
        self.viewer.close()
        self.run(0.5)


def shrink(path: Path) -> None:
    """Keep 256 colours, those that come nearest to all there are: a fifth of the bytes."""
    from PIL import Image

    with Image.open(path) as picture:
        few = picture.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=4)
    few.save(path, optimize=True)


def photograph_sample(out: Path) -> None:
    """The synthetic survey with its true facies."""
    stage = Stage(out)
    stage.set_docks("Section")
    _, facies = stage.viewer.open_sample("napari-s6", "synthetic")
    facies.visible = True
    stage.shoot("sample")
    stage.close()


def photograph_slices(out: Path) -> None:
    """A time slice and the 3-D view of the synthetic survey."""
    from napari_s6.plugin.canvas.view import survey_view

    stage = Stage(out)
    view = survey_view(stage.viewer)
    stage.set_docks("Section", "Base map")
    _, facies = stage.viewer.open_sample("napari-s6", "synthetic")
    view.go_to(620, "slice")
    stage.shoot("time-slice")
    facies.visible = True
    view.show("iline")
    view.show_space()
    view.move_to("iline", 12)
    view.move_to("xline", 40)
    view.move_to("slice", 120)
    stage.shoot("space")
    stage.close()


def photograph_block(block: Path, out: Path) -> None:
    """A time slice and the 3-D view of a small block of F3, its few inlines further apart."""
    from napari_s6.plugin.canvas.view import survey_view

    stage = Stage(out)
    view = survey_view(stage.viewer)
    stage.set_docks("Section")
    (seismic,) = stage.viewer.open(next(block.glob("*.npy")), plugin="napari-s6")
    seismic.scale = (4, 1, 1)  # 16 inlines beside 256 crosslines would be a strip
    view.go_to(100, "slice")
    stage.shoot("time-slice-f3")
    view.exaggeration = STRETCH
    view.show("iline")
    view.show_space()
    view.move_to("iline", 14)
    view.move_to("xline", 40)
    view.move_to("slice", 84)
    stage.shoot("space-f3")
    stage.close()


def photograph_display(lines: Path, out: Path) -> None:
    """An inline as recorded, a crossline balanced and in colours, and all lines in 3-D."""
    from napari_s6.plugin.canvas.layers import volume_of
    from napari_s6.plugin.canvas.view import survey_view

    stage = Stage(out)
    viewer, view = stage.viewer, survey_view(stage.viewer)
    stage.set_docks("Section", "Base map")
    (seismic,) = viewer.open(lines / "f3_lines.sgy", plugin="napari-s6")
    paint = painted_lines(viewer, volume_of(seismic), lines / "f3_lines_labels.sgy")
    paint.visible = False
    viewer.layers.selection.active = seismic
    view.exaggeration = STRETCH
    view.go_to(PAINTED[1], "iline")
    stage.shoot("inline")
    shoot_dock(stage, stage.widgets["Base map"], "base-map")
    section = stage.widgets["Section"]
    section.colours.setCurrentIndex(section.colours.findData("seismic-vik"))
    section.colours.activated.emit(section.colours.currentIndex())
    section.balance.click()
    view.go_to(LOOKED_AT, "xline")
    stage.shoot("crossline")
    shoot_dock(stage, section.controls, "section-dock")
    section.balance.click()
    seismic.colormap = "seismic-grey"
    paint.visible = True
    view.show_space()
    stage.shoot("space-lines")
    stage.close()


def photograph_open(lines: Path, out: Path) -> None:
    """A file looked at before it is loaded, and the part of it that was."""
    from napari_s6.plugin.canvas.view import survey_view

    stage = Stage(out)
    stage.set_docks("Open seismic")
    dock = stage.widgets["Open seismic"]
    with contextlib.chdir(lines):  # so that the picture shows the file's name alone
        dock.look_at("f3_lines.sgy")
        stage.wait(lambda: not dock.busy)
    dock.reading.crop.axis("iline").first.setValue(120)
    dock.reading.crop.axis("xline").last.setValue(1000)
    dock.open()
    stage.wait(lambda: not dock.busy)
    survey_view(stage.viewer).go_to(PAINTED[1], "iline")
    stage.shoot("open")
    dock.tabs.setCurrentIndex(dock.tabs.indexOf(dock.tabs.amplitudes))
    shoot_dock(stage, dock, "open-amplitudes")
    dock.tabs.setCurrentIndex(dock.tabs.indexOf(dock.tabs.trace_header))
    shoot_dock(stage, dock, "open-headers")
    stage.close()


def shoot_dock(stage: Stage, dock: Any, name: str) -> None:
    """Photograph a dock alone."""
    stage.run(0.5)
    path = stage.out / f"{name}.png"
    dock.grab().save(str(path))
    shrink(path)
    print(path, flush=True)


def photograph_horizons(lines: Path, out: Path, scratch: Path) -> None:
    """The tops of the intervals on a crossline, and what would be painted between them."""
    from napari_s6.facies.files import open_labels_on_survey
    from napari_s6.horizons.export import export_horizons
    from napari_s6.plugin.canvas.layers import facies_scheme_of, volume_of
    from napari_s6.plugin.canvas.view import survey_view

    stage = Stage(out)
    view = survey_view(stage.viewer)
    (seismic,) = stage.viewer.open(lines / "f3_lines.sgy", plugin="napari-s6")
    labels = lines / "f3_lines_labels.sgy"
    volume = volume_of(seismic)
    paint = painted_lines(stage.viewer, volume, labels)
    tops = scratch / "tops.txt"
    codes, scheme = open_labels_on_survey(labels, volume), facies_scheme_of(paint)
    export_horizons(codes, tops, scheme=scheme, volume=volume)
    view.exaggeration = STRETCH
    view.go_to(LOOKED_AT, "xline")
    stage.set_docks("Horizons")
    dock = stage.widgets["Horizons"]
    dock.load([tops])
    stage.wait(lambda: not dock.busy)
    dock.preview_button.setChecked(True)
    stage.shoot("horizons")
    stage.close()


def photograph_job(lines: Path, out: Path, minutes: float, scratch: Path) -> None:
    """Open, paint, train, predict and export on the F3 lines."""
    from napari_s6.plugin.canvas.layers import volume_of
    from napari_s6.plugin.canvas.view import survey_view
    from napari_s6.plugin.session.window import session_of

    stage = Stage(out)
    viewer, view, session = stage.viewer, survey_view(stage.viewer), session_of(stage.viewer)
    stage.set_docks("Section")
    (seismic,) = viewer.open(lines / "f3_lines.sgy", plugin="napari-s6")
    view.exaggeration = STRETCH
    view.go_to(PAINTED[1], "iline")
    stage.shoot("survey")

    paint = painted_lines(viewer, volume_of(seismic), lines / "f3_lines_labels.sgy")
    session.interpretation.choose(seismic=seismic, labels=paint)
    stage.set_docks("Section", "Facies")
    view.go_to(PAINTED[0], "iline")
    stage.shoot("facies")

    stage.set_docks("Train S6")
    view.go_to(LOOKED_AT, "xline")
    session.configure(minutes=minutes, steps=None)
    session.train()
    stage.wait(lambda: (session.history.share or 0) > 0.6 or not session.busy, 60 * minutes + 300)
    stage.shoot("train")
    stage.wait(lambda: not session.busy, 60 * minutes + 300)

    session.predict_section()
    stage.wait(lambda: not session.busy)
    paint.visible = False
    stage.shoot("predict")
    photograph_results(stage)
    stage.close()


def photograph_project(lines: Path, out: Path, scratch: Path) -> None:
    """A project with paint, a model and two predictions, and its offer on the next day."""
    from napari_s6.plugin.canvas.layers import volume_of
    from napari_s6.plugin.canvas.view import survey_view
    from napari_s6.plugin.session.window import session_of

    stage = Stage(out)
    viewer, session = stage.viewer, session_of(stage.viewer)
    (seismic,) = viewer.open(lines / "f3_lines.sgy", plugin="napari-s6")
    volume = volume_of(seismic)
    survey_view(viewer).exaggeration = STRETCH
    first = painted_lines(viewer, volume, lines / "f3_lines_labels.sgy")
    first.name = "First try"
    session.interpretation.watch.keep_now(unchanged=True)
    viewer.layers.remove(first)
    paint = painted_lines(viewer, volume, lines / "f3_lines_labels.sgy")
    session.interpretation.choose(seismic=seismic, labels=paint)
    for steps in (2, 12):
        session.configure(steps=steps, minutes=None)
        session.train()
        stage.wait(lambda: not session.busy, 600)
        session.predict_volume()
        stage.wait(lambda: not session.busy and not session.runner.busy, 600)
    session.desk.save_as(scratch / "north.s6")
    stage.set_docks("Section", "Project")
    survey_view(viewer).go_to(PAINTED[0], "iline")
    stage.shoot("project")
    stage.close()

    stage = Stage(out)
    stage.viewer.open(lines / "f3_lines.sgy", plugin="napari-s6")
    survey_view(stage.viewer).exaggeration = STRETCH
    stage.set_docks("Section", "Project")
    stage.shoot("go-on")
    stage.close()


def painted_lines(viewer: Any, volume: Any, labels: Path) -> Any:
    """Add a label layer with two inlines' intervals, as if an interpreter had painted them."""
    from napari_s6.facies.codes import UNLABELLED
    from napari_s6.facies.files import open_labels_on_survey
    from napari_s6.facies.scheme import FaciesClass, FaciesScheme
    from napari_s6.plugin.canvas.layers import add_labels

    codes = open_labels_on_survey(labels, volume).load()
    kept = codes["iline"].isin(PAINTED)
    codes = codes.where(kept, UNLABELLED).astype("uint8")
    classes = tuple(
        FaciesClass(name=f"Interval {k}", colour=colour, key=str((k + 1) % 10))
        for k, colour in enumerate(INTERVALS.split())
    )
    scheme = FaciesScheme(name="F3 intervals", classes=classes)
    return add_labels(viewer, volume, codes, scheme, "Facies")


def photograph_results(stage: Stage) -> None:
    """The confidence, the Export dock, and the picture that it saves."""
    from napari_s6.plugin.canvas.layers import kind_of

    layers = {layer.name: layer for layer in stage.viewer.layers}
    prediction = next(y for n, y in layers.items() if "prediction" in n)
    confidence = next(y for y in layers.values() if kind_of(y) == "confidence")
    prediction.visible, confidence.visible = False, True
    stage.shoot("confidence")
    prediction.visible, confidence.visible = True, False
    stage.set_docks("Export facies")
    stage.viewer.layers.selection.active = prediction
    export = stage.widgets["Export facies"]
    export.file_line.setText("f3_facies.sgy")
    stage.shoot("export")
    export.save_picture(stage.out / "section.png")
    stage.wait(lambda: not export.busy)
    shrink(stage.out / "section.png")


if __name__ == "__main__":
    main()
