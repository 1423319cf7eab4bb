"""What ``emobench compare`` prints of the pairs that it is given."""

from __future__ import annotations

from pathlib import Path

from emobench.cli import compare
from emobench.leaderboard.results.model_pairs import Pair
from emobench.leaderboard.statistics.bootstrap import Estimate

ONE, OTHER, GAP = Estimate(0.5, 0.4, 0.6), Estimate(0.3, 0.2, 0.4), Estimate(0.2, 0.1, 0.3)


def pair(condition: str, p_value: float) -> Pair:
    setting = ("simulated", "controlled", "missing_modality", "full")
    return Pair(("net:epochs=3", "majority"), *setting, condition, ONE, OTHER, GAP, p_value, 90)


def test_a_table_per_setting_with_the_rows_that_were_meant(monkeypatch, capsys):
    asked = []

    def pairs(*words):
        asked.append(words)
        return [pair("full", 0.001), pair("text", 0.04)]

    monkeypatch.setattr(compare, "compare", pairs)
    compare.compare_command("net", "majority", Path("results"), "macro_f1", dataset="simulated")
    assert asked == [(Path("results"), "net", "majority", "macro_f1", "simulated", None)]
    lines = capsys.readouterr().out.splitlines()
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
    assert "the difference is net:epochs=3 minus majority" in " ".join(lines)
