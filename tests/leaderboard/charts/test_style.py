from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from emobench.leaderboard.charts.style import INK, axes, spread, svg


@given(st.lists(st.floats(0, 1), max_size=12))
def test_labels_keep_their_distance_order_and_bounds(places: list[float]) -> None:
    placed = spread(places, gap=0.05, low=0.0, high=1.0)
    ranked = sorted(range(len(places)), key=lambda i: (places[i], i))
    ordered = [placed[i] for i in ranked]
    assert all(b - a >= 0.05 - 1e-9 for a, b in itertools.pairwise(ordered))
    assert all(-1e-9 <= place <= 1 + 1e-9 for place in placed)


def test_labels_with_room_stay_where_they_are() -> None:
    assert spread([0.9, 0.1, 0.5], gap=0.1, low=0, high=1) == [0.9, 0.1, 0.5]


def draw() -> str:
    figure, axis = axes(3, 2)
    axis.plot([0, 1], [0, 1], color=INK)
    axis.set_xlabel("rate")
    return svg(figure, "a chart", 'Score "against" rate')


def test_svg_is_deterministic_and_follows_the_page() -> None:
    text = draw()
    assert text == draw()
    assert INK not in text
    assert "var(--ink)" in text
    assert ">rate</text>" in text
    assert 'aria-label="Score &quot;against&quot; rate"' in text
    assert "<metadata" not in text
    assert 'id="a-chart-' in text
