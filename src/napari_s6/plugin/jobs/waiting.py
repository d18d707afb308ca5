"""Waiting for work that takes a while, behind a dialog with a bar and a Stop button.

napari's File > Save expects the file when the writer returns, and so do scripts that call
``layer.save``; a sample is expected when its function returns. The call therefore waits, but the
window lives on meanwhile: a dialog shows how far it is, and keeps the user from changing what is
being written.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from napari_s6.errors import InputError
from napari_s6.plugin.jobs.job import Job, JobStopped, JobToken
from napari_s6.plugin.jobs.runner import JobRunner
from napari_s6.survey.record import Progress

#: Seconds that work may take before anything is shown.
UNSEEN = 0.4

_Made = TypeVar("_Made")


def wait_for(
    work: Callable[[Progress], _Made],
    title: str,
    words: Callable[[], str],
    *,
    stopped: str = "stopped",
) -> _Made:
    """Call ``work`` with a function to tell the share done to; return what it returns.

    On the thread of a window it runs as a job, behind a dialog if it takes longer than `UNSEEN`.
    Elsewhere it is simply called.

    Parameters
    ----------
    title
        Of the dialog.
    words
        What the dialog says; asked anew at every look at the work.
    stopped
        Message of the error raised when the user stopped it.

    Raises
    ------
    InputError
        If the user stopped it. Whatever ``work`` raises is raised here.
    """
    if not _in_a_window():
        return work(lambda _share: None)
    made: list[_Made] = []
    raised: list[BaseException] = []

    def run(token: JobToken) -> Iterator[None]:
        try:
            made.append(work(token.progress))
        except JobStopped:
            raise
        except BaseException as error:  # raised again in the thread that waits
            raised.append(error)
        yield

    runner = JobRunner()
    job = runner.start(run, title.lower())
    if not job.wait(UNSEEN):
        _show_until_done(job, title, words)
    runner.end(job, timeout=0)
    if raised:
        raise raised[0]
    if not made:
        raise InputError(stopped)
    return made[0]


def _in_a_window() -> bool:
    """Whether this is the thread of a running Qt application."""
    try:
        from qtpy.QtCore import QThread
        from qtpy.QtWidgets import QApplication
    except ImportError:  # no Qt, hence no window
        return False
    application = QApplication.instance()
    return application is not None and application.thread() is QThread.currentThread()


def _show_until_done(job: Job, title: str, words: Callable[[], str]) -> None:
    from qtpy.QtCore import QEventLoop, Qt, QTimer
    from qtpy.QtWidgets import QApplication, QDialog, QLabel, QProgressBar, QPushButton, QVBoxLayout

    dialog = QDialog(QApplication.activeWindow())
    dialog.setWindowTitle(title)
    dialog.setWindowModality(Qt.WindowModality.ApplicationModal)
    label, bar, button = QLabel(words()), QProgressBar(), QPushButton("Stop")
    bar.setMinimumWidth(380)
    layout = QVBoxLayout(dialog)
    for widget in (label, bar, button):
        layout.addWidget(widget)

    def ask_to_stop() -> None:
        job.token.cancel()
        button.setEnabled(False)

    loop = QEventLoop()

    def look() -> None:
        label.setText(f"{words()}: stopping" if job.token.cancelled else words())
        bar.setRange(0, 100 if job.token.share else 0)  # moves by itself as long as nothing is told
        bar.setValue(round(100 * job.token.share))
        if not job.alive:
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


def saving(name: str, save: Callable[[Progress], Any]) -> str:
    """Wait for a file to be saved; return its path, as napari's writers do.

    Raises
    ------
    InputError
        If the user stopped it; then nothing is written. Whatever ``save`` raises is raised here.
    """
    stopped = f"{name}: stopped; nothing was written"
    return str(wait_for(save, "Saving", lambda: name, stopped=stopped))
