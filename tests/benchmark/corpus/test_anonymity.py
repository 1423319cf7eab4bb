"""Whose speakers a corpus names: from its table to the sentences on page and terminal."""

from __future__ import annotations

from itertools import combinations_with_replacement
from pathlib import Path

import pandas as pd
import pytest

from emobench import Folders, Skip
from emobench.corpus.anonymity import named
from emobench.corpus.corpus import Corpus, open_corpus
from emobench.corpus.joint.request import corpus_requests
from emobench.corpus.preparation.standardisation import check_speakers
from emobench.discovery.registry import registry
from emobench.store.records import CorpusRecord
from emobench.wording import EVERYBODY, NOBODY, SOME, UNKNOWN, unnamed_text

KINDS = {EVERYBODY: 40, SOME: 17, NOBODY: 0}
"""Naming to the rows of 40 that name their speaker."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("tables")
    for kind, count in KINDS.items():
        rows = [
            {
                "id": f"u{i}",
                "text": f"some words {kind} {i}",
                "label": ("angry", "happy")[i % 2],
                "split": ("train", "dev", "test", "train")[i // 2 % 4],
                "speaker": f"s{i // 2 % 4}" if i < count else "",
            }
            for i in range(40)
        ]
        table = pd.DataFrame(rows)
        table = table if count else table.drop(columns="speaker")
        table.to_csv(home / f"{kind}.csv", index=False)
        table.to_csv(home / f"{kind}2.csv", index=False)
    return home


def opened(folder: Path, words: str) -> Corpus:
    (request,) = corpus_requests(words, None, None, Folders(folder, folder / "cache"))
    return open_corpus(request)


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_names_whom_its_column_names(folder: Path, kind: str) -> None:
    assert named(opened(folder, f"{folder / kind}.csv")) == kind


@pytest.mark.parametrize(("first", "second"), combinations_with_replacement(KINDS, 2))
def test_a_joint_corpus_names_whom_its_members_name(folder: Path, first: str, second: str) -> None:
    corpus = opened(folder, f"{folder / first}.csv+{folder / second}2.csv")
    who = named(corpus)
    assert who == (first if first == second else SOME)
    if who == EVERYBODY:
        check_speakers(corpus)
    else:
        with pytest.raises(Skip, match="no speakers" if who == NOBODY else "not all speakers"):
            check_speakers(corpus)


def test_every_corpus_with_a_card_says_whom_it_names_in_old_records_too() -> None:
    for name, entry in registry("dataset").items():
        card = entry.card
        if card.suffixes:  # what a table names is found in its rows
            continue
        text = unnamed_text(CorpusRecord(dataset=name, card=card).people, card.unit)
        assert bool(text) == card.anonymous
        if card.anonymous:
            assert text == (
                "Nobody is named in this corpus: one person can be in both train and test, and "
                f"behind several {card.unit}s."
            )


@pytest.mark.parametrize("unit", ["", "speaker", "dialogue", "video", "image", "image or speaker"])
@pytest.mark.parametrize("who", [EVERYBODY, SOME, NOBODY, UNKNOWN])
def test_the_sentence_says_no_more_than_is_known(who: str, unit: str) -> None:
    text = unnamed_text(who, unit)
    assert bool(text) == (who != EVERYBODY)
    assert text.startswith("Nobody is named") == (who == NOBODY)
    assert text.startswith("Not everybody is named") == (who == SOME)
    assert ("a speaker of its own" in text) == (who == SOME and "speaker" in unit)
    assert "several speakers" not in text
    assert " or speakers" not in text
