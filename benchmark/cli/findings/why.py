"""``emobench why``: where a number of the page comes from, and the same number once more."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from emobench.errors import RequestError
from emobench.leaderboard import explain, numbers
from emobench.terminal.json_text import print_json
from emobench.wording import counted

if TYPE_CHECKING:
    from emobench.leaderboard.pedigree.evidence import RowEvidence
    from emobench.leaderboard.pedigree.explanation import Explanation, SectionNumbers
    from emobench.leaderboard.statistics.bootstrap import Estimate

FEW = 8
"""Numbers of each section that the list shows unless all are asked for."""

CELLS = 12
"""Cells of a row that are printed unless all are asked for."""


def why_command(
    text: str | None,
    results: Path,
    dataset: str | None = None,
    protocol: str | None = None,
    every: bool = False,
    as_json: bool = False,
) -> int:
    """Explain the number `text`, or list the numbers that there are; returns the exit status.

    Raises
    ------
    RequestError
        There is no such number, or nothing is stored.
    """
    if not results.is_dir():
        raise RequestError(f"There is no results folder {results}; name it with --results.")
    if text is None:
        found = numbers(results, dataset, protocol)
        _print_list(found, results, every, as_json)
        return 0
    if dataset is not None or protocol is not None:
        raise RequestError("--dataset and --protocol narrow the list; an ID says both itself.")
    one = explain(results, text)
    if as_json:
        print_json(one.content())
    else:
        for line in _lines(one, every):
            typer.echo(line)
    return 0 if one.is_reproduced else 1


def _print_list(found: list[SectionNumbers], results: Path, every: bool, as_json: bool) -> None:
    if as_json:
        listed = {str(a): a.short for one in found for a in one.every}
        print_json(listed)
        return
    for one in found:
        n = counted(len(one.every), "number")
        typer.echo(f"{one.protocol} on {one.dataset}, {one.track} track: {n}")
        shown = one.every if every else one.main[:FEW]
        for address in shown:
            typer.echo(f"  {address.short}  {address}")
        rest = len(one.every) - len(shown)
        if rest:
            typer.echo(f"  and {rest:,} more: --all lists them")
    typed = shlex.join(["emobench", "why", "ID", *_where(results)])
    typer.echo(f"{typed} explains one; ID is either of the two columns.")


def _where(results: Path) -> list[str]:
    """The option that names a folder other than the default one."""
    return [] if results == Path("results") else ["--results", str(results)]


def _lines(one: Explanation, every: bool) -> list[str]:
    from emobench.leaderboard.pedigree import formulas

    score = one.page.rows[0].score
    size = []
    if score is not None and one.page.made != "cost":
        size = [
            counted(score.n_test, "test utterance"),
            counted(score.n_units, score.unit or "unit"),
            counted(score.n_seeds, "seed"),
        ]
    about = [
        ("ID", f"{one.address}  (short: {one.address.short})"),
        ("unit", formulas.unit(one.address)),
        ("n", ", ".join(size)),
        ("formula", formulas.formula(one.address, one.page)),
        ("interval", formulas.interval_words(one.page)),
        ("p", _p_text(one)),
    ]
    lines = [f"{formulas.title(one.address)} = {_number(one.page.value, one.page.interval)}", ""]
    lines += [f"{name:<9} {text}" for name, text in about if text]
    for row in one.again.rows:
        lines += ["", *_row_lines(row, every)]
    return [*lines, "", *_verdict(one)]


def _p_text(one: Explanation) -> str:
    if one.page.p_value is None or one.page.p_value != one.page.p_value:
        return ""
    return f"{one.page.p_value:.4g}, {one.page.p_text}; by the page's code alone"


def _number(value: float, interval: Estimate | None, digits: int = 6) -> str:
    text = f"{value:.{digits}f}" if abs(value) < 10 else f"{value:,.6g}"
    if interval is None:
        return text
    return f"{text} [{interval.low:.{digits}f}, {interval.high:.{digits}f}]"


def _row_lines(row: RowEvidence, every: bool) -> list[str]:
    of = row.of
    place = f"regime {of.row.regime}, condition {of.row.condition}, {of.section.dataset}"
    part = f", {of.part}" if of.part else ""
    lines = [f"row       {of.entry.label}, {place}{part}: {_number(row.value, None)}"]
    if row.counted is not None:
        seeds = ", ".join(f"{s}: {v:.6f}" for s, v in row.counted.seeds.items())
        lines.append(f"  seeds   {seeds}")
    shown = row.cells if every else row.cells[:CELLS]
    for cell in shown:
        own = "" if cell.value is None else f"  {cell.value:.6f} of {cell.n:,}"
        hashes = f"cell {cell.cell}" if cell.cell else ""
        where = ", ".join(filter(None, (cell.file, cell.place)))
        lines.append(f"  fold {cell.fold} seed {cell.seed}{own}  {hashes}  {where}")
    if rest := len(row.cells) - len(shown):
        lines.append(f"  and {rest} more cells: --all lists them")
    return lines


def _verdict(one: Explanation) -> list[str]:
    how = "with scikit-learn and NumPy from the stored logits"
    if one.page.made == "cost":
        how = "from the stored records"
    elif not one.is_independent:
        how = "from confusion counts made anew, with the page's formula of this measure"
    lines = [
        f"page      {_number(one.page.value, one.page.interval, 15)}",
        f"again     {_number(one.again.value, one.again.interval, 15)}  {how}",
    ]
    record = one.record
    if record.file is None:
        lines.append("rendered  no leaderboard.csv in this folder, so no page was compared")
    elif record.differences:
        lines += [f"rendered  leaderboard.csv: {text}" for text in record.differences]
    else:
        n = counted(record.read, "value")
        lines.append(f"rendered  leaderboard.csv has the same {n} of its rows, to six digits")
    return [*lines, one.verdict]
