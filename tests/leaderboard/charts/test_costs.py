"""The models that none beats in cost and score at once."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np

from emobench.leaderboard.charts.costs import CostPoint, cost_chart, front
from emobench.leaderboard.charts.style import Style

LOOK = Style("#f0f100", "-", 1.0, False)


def drawn(seed: int, n: int = 40) -> list[CostPoint]:
    """Points on a coarse grid, so that some are equal in one or in both."""
    values = np.random.default_rng(seed).integers(1, 9, (n, 2))
    return [CostPoint(f"m{i}", float(c), s / 10) for i, (c, s) in enumerate(values)]


def test_nobody_beats_the_front_and_somebody_beats_everybody_else() -> None:
    for seed in range(25):
        points = drawn(seed)
        best = front(points)
        assert best

        def beats(a: CostPoint, b: CostPoint) -> bool:
            return (
                a.cost <= b.cost and a.score >= b.score and (a.cost, a.score) != (b.cost, b.score)
            )

        for one in points:
            assert any(beats(other, one) for other in points) == (one not in best)
        assert [p.cost for p in best] == sorted(p.cost for p in best)
        assert [p.score for p in best] == sorted(p.score for p in best)


def test_every_model_is_a_dot_and_the_front_is_named() -> None:
    points = [CostPoint("cheap", 10, 0.4), CostPoint("dear", 1000, 0.6), CostPoint("bad", 900, 0.3)]
    text = cost_chart("c", "parameters", points, dict.fromkeys(["cheap", "dear", "bad"], LOOK), str)
    root = ElementTree.fromstring(text)
    named = [one.text for one in root.iter("text")]
    assert text.count("<circle") == 3
    assert {"cheap", "dear"} <= set(named)
    assert "bad" not in named
    assert "Beaten by none in both: cheap" in text


def test_one_cost_is_no_chart() -> None:
    points = [CostPoint("a", 5, 0.4), CostPoint("b", 5, 0.6)]
    assert cost_chart("c", "x", points, {"a": LOOK, "b": LOOK}, str) == ""
