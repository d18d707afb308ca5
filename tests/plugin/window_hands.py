"""What the whole job in a window is done with: a mouse and keys, and instruments that watch it."""

import sys
import time
from pathlib import Path

from napari_window import canvas, vispy_canvas
from qtpy.QtCore import QEvent, QEventLoop, QPoint, QPointF, Qt, QTimer
from qtpy.QtGui import QMouseEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

import napari_s6
from napari_s6.plugin.session.session import Session


class Heartbeat:
    """A 20 ms timer on the GUI thread; notes the gaps between its beats in each phase.

    Only while the window is left to itself: what this script computes in between is not the
    window's doing.
    """

    def __init__(self) -> None:
        self.phase, self.gaps, self.beats = "idle", {}, 0
        self.counting = False
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start(20)

    def count(self) -> None:
        """Count the gaps from now on, not the one that this script has just made."""
        self._last, self.counting = time.perf_counter(), True

    def _beat(self) -> None:
        now = time.perf_counter()
        if self.counting:
            self.gaps.setdefault(self.phase, []).append(now - self._last)
        self._last, self.beats = now, self.beats + 1


class Overseer:
    """Notes what of training, prediction and export is called on the GUI thread.

    Only while events are processed and buttons clicked: what this script computes by itself to
    compare with is not the window's doing.
    """

    #: Not computing: settings, messages, and which devices there are.
    ALLOWED = ("config.py", "control.py", "events.py", "device.py", "__init__.py")
    #: How much is painted, as text.
    TOLD = ("targets.py: __str__", "targets.py: share")
    COMPUTING = ("learn", "facies/targets.py", "formats/save.py", "formats/segy/write.py")

    def __init__(self) -> None:
        places = [Path(napari_s6.__file__).parent / one for one in self.COMPUTING]
        assert all(place.exists() for place in places), "what computes has moved"
        self.places = tuple(map(str, places))
        self.found: set[str] = set()
        self.polls = 0

    def __enter__(self) -> None:
        sys.setprofile(self._note)

    def __exit__(self, *raised: object) -> None:
        sys.setprofile(None)

    def _note(self, frame, event: str, argument: object) -> None:
        if event != "call":
            return
        code = frame.f_code
        self.polls += code is Session.poll.__code__
        if code.co_filename.startswith(self.places) and code.co_name != "<module>":
            file = Path(code.co_filename).name
            name = f"{file}: {code.co_name}"
            if file not in self.ALLOWED and name not in self.TOLD:
                self.found.add(name)


class Hands:
    """A user of a viewer's window, who only clicks, types and draws, and waits.

    ``says`` tells what is going on when something does not come about.
    """

    def __init__(self, viewer, overseer: Overseer) -> None:
        self.viewer, self.overseer, self.heart = viewer, overseer, Heartbeat()
        self.says = lambda: "nothing is known of it"

    def process(self, seconds: float) -> None:
        """Let the window live for a while."""
        # Not QTest.qWait: PySide6's loses a reference to None at each call, which ends the process.
        loop = QEventLoop()
        QTimer.singleShot(round(1000 * seconds), loop.quit)
        with self.overseer:
            loop.exec()

    def until(self, condition, what: str, seconds: float = 120.0) -> None:
        """Let the window live until something is so."""
        deadline = time.monotonic() + seconds
        self.process(0.02)
        self.heart.count()
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what}: {self.says()}")
            self.process(0.02)
        self.heart.counting = False

    def click(self, button) -> None:
        """Click a button with the mouse."""
        assert button.isEnabled(), f"{button.text()} cannot be clicked now"
        with self.overseer:
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def type_into(self, spin, text: str) -> None:
        """Type a number into a box."""
        box = spin.lineEdit()
        box.selectAll()
        QTest.keyClicks(box, text)
        QTest.keyClick(box, Qt.Key.Key_Return)

    def to_canvas(self, layer, sample: float, trace: float) -> QPointF:
        """Where a voxel of the section in view is on the canvas."""
        node = vispy_canvas(self.viewer).layer_to_visual[layer].node
        x, y = node.get_transform("visual", "canvas").map([trace + 0.5, sample + 0.5])[:2]
        return QPointF(float(x), float(y))

    def mouse(self, kind: QEvent.Type, at: QPointF, held: bool) -> None:
        """Send one mouse event to the canvas."""
        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        button = none if kind == QEvent.Type.MouseMove else left
        where = QPointF(canvas(self.viewer).mapToGlobal(QPoint(0, 0))) + at
        no_keys = Qt.KeyboardModifier.NoModifier
        event = QMouseEvent(kind, at, where, button, left if held else none, no_keys)
        QApplication.sendEvent(canvas(self.viewer), event)

    def drag(self, layer, path) -> None:
        """Paint a stroke: press, move along (sample, trace) points, let go."""
        points = [self.to_canvas(layer, *point) for point in path]
        self.mouse(QEvent.Type.MouseMove, points[0], False)
        self.mouse(QEvent.Type.MouseButtonPress, points[0], True)
        for point in points[1:]:
            self.process(0.008)  # napari takes up a move of the mouse every 5 ms
            self.mouse(QEvent.Type.MouseMove, point, True)
        self.process(0.008)
        self.mouse(QEvent.Type.MouseButtonRelease, points[-1], False)
        QApplication.processEvents()
