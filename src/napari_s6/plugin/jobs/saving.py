"""Saving that takes a while: in a thread, with a bar and a Stop button, until the file is there.

napari's File > Save expects the file when the writer returns, and so do scripts that call
``layer.save``. The call therefore waits, but the window lives on meanwhile: a dialog shows how far
it is, and keeps the user from changing what is being written.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

from napari_s6.errors import InputError
from napari_s6.plugin.jobs.job import step_back

#: Seconds that a saving may take before anything is shown.
UNSEEN = 0.4

Written = TypeVar("Written")
Progress = Callable[[float], None]


class _Stopped(Exception):
    """The user ended the saving; not a RuntimeError, and never shown."""


def with_progress(words: str, work: Callable[[Progress], Written]) -> Written:
    """Call ``work`` with a function to tell the share done to; return what it returns.

    On the thread of a window it runs in another thread, behind a dialog if it takes longer than
    `UNSEEN`. Elsewhere it is simply called.

    Raises
    ------
    InputError
        If the user stopped it. Whatever ``work`` raises is raised here.
    """
    if not _in_a_window():
        return work(lambda _share: None)
    stop = threading.Event()
    told = [0.0]

    def progress(share: float) -> None:
        if stop.is_set():
            raise _Stopped
        told[0] = share  # a number; the window looks at it when it has the time

    with ThreadPoolExecutor(1, "napari-s6 saving", step_back) as pool:
        future = pool.submit(work, progress)
        if not wait([future], UNSEEN).done:
            _show_until_done(words, future, told, stop)
        try:
            return future.result()
        except _Stopped:
            raise InputError(f"{words}: stopped; nothing was written") from None


def _in_a_window() -> bool:
    """Whether this is the thread of a running Qt application."""
    try:
        from qtpy.QtCore import QThread
        from qtpy.QtWidgets import QApplication
    except ImportError:  # no Qt, hence no window
        return False
    application = QApplication.instance()
    return application is not None and application.thread() is QThread.currentThread()


def _show_until_done(
    words: str, future: "Future[Any]", told: list[float], stop: threading.Event
) -> None:
    from qtpy.QtCore import QEventLoop, Qt, QTimer
    from qtpy.QtWidgets import QApplication, QDialog, QLabel, QProgressBar, QPushButton, QVBoxLayout

    dialog = QDialog(QApplication.activeWindow())
    dialog.setWindowTitle("Saving")
    dialog.setWindowModality(Qt.WindowModality.ApplicationModal)
    label, bar, button = QLabel(words), QProgressBar(), QPushButton("Stop")
    bar.setRange(0, 100)
    bar.setMinimumWidth(320)
    layout = QVBoxLayout(dialog)
    for widget in (label, bar, button):
        layout.addWidget(widget)

    def ask_to_stop() -> None:
        stop.set()
        button.setEnabled(False)
        label.setText(f"{words}: stopping")

    loop = QEventLoop()

    def look() -> None:
        bar.setValue(round(100 * told[0]))
        if future.done():
            loop.quit()
        elif not dialog.isVisible():  # closed by its frame or with Escape
            ask_to_stop()
            dialog.show()

    button.clicked.connect(ask_to_stop)
    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(50)
    dialog.show()
    loop.exec_() if hasattr(loop, "exec_") else loop.exec()
    timer.stop()
    dialog.hide()
    dialog.deleteLater()
