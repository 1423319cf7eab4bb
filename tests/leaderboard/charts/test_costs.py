"""The models that none beats in cost and score at once."""

from __future__ import annotations

import re
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


def test_names_stand_apart_and_a_narrow_scale_has_ticks() -> None:
    points = [CostPoint(f"long_model_name_{i}", 1.3 + i / 50, 0.5 + i / 200) for i in range(12)]
    looks = {p.label: LOOK for p in points}
    root = ElementTree.fromstring(cost_chart("c", "x", points, looks, "{:.2f}".format))
    texts = list(root.iter("text"))
    boxes = []
    for one in texts:
        if (one.text or "").startswith("long"):
            x, y, wide = float(one.attrib["x"]), float(one.attrib["y"]), 6.2 * len(one.text or "")
            left = x - wide if one.attrib.get("text-anchor") == "end" else x
            boxes.append((left, y - 9, left + wide, y + 2))
    assert boxes
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
    ticks = [one.text for one in texts if re.fullmatch(r"\d\.\d\d", one.text or "")]
    assert len(ticks) > 2
    assert len(set(ticks)) == len(ticks)
