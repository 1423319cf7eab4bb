from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from emobench.leaderboard import render

REGIME = ({"name": "full", "description": "", "drop": 0.0},)


def test_markdown_has_the_main_facts(page: Path) -> None:
    text = page.with_name("leaderboard.md").read_text()
    assert "## simulated · controlled · Missing modalities" in text
    assert "A made-up corpus (CC0-1.0)" in text
    assert "Speakers in both train and test: 7." in text
    assert "| *majority* | floor |" in text
    assert "skipped: needs text" in text
    assert "| gamma_net | full | full | failed | loss diverged |" in text
    assert "np.float" not in text


def test_every_table_line_has_as_many_cells_as_its_head(page: Path) -> None:
    width = 0
    for line in page.with_name("leaderboard.md").read_text().splitlines():
        cells = line.replace("\\|", "").count("|")
        assert not cells or not width or cells == width, line
        width = cells


def test_what_was_skipped_is_counted_by_its_reason(page: Path) -> None:
    text = page.with_name("leaderboard.md").read_text()
    assert "| text_only | 2 | needs text |" in text
    assert not re.search(r"\| skipped \|", text)


def test_columns_that_are_empty_everywhere_are_left_out(
    writer: Callable[..., Any], made: Any
) -> None:
    small = writer(seeds=1, subsets=(), rates=(), regimes=REGIME)
    small.grid(made("majority", "reference"))
    head = next(
        line
        for line in render(small.root).with_name("leaderboard.md").read_text().splitlines()
        if line.startswith("| Model |")
    )
    assert not [h for h in ("over ", "Without copies") if h in head]
    assert "Macro-F1" in head


def test_numbers_and_sentences_are_english(writer: Callable[..., Any], made: Any) -> None:
    small = writer(seeds=1, subsets=(), rates=(), split="random")
    small.grid(made("majority", "reference"))
    (path,) = small.root.glob("corpora/*.json")
    corpus = json.loads(path.read_text())
    corpus["card"]["licence"] = "For research; ask first."
    path.write_text(json.dumps(corpus | {"absent": {"audio": "no audio files here."}}))
    text = render(small.root).with_name("leaderboard.md").read_text()
    assert "90 test utterances, 1 fold, 1 seed." in text
    assert "(For research; ask first). Split: random (Speakers are split apart)." in text
    assert "No audio: no audio files here. " in text
    assert not re.search(r"\.\.|\.\)\.|\(s\)", text)
