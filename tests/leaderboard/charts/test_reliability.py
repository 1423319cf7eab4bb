"""A reliability diagram is drawn where its numbers are."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from emobench.leaderboard.charts.reliability import WIDTH, reliability_chart
from emobench.leaderboard.charts.style import Style
from emobench.leaderboard.statistics.calibration import Reliability, reliability
from emobench.leaderboard.statistics.units import units_of

LOOK = Style("#f0f100", "-", 1.0, False)


@pytest.fixture(scope="module")
def found() -> Reliability:
    rng = np.random.default_rng(2)
    logits = (2 * rng.normal(size=(400, 4))).astype(np.float32)
    truth = np.where(rng.random(400) < 0.5, logits.argmax(axis=1), rng.integers(0, 4, 400))
    return reliability([(logits, truth)], units_of([f"i{i}" for i in range(400)], {}), "me")


def test_the_dots_sum_up_to_the_number_beside_them(found: Reliability) -> None:
    text = reliability_chart("r", "net", found, LOOK)
    root = ElementTree.fromstring(text)
    frame = [[*map(float, re.findall(r"[\d.]+", one.attrib["d"]))] for one in root.iter("path")
             if one.attrib["class"] == "rule"]  # fmt: skip
    ((left, bottom, right, top),) = frame
    total = 0.0
    dots = list(root.iter("circle"))
    for one in dots:
        x = (float(one.attrib["cx"]) - left) / (right - left)
        y = (bottom - float(one.attrib["cy"])) / (bottom - top)
        n = int(re.search(r", n ([\d,]+)$", one[0].text or "")[1].replace(",", ""))  # type: ignore[index]
        total += n * abs(x - y)
    assert total / 400 == pytest.approx(found.error.value, abs=0.002)
    assert len(dots) == int((found.counts.sum(axis=(0, 1)) > 0).sum())
    assert len([one for one in root.iter("path") if "count" in one.attrib["class"]]) == len(dots)
    assert root.attrib["viewBox"].startswith(f"0 0 {WIDTH:g} ")


def test_it_can_be_highlighted_and_read_aloud(found: Reliability) -> None:
    text = reliability_chart("r", 'a "<net>', found, LOOK)
    root = ElementTree.fromstring(text)
    assert [one.attrib["data-m"] for one in root.iter("g")] == ['a "<net>']
    told = root.find("desc")
    assert told is not None
    assert f"ECE .{found.error.value * 1000:03.0f}" in (told.text or "")
