import pytest
import torch

from napari_s6.learn.device import Backlog


@pytest.fixture
def stream(monkeypatch):
    """What a pretended card was told: steps recorded, and waited for."""
    told = []

    class Event:
        def record(self, stream):
            self.number = sum(kind == "record" for kind, _ in told)
            told.append(("record", self.number))

        def synchronize(self):
            told.append(("wait", self.number))

    monkeypatch.setattr(torch.cuda, "Event", Event)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: None)
    return told


def test_a_card_is_never_more_than_a_few_steps_behind(stream):
    backlog = Backlog(torch.device("cuda:0"), most=2)
    for _ in range(5):
        backlog.handed_over()
    assert [number for kind, number in stream if kind == "wait"] == [0, 1, 2]
    assert stream.index(("wait", 0)) > stream.index(("record", 2))  # two are left to work on


def test_a_processor_has_no_backlog(stream):
    Backlog(torch.device("cpu")).handed_over()
    assert not stream
