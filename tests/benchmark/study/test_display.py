"""Scores as text and as HTML: no name in a table is more than text."""

from __future__ import annotations

import pandas as pd
import pytest

from emobench.study.display import MOST, html_tables, text_tables

ROW = {
    "model": "mlp", "variant": "corrected", "track": "controlled", "dataset": "words",
    "protocol": "missing_modality", "regime": "full", "condition": "full", "status": "done",
    "n_seeds": 2, "n_test": 1440, "macro_f1": 0.5, "macro_f1_low": 0.4, "macro_f1_high": 0.625,
}  # fmt: skip


def frame(*changes: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame([ROW | change for change in changes])


@pytest.mark.parametrize(
    "name", ["model", "variant", "dataset", "protocol", "track", "regime", "condition", "status"]
)
def test_markup_in_a_name_is_text(name):
    (table,) = html_tables(frame({name: '<script>alert("1")</script>&amp;'}), {})
    assert "<script" not in table
    assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;amp;" in table


def test_the_best_comes_first_and_what_is_not_there_last():
    missing = {"macro_f1": float("nan"), "status": "failed", "model": "c"}
    found = frame(missing, {"model": "a", "macro_f1": 0.2}, {"variant": "as_published"})
    (text,) = text_tables(found, {})
    lines = text.splitlines()
    assert lines[0] == "missing_modality on words, controlled track, condition full"
    assert [line.split()[0] for line in lines[1:]] == ["model", "mlp", "a", "c"]
    assert lines[2].split() == [
        "mlp", "(as_published)", "full", ".500", "[.400,", ".625]", "1,440", "2", "done"
    ]  # fmt: skip
    assert lines[4].split() == ["c", "full", "–", "failed"]


def test_each_setting_has_a_table_under_its_main_condition():
    found = frame(
        {"condition": "text"}, {}, {"protocol": "other", "condition": "a"},
        {"protocol": "other", "condition": "b"},
    )  # fmt: skip
    # A protocol's main condition has any name: it is the one with the real inputs.
    mains = {("missing_modality", "words", "controlled"): "full"}
    texts = text_tables(found, mains)
    assert [text.splitlines()[0].rpartition(" ")[2] for text in texts] == ["full", "a"]
    assert all(len(text.splitlines()) == 3 for text in texts)
    other = text_tables(found, {("other", "words", "controlled"): "b"})
    assert [text.splitlines()[0].rpartition(" ")[2] for text in other] == ["text", "b"]


def test_a_long_table_says_what_it_leaves_out():
    (text,) = text_tables(frame(*({"model": f"m{i}"} for i in range(MOST + 3))), {})
    assert text.splitlines()[0].endswith(f"(the first {MOST} of {MOST + 3} rows)")
    assert len(text.splitlines()) == MOST + 2
