"""Every number of the page, of every kind, follows from its cells; whatever does not is said."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

from emobench.errors import RequestError
from emobench.leaderboard import explain, numbers
from emobench.leaderboard.pedigree.address import Address
from emobench.leaderboard.pedigree.explanation import Explanation, explanation
from emobench.leaderboard.pedigree.sections import StoredSections
from emobench.leaderboard.report.csv_table import csv_table
from emobench.leaderboard.results.board import read_board
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.statistics import measures, multilabel_metrics

from ..conftest import ALL, REGIMES, Made, Writer, make_joint

ONE = REGIMES[:1]
SINGLES = [Made(f"{m}_only", "reference", {m: 2.0}) for m in ("text", "audio", "vision")]


def every(root: Path) -> list[Address]:
    return [address for section in numbers(root) for address in section.every]


def kind(address: Address) -> tuple[str, ...]:
    """What tells numbers apart that are computed in another way."""
    number = address.number
    made = address.summary or address.contrast
    return number.measure, number.relation, made, number.part, number.other


def rendered(root: Path) -> None:
    """Write the table of the page alone: the page itself takes longer."""
    (root / "leaderboard").mkdir(exist_ok=True)
    (root / "leaderboard" / "leaderboard.csv").write_text(csv_table(read_board(Results(root))))


def explained(root: Path, most: int = 1, only: tuple[str, ...] = ()) -> Iterator[Explanation]:
    """Some numbers of each kind that the folder has, explained; blank ones are left out."""
    kinds, sections = defaultdict(list), StoredSections(root)
    for address in every(root):
        if not only or address.number.measure in only:
            kinds[kind(address)].append(address)
    for listed in kinds.values():
        there = 0
        for address in listed[:: max(1, len(listed) // 3)]:
            try:
                found = explanation(sections, address)
            except RequestError as error:
                if "There is no such number: " not in str(error):
                    raise
                continue
            yield found
            there += 1
            if there == most:
                break


def check(root: Path, *only: str) -> set[str]:
    """Explain numbers of every kind; all have to be equal. Returns what they were made by."""
    made = set()
    for one in explained(root, only=only):
        assert one.difference <= 1e-12, str(one.address)
        assert one.record.file is None or not one.record.differences
        json.dumps(one.content(), allow_nan=False)
        made.add(one.address.number.relation or one.page.made)
    return made


@pytest.fixture(scope="module")
def missing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Missing modalities, with a contrast, and three folds."""
    root = tmp_path_factory.mktemp("missing") / "results"
    writer = Writer(root, folds=3, n=14, subsets=("text", "audio"), rates=(0.5,))
    contrast = {
        "name": "by training: full", "description": "", "first": ["modality_dropout", "full"],
        "second": ["full", "full"],
    }  # fmt: skip
    fusion = Made("late_fusion", "reference", ALL)
    for made in (Made("majority", "reference"), *SINGLES, fusion, Made("net:k=[1]", skill=ALL)):
        writer.grid(made, contrasts=[contrast])
    return root


def test_scores_summaries_contrasts_and_differences(missing: Path) -> None:
    assert check(missing) == {
        "one", "mean", "minimum", "cost", "difference", "over", "left"
    }  # fmt: skip


def test_a_number_says_its_cells_seeds_and_files(missing: Path) -> None:
    one = explain(missing, "simulated/missing_modality/controlled/full/full/net:k=[1]/macro_f1")
    (row,) = one.content()["rows"]
    assert row["seeds"].keys() == {"0", "1"}
    assert [(c["fold"], c["seed"]) for c in row["cells"]] == [
        (f, s) for s in (0, 1) for f in (0, 1, 2)
    ]
    assert np.mean([*row["seeds"].values()]) == pytest.approx(one.page.value, abs=1e-12)
    for cell in row["cells"]:
        assert (missing / cell["file"]).is_file()
        assert len(pd.read_parquet(missing / cell["file"])) == cell["utterances"] == 14


def test_the_least_difference_names_every_single_row(missing: Path) -> None:
    here = "simulated/missing_modality/controlled/full/full/net:k=[1]"
    one = explain(missing, f"{here}/macro_f1-over-best_single")
    labels = [row.entry.label for row in one.page.rows]
    assert sorted(labels[1:]) == ["audio_only", "text_only", "vision_only"]
    scores = [
        explain(missing, f"{here.rpartition('/')[0]}/{n}/macro_f1").page.value for n in labels
    ]
    assert one.page.value == pytest.approx(scores[0] - max(scores[1:]), abs=1e-12)
    assert one.page.p_value is not None
    other = explain(missing, f"{here}/macro_f1-over-text_only")
    assert other.is_equal


def test_a_short_id_means_the_same_number(missing: Path) -> None:
    address = every(missing)[7]
    assert explain(missing, address.short).address == address
    assert explain(missing, address.short.upper()).address == address
    assert len({one.short for one in every(missing)}) == len(every(missing))


def test_ids_stay_when_results_are_computed_again(tmp_path: Path) -> None:
    listed = []
    for name, created in (("a", "2026-01-01"), ("b", "2027-02-02")):
        writer = Writer(tmp_path / name, n=8, subsets=("text",), rates=(), created=created)
        writer.seeds = 1 + (name == "b")
        writer.grid(Made("net", "own", ALL))
        listed.append([(str(one), one.short) for one in every(tmp_path / name)])
    assert listed[0] == listed[1]


def test_members_of_a_joint_corpus_and_utterances_without_copies(tmp_path: Path) -> None:
    writer = Writer(tmp_path, subsets=("text+vision",), rates=(0.2,), regimes=ONE)
    for made in (Made("net", "own", ALL), Made("majority", "reference")):
        writer.grid(made)
    make_joint(tmp_path)
    for path in tmp_path.glob("corpora/*.json"):
        copied = [{"tested": 90, "whole": [f"u0-{i:04d}" for i in range(0, 90, 3)]}]
        path.write_text(json.dumps(json.loads(path.read_text()) | {"copies": copied}))
    rendered(tmp_path)
    parts = {
        one.address.number.part for one in explained(tmp_path, only=("uar",)) if one.is_reproduced
    }
    assert parts == {"", "words", "films", "without_copies"}


def test_several_labels(tmp_path: Path) -> None:
    Writer(tmp_path, n=30, subsets=("text",), rates=(), regimes=ONE).grid(Made("net", "own", ALL))
    for path in tmp_path.glob("cells/*/predictions.parquet"):
        table = pd.read_parquet(path)
        labels = table.pop("label")
        for c in range(6):
            table[f"label_{c}"] = ((labels == c) | (np.arange(len(labels)) % (c + 3) == 0)).astype(
                int
            )
        table.to_parquet(path)
    assert check(tmp_path) == {"one", "minimum", "cost"}


class Elsewhere(Writer):
    """Two corpora that test each other's models."""

    @property
    def conditions(self) -> list[dict[str, Any]]:
        other = {"alpha": "beta", "beta": "alpha"}[self.dataset]
        shared = {"present": None, "rate": 0.0}
        return [
            shared | {"name": "full"},
            shared | {"name": other, "corpus": other, "role": "transfer"},
            shared | {"name": f"in_corpus[{other}]", "corpus": self.dataset, "classes": other,
                      "role": "in_corpus"},
        ]  # fmt: skip


def test_a_score_on_another_corpus_and_what_it_loses(tmp_path: Path) -> None:
    card = {"name": "cross", "title": "Elsewhere", "question": "What is left?", "show": "transfer"}
    for dataset in ("alpha", "beta"):
        writer = Elsewhere(tmp_path, n=30, dataset=dataset, regimes=ONE)
        for made in (Made("net", skill=ALL), Made("majority", "reference")):
            writer.grid(made, summaries=[], protocol="cross", protocol_card=card)
    assert check(tmp_path, "macro_f1") == {"one", "left", "loss"}
    one = explain(tmp_path, "alpha/cross/controlled/full/beta/net/macro_f1-loss")
    assert [row.section.dataset for row in one.page.rows] == ["alpha", "beta"]


class Flawed(Writer):
    """An audit: a split of its own, two flaws of the report, and looks at the test part."""

    flaws: ClassVar[tuple[str, ...]] = ("best_of_seeds", "f1_arguments_swapped", "looks", "twins")

    @property
    def conditions(self) -> list[dict[str, Any]]:
        named = {"honest": "honest"}
        return [
            {"name": n, "present": None, "rate": 0.0, "role": named.get(n, "flawed")}
            for n in ("honest", *self.flaws)
        ]

    def predict(
        self, made: Made, regime: str, condition: dict[str, Any], fold: int, seed: int
    ) -> tuple[pd.DataFrame, float]:
        frame, missing = super().predict(made, regime, condition, fold, seed)
        if condition["name"] == "looks":
            for i, one in enumerate(measures.counting()):
                for c in range(6):
                    other = frame[f"logit_{(c + (seed == i % 2)) % 6}"]
                    frame[f"look_{one.name}_logit_{c}"] = other
        return frame, missing

    def rows(self, made: Made) -> list[dict[str, Any]]:
        found = super().rows(made)
        honest = {row["seed"]: row["cell"] for row in found if row["condition"] == "honest"}
        for row in found:
            if row["condition"] in self.flaws[:2]:
                row |= {"report": row["condition"], "cell": honest[row["seed"]]}
            elif row["condition"] != "honest":
                row["split"] = row["condition"]
        return found


def test_what_a_flaw_adds(tmp_path: Path) -> None:
    twins = [f"u0-{i:04d}" for i in range(0, 30, 2)]
    audits = [{"flaw": "honest", "tested": 30}, {"flaw": "twins", "tested": 30, "twins": twins}]
    writer = Flawed(tmp_path, n=30, seeds=4, regimes=ONE)
    writer.grid(Made("net", "own", ALL), summaries=[], audits=audits)
    rendered(tmp_path)
    assert check(tmp_path, "macro_f1", "weighted_f1", "ece") == {"one", "inflation"}
    place = "simulated/missing_modality/controlled/full"
    looked = explain(tmp_path, f"{place}/looks/net/uar-inflation")
    assert looked.is_reproduced
    assert looked.page.rows[0].row.looks
    best = explain(tmp_path, f"{place}/best_of_seeds/net/macro_f1")
    assert best.page.value == max(best.again.rows[0].counted.seeds.values())  # type: ignore[union-attr]
    swapped = explain(tmp_path, f"{place}/f1_arguments_swapped/net/weighted_f1-inflation")
    assert swapped.is_equal
    assert not math.isclose(swapped.page.value, 0)


@pytest.mark.parametrize(("folds", "n"), [(1, 24), (3, 14)])
def test_what_tuning_gains(tmp_path: Path, folds: int, n: int) -> None:
    writer = Writer(tmp_path, folds=folds, n=n, subsets=(), rates=(), regimes=ONE)
    for name, kinds in (("net", "own"), ("late_fusion", "reference")):
        weak, strong = Made(name, kinds, {"text": 0.5}), Made(name, kinds, {"text": 3.0})
        writer.grid(weak)
        writer.tuned(weak, strong)
    assert check(tmp_path, "macro_f1") == {"one", "gain", "optimism", "over"}
    place = "simulated/missing_modality/controlled/full/full/net tuned:4"
    gain = explain(tmp_path, f"{place}/macro_f1-gain").page.value
    both = [explain(tmp_path, f"{p}/macro_f1").page.value for p in (place, place[:-8])]
    assert gain == pytest.approx(both[0] - both[1], abs=1e-12)


def test_a_page_that_is_older_than_the_results_is_noticed(tmp_path: Path) -> None:
    Writer(tmp_path, n=30, subsets=(), rates=(), regimes=ONE).grid(Made("net", "own", ALL))
    address = "simulated/missing_modality/controlled/full/full/net/macro_f1"
    assert explain(tmp_path, address).record.file is None
    rendered(tmp_path)
    assert explain(tmp_path, address).is_reproduced
    path = next(tmp_path.glob("cells/*/predictions.parquet"))
    table = pd.read_parquet(path)
    table["logit_0"] += 9
    table.to_parquet(path)
    one = explain(tmp_path, address)
    assert one.is_equal
    assert not one.is_reproduced
    assert any("macro_f1 of net, full, full" in text for text in one.record.differences)
    assert "emobench leaderboard --results" in one.verdict
    (tmp_path / "leaderboard" / "leaderboard.csv").write_text("model\n")
    assert "no row of net" in explain(tmp_path, address).record.differences[0]


def test_a_formula_that_is_wrong_is_noticed(missing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = "simulated/missing_modality/controlled/full/full/text_only/macro_f1"
    assert explain(missing, address).is_equal
    changed = tuple(
        measures.Measure(
            m.name, m.title, m.meaning, lambda c, m=m: m.single_label(c) * (1 + 1e-9),
            multilabel_metrics.label_accuracy, interval=m.interval,
        ) if m.name == "macro_f1" else m
        for m in measures.MEASURES
    )  # fmt: skip
    monkeypatch.setattr(measures, "MEASURES", changed)
    one = explain(missing, address)
    assert not one.is_equal
    assert "NOT equal" in one.verdict
    assert 1e-12 < one.difference < 1e-8


def test_numbers_that_are_not_there_say_why(stored: Path) -> None:
    here = "simulated/missing_modality/controlled/full"
    for place, words in (
        ("full/gamma_net/macro_f1", "gamma_net is failed: loss diverged"),
        ("summary:worst subset/alpha_net/macro_f1", "not every condition of it is done: text"),
        (
            "summary:mean over rates/alpha_net/macro_f1-over-late_fusion",
            "the difference to late_fusion of a summary has no ID",
        ),
        ("text/alpha_net/macro_f1-left", "a part of it is missing"),
        ("text/alpha_net/macro_f1-over-text_only", "alpha_net is failed: NaN in logits"),
    ):
        with pytest.raises(RequestError, match=f"There is no such number: {words}"):
            explain(stored, f"{here}/{place}")
