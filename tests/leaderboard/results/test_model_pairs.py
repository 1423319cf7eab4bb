from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from emobench.errors import RequestError
from emobench.leaderboard import compare
from emobench.leaderboard.results.board import read_board
from emobench.leaderboard.results.comparison import gap
from emobench.leaderboard.results.comparisons.pooled_rows import pooled_row
from emobench.leaderboard.results.grids.edited_files import edit_notes
from emobench.leaderboard.results.reader import Results

REGIME = ({"name": "full", "description": "", "drop": 0.0},)


def test_two_models_are_compared_where_both_are_done(stored: Path) -> None:
    found = compare(stored, "oracle", "alpha_net")
    assert {pair.dataset for pair in found} == {"simulated"}
    # alpha_net failed under `text`, so four of five conditions are left in both regimes, and
    # the mean over rates.
    conditions = [p for p in found if not p.condition.startswith("summary:")]
    assert len(conditions) == 8
    assert [p.condition for p in found if p.is_main] == ["full", "full"]
    assert found[0].condition == "summary:mean over rates"
    assert len(found) == 10
    full = conditions[0]
    assert full.gap.value == pytest.approx(full.first.value - full.second.value)
    assert full.gap.excludes_zero == (full.p_value < 0.05)
    assert full.n_test == 90


def test_the_order_only_turns_the_sign(stored: Path) -> None:
    there = compare(stored, "oracle", "alpha_net", measure="accuracy")[0]
    back = compare(stored, "alpha_net", "oracle", measure="accuracy")[0]
    assert there.gap.value == -back.gap.value
    assert there.p_value == back.p_value


def test_an_unknown_model_gets_a_suggestion(stored: Path) -> None:
    with pytest.raises(RequestError, match="Did you mean 'alpha_net'"):
        compare(stored, "alpha_nett", "oracle")
    with pytest.raises(RequestError, match="Unknown measure 'f1'"):
        compare(stored, "alpha_net", "oracle", measure="f1")


@pytest.fixture
def capped(writer: Callable[..., Any], made: Any) -> Path:
    """A model with a cap on its epochs on two corpora, another on one of them."""
    small = {"seeds": 1, "subsets": (), "rates": (), "regimes": REGIME}
    card = {"kind": "own", "inputs": {}, "name": "net"}
    for dataset in ("simulated:size=420", "folded"):
        net = made("net:epochs=3", "own", {"text": 2.0})
        writer(dataset=dataset, **small).grid(net, model_card=card)
    writer(dataset="folded", **small).grid(made("majority", "reference"))
    writer(dataset="elsewhere", **small).grid(made("alone", "own", {"text": 1.0}))
    return Path(writer().root)


def test_a_bare_name_is_enough_where_one_row_has_it(
    capped: Path, writer: Callable[..., Any], made: Any
) -> None:
    (pair,) = compare(capped, "net", "majority")
    assert pair.labels == ("net:epochs=3", "majority")
    other = writer(dataset="folded", seeds=1, subsets=(), rates=(), regimes=REGIME)
    other.grid(made("net:epochs=5", "own"), model_card={"kind": "own", "name": "net"})
    with pytest.raises(RequestError, match="several rows; name one of net:epochs=3, net:epochs=5"):
        compare(capped, "net", "majority")


def test_corpus_and_protocol_narrow_what_is_compared(stored: Path, capped: Path) -> None:
    every = compare(stored, "majority", "alpha_net")
    assert {p.dataset for p in every} == {"simulated", "folded"}
    one = compare(stored, "majority", "alpha_net", dataset="folded", protocol="missing_modality")
    assert {p.dataset for p in one} == {"folded"}
    with pytest.raises(
        RequestError, match=r"Unknown stored dataset 'foldet'\. Did you mean 'folded'"
    ):
        compare(stored, "majority", "alpha_net", dataset="foldet")
    with pytest.raises(RequestError, match="Unknown stored protocol 'missing'"):
        compare(stored, "majority", "alpha_net", protocol="missing")
    with pytest.raises(RequestError, match="Unknown stored model 'majority'"):
        compare(capped, "net", "majority", dataset="simulated")


def test_why_nothing_is_in_common_is_said(capped: Path, made: Any) -> None:
    with pytest.raises(RequestError) as caught:
        compare(capped, "alone", "majority")
    assert "have no setting in common" in str(caught.value)
    assert str(caught.value).endswith(
        ": alone is on elsewhere (controlled track, missing_modality); majority is on folded "
        "(controlled track, missing_modality)."
    )
    with pytest.raises(RequestError, match="are the same row, net:epochs=3"):
        compare(capped, "net", "net:epochs=3")


def test_what_is_not_finished_is_said_to_be_so(writer: Callable[..., Any], made: Any) -> None:
    small = writer(subsets=(), rates=(), regimes=REGIME)
    small.grid(made("net", "own", {"text": 1.0}, incomplete=("full",)))
    small.grid(made("majority", "reference"))
    with pytest.raises(RequestError, match="under no condition are both finished"):
        compare(small.root, "net", "majority")


def test_a_p_value_agrees_with_the_interval(stored: Path) -> None:
    for pair in (*compare(stored, "oracle", "majority"), *compare(stored, "alpha_net", "oracle")):
        assert (pair.p_value < 0.05) == pair.gap.excludes_zero
    assert replace(pair, p_value=1e-9).p_text == "< 0.001"
    assert replace(pair, p_value=0.25).p_text == "0.250"


def test_a_mean_is_the_gap_that_the_page_rests_on(stored: Path) -> None:
    found = compare(stored, "oracle", "majority", dataset="simulated")
    section = next(s for s in read_board(Results(stored)).sections if s.dataset == "simulated")
    summary = next(s for s in section.summaries if s.name == "mean over rates")
    (mean,) = (p for p in found if p.condition == f"summary:{summary.name}" and p.regime == "full")
    rows = [section.entry(name) for name in mean.labels]
    scores = [pooled_row(section, e, "full", summary).final for e in rows if e is not None]
    told = gap(scores[0], scores[1], "macro_f1")
    assert told is not None
    assert (mean.gap.value, mean.gap.low) == (told.value, told.interval(-1.0, 1.0).low)
    assert mean.p_value == told.p_value
    single = {p.condition: p.gap.value for p in found if p.regime == "full"}
    each = [single[name] for name in summary.conditions]
    assert mean.gap.value == pytest.approx(sum(each) / len(each))


def test_rows_of_an_earlier_file_are_said(
    stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "alpha_net.py"
    file.write_text("first")
    digest = hashlib.sha256(b"first").hexdigest()
    monkeypatch.setattr(Results, "model_source", lambda *_: digest)
    words = (str(file), "oracle", "oracle.py")
    assert edit_notes(stored, words) == []
    file.write_text("second")
    assert edit_notes(stored, words) == ["these rows are of an earlier alpha_net.py; run it again"]
