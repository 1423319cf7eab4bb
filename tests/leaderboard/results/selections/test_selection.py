"""The words that choose what a page shows."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench.errors import RequestError
from emobench.leaderboard.results.selections.selection import Selection, chosen_labels

LABELS = (
    "late_fusion", "mlp", "mlp tuned:8", "mlp:hidden=64:depth=2", "mlp:hidden=64:depth=2 tuned:8",
    "mlp_mixer (as_published)", "wave:fusion=concat", "wave:fusion=attention (as_published)",
    "wave:fusion=attention", "own:net=text+audio,vision",
)  # fmt: skip


def entry(label: str) -> Any:
    name = re.split(r"[: ]", label)[0]
    budget = "tuned:8" if "tuned:8" in label else ""
    return SimpleNamespace(label=label, card=SimpleNamespace(name=name), budget=budget)


ENTRIES = [entry(label) for label in LABELS]


@pytest.mark.parametrize(
    ("typed", "labels"),
    [
        ("mlp", {"mlp"}),
        ("mlp tuned:8,late_fusion", {"mlp tuned:8", "late_fusion"}),
        ("mlp:depth=2:hidden=64", {"mlp:hidden=64:depth=2"}),
        ("mlp:depth=2:hidden=64 tuned:8", {"mlp:hidden=64:depth=2 tuned:8"}),
        (" mlp_mixer , mlp", {"mlp_mixer (as_published)", "mlp"}),
        ("*tuned:8", {"mlp tuned:8", "mlp:hidden=64:depth=2 tuned:8"}),
        ("wave:*=concat", {"wave:fusion=concat"}),
        ("wave:fusion=attention", {"wave:fusion=attention"}),
        ("some/where/mlp.py:depth=2:hidden=64", {"mlp:hidden=64:depth=2"}),
        ('"own:net=text+audio,vision"', {"own:net=text+audio,vision"}),
    ],
)
def test_a_word_is_a_row_as_the_page_prints_it(typed: str, labels: set[str]) -> None:
    assert chosen_labels(Selection.of(models=typed).models, ENTRIES) == labels


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("late_fussion", "Unknown stored model 'late_fussion'. Did you mean 'late_fusion'?"),
        ("mlp:hidden=65", "Did you mean 'mlp:hidden=64:depth=2'"),
        ("wave", "wave stands for several rows; name one of wave:fusion=attention"),
        ("x*", "No stored model matches 'x*'. Known: late_fusion, mlp,"),
        ("mlp,nobody", "Unknown stored model 'nobody'"),
    ],
)
def test_an_unknown_word_is_refused_with_what_is_near(typed: str, said: str) -> None:
    with pytest.raises(RequestError, match=re.escape(said)):
        chosen_labels(Selection.of(models=typed).models, ENTRIES)


def test_all_is_everything_and_nothing_is_refused() -> None:
    assert Selection.of(models="all").is_whole
    assert Selection.of(models="mlp,all") == Selection.of()
    assert not Selection.of(models="mlp").is_whole
    for nothing in ("", " , "):
        with pytest.raises(RequestError, match="--models names no model"):
            Selection.of(models=nothing)


def test_a_corpus_and_a_protocol_lie_where_they_lay_before() -> None:
    root = Path("r")
    assert Selection().place(root) == root / "leaderboard"
    assert Selection("meld").place(root) == root / "leaderboard" / "meld"
    assert Selection("meld", "full").place(root) == root / "leaderboard" / "meld-full"
    assert Selection("simulated:size=126").folder.name == "simulated-size-126-815faac9"


WORD = st.text(st.characters(codec="utf-8"), min_size=1, max_size=300)


@given(st.lists(WORD, min_size=1, max_size=4), st.lists(WORD, min_size=1, max_size=4))
def test_each_choice_has_a_folder_of_its_own(first: list[str], second: list[str]) -> None:
    one, other = Selection(models=tuple(first)), Selection(models=tuple(second))
    assert re.fullmatch(r"models-[A-Za-z0-9_-]{1,110}", one.folder.name)
    assert len(one.folder.parts) == 1
    if ",".join(sorted(first)) != ",".join(sorted(second)):
        assert one.folder != other.folder
    else:
        assert one.folder == other.folder


@given(st.permutations(["a=1", "b=x:y", "c=2", "d=long"]))
def test_options_may_stand_in_any_order(options: list[str]) -> None:
    label = "net:a=1:b=x:y:c=2:d=long tuned:4 (as_published)"
    word = f"net:{':'.join(options)} tuned:4 (as_published)"
    assert chosen_labels([word], [entry(label)]) == {label}
