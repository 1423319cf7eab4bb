"""A page of chosen rows: the same numbers, ranked among themselves, and it says what it lacks."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emobench.errors import RequestError
from emobench.leaderboard import outdated, render
from emobench.leaderboard.report.publish import Composition, compose
from emobench.leaderboard.results.selections.selection import Selection

from ..conftest import ALL, REGIMES, Made, Writer

NETS = ("alpha_net", "beta_net", "gamma_net")
RANKS = {"rank_first", "rank_last"}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("chosen") / "results"
    small = {"subsets": (), "rates": (), "regimes": REGIMES[:1]}
    writer = Writer(root, n=60, **small)
    writer.grid(Made("majority", "reference"))
    writer.grid(Made("late_fusion", "reference", {"text": 1.2, "audio": 0.9, "vision": 1.0}))
    for i, name in enumerate(NETS):
        writer.grid(Made(name, "published", {"text": 3.0 - i, "audio": 2.0 - 0.5 * i}))
    searched = Made("beta_net", "published", {"text": 2.0, "audio": 1.5})
    writer.tuned(searched, Made("beta_net", "published", ALL))
    Writer(root, dataset="other", n=40, **small).grid(Made("delta_net", "own", ALL))
    return root


def lines(composed: Composition) -> dict[tuple[str, ...], dict[str, str]]:
    rows = csv.DictReader(io.StringIO(composed.texts["leaderboard.csv"]))
    return {(r["dataset"], r["model"], r["regime"], r["condition"]): r for r in rows}


@pytest.fixture(scope="module")
def whole(root: Path) -> Composition:
    return compose(root)


def test_the_numbers_are_those_of_the_whole_page_and_the_ranks_are_not(
    root: Path, whole: Composition
) -> None:
    every = lines(whole)
    found = lines(compose(root, Selection.of(models="gamma_net,beta_net")))
    models = {model for _, model, *_ in found}
    assert models == {"majority", "late_fusion", "beta_net", "gamma_net"}
    changed = set()
    for key, row in found.items():
        assert {k: v for k, v in row.items() if k not in RANKS} == {
            k: v for k, v in every[key].items() if k not in RANKS
        }
        changed |= {key[1] for k in RANKS if row[k] != every[key][k]}
    # With the best model away, the two that are left hold other places.
    assert changed == {"beta_net", "gamma_net"}
    assert found["simulated", "beta_net", "full", "full"]["rank_first"] == "1"


def test_the_page_says_what_it_leaves_out(root: Path, whole: Composition) -> None:
    found = compose(root, Selection.of(models="beta_net"))
    (section,) = found.board.sections
    assert section.left_out == ("alpha_net", "beta_net tuned:4", "gamma_net")
    for name in ("index.html", "leaderboard.md"):
        text = re.sub(r"<[^>]+>|[*`]", "", found.texts[name])
        assert "Chosen from what is stored: the models beta_net." in text
        assert "3 of 6 rows: those that were chosen, and what they are measured against" in text
        assert "Left out: alpha_net, beta_net tuned:4 and gamma_net." in text
        assert "are about the rows shown here alone" in text
        for absent in ("text_only", "audio_only", "vision_only"):
            assert re.search(rf"Nothing is compared with .*{absent}.*: not stored here", text)
        assert "Chosen from" not in whole.texts[name]
        assert "Left out" not in whole.texts[name]
    # Before the first table and the first sentence: nobody sees a rank without it.
    page = found.texts["index.html"]
    assert page.index("Chosen from") < page.index("<table")
    assert page.index("Left out") < page.index('class="answer"')


def test_a_searched_row_brings_what_it_is_measured_against(root: Path) -> None:
    found = compose(root, Selection.of(models="*tuned:4"))
    (section,) = found.board.sections
    assert [e.label for e in section.all_entries] == [
        "beta_net", "late_fusion", "majority", "beta_net tuned:4"
    ]  # fmt: skip
    assert section.left_out == ("alpha_net", "gamma_net")


def test_only_a_corpus_is_said_too(root: Path) -> None:
    found = compose(root, Selection("other"))
    assert [section.dataset for section in found.board.sections] == ["other"]
    assert (
        "<b>Chosen from what is stored:</b> the corpus <code>other</code>"
        in (found.texts["index.html"])
    )
    assert found.board.sections[0].left_out == ()


def test_a_name_is_looked_for_in_what_was_chosen_besides(root: Path) -> None:
    with pytest.raises(RequestError, match=r"Unknown stored model 'alpha_net'.*Known: delta_net"):
        compose(root, Selection.of("other", models="alpha_net"))


def test_the_whole_page_stays_and_the_parts_lie_beside_it(root: Path) -> None:
    first = render(root)
    before = first.read_bytes()
    second = render(root, models="gamma_net,beta_net")
    assert second.parent.parent == first.parent
    assert second == render(root, models="beta_net , gamma_net")
    assert first.read_bytes() == before
    third = render(root, models="beta_net", take_away=True)
    (told,) = third.parent.glob("take-away/*/README.md")
    assert "(3 of 6 rows)" in told.read_text()
    (script,) = third.parent.glob("take-away/*/run.sh")
    assert "alpha_net" not in script.read_text()
    assert render(root, models="all") == first


def test_chosen_rows_of_an_older_state_of_the_corpus_are_named(
    writer: Callable[..., Any], made: Any
) -> None:
    old = writer(subsets=(), rates=(), state="old", created="2026-01-01T00:00:00+00:00")
    old.grid(made("first_net", skill=ALL))
    old.grid(made("second_net", skill=ALL))
    new = writer(subsets=(), rates=(), state="new")
    new.grid(made("third_net", skill=ALL))
    with pytest.raises(RequestError, match="first_net cannot be shown: the corpora have changed"):
        compose(new.root, Selection.of(models="first_net"))
    (section,) = compose(new.root, Selection.of(models="third_net,first_net")).board.sections
    assert section.outdated == ("first_net",)
    assert section.left_out == ()
    (line,) = outdated(new.root, models="third_net,first_net")
    assert "first_net; run them again" in line
    assert "second_net" not in line
