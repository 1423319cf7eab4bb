"""What ``emobench compare`` prints of the pairs that it is given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from emobench.cli.findings import compare
from emobench.leaderboard.results.model_pairs import Pair
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.statistics.equivalence import Equivalence

ONE, OTHER, GAP = Estimate(0.5, 0.4, 0.6), Estimate(0.3, 0.2, 0.4), Estimate(0.2, 0.1, 0.3)


def pair(condition: str, p_value: float) -> Pair:
    setting = ("simulated", "controlled", "missing_modality", "full")
    labels, is_main = ("net:epochs=3", "majority"), condition == "full"
    return Pair(labels, *setting, condition, ONE, OTHER, GAP, p_value, 90, is_main=is_main)


def test_a_table_per_setting_with_the_rows_that_were_meant(monkeypatch, capsys):
    asked = []

    def pairs(*words):
        asked.append(words)
        return [pair("full", 0.001), pair("text", 0.04)]

    monkeypatch.setattr(compare, "compare", pairs)
    compare.compare_command("net", "majority", Path("results"), "macro_f1", dataset="simulated")
    assert asked == [(Path("results"), "net", "majority", "macro_f1", "simulated", None, None)]
    lines = capsys.readouterr().out.splitlines()
    assert lines.pop(0) == "first: net:epochs=3; second: majority"
    assert lines[0].strip() == "simulated, controlled track, missing_modality, regime full"
    assert lines[2].split() == [
        "full",
        "0.500",
        "0.300",
        "+0.200",
        "[+0.100,",
        "+0.300]",
        "0.001",
    ]
    assert lines[3].split()[-1] == "0.040"
    assert lines[4] == (
        "under full: net:epochs=3 − majority = +.200 [+.100, +.300], p .001: a difference is shown"
    )
    assert not any(line.startswith("under text") for line in lines)
    assert "the difference is net:epochs=3 minus majority" in " ".join(lines)


def test_a_margin_has_its_p_and_a_verdict(monkeypatch, capsys):
    alike = replace(pair("full", 1.0), is_same=True)
    small = replace(pair("text", 0.4), equivalence=Equivalence(0.02, 0.031, is_different=False))
    monkeypatch.setattr(compare, "compare", lambda *_: [alike, small])
    compare.compare_command("net", "majority", Path("results"), "macro_f1", margin=0.02)
    out = capsys.readouterr().out
    lines = [line.split() for line in out.splitlines()]
    assert lines[2][-3:] == ["p", "±.02", "verdict"]
    assert "the same on every unit" in " ".join(out.split()[:60])
    assert ["0.031", "equivalent"] in [line[-2:] for line in lines]
    assert "two one-sided tests" in " ".join(out.split())
