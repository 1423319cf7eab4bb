"""Who was in a training is told by name only of a corpus that is published."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from emobench.corpus.split import Split
from emobench.inference.record import LISTED, parts_of


def origin(speakers: list[str], link: str = "", anonymous: bool = False) -> SimpleNamespace:
    """A training on all but the last utterance, which is tested."""
    size = len(speakers)
    table = pd.DataFrame({"id": [f"u{i}" for i in range(len(speakers))], "speaker": speakers})
    table["group"] = "g"
    card = SimpleNamespace(link=link, anonymous=anonymous)
    corpus = SimpleNamespace(table=table, dataset=SimpleNamespace(card=card))
    parts = Split(np.arange(size - 1), np.zeros(0, np.int64), np.array([size - 1]))
    view = SimpleNamespace(source_rows=np.arange(size), parts=parts)
    return SimpleNamespace(source=SimpleNamespace(corpus=corpus), view=view)


@pytest.mark.parametrize(("link", "names"), [("", ()), ("https://a.org", ("ann", "bob"))])
def test_names_are_those_of_a_published_corpus(link, names):
    train = parts_of(origin(["bob", "ann", "bob", "eve"], link))["train"]
    assert (train.utterances, train.unit, train.units, train.names) == (3, "speaker", 2, names)


def test_many_are_counted_and_stand_ins_are_no_people():
    many = [f"s{i}" for i in range(LISTED + 2)]
    train = parts_of(origin(many, "https://a.org"))["train"]
    assert (train.units, train.names) == (LISTED + 1, ())
    assert parts_of(origin(["a", "b"], anonymous=True))["train"].unit == "group"
    assert parts_of(origin(["a", "", "b"]))["train"].unit == "group"
