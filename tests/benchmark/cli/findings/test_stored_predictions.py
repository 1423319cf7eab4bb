"""What ``emobench samples`` prints of the rows that it is given."""

from __future__ import annotations

from pathlib import Path

from emobench.cli.findings import samples
from emobench.leaderboard.results.sample import RowSample, Sample
from emobench.leaderboard.results.stored_rows import RowChoice

RIGHT = Sample("u1", 0, ("joy",), ("joy",), (0.625,), (("joy", 0.625), ("fear", 0.25)))
WRONG = Sample("u[2]", 1, ("joy",), ("fear",), (0.25,), (("fear", 0.5), ("joy", 0.25)))
NOTHING = Sample("u3", 1, (), ("joy",), (), (("joy", 0.5),))


def printed(monkeypatch, capsys, *found: RowSample) -> str:
    monkeypatch.setattr(samples, "samples", lambda *_: list(found))
    samples.samples_command(Path("results"), RowChoice("net"), 2, 4, None)
    return str(capsys.readouterr().out)


def test_true_against_predicted_and_who_predicts(monkeypatch, capsys):
    out = printed(
        monkeypatch, capsys, RowSample("net on it", 1, (0, 1), 90, (RIGHT, WRONG, NOTHING))
    )
    lines = [line.split() for line in out.splitlines()]
    assert out.startswith("net on it\n")
    assert "3 of 90 test utterances (drawn with seed 4)" in out
    assert "predicted by the trainings of seed 1, one for each fold; 1 right" in out
    assert ["u1", "0", "joy", "joy", ".62", "joy", ".62,", "fear", ".25"] in lines
    assert ["u[2]", "1", "joy", "fear", ".25", "fear", ".50,", "joy", ".25"] in lines
    assert ["u3", "1", "(none)", "joy", "joy", ".50"] in lines


def test_one_fold_is_named_and_has_no_column(monkeypatch, capsys):
    out = printed(monkeypatch, capsys, RowSample("net on it", 0, (0,), 90, (RIGHT,)))
    assert "predicted by the training of fold 0, seed 0; 1 right" in out
    assert ["u1", "joy", "joy"] in [line.split()[:3] for line in out.splitlines()]
