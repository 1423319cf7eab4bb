from __future__ import annotations

from pathlib import Path


def test_markdown_has_the_main_facts(page: Path) -> None:
    text = page.with_name("leaderboard.md").read_text()
    assert "## simulated · controlled · Missing modalities" in text
    assert "A made-up corpus (CC0-1.0)" in text
    assert "Speakers in both train and test: 7." in text
    assert "| *majority* |" in text
    assert "skipped: needs text" in text
    assert "| gamma_net | full | full | failed | loss diverged |" in text
    assert "np.float" not in text


def test_every_table_line_has_as_many_cells_as_its_head(page: Path) -> None:
    width = 0
    for line in page.with_name("leaderboard.md").read_text().splitlines():
        cells = line.replace("\\|", "").count("|")
        assert not cells or not width or cells == width, line
        width = cells
