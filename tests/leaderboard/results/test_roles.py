"""The page picks rows by role: protocols with other row names get every table."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

from emobench.leaderboard import render
from emobench.leaderboard.results.board import Section, read_board
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.tables.audits.inflation import inflations
from emobench.leaderboard.tables.claims import claims
from emobench.leaderboard.tables.transfer import transfer_views

from ..conftest import Made, Writer

REGIME = ({"name": "ours", "description": "", "drop": 0.0},)


class Stranger(Writer):
    """Writes the results of a protocol of which every row has a name and scores of its own."""

    theirs: ClassVar[list[dict[str, Any]]] = []

    @property
    def conditions(self) -> list[dict[str, Any]]:
        return [{"present": None, "rate": 0.0, **one} for one in self.theirs]

    def predict(
        self, made: Made, regime: str, condition: dict[str, Any], fold: int, seed: int
    ) -> tuple[pd.DataFrame, float]:
        frame, missing = super().predict(made, regime, condition, fold, seed)
        noise = np.random.default_rng([*condition["name"].encode(), seed])
        logits = frame.filter(like="logit_").columns
        frame[logits] += noise.normal(0, 1, (len(frame), len(logits))).astype(np.float32)
        return frame, missing


def store(root: Path, show: str, conditions: list[dict[str, Any]], **changes: Any) -> Path:
    here = Stranger(root, dataset=changes.pop("dataset", "simulated"), regimes=REGIME)
    here.theirs = conditions
    card = {"name": "stranger", "title": "Theirs", "question": "?", "show": show}
    net = Made("net", "published", {"text": 1.3})
    changes["rows"] = changes.pop("rows", lambda rows: rows)(here.rows(net))
    here.grid(net, protocol="stranger", protocol_card=card, summaries=[], **changes)
    return here.root


def sections(root: Path) -> tuple[Section, ...]:
    return read_board(Results(root)).sections


def value(section: Section, condition: str, measure: str) -> float:
    score = section.rows["net"]["ours", condition].final
    assert score is not None
    return score.values[measure]


def test_published_results_are_paired_with_the_rows_of_their_role(tmp_path: Path) -> None:
    rows = [("theirs", "paper"), ("fair", "honest"), ("mended", "corrected"), ("theirs b", "paper")]
    settings = [
        {"measure": "accuracy", "claimed": 0.9, "source": "table 1"},
        {"measure": "macro_f1", "claimed": 0.8, "source": "table 2"},
    ]
    settings = [one | {"corpus": "simulated", "split_text": "theirs"} for one in settings]
    root = store(
        tmp_path, "claims", [{"name": n, "role": r} for n, r in rows],
        model_card={"name": "net", "kind": "published", "settings": settings},
    )  # fmt: skip
    (section,) = sections(root)
    first, second = claims(section)
    for role, name in (("paper", "theirs"), ("honest", "fair"), ("corrected", "mended")):
        found = first.estimates[role]
        assert found is not None
        assert found.value == value(section, name, "accuracy")
    assert second.estimates["paper"] is not None
    assert second.estimates["paper"].value == value(section, "theirs b", "macro_f1")
    assert second.estimates["honest"] is None
    assert "Claimed, and measured" in render(root).read_text()


def test_transfer_is_found_by_role_and_corpus(tmp_path: Path) -> None:
    for own, other in (("alpha", "beta"), ("beta", "alpha")):
        root = store(
            tmp_path, "transfer",
            [
                {"name": "at home", "role": "real"},
                {"name": "abroad", "role": "transfer", "corpus": other},
                {"name": "shared classes", "role": "in_corpus", "corpus": own, "classes": other},
            ],
            dataset=own,
        )  # fmt: skip
    here = {s.dataset: s for s in sections(root)}
    (view,) = transfer_views(here.values(), {})
    matrix = view.matrices[0][0]
    assert matrix.columns == ("alpha", "beta")
    own, away = dict(matrix.rows)["alpha"]
    assert own.own
    assert own.estimate is not None
    assert own.estimate.value == value(here["alpha"], "at home", "macro_f1")
    assert away.estimate is not None
    assert away.estimate.value == value(here["alpha"], "abroad", "macro_f1")
    assert away.in_corpus == value(here["beta"], "shared classes", "macro_f1")
    assert "Trained on one corpus, tested on another" in render(root).read_text()


def test_an_audit_is_found_by_role_and_flaw(tmp_path: Path) -> None:
    def with_flaw(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [r | {"split": "random_clips" if r["condition"] == "leaky" else ""} for r in rows]

    audits = [
        {"flaw": "honest", "tested": 90, "twins": []},
        {"flaw": "random_clips", "tested": 90, "twins": [f"u0-{i:04d}" for i in range(30)]},
    ]
    root = store(
        tmp_path, "contrasts",
        [{"name": "fair", "role": "honest"}, {"name": "leaky", "role": "flawed"}],
        rows=with_flaw, audits=audits,
    )  # fmt: skip
    (section,) = sections(root)
    (found,) = inflations(section)
    assert (found.condition, found.duplicates, found.tested) == ("leaky", 30, 90)
    row = section.rows["net"]["ours", "leaky"]
    assert row.without_copies is not None
    assert row.without_copies.n_test == 60
    assert found.inflation is not None
    gap = value(section, "leaky", "macro_f1") - value(section, "fair", "macro_f1")
    assert found.inflation.value == pytest.approx(gap)
    assert "What each flaw is worth" in render(root).read_text()


def test_the_main_condition_curve_and_subsets_follow_roles(tmp_path: Path) -> None:
    root = store(
        tmp_path, "conditions",
        [
            {"name": "a third", "role": "rate", "rate": 0.3},
            {"name": "whole", "role": "real"},
            {"name": "words", "role": "subset", "present": ["text"]},
        ],
    )  # fmt: skip
    (section,) = sections(root)
    assert section.headline == "whole"
    assert [c.name for c in section.rates] == ["whole", "a third"]
    assert [c.name for c in section.subsets] == ["words"]
    names = [c.name for c in section.conditions]
    assert len({value(section, name, "macro_f1") for name in names}) == len(names)
