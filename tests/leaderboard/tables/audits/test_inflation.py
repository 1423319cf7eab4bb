"""The audit's tables and sentences, on made-up results whose numbers are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from emobench.leaderboard import render
from emobench.leaderboard.charts.style import styles
from emobench.leaderboard.report import parts
from emobench.leaderboard.report.context import SectionContext
from emobench.leaderboard.report.part import Part
from emobench.leaderboard.results.board import Section, read_board
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.tables.audits.inflation import (
    LargestInflation,
    audit_table,
    inflations,
    largest_inflation,
)
from emobench.leaderboard.tables.audits.text import explanation, honest_copies

from ...conftest import CLASSES, Made, Writer
from ...report.test_html import CHROMIUM, on_a_phone

N = 240
COPIES = (1.0, 2.0, 4.0, 6.0, 8.0, 12.0)
"""Rows per utterance of each class, in the oversampled corpus."""

FLAWS = ("oversampled_before_split", "selected_on_test", "swapped_labels")
MODALITIES = ["text", "audio", "vision"]
TRUTH = np.arange(N) % len(CLASSES)


def twin(truth: np.ndarray) -> np.ndarray:
    """Which rows have a twin: the share rises with the class, from none to all."""
    return np.arange(N) // len(CLASSES) % 10 < truth * 2


class Audited(Writer):
    """Writes an audit: under the first flaw the rows with a twin are right, the others guesses."""

    @property
    def conditions(self) -> list[dict[str, Any]]:
        return [
            {"name": n, "description": f"What {n} means", "present": MODALITIES, "rate": 0.0}
            for n in ("honest", *FLAWS)
        ]

    def predict(
        self, made: Made, regime: str, condition: dict[str, Any], fold: int, seed: int
    ) -> tuple[pd.DataFrame, float]:
        name = condition["name"]
        copied = name == FLAWS[0]
        mark = "#2" if copied else ""
        frame = pd.DataFrame({"id": [f"u{i:03d}{mark}" for i in range(N)], "label": TRUTH})
        guess = np.random.default_rng(len(made.name)).integers(0, len(CLASSES), N)
        right = twin(TRUTH) if copied else np.arange(N) % 4 == 0
        if name == FLAWS[2]:
            right = np.zeros(N, dtype=bool)
        logits = np.eye(len(CLASSES))[np.where(right, TRUTH, guess)]
        for m in MODALITIES:
            frame[f"present_{m}"] = True
        for c in range(len(CLASSES)):
            frame[f"logit_{c}"] = logits[:, c].astype(np.float32)
        return frame, 0.0


def audit(flaw: str) -> dict[str, Any]:
    copied = flaw == FLAWS[0]
    have = twin(TRUTH) if copied else np.arange(N) < 12
    mark = "#2" if copied else ""
    return {
        "flaw": flaw,
        "tested": N,
        "twins": [f"u{i:03d}{mark}" for i in np.flatnonzero(have)],
        "chosen_on": N if flaw == FLAWS[1] else 0,
        "sizes": {"train": 4 * N, "dev": N, "test": N},
        "classes": [
            {
                "label": label,
                "tested": int((c == TRUTH).sum()),
                "twins": int((have & (c == TRUTH)).sum()),
                "copied": COPIES[c] if copied else 1.0,
            }
            for c, label in enumerate(CLASSES)
        ],
    }


AUDITS = [audit(flaw) for flaw in ("honest", *FLAWS)]
CONTRASTS = [
    {"name": f, "description": "", "first": ["full", f], "second": ["full", "honest"]}
    for f in FLAWS
]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("audited") / "results"
    writer = Audited(root, seeds=1, regimes=({"name": "full", "description": "All.", "drop": 0.0},))
    for made in (Made("net", "own", {"text": 1.0}), Made("text_only", "reference", {"text": 1.0})):
        writer.grid(made, audits=AUDITS, contrasts=CONTRASTS, summaries=[])
    return root


@pytest.fixture(scope="module")
def section(root: Path) -> Section:
    return read_board(Results(root)).sections[0]


@pytest.fixture(scope="module")
def worst(section: Section) -> LargestInflation:
    found = largest_inflation(section, inflations(section))
    assert found is not None
    return found


def audit_part(root: Path) -> Part | None:
    results = Results(root)
    board = read_board(results)
    return parts.audit(SectionContext(results, board.sections[0], styles(board)))


def test_every_model_under_every_flaw_with_its_inflation(section: Section) -> None:
    lines = inflations(section)
    assert [(x.entry.label, x.condition) for x in lines if x.entry.label == "net"] == [
        ("net", flaw) for flaw in FLAWS
    ]
    line = lines[0]
    assert line.honest is not None
    assert line.flawed is not None
    assert line.inflation is not None
    assert line.inflation.value == pytest.approx(line.flawed.value - line.honest.value)
    assert line.inflation.low > 0
    assert line.share == pytest.approx(twin(TRUTH).mean())
    assert [x.paired for x in lines[:3]] == [False, True, True]
    assert lines[1].inflation is not None
    assert lines[1].inflation.value == 0


def test_each_flaw_is_scored_without_its_own_twins(section: Section) -> None:
    row = section.row(section.entries[0], "full", FLAWS[0])
    assert row is not None
    assert row.without_copies is not None
    assert row.without_copies.n_test == N - twin(TRUTH).sum()
    honest = section.row(section.entries[0], "full", "honest")
    assert honest is not None
    assert honest.without_copies is not None
    assert honest.without_copies.n_test == N - 12


def test_recall_by_class_is_shown_for_the_largest_inflation(worst: LargestInflation) -> None:
    assert (worst.whole.entry.label, worst.whole.condition) == ("net", FLAWS[0])
    assert [x.label for x in worst.classes] == list(CLASSES)
    assert [x.shares[1] for x in worst.classes] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])
    assert worst.classes[-1].recalls[1] == 1
    assert worst.classes[0].recalls[1] < 0.5


def test_the_sentence_names_duplicates_and_the_classes_that_gain(
    section: Section, worst: LargestInflation
) -> None:
    said = explanation(section, worst)
    assert f"Of the {N} test rows 50% are in train too" in said
    assert "classes that were copied most often gain most" in said
    assert "sadness (100% with a duplicate)" in said
    assert "anger (0% with a duplicate)" in said
    assert "on the 120 rows without a duplicate" in said
    assert "12 of 240 test rows (5.0%)" in honest_copies(section, worst.whole)


def test_inflation_that_needs_no_copy_is_said_to_have_another_cause(
    section: Section, worst: LargestInflation
) -> None:
    assert "another cause" not in explanation(section, worst)
    whole = replace(worst.whole, without_duplicates=worst.whole.flawed)
    assert "another cause" in explanation(section, replace(worst, whole=whole))


def test_without_more_twins_another_cause_is_named(
    writer: Callable[..., Writer], tmp_path: Path
) -> None:
    plain = [audit("honest") | {"flaw": f} for f in ("honest", FLAWS[0])]
    chosen = Audited(tmp_path / "r", seeds=1, regimes=({"name": "full", "description": "All."},))
    chosen.grid(Made("net", "own", {"text": 1.0}), audits=plain, contrasts=CONTRASTS, summaries=[])
    found = audit_part(tmp_path / "r")
    assert found is not None
    (said,) = (text for text in found.text if "gains most" in text)
    assert "copies do not explain it" in said
    assert f"What {FLAWS[0]} means" in said


def test_the_table_marks_what_was_tested_on_other_utterances(section: Section) -> None:
    table = audit_table(inflations(section))
    marks = [row.cells[3].mark for row in table.rows if row.label == "net"]
    assert marks == ["*", "", ""]
    assert [mark for mark, _ in table.notes] == ["*"]


def test_page_and_markdown_show_it(root: Path) -> None:
    page = render(root)
    html, text = page.read_text("utf-8"), page.with_name("leaderboard.md").read_text("utf-8")
    for shown in (html, text):
        assert "What each flaw is worth" in shown
        assert "classes that were copied most often gain most" in shown
    assert "Recall by class over the share of test rows with a duplicate in train" in html
    assert "What is left of the gain" not in html
    assert "The same trained models, other test inputs" not in html


def test_a_protocol_without_audits_shows_nothing_of_it(stored: Path) -> None:
    assert audit_part(stored) is None


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_names_stay_readable_on_a_phone(tmp_path: Path) -> None:
    root = tmp_path / "results"
    writer = Audited(root, seeds=1, regimes=({"name": "full", "description": "All.", "drop": 0.0},))
    for name in ("some_emotion_network", "another_emotion_network"):
        made = Made(name, "published", {"text": 1.0})
        writer.grid(made, audits=AUDITS, contrasts=CONTRASTS, summaries=[])
    assert on_a_phone(render(root), tmp_path) == (360, 360, 0)
