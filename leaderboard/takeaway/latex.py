"""A table of the page as LaTeX with the package booktabs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from emobench.leaderboard.statistics.bootstrap import LEVEL
from emobench.leaderboard.tables.score_table import Column, ScoreTable, TableCell, TableRow
from emobench.leaderboard.takeaway.latex_text import latex_text

PACKAGES: Final = ("booktabs", "graphicx")
"""What a document that takes in the tables has to load."""

SHOWN: Final = r"\textsuperscript{*}"
ALONE: Final = r"\textsuperscript{$\dagger$}"
BEST: Final = "≈ best"
"""How the page marks every model that can be the best."""

NOTES: Final = {
    SHOWN: "p < .05 after Holm (1979) for all planned differences of the table; the interval is "
    "that of one difference alone.",
    ALONE: "the 95% interval leaves out 0; not corrected for the number of rows.",
}
INTERVALS: Final = (
    "Brackets are 95% intervals for new units (speakers, dialogues, …) and new trainings."
)
RANKS: Final = "Bold: every model that can hold the first place."
COLOUR: Final = ("colour marks", "an asterisk marks")
"""What the page says of a difference that is shown, and what print has in its place."""


def latex_table(table: ScoreTable, caption: str, label: str) -> str:
    """Return a table as a LaTeX float.

    Parameters
    ----------
    table
        The table; what can only be drawn is left out.
    caption, label
        Plain text, and the name for ``\\ref``.
    """
    shown = [i for i, column in enumerate(table.columns) if column.format != "bar"]
    columns = [table.columns[i] for i in shown]
    spec = "l" + "".join("r" if c.format == "number" else "l" for c in columns)
    heads = " & ".join(latex_text(text) for text in (table.stub, *(c.head for c in columns)))
    notes = [*_notes(table, shown), *_footnotes(table)]
    return "\n".join(
        [
            *(rf"% needs \usepackage{{{name}}}" for name in PACKAGES),
            r"\begin{table}[htbp]",
            r"\centering\small",
            rf"\caption{{{latex_text(caption)}}}",
            rf"\label{{{label}}}",
            r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%",
            rf"\begin{{tabular}}{{{spec}}}",
            r"\toprule",
            rf"{heads} \\",
            r"\midrule",
            *_rows(table, shown, columns),
            r"\bottomrule",
            r"\end{tabular}}",
            *(rf"\par\smallskip\begin{{minipage}}{{\linewidth}}\footnotesize {note}\end{{minipage}}"
              for note in notes),
            r"\end{table}",
            "",
        ]
    )  # fmt: skip


def _rows(table: ScoreTable, shown: Sequence[int], columns: Sequence[Column]) -> Iterator[str]:
    last = None
    for row in table.rows:
        if table.grouped and last is not None and row.label != last:
            yield r"\addlinespace"
        label = "" if table.grouped and row.label == last else _label(row)
        last = row.label
        best = any(BEST in cell.details for cell in row.cells)
        cells = [_cell(row.cells[i], c, best) for i, c in zip(shown, columns, strict=True)]
        yield " & ".join([label, *cells]) + r" \\"


def _label(row: TableRow) -> str:
    text = latex_text(row.label)
    text = rf"\textit{{{text}}}" if row.is_reference else text
    badges = "".join(f" ({latex_text(badge.text)})" for badge in row.badges)
    detail = rf" $\cdot$ {latex_text(row.detail)}" if row.detail else ""
    return f"{text}{detail}{badges}"


def _cell(cell: TableCell, column: Column, best: bool) -> str:
    text = latex_text(cell.text)
    if column.format == "code" and text:
        text = rf"\texttt{{{text}}}"
    if best and column.strong:
        text = rf"\textbf{{{text}}}"
    beside = [latex_text(cell.interval)] if cell.interval else []
    beside += [latex_text(detail) for detail in cell.details if detail != BEST]
    beside += [latex_text(cell.badge.text)] if cell.badge else []
    mark = _mark(cell)
    mark += rf"\textsuperscript{{{latex_text(cell.mark)}}}" if cell.mark else ""
    small = rf" {{\scriptsize {' '.join(beside)}}}" if beside else ""
    return f"{text}{mark}{small}".strip()


def _mark(cell: TableCell) -> str:
    """The sign of a difference that is shown: among all planned ones, or by its own interval."""
    if cell.p_value is not None:
        return SHOWN if cell.p_value < 1 - LEVEL else ""
    return ALONE if cell.kind in ("up", "down") else ""


def _notes(table: ScoreTable, shown: Sequence[int]) -> Iterator[str]:
    cells = [row.cells[i] for row in table.rows for i in shown]
    if any(cell.bounds and cell.interval for cell in cells):
        yield latex_text(INTERVALS)
    if any(BEST in cell.details for cell in cells):
        yield latex_text(RANKS)
    told = {SHOWN} if any(COLOUR[0] in note for _, note in table.notes) else set()
    for mark in dict.fromkeys(filter(None, map(_mark, cells))):
        if mark in told:
            continue
        yield f"{mark} {latex_text(NOTES[mark])}"


def _footnotes(table: ScoreTable) -> Iterator[str]:
    for mark, note in table.notes:
        sign = rf"\textsuperscript{{{latex_text(mark)}}} " if mark else ""
        yield f"{sign}{latex_text(note.replace(*COLOUR))}"


def latex_document(names: Sequence[str]) -> str:
    """Return a document that takes in tables by the names of their files, to look at them."""
    return "\n".join(
        [
            r"\documentclass{article}",
            r"\usepackage[T1]{fontenc}",
            r"\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}",
            r"\usepackage[margin=2cm]{geometry}",
            *(rf"\usepackage{{{name}}}" for name in PACKAGES),
            r"\begin{document}",
            *(rf"\input{{{name}}}\clearpage" for name in names),
            r"\end{document}",
            "",
        ]
    )
