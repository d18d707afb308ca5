"""The runner: what jobs yield is heard when it polls, in order, and nothing after their end."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import napari_s6.plugin
from napari_s6.learn.events import Failed
from napari_s6.plugin.jobs.job import Job, JobToken
from napari_s6.plugin.jobs.runner import JobRunner

#: What starts threads, and the modules that may: jobs, and the import of torch, of which a process
#: has one and which no window ends.
STARTS = re.compile(r"\bThread\(|ThreadPoolExecutor|create_worker|thread_worker|\bJob\(")
MAY_START = {"jobs/job.py", "jobs/runner.py", "session/torch_import.py"}


@pytest.fixture
def runner() -> Iterator[JobRunner]:
    runner = JobRunner()
    yield runner
    runner.close(5)


def until(runner: JobRunner, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        runner.poll()
        time.sleep(0.005)


def test_threads_are_started_in_one_place() -> None:
    plugin = Path(napari_s6.plugin.__file__).parent
    starting = {
        path.relative_to(plugin).as_posix()
        for path in plugin.rglob("*.py")
        if STARTS.search(path.read_text(encoding="utf-8"))
    }
    assert starting == MAY_START


def test_what_a_job_yields_is_heard_in_order_where_it_is_polled(runner: JobRunner) -> None:
    heard: list[Any] = []
    threads: set[int] = set()

    def work(token: JobToken) -> Iterator[Any]:
        threads.add(threading.get_ident())
        yield from range(3)

    def hear(event: Any) -> None:
        heard.append(event)
        assert threading.get_ident() not in threads

    runner.start(work, "test", hear=hear, ended=lambda: heard.append("ended"))
    assert runner.busy
    until(runner, lambda: not runner.busy)
    assert heard == [0, 1, 2, "ended"]


def test_an_error_is_an_event_and_is_logged_where_nobody_hears(
    runner: JobRunner, caplog: pytest.LogCaptureFixture
) -> None:
    def work(token: JobToken) -> Iterator[Any]:
        raise RuntimeError("out of memory")
        yield

    heard: list[Any] = []
    job = runner.start(work, "test", hear=heard.append)
    until(runner, lambda: not runner.busy)
    assert [type(event) for event in heard] == [Failed]
    assert heard[0].message == "out of memory"
    assert job.failed
    with caplog.at_level(logging.ERROR):
        runner.start(work, "test")
        until(runner, lambda: not runner.busy)
    assert "out of memory" in caplog.text


def waiting(token: JobToken) -> Iterator[Any]:
    """Tell a quarter, then wait to be stopped."""
    yield "begun"
    while True:
        token.progress(0.25)
        time.sleep(0.005)


def test_a_job_tells_how_far_it_is_and_ends_when_it_is_stopped(runner: JobRunner) -> None:
    heard: list[Any] = []
    job = runner.start(waiting, "test", hear=heard.append, ended=lambda: heard.append("ended"))
    assert job.token.remaining is None or job.token.share
    until(runner, lambda: job.token.share == 0.25)
    assert job.token.remaining is not None
    job.token.cancel()
    until(runner, lambda: not runner.busy)
    assert heard == ["begun", "ended"]
    assert not job.failed, "being stopped is no failure"


@pytest.mark.parametrize("how", ["abandon", "close"])
def test_nothing_is_heard_of_a_job_let_go(runner: JobRunner, how: str) -> None:
    heard: list[Any] = []
    job: Job = runner.start(waiting, "test", hear=heard.append, ended=lambda: heard.append("ended"))
    if how == "abandon":
        runner.abandon(job)
    else:
        runner.close(5)
        assert not job.alive
    assert job.wait(5)
    runner.poll()
    assert not runner.busy
    assert heard == []
