"""Dots with intervals: where they are drawn, and what is said of them."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from emobench.leaderboard.charts.drawing import WIDTH, Span, apart, shortened, tick_text
from emobench.leaderboard.charts.intervals import Dot, IntervalChart, Rule, interval_chart
from emobench.leaderboard.statistics.bootstrap import Estimate

DOTS = (
    Dot("good <net>", Estimate(0.7, 0.6, 0.8)),
    Dot("bad", Estimate(0.4, 0.3, 0.5), before=Estimate(0.6, 0.5, 0.7), muted=True),
)


def chart(**changes: object) -> str:
    told: dict[str, object] = {"dots": DOTS, "rules": (Rule("late", 0.65),)} | changes
    return interval_chart(IntervalChart("n a", "A & B", "score", **told))  # type: ignore[arg-type]


def test_the_drawing_is_whole_and_has_a_name() -> None:
    root = ElementTree.fromstring(chart())
    names = (root.get("aria-labelledby") or "").split()
    told = {one.get("id"): one.text for one in root if one.get("id")}
    assert told[names[0]] == "A & B"
    assert "good <net> .700 [.600, .800]" in (told[names[1]] or "")
    assert "bad from .600 to .400" in (told[names[1]] or "")
    assert "late .650" in (told[names[1]] or "")


def test_a_dot_lies_within_its_interval_and_order_is_kept() -> None:
    text = chart()
    full = [float(x) for x in re.findall(r'class="[^"]*full" cx="([\d.]+)"', text)]
    ends = [tuple(map(float, pair)) for pair in re.findall(
        r'class="[^"]*whisker" d="M([\d.]+) [\d.]+L([\d.]+) ', text)]  # fmt: skip
    assert len(full) == len(ends) == 2
    for x, (low, high) in zip(full, ends, strict=True):
        assert 0 < low < x < high < WIDTH
    assert full[0] > full[1]


def test_what_is_held_against_is_hollow() -> None:
    assert chart().count("hollow") == 1
    assert "hollow" not in chart(dots=DOTS[:1])


def test_the_smallest_difference_is_drawn_to_scale() -> None:
    text = chart(least=0.1)
    start, stop = map(float, re.findall(r'class="measure" d="M([\d.]+) [\d.]+L([\d.]+) ', text)[0])
    low, high = map(float, re.findall(
        r'class="[^"]*whisker" d="M([\d.]+) [\d.]+L([\d.]+) ', text)[0])  # fmt: skip
    assert stop - start == pytest.approx((high - low) / 2, abs=0.3)


def test_differences_stand_in_figures_beside_their_lines() -> None:
    text = chart(dots=(Dot("net", Estimate(-0.06, -0.1, -0.02)),), rules=(), signed=True)
    assert re.search(r'<text[^>]*text-anchor="end"[^>]*>−.060</text>', text)
    assert "net: −.060 [−.100, −.020]" in text


def test_nothing_is_drawn_of_nothing() -> None:
    assert chart(dots=()) == ""


def test_a_scale_ends_at_its_edges() -> None:
    span = Span(0.2, 0.6, 10, 110)
    places = [span.at(x) for x in (0.0, 0.2, 0.4, 0.6, 1.0)]
    assert places == pytest.approx([10, 10, 60, 110, 110])
    assert span.ticks() == sorted(span.ticks())
    assert all(0.2 <= tick <= 0.6 for tick in span.ticks())


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (0.5, ".5"), (0.25, ".25"), (1.0, "1")])
def test_ticks_have_no_needless_zeros(value: float, text: str) -> None:
    assert tick_text(value) == text


def test_names_that_differ_stay_apart() -> None:
    names = ["cross_modal_attention:epochs=3", "cross_modal_translation:epochs=3", "net"]
    short = apart(names, 24)
    assert list(short) == names
    assert len(set(short.values())) == 3
    assert max(map(len, short.values())) <= 24
    text = chart(dots=[Dot(name, Estimate(0.7, 0.6, 0.8)) for name in names])
    assert all(f">{one}</text>" in text for one in short.values())


def test_a_long_name_keeps_both_ends() -> None:
    assert shortened("short", 9) == "short"
    name = shortened("a_very_long_name:readout=mean", 12)
    assert len(name) == 12
    assert name.startswith("a_very")
    assert name.endswith("=mean")
