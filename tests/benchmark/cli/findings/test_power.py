"""What ``emobench power`` says of the pairs that it is given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from emobench.cli.findings import power
from emobench.errors import RequestError
from emobench.leaderboard.results.comparisons.prospects import Prospect
from emobench.leaderboard.statistics.components import Components, SeedPart


def prospect(*sides: SeedPart, spread: float = 0.01, n: int = 24, same: bool = False) -> Prospect:
    setting = ("ravdess", "controlled", "full_modalities", "full", "full", "speaker")
    return Prospect(("net", "fusion"), *setting, Components(0.031, spread, n, sides), same)


NET, LINEAR = SeedPart(3, 0.0001, 0.002), SeedPart(1, 0, 0, is_fixed=True)


def said(monkeypatch, capsys, *found: Prospect, difference: float | None = 0.02) -> str:
    asked = []
    monkeypatch.setattr(power, "power", lambda *words: asked.append(words) or [*found])
    power.power_command("net, fusion", difference, Path("results"), "macro_f1", "ravdess")
    assert asked == [(Path("results"), ["net", "fusion"], "ravdess", None, "macro_f1")]
    return " ".join(capsys.readouterr().out.split())


def test_what_is_found_and_what_would_find_less(monkeypatch, capsys):
    out = said(monkeypatch, capsys, prospect(NET, LINEAR))
    assert "condition full: 24 speakers, 3 seeds net − fusion" in out
    assert "difference +.031, standard error .021; found with 80% power: .062 or more" in out
    assert "% speakers," in out
    assert (
        ".020 is found with a probability of 14 %; for 80 %: no number of speakers with as many "
        "seeds, and no number of seeds on these speakers, but 238 speakers with 10 seeds of each"
    ) in out
    assert "With one seed" not in out


def test_a_difference_that_is_found_needs_nothing_more(monkeypatch, capsys):
    out = said(monkeypatch, capsys, prospect(NET, LINEAR), difference=0.2)
    assert ".200 is found with a probability of 100 % macro_f1." in out


def test_without_a_difference_none_is_planned_for(monkeypatch, capsys):
    out = said(monkeypatch, capsys, prospect(NET, LINEAR), difference=None)
    assert "--difference .02 says how likely" in out
    assert "for 80 %" not in out


def test_more_speakers_or_more_seeds(monkeypatch, capsys):
    some, wild = SeedPart(3, 0.0003, 0.002), SeedPart(3, 0.002, 0.002)
    out = said(monkeypatch, capsys, prospect(some, some), difference=0.06)
    assert (
        ": 56 speakers instead of 24 speakers, with as many seeds, or 12 seeds of each on these"
        in out
    )
    out = said(monkeypatch, capsys, prospect(wild, wild), difference=0.06)
    assert ": no number of speakers with as many seeds, but 60 seeds of each on these" in out


def test_one_seed_cannot_tell_what_seeds_would_change(monkeypatch, capsys):
    out = said(monkeypatch, capsys, prospect(SeedPart(1, 0, 0), LINEAR))
    assert "and one seed cannot tell how many seeds" in out
    assert "With one seed nobody knows how much another training would change" in out
    linear = said(monkeypatch, capsys, prospect(LINEAR, LINEAR))
    assert "seed nobody" not in linear
    assert "condition full: 24 speakers net − fusion" in linear


def test_what_differs_nowhere_or_has_one_unit_says_so(monkeypatch, capsys):
    out = said(monkeypatch, capsys, prospect(NET, NET, same=True), prospect(NET, NET, n=1))
    assert "no difference in any draw: both score alike on every unit" in out
    assert "with one speaker, nothing is known of another one" in out


@pytest.mark.parametrize("difference", [0, -0.1, 1.5])
def test_a_difference_is_one_between_0_and_1(difference):
    with pytest.raises(RequestError, match="between 0 and 1"):
        power.power_command(None, difference, Path("results"), "macro_f1")


def test_units_of_several_names_and_unnamed_people_are_said(monkeypatch, capsys):
    plain = prospect(NET, LINEAR)
    joint = replace(plain, unit="speaker or image", unnamed="Not everybody is named here.")
    out = said(monkeypatch, capsys, joint)
    assert "24 units (speaker or image), 3 seeds Not everybody is named here. net − fusion" in out
    assert "no number of units with as many seeds" in out
    assert "238 units with 10 seeds" in out
    assert "speaker or images" not in out
