"""A running training shows its last look at dev, and leaves nothing behind."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import torch

from emobench.cli.progress import PlainScreen
from emobench.grid.execution.live_look import LiveLook, LookWriter, Running, read_look

RECORD = {"stage": "joint", "train_loss": 0.5, "dev_macro_f1": 0.25, "seconds": 2.0}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    writer = LookWriter(tmp_path / "a.json", torch.device("cpu"))
    assert read_look(writer.path) is None
    writer(RECORD, 3, 8, 50)
    look = read_look(writer.path)
    assert look is not None
    assert (look.number, look.planned, look.batches_per_second) == (3, 8, 25.0)
    assert look.gigabytes > 0.01
    assert str(look).startswith(
        "joint, look 3 of 8: training loss 0.500, dev macro-F1 .250, 25 batches per second, "
    )
    writer.remove()
    assert read_look(writer.path) is None


def test_a_loss_that_cannot_be_compared_is_not_shown() -> None:
    look = LiveLook("", 1, 2, None, 0.5, 10.0, 1.0)
    assert str(look) == "look 1 of 2: dev macro-F1 .500, 10 batches per second, 1.0 GB"


def test_a_log_has_a_line_for_each_look_if_watched(capsys: pytest.CaptureFixture[str]) -> None:
    looks = [LiveLook("", n, 9, 1.0, 0.5, 10.0, 1.0) for n in (1, 1, 2)]
    for watch, lines in ((True, 2), (False, 0)):
        shown = PlainScreen(1, watch)
        shown.start(1, 1, Counter())
        capsys.readouterr()
        for look in looks:
            shown.tick([Running("mlp on simulated", look), Running("other")])
        assert capsys.readouterr().out.count("mlp on simulated: look ") == lines
