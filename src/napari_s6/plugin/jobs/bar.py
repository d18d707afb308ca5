"""A job's bar in a dock: how far it is, how long it will take, and a button that stops it."""

from qtpy.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QWidget

from napari_s6.durations import duration
from napari_s6.plugin.jobs.job import Job
from napari_s6.plugin.jobs.runner import JobRunner


class JobBar(QWidget):
    """Shows a job's share and the time left, whenever its runner is polled."""

    def __init__(self, runner: JobRunner) -> None:
        super().__init__()
        self._runner = runner
        self._job: Job | None = None
        self.bar = QProgressBar()
        self.stop_button = QPushButton("Stop")
        self.stop_button.clicked.connect(self._stop)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.bar, 1)
        row.addWidget(self.stop_button)
        self.hide()

    def follow(self, job: Job | None) -> None:
        """Show this job from now on; none, which hides the bar, once it has ended."""
        self._runner.polled.disconnect(self._show, missing_ok=True)
        self._job = job
        self.setVisible(job is not None)
        self.stop_button.setEnabled(job is not None)
        if job is not None:
            self._runner.polled.connect(self._show)
            self._show()

    def _show(self) -> None:
        if self._job is None:
            return
        token = self._job.token
        left = token.remaining
        self.bar.setRange(0, 100 if token.share else 0)  # moves by itself until a share is told
        self.bar.setValue(round(100 * token.share))
        self.bar.setFormat("%p%" if left is None else f"%p%, {duration(left)} left")

    def _stop(self) -> None:
        if self._job is not None:
            self._job.token.cancel()
            self.stop_button.setEnabled(False)
