"""The page that is written from stored measurements, and from nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import NamedTuple

from rows import Result, Row, result_of

STORED, PAGE = "benchmark.json", "benchmark.md"
HEAD = """# How fast emobench is

`make benchmark` measures everything below, which takes about two hours on two cores, and writes
this page. `python docs/benchmarks/speed NAME …` measures some of it again and leaves the rest
as it is; `--quick` only shows that the scripts run. What stands here was written by that
command alone, from the measurements in `docs/benchmark.json`.

A figure is the median over rounds that were made together, first what emobench is compared with
and then emobench, and so on. A ratio is the median of the rounds' ratios. Every process
computes with one thread. If a machine does other work at the same time, figures are worth
little: its load before each measurement is stated.
"""
COLUMNS = ("what", "unit", "compared with", "emobench", "ratio", "limit", "holds")


class About(NamedTuple):
    """What the page says of a measurement.

    Parameters
    ----------
    title
        The heading.
    text
        What is compared with what.
    """

    title: str
    text: str


def read_results(folder: Path) -> dict[str, Result]:
    """The measurements that are stored in `folder`, by name."""
    path = folder / STORED
    if not path.is_file():
        return {}
    return {name: result_of(one) for name, one in json.loads(path.read_text("utf-8")).items()}


def write_results(folder: Path, results: Mapping[str, Result], about: Mapping[str, About]) -> None:
    """Store the measurements and write the page."""
    folder.mkdir(parents=True, exist_ok=True)
    stored = {name: results[name].stored() for name in about if name in results}
    text = json.dumps(stored, indent=1, ensure_ascii=False)
    (folder / STORED).write_text(text + "\n", "utf-8")
    (folder / PAGE).write_text(page(results, about), "utf-8")


def page(results: Mapping[str, Result], about: Mapping[str, About]) -> str:
    """The page: a section for each measurement, whether it was made or not."""
    sections = [section(name, one, results.get(name)) for name, one in about.items()]
    return "\n".join([HEAD, *sections])


def section(name: str, about: About, result: Result | None) -> str:
    """One measurement: what it is, its table, and how it was made."""
    lines = [f"## {about.title}", "", about.text, ""]
    if result is None:
        return "\n".join([*lines, "Not measured yet.", ""])
    lines += ["| " + " | ".join(COLUMNS) + " |", "|---|---|---|---|---|---|---|"]
    lines += [table_row(row) for row in result.rows]
    lines += ["", *_notes(result.rows), *_circumstances(result), ""]
    return "\n".join(lines)


def table_row(row: Row) -> str:
    """One line of a table."""
    if row.skipped:
        cells = [row.what, row.unit, "", f"not measured: {row.skipped}", "", row.limit_in_words, ""]
    else:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        holds = {None: "", True: "yes", False: "no"}[row.holds]
        other = figure(row.other)
        cells = [row.what, row.unit, other, figure(row.ours), ratio, row.limit_in_words, holds]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def figure(values: tuple[float, ...]) -> str:
    """The median, with the range if there are several figures."""
    if not values:
        return ""
    if len(values) == 1:
        return digits(values[0])
    return f"{digits(median(values))} ({digits(min(values))} to {digits(max(values))})"


def digits(value: float) -> str:
    """Three significant digits, and every digit of a whole number."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _notes(rows: tuple[Row, ...]) -> list[str]:
    noted = [f"- {row.what}: {row.note}" for row in rows if row.note]
    return [*noted, ""] if noted else []


def _circumstances(result: Result) -> list[str]:
    times = "round" if result.repeats == 1 else "rounds"
    lines = [
        f"`{result.command}`, {result.measured}, {result.repeats} {times}. {result.machine}; load "
        f"before it {result.load:.1f}. {result.versions}."
    ]
    if result.quick:
        lines.insert(0, "**Quick: sizes so small that these figures only show that it runs.**")
    return lines
