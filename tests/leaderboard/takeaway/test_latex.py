"""LaTeX that compiles: by a parser, and by pdfTeX or Tectonic where there is one."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pylatexenc.latex2text import LatexNodes2Text
from pylatexenc.latexwalker import LatexEnvironmentNode, LatexNode, LatexWalker

from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.tables.score_table import (
    Badge,
    Column,
    ScoreTable,
    TableCell,
    TableRow,
    difference_cell,
    estimate_cell,
)
from emobench.leaderboard.takeaway.latex import latex_document, latex_table
from emobench.leaderboard.takeaway.latex_text import latex_text

ANYTHING = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
HOSTILE = "[by corpus] 50% of $x_1 & #2 {a} \\input{x} ~^ <script> \"q\" 'é' \U0001f600 שלום --- *"
KNOWN = {
    "addlinespace", "begin", "bottomrule", "caption", "cdot", "centering", "char", "clearpage",
    "dagger", "div", "documentclass", "else", "end", "fi", "footnotesize", "geq", "ifdim", "input",
    "label", "ldots", "leftrightarrow", "leq", "linewidth", "midrule", "par", "pm", "resizebox",
    "rightarrow", "scriptsize", "small", "smallskip", "textasciicircum", "textasciitilde",
    "textbackslash", "textbar", "textbf", "textgreater", "textit", "textless", "textsuperscript",
    "texttt", "times", "toprule", "ttfamily", "usepackage", "width", "approx",
}  # fmt: skip
"""Every command that a table may use: all of them are of LaTeX, booktabs or graphicx."""


def nodes_of(text: str) -> list[LatexNode]:
    nodes, _, length = LatexWalker(text, tolerant_parsing=False).get_latex_nodes()
    assert length == len(text)
    return list(nodes)


def check(text: str) -> list[list[str]]:
    """Parse a table; returns the cells of its rows."""
    nodes_of(text)
    body = re.sub(r"(?<!\\)%.*", "", text)
    assert {*re.findall(r"\\([A-Za-z]+)", body)} <= KNOWN
    assert body.isascii() or all(ord(sign) < 0x180 for sign in body)
    (spec,) = re.findall(r"\\begin\{tabular\}\{([lr]+)\}", text)
    inside = text.partition(r"\toprule")[2].partition(r"\bottomrule")[0]
    lines = [line for line in inside.splitlines() if line.endswith(r"\\")]
    rows = [re.split(r"(?<!\\)&", line.removesuffix(r"\\")) for line in lines]
    assert {len(row) for row in rows} == {len(spec)}
    return rows


@given(ANYTHING)
def test_any_text_is_text(text: str) -> None:
    written = latex_text(text)
    assert not any(isinstance(node, LatexEnvironmentNode) for node in nodes_of(written))
    assert {*re.findall(r"\\([A-Za-z]+)", written)} <= KNOWN
    # A row's end takes what follows in brackets, or a star, for its options.
    assert not written.startswith(("[", "*"))


@given(st.text(st.characters(codec="ascii", exclude_categories=("Cc",)), max_size=30))
def test_what_is_read_is_what_was_written(text: str) -> None:
    shown = LatexNodes2Text(keep_comments=True).latex_to_text(latex_text(text))
    # The parser takes the number of the straight quote's sign for text, and prints a circumflex.
    assert "".join(shown.split()) == "".join(text.replace('"', "34").replace("^", "ˆ").split())


@settings(max_examples=20)
@given(ANYTHING, ANYTHING, ANYTHING)
def test_any_table_is_a_table(label: str, head: str, note: str) -> None:
    cells = (
        TableCell(label, details=(note,), badge=Badge(head), mark="1"),
        estimate_cell(Estimate(0.5, 0.4, 0.6)),
        difference_cell(Estimate(0.2, 0.1, 0.3), more=note),
    )
    columns = (Column(head, format="code"), Column("b"), Column("c"))
    rows = (TableRow(label, "reference", cells, head, (Badge(note),)),) * 2
    table = ScoreTable("T", columns, rows, (("1", note), ("", head)), stub=note)
    assert len(check(latex_table(table, label, "tab:x"))) == 3


def test_signs_of_what_is_shown_and_how() -> None:
    gap = Estimate(0.2, 0.1, 0.3)
    cells = (
        TableCell("1–2", value=1, details=("≈ best",), bounds=(1.0, 2.0)),
        estimate_cell(gap),
        replace(difference_cell(gap, more="p .010"), p_value=0.01),
        replace(difference_cell(gap, more="p .300"), p_value=0.3, kind=""),
        difference_cell(gap),
    )
    columns = (Column("Rank"), Column("F1", strong=True), *map(Column, "abc"))
    text = latex_table(ScoreTable("T", columns, (TableRow("net", "own", cells),)), "c", "tab:c")
    (_, row) = check(text)
    assert [r"\textbf" in cell for cell in row] == [False, False, True, False, False, False]
    assert [r"\textsuperscript{*}" in cell for cell in row] == [False] * 3 + [True, False, False]
    assert r"$\dagger$" in row[5]
    assert "after Holm (1979)" in text
    assert "not corrected for the number of rows" in text
    assert "can hold the first place" in text


def test_every_table_of_a_page_is_one(shelves: Path) -> None:
    found = sorted(shelves.glob("*/tables/*.tex"))
    assert len(found) > 20
    labels = [re.search(r"\\label\{(.+)\}", p.read_text("utf-8")) for p in found]
    assert len({m[1] for m in labels if m}) == len(found)
    for path in found:
        check(path.read_text("utf-8"))


def compiled(folder: Path) -> str:
    """Compile ``tables.tex`` of a folder; returns what the engine said."""
    engines = {
        "tectonic": ["tectonic", "--keep-logs", "tables.tex"],
        "pdflatex": ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "tables.tex"],
    }
    engine = next((e for e in engines if shutil.which(e)), None)
    if engine is None:
        pytest.skip("neither tectonic nor pdflatex is here")
    done = subprocess.run(engines[engine], cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-3000:]
    assert (folder / "tables.pdf").stat().st_size > 1000
    return done.stdout


@pytest.mark.slow
def test_the_tables_of_a_page_compile(shelves: Path, tmp_path: Path) -> None:
    for section in sorted(p for p in shelves.iterdir() if (p / "tables.tex").is_file()):
        folder = tmp_path / section.name
        shutil.copytree(section, folder)
        compiled(folder)


@pytest.mark.slow
def test_hostile_names_compile(tmp_path: Path) -> None:
    columns = (Column(HOSTILE, format="code"), Column("b"))
    cells = (TableCell(HOSTILE, HOSTILE, 0.5, details=(HOSTILE,)), TableCell(HOSTILE))
    table = ScoreTable("T", columns, (TableRow(HOSTILE, "own", cells, HOSTILE),) * 2,
                       (("1", HOSTILE),), stub=HOSTILE)  # fmt: skip
    (tmp_path / "one.tex").write_text(latex_table(table, HOSTILE, "tab:one"), "utf-8")
    (tmp_path / "tables.tex").write_text(latex_document(["one"]), "utf-8")
    compiled(tmp_path)
