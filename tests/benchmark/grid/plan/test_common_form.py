"""Under transfer a corpus with several forms of a modality is read in one that the others have."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from emobench.discovery.registry import resolve
from emobench.grid.plan.candidates import candidates
from emobench.grid.plan.corpora import CorpusPlan, _in_common_form, distinct_parts
from emobench.grid.plan.request import Request


@pytest.fixture
def plans(small: Any) -> tuple[Request, CorpusPlan, CorpusPlan, CorpusPlan]:
    """One corpus with action units and frames, one with frames, one with action units."""
    request = Request(resolve("model", "vision_only"), [], [small.request])
    made = []
    for forms in (("action_units", "frames"), ("frames",), ("action_units",)):
        corpus = replace(small.corpus, sources=small.corpus.sources | {"vision": forms})
        made.append(CorpusPlan(corpus, small.policy, [], candidates(request, corpus)))
    return request, *made


def reads(part: CorpusPlan) -> list[dict[str, tuple[str, ...]]]:
    return [candidate.inputs for candidate in part.candidates]


def test_a_form_that_both_have_is_chosen_and_said(plans: Any) -> None:
    request, both, frames, _ = plans
    said: list[str] = []
    screen: Any = SimpleNamespace(say=said.append)
    assert reads(both) == [{"vision": ("action_units",)}]
    shared = _in_common_form(request, both, (both, frames), screen)
    assert reads(shared) == [{"vision": ("face_descriptor",)}]
    (line,) = said
    assert "vision is read as frames, which the other corpora have too" in line
    # Both readings are prepared where another protocol keeps the first.
    (whole,) = distinct_parts([SimpleNamespace(parts=(both,)), SimpleNamespace(parts=(shared,))])
    assert reads(whole) == [*reads(both), *reads(shared)]


def test_without_a_common_form_and_where_all_agree_nothing_changes(plans: Any) -> None:
    request, both, frames, units = plans
    said: list[str] = []
    screen: Any = SimpleNamespace(say=said.append)
    assert _in_common_form(request, frames, (frames, units), screen) == frames
    assert reads(_in_common_form(request, both, (both, frames, units), screen)) == reads(both)
    assert said == []
