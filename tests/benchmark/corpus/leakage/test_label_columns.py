"""A column of features with one value per class is the label in disguise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench import Folders
from emobench.corpus.corpus import open_corpus
from emobench.corpus.joint.request import corpus_requests
from emobench.corpus.leakage.label_columns import columns_of_label
from emobench.corpus.preparation.extract import prepare
from emobench.corpus.verify import verify
from emobench.executor import Executor

CLASSES = np.array(["angry", "happy", "sad"])


@settings(max_examples=40, deadline=None)
@given(
    codes=st.lists(st.floats(-9, 9, width=32), min_size=3, max_size=3),
    place=st.integers(0, 4),
    seed=st.integers(0, 99),
)
def test_any_code_of_the_label_is_found(codes: list[float], place: int, seed: int) -> None:
    numbers = np.random.default_rng(seed).integers(0, 3, 60)
    values = np.random.default_rng(seed + 1).normal(size=(60, 5)).astype(np.float32)
    values[:, place] = np.array(codes, dtype=np.float32)[numbers]
    expected = [place] if len(set(values[:, place])) > 1 else []
    assert columns_of_label(values, CLASSES[numbers]) == expected


def test_what_is_no_label() -> None:
    numbers = np.arange(60) % 3
    constant = np.ones((60, 1), np.float32)
    measured = numbers[:, None] + np.random.default_rng(0).normal(0, 1e-3, (60, 1))
    values = np.concatenate([constant, measured.astype(np.float32)], axis=1)
    assert columns_of_label(values, CLASSES[numbers]) == []
    few = np.arange(6, dtype=np.float32)[:, None]
    assert columns_of_label(few, np.array(list("abcdef"), dtype=object)) == []


@pytest.mark.parametrize("form", ["side", "rows"])
def test_verify_says_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pool: Executor, form: str
) -> None:
    numbers = np.arange(60) % 3
    values = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
    values[:, 2] = numbers
    ids = [f"u{i}" for i in range(60)]
    parts = [("train", "train", "dev", "test")[i // 3 % 4] for i in range(60)]
    table = pd.DataFrame({"id": ids, "label": CLASSES[numbers], "split": parts})
    monkeypatch.chdir(tmp_path)
    name = "m.csv"
    if form == "side":
        pd.DataFrame(values, columns=["f0", "f1", "Rating"]).assign(id=ids).to_parquet("f.parquet")
        name = "m.csv:audio_features=f.parquet"
    else:
        table["audio_features"] = [f"{i}.npy" for i in ids]
        for i, row in zip(ids, values, strict=True):
            np.save(f"{i}.npy", row[None])
    table.to_csv("m.csv", index=False)
    (request,) = corpus_requests(name, None, None, Folders(tmp_path, tmp_path / "cache"))
    target = prepare(open_corpus(request), (), pool)
    for _ in range(2):  # the second time it is remembered
        found = [f.text for f in verify(target) if f.verdict == "doubt"]
        assert any("column 3 of 3 has one value per class" in text for text in found)
