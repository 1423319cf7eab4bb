"""A process opens a corpus once, and keeps no more of them than it is told."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from emobench.corpus.corpus import Corpus, CorpusRequest
from emobench.corruption.corrupted_dataset import CorruptedRequest
from emobench.grid.open_corpora import OpenCorpora
from emobench.interface.protocol import Corruption

INPUTS = {"text": ("tokens",)}


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch, small: Any) -> Counter[str]:
    """How often each corpus is opened, by its key; opening costs nothing."""
    counts: Counter[str] = Counter()

    def open_corpus(request: CorpusRequest, progress: object = None) -> Corpus:
        counts[request.key] += 1
        return replace(small.corpus, request=request)

    monkeypatch.setattr("emobench.grid.open_corpora.open_corpus", open_corpus)
    return counts


def sizes(small: Any, *numbers: int) -> list[CorpusRequest]:
    return [replace(small.request, options=(("size", str(n)),)) for n in numbers]


def test_it_is_opened_once_and_equal_requests_are_one(small: Any, counted: Counter[str]) -> None:
    corpora = OpenCorpora()
    first = corpora.get(small.request)
    assert corpora.get(replace(small.request)) is first
    assert counted.total() == 1


def test_those_that_were_asked_for_last_are_kept(small: Any, counted: Counter[str]) -> None:
    corpora = OpenCorpora(most=2)
    one, two, three = sizes(small, 1, 2, 3)
    for request in (one, two, one, three, one):
        corpora.get(request)
    assert counted == {one.key: 1, two.key: 1, three.key: 1}
    corpora.get(two)
    assert counted[two.key] == 2


def test_other_rows_are_another_corrupted_copy(small: Any, counted: Counter[str]) -> None:
    damage = Corruption("white_noise", 3)
    few, many = (CorruptedRequest.of(small.request, damage, range(n)) for n in (3, 4))
    assert few.label == many.label
    corpora = OpenCorpora()
    assert corpora.get(few) is not corpora.get(many)
    assert corpora.get(CorruptedRequest.of(small.request, damage, (2, 1, 0))) is corpora.get(few)


def test_a_fold_is_opened_once_for_the_same_inputs(small: Any) -> None:
    corpora = OpenCorpora()
    first = corpora.view(small.request, small.policy, 0, INPUTS)
    assert corpora.view(small.request, small.policy, 0, dict(INPUTS)) is first
    assert corpora.view(small.request, small.policy, 0, {"audio": ("mfcc",)}) is not first
    flawed = corpora.view(small.request, small.policy, 0, INPUTS, "selected_on_test")
    assert flawed is not first


def test_what_is_forgotten_is_opened_anew(small: Any, counted: Counter[str]) -> None:
    corpora = OpenCorpora()
    view = corpora.view(small.request, small.policy, 0, INPUTS)
    corpora.forget(small.request)
    assert corpora.view(small.request, small.policy, 0, INPUTS) is not view
    assert counted.total() == 2
