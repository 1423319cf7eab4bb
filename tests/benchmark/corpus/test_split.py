"""Folds that share nobody, and splits that cannot be learned from."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench import DataError, DatasetCard, RequestError
from emobench.corpus.corpus import Corpus
from emobench.corpus.split import Split, SplitPolicy, check_disjoint, policy, split

CLASSES = ("a", "b", "c")


def corpus_of(
    labels: list[int], groups: list[int], parts: list[str] | None = None, fold_by: str = "speaker"
) -> Corpus:
    """A corpus in memory: splits look at nothing but the table and the card."""
    table = pd.DataFrame(
        {
            "id": [f"u{i}" for i in range(len(labels))],
            "speaker": [f"s{g}" for g in groups],
            "group": [f"d{g // 2}" for g in groups],
            "label": [CLASSES[i] for i in labels],
            "split": parts or "train",
        }
    )
    card = DatasetCard("made", "", CLASSES, (), "", "", "As it comes.", fold_by=fold_by)
    dataset: Any = SimpleNamespace(card=card, split=lambda table, fold: table["split"])
    request: Any = SimpleNamespace(label="made:x=1")
    return Corpus(request, dataset, table, "", ())


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10_000), folds=st.integers(3, 6), by=st.sampled_from(["speaker", "group"])
)
def test_grouped_folds_share_no_group_and_test_every_utterance_once(
    seed: int, folds: int, by: str
) -> None:
    generator = np.random.default_rng(seed)
    groups = np.concatenate([np.arange(16), generator.integers(0, 16, 140)])
    corpus = corpus_of(list(generator.integers(0, 3, 156)), list(groups), fold_by=by)
    rule = policy(corpus, folds)
    assert rule == SplitPolicy(folds, grouped=True)
    tested = np.zeros(len(groups), dtype=int)
    unit = corpus.table[by].to_numpy()
    for fold in range(folds):
        drawn = split(corpus, rule, fold)
        together = np.concatenate([drawn.train, drawn.dev, drawn.test])
        assert sorted(together) == list(range(len(groups)))
        sets = [set(unit[p]) for p in (drawn.train, drawn.dev, drawn.test)]
        assert sum(map(len, sets)) == len(set.union(*sets))
        tested[drawn.test] += 1
        again = split(corpus, rule, fold)
        np.testing.assert_array_equal(again.test, drawn.test)
    assert (tested == 1).all()


def test_the_next_folds_test_part_is_dev() -> None:
    corpus = corpus_of([i % 3 for i in range(90)], [i % 15 for i in range(90)])
    rule = policy(corpus, 5)
    for fold in range(5):
        dev, following = split(corpus, rule, fold).dev, split(corpus, rule, (fold + 1) % 5).test
        np.testing.assert_array_equal(dev, following)


@pytest.mark.parametrize(
    ("folds", "asked", "dev"),
    [
        (3, None, 1), (8, None, 1), (9, None, 2), (14, None, 2), (15, None, 3), (24, None, 4),
        (10, 1, 1), (10, 3, 3), (5, 2, 2), (24, 22, 22),
    ],
)  # fmt: skip
def test_dev_is_about_a_sixth_of_the_folds_or_as_asked(
    folds: int, asked: int | None, dev: int
) -> None:
    corpus = corpus_of([i % 3 for i in range(288)], [i // 3 % 24 for i in range(288)])
    rule = policy(corpus, folds, asked)
    assert rule.dev_folds == dev
    assert rule.name == (f"grouped_{folds}" if dev == 1 else f"grouped_{folds}_dev_{dev}")
    told = rule.describe(corpus)
    assert (f"next {dev} folds' parts are dev" if dev > 1 else "next fold's part is dev") in told
    for fold in (0, folds - 1):
        following = [split(corpus, rule, (fold + 1 + k) % folds).test for k in range(dev)]
        chosen_by = split(corpus, rule, fold)
        assert chosen_by.dev.tolist() == sorted(np.concatenate(following))
        speakers = [set(corpus.table["speaker"].iloc[p]) for p in vars(chosen_by).values()]
        assert sum(map(len, speakers)) == 24 == len(set.union(*speakers))


def test_grouped_folds_have_like_shares_of_each_class() -> None:
    generator = np.random.default_rng(0)
    labels, groups = generator.choice(3, 600, p=[0.7, 0.2, 0.1]), generator.integers(0, 60, 600)
    corpus = corpus_of(list(labels), list(groups))
    overall = np.bincount(labels) / 600
    for fold in range(5):
        rows = split(corpus, policy(corpus, 5), fold).test
        share = np.bincount(labels[rows], minlength=3) / len(rows)
        assert share == pytest.approx(overall, abs=0.05)


def test_without_folds_the_corpus_decides() -> None:
    parts = ["train", "test", "dev", "train", "train", "test"]
    corpus = corpus_of([0, 0, 1, 1, 2, 2], [0] * 6, parts)
    rule = policy(corpus, None)
    assert (rule.name, rule.folds, rule.grouped) == ("standard", 1, False)
    assert rule.describe(corpus) == "As it comes."
    drawn = split(corpus, rule, 0)
    assert [p.tolist() for p in (drawn.train, drawn.dev, drawn.test)] == [[0, 3, 4], [2], [1, 5]]


def test_a_grouped_policy_says_what_it_keeps_apart() -> None:
    corpus = corpus_of([0, 1, 2] * 4, list(range(12)), fold_by="group")
    rule = policy(corpus, 4)
    assert rule.name == "grouped_4"
    assert "4 folds that share no group" in rule.describe(corpus)


@pytest.mark.parametrize("folds", [-1, 0, 1, 2, 6, 100])
def test_too_few_or_too_many_folds_are_refused_with_the_limit(folds: int) -> None:
    corpus = corpus_of([0, 1, 2] * 10, [i % 5 for i in range(30)])
    with pytest.raises(RequestError) as caught:
        policy(corpus, folds)
    assert f"--folds {folds}" in str(caught.value)
    assert "number of speakers, which is 5 in made:x=1" in str(caught.value)


def test_more_folds_than_any_class_has_utterances_are_refused() -> None:
    corpus = corpus_of([0, 0, 1, 1, 2, 2], list(range(6)))
    with pytest.raises(RequestError, match=r"--folds 4: no class of made:x=1 has so many"):
        split(corpus, policy(corpus, 4), 0)


@pytest.mark.filterwarnings("ignore:The least populated class")
def test_a_class_absent_from_train_is_named_with_the_way_out() -> None:
    corpus = corpus_of([0, 1, 2, 0, 1], [0, 1, 2, 3, 4], ["train", "dev", "test", "train", "test"])
    with pytest.raises(DataError) as caught:
        split(corpus, policy(corpus, None), 0)
    message = str(caught.value)
    assert "made:x=1, standard split, fold 0: class 'b', 'c' has no utterance in train" in message
    assert "--folds" in message


@pytest.mark.filterwarnings("ignore:The least populated class")
def test_a_class_that_one_speaker_alone_speaks_cannot_be_learned_without_them() -> None:
    labels = [0, 1] * 30 + [2] * 6
    corpus = corpus_of(labels, [i % 6 for i in range(60)] + [6] * 6)
    rule = policy(corpus, 3)
    outcomes = []
    for fold in range(3):
        try:
            outcomes.append(len(split(corpus, rule, fold).train))
        except DataError as error:
            outcomes.append(str(error))
    refused = [o for o in outcomes if isinstance(o, str)]
    assert len(refused) == 2  # the fold that tests on them, and the one that selects on them
    assert all("grouped_3 split" in o and "class 'c' has no" in o for o in refused)


@pytest.mark.parametrize("empty", ["train", "dev", "test"])
def test_an_empty_part_is_named(empty: str) -> None:
    parts = [p for p in ("train", "dev", "test") if p != empty] * 3
    corpus = corpus_of([0, 1, 2] * 2, list(range(6)), parts)
    with pytest.raises(DataError, match=f"made:x=1, standard split, fold 0: the {empty} part is"):
        split(corpus, policy(corpus, None), 0)


@pytest.mark.parametrize("asked", [-1, 9, 10])
def test_dev_folds_that_leave_no_train_are_refused_with_the_limit(asked: int) -> None:
    corpus = corpus_of([i % 3 for i in range(90)], [i % 15 for i in range(90)])
    assert policy(corpus, 10, 8).dev_folds == 8
    with pytest.raises(RequestError, match=rf"--dev-folds {asked}: .* from 1 to 8"):
        policy(corpus, 10, asked)


@pytest.mark.parametrize("count", [1, 2, 10, 11, 13])
def test_speakers_in_two_parts_are_named_ten_at_most(count: int) -> None:
    corpus = corpus_of([0] * 2 * count, [*range(count)] * 2)
    none = np.zeros(0, int)
    parts = Split(np.arange(count), none, np.arange(count, 2 * count))
    with pytest.raises(DataError) as caught:
        check_disjoint(corpus, parts, ("speaker",), "here")
    said = str(caught.value)
    assert f"here: {count} speaker{'s' if count > 1 else ''} in more than one part" in said
    assert said.count(" in train (u") == min(count, 10)
    assert f"s0 in train (u0), test (u{count})" in said
    assert (f" and {count - 10} more." in said) == (count > 10)
    check_disjoint(corpus, Split(np.arange(count), none, none), ("speaker",), "here")


def test_utterances_of_auxiliary_corpora_are_train_in_every_fold() -> None:
    speakers = [i % 15 for i in range(80)] + [20 + i for i in range(10)]
    corpus = corpus_of([i % 3 for i in range(90)], speakers)
    corpus.table["auxiliary"] = [False] * 80 + [True] * 10
    for fold in range(5):
        assert set(range(80, 90)) <= set(split(corpus, policy(corpus, 5), fold).train)
