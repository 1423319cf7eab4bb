from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench.leaderboard.charts.courses import MANY, _numbers, course_chart
from emobench.leaderboard.charts.style import Style
from emobench.leaderboard.results.courses import Course, course
from emobench.store.records import Epoch, TrainingReport

LOOK = Style("#f0f100", "-", 1.7, False)


def training(looks: int, seed: int = 0, updates: bool = True, **more: object) -> Course:
    """A training whose loss falls and whose score rises until its last look."""
    epochs = tuple(
        Epoch(
            epoch=i,
            **({"updates": 50 * i} if updates else {}),
            **{"train_loss": 2 / i, "dev_macro_f1": 0.5 + 0.001 * i, "dev_loss": 1.0} | more,
        )
        for i in range(1, looks + 1)
    )
    return course(TrainingReport(epochs=epochs, best_epoch=looks), 0, seed)


def titles(svg: str) -> list[str]:
    return re.findall(r'class="t">([^<]*)<', svg)


def test_a_line_for_each_training_and_a_dot_for_each_kept_look() -> None:
    svg = course_chart([training(8), training(12, 1)], LOOK, "Curves of <net>")
    ET.fromstring(svg)
    assert 'aria-label="Curves of &lt;net&gt;"' in svg
    assert 'class="course c-s0"' in svg
    assert titles(svg) == ["train loss", "dev loss", "dev macro-F1"]
    assert "600 updates" in svg
    lines = re.findall(r'class="l" d="([^"]*)"', svg)
    assert [line.count("M") for line in lines] == [2, 2, 2]
    dots = re.findall(r'class="k" d="([^"]*)"', svg)
    assert [dot.count("h0") for dot in dots] == [2, 2]  # none where the train loss is


def test_old_records_are_drawn_by_epochs() -> None:
    svg = course_chart([training(8), training(12, 1, updates=False)], LOOK, "net")
    assert "12 epochs" in svg


def test_many_trainings_are_a_median_with_a_band() -> None:
    few = course_chart([training(30, seed) for seed in range(MANY)], LOOK, "net")
    many = course_chart([training(30, seed) for seed in range(MANY + 1)], LOOK, "net")
    assert 'class="b"' not in few
    assert many.count('class="b"') == 3
    assert many.count('class="m"') == 3
    long = course_chart([training(400, seed) for seed in range(60)], LOOK, "net")
    assert len(long) < 6000


def test_stages_before_the_last_are_dashed_and_their_best_look_is_hollow() -> None:
    epochs = (
        Epoch(epoch=0, stage="before", train_loss=1.0),
        Epoch(epoch=1, stage="frozen", dev_macro_f1=0.5, dev_loss=1.0),
        Epoch(epoch=2, stage="all", dev_macro_f1=0.6, dev_loss=1.0),
    )
    svg = course_chart([course(TrainingReport(epochs=epochs, best_epoch=2))], LOOK, "net")
    assert svg.count("stroke-dasharray") == 3  # train loss, dev loss and dev macro-F1
    assert ' d=""' not in svg
    assert svg.count('class="o"') == 2


def test_losses_by_term_and_a_varying_rate_have_panels() -> None:
    terms = {"train_loss": None, "losses": {"cycle": 0.5, "adversarial": 0.1}}
    assert titles(course_chart([training(3, **terms)], LOOK, "net")) == [
        "dev loss",
        "dev macro-F1",
        "loss: cycle",
        "loss: adversarial",
    ]
    epochs = tuple(Epoch(epoch=i, dev_loss=1.0, learning_rate=0.1 / i) for i in (1, 2))
    svg = course_chart([course(TrainingReport(epochs=epochs))], LOOK, "net")
    assert titles(svg) == ["dev loss", "learning rate"]
    flat = tuple(Epoch(epoch=i, dev_loss=1.0, learning_rate=0.1) for i in (1, 2))
    assert titles(course_chart([course(TrainingReport(epochs=flat))], LOOK, "net")) == ["dev loss"]


def test_nothing_is_drawn_of_nothing() -> None:
    assert course_chart([], LOOK, "net") == ""
    assert course_chart([course(TrainingReport(epochs=(Epoch(epoch=1),)))], LOOK, "net") == ""
    same = course(TrainingReport(epochs=(Epoch(epoch=1, dev_loss=float("inf")),)))
    assert course_chart([same], LOOK, "net") == ""


def test_one_look_is_a_point() -> None:
    epochs = (Epoch(epoch=1, dev_loss=1.0, dev_macro_f1=0.5),)
    ET.fromstring(course_chart([course(TrainingReport(epochs=epochs, best_epoch=1))], LOOK, "net"))


@given(st.floats(-5, 5), st.floats(1e-4, 1), st.integers(2, 5))
def test_ticks_can_be_told_apart(first: float, step: float, count: int) -> None:
    ticks = [round(first + i * step, 6) for i in range(count)]
    numbers = _numbers(ticks)
    assert len(set(numbers)) == len(set(ticks))
    for number, tick in zip(numbers, ticks, strict=True):
        assert float(number) == pytest.approx(tick, abs=step / 2)
