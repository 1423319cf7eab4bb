"""Trained on one corpus, tested on another, from the command line."""

from __future__ import annotations

import csv
from pathlib import Path

OTHER = "own.csv"
WORDS = {"Wut": "enough of this", "Freude": "how lovely", "Langeweile": "is it over"}


def own(folder: Path) -> Path:
    """A corpus with two classes in common with the simulated one, and one of its own."""
    lines = ["id,label,text,speaker"]
    for i in range(60):
        label = list(WORDS)[i % 3]
        lines.append(f"u{i},{label},{WORDS[label]} {i % 7},person {i // 6}")
    (folder / OTHER).write_text("\n".join(lines), encoding="utf-8")
    (folder / "map.csv").write_text("label,canonical\nWut,angry\nFreude,happy\n", "utf-8")
    return folder


def test_partly_overlapping_labels_transfer_and_one_corpus_is_skipped(cli, tmp_path):
    there = own(tmp_path)
    fixed = ("--models", "text_only,vision_only,majority", "--seeds", 1, "--jobs", 2)
    corpora = f"simulated:size=126:speakers=7,{OTHER}:canonical=map.csv"
    done = cli(
        "run", "--dataset", corpora, "--protocol", "cross_dataset", *fixed, "--results", "out",
        cwd=there,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    with (there / "out" / "leaderboard" / "leaderboard.csv").open(encoding="utf-8") as file:
        rows = {(r["model"], r["dataset"], r["condition"]): r for r in csv.DictReader(file)}
    name = f"{OTHER}:canonical=map.csv"
    away = rows["text_only", "simulated:size=126:speakers=7", name]
    home = rows["text_only", name, "in_corpus[simulated:size=126:speakers=7]"]
    assert away["status"] == home["status"] == "done"
    assert away["n_test"] == home["n_test"]
    blind = rows["vision_only", "simulated:size=126:speakers=7", name]
    assert blind["status"] == "skipped"
    assert "which is absent from" in blind["reason"]
    page = (there / "out" / "leaderboard" / "index.html").read_text("utf-8")
    assert "What the corpora share" in page
    alone = cli(
        "run", "--dataset", "simulated:size=126:speakers=7", "--protocol", "cross_dataset", *fixed,
        "--results", "alone", cwd=there,
    )  # fmt: skip
    assert alone.returncode == 0, alone.stderr
    assert "needs a second corpus: --dataset A,B" in alone.stdout
