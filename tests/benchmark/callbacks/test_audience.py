"""What a callback raises or changes stays with it, and is said once."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from emobench import Callback
from emobench.callbacks.audience import EVENTS, Audience
from emobench.callbacks.run_events import RunEvents


class Recorder(Callback):
    def __init__(self) -> None:
        self.heard: list[Any] = []

    def on_epoch(self, epoch: Any) -> None:
        self.heard.append(epoch)


class Faulty(Callback):
    def on_epoch(self, epoch: Any) -> None:
        raise ValueError(f"no server for {epoch}\nand a traceback")

    def on_cell(self, cell: Any) -> None:
        sys.exit("enough")


class Stored(Recorder):
    wants_stored = True


class Meddler(Callback):
    def on_epoch(self, epoch: Any) -> None:
        torch.set_num_threads(3)
        torch.set_default_dtype(torch.float64)
        os.chdir("/")


def test_every_event_is_a_method_that_does_nothing():
    assert [name for name in vars(Callback) if name.startswith("on_")] == list(EVENTS)
    audience = Audience([Callback()])
    for event in EVENTS:
        assert not audience.hears(event)
        audience.tell(event, None)


def test_a_method_can_be_given_to_one_object_alone():
    heard: list[Any] = []
    one = Callback()
    one.on_epoch = heard.append  # type: ignore[method-assign]
    audience = Audience([one])
    assert audience.hears("on_epoch")
    audience.tell("on_epoch", 1)
    assert heard == [1]


def test_a_fault_is_said_once_and_the_others_are_told():
    said: list[str] = []
    recorder = Recorder()
    audience = Audience([Faulty(), recorder])
    audience.say = said.append
    for number in range(3):
        audience.tell("on_epoch", number)
    audience.tell("on_cell", "a cell")
    assert recorder.heard == [0, 1, 2]
    assert len(said) == 2
    assert said[0].startswith(
        "warning: on_epoch of the callback Faulty raised ValueError: no server for 0 (test_audience"
    )
    assert said[1].startswith("warning: on_cell of the callback Faulty raised SystemExit: enough")
    audience.sum_up()
    assert said[2:] == ["warning: on_epoch of the callback Faulty raised 3 times"]


def test_who_stops_the_run_is_obeyed():
    class Stop(Callback):
        def on_epoch(self, epoch: Any) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Audience([Stop()]).tell("on_epoch", 1)


def test_what_was_stored_is_told_to_those_who_want_it():
    first, second = Recorder(), Stored()
    audience = Audience([first, second])
    assert audience.hears("on_epoch", stored=True)
    assert not Audience([first]).hears("on_epoch", stored=True)
    audience.tell("on_epoch", 1, stored=True)
    audience.tell("on_epoch", 2)
    assert (first.heard, second.heard) == ([2], [1, 2])


def test_settings_of_the_process_are_as_before(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = torch.get_num_threads(), torch.get_default_dtype()
    Audience([Meddler()]).tell("on_epoch", 1)
    assert (torch.get_num_threads(), torch.get_default_dtype()) == before
    assert Path.cwd() == tmp_path


class Run(Callback):
    def __init__(self) -> None:
        self.heard: list[Any] = []

    def on_run_start(self, run: Any) -> None:
        self.heard.append(run)

    def on_run_end(self, run: Any) -> None:
        self.heard.append(run)


def test_a_run_that_is_stopped_has_ended_too(tmp_path):
    one = Run()
    with pytest.raises(KeyboardInterrupt), RunEvents(Audience([one]), tmp_path, "seeds = 1\n"):
        raise KeyboardInterrupt
    start, end = one.heard
    assert (start.results, start.study) == (tmp_path, "seeds = 1\n")
    assert (end.stopped, end.page, end.done) == ("KeyboardInterrupt", None, 0)
    with RunEvents(Audience([one]), tmp_path, "") as events:
        events.finish(tmp_path / "index.html", 5, 1, 2)
    end = one.heard[-1]
    assert (end.stopped, end.done, end.failed, end.skipped) == ("", 5, 1, 2)
    with RunEvents(None, tmp_path, ""):
        pass
    assert len(one.heard) == 4
