"""Scores as a table, in text for a terminal and in HTML for a notebook."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

SETTING = ("protocol", "dataset", "track")
Mains = Mapping[tuple[str, str, str], str]
"""Protocol, dataset and track to the condition that stands for them."""
HEADS = ("model", "regime", "macro-F1", "95% interval", "n", "seeds", "status")
WORDS = frozenset({"model", "regime", "status"})
"""Columns that are set to the left."""

MOST = 40
"""Rows of a table; a data frame has all of them."""


def text_tables(frame: pd.DataFrame, mains: Mains) -> list[str]:
    """Return a table for each setting, under its main condition, the best score first.

    Parameters
    ----------
    frame
        The rows.
    mains
        Protocol, dataset and track to the main condition; else the first one stands for them.
    """
    return ["\n".join([title, *_lines(rows)]) for title, rows in _tables(frame, mains)]


def html_tables(frame: pd.DataFrame, mains: Mains) -> list[str]:
    """Return what `text_tables` does in HTML; no name in it can be more than text."""
    found = []
    for title, rows in _tables(frame, mains):
        body = "".join(f"<tr>{''.join(_cells(row))}</tr>" for row in rows)
        head = "".join(f"<th>{html.escape(name)}</th>" for name in HEADS)
        caption = f'<caption style="text-align:left">{html.escape(title)}</caption>'
        found.append(f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
    return found


Row = tuple[str, ...]


def _tables(frame: pd.DataFrame, mains: Mains) -> Iterator[tuple[str, list[Row]]]:
    for (protocol, dataset, track), group in frame.groupby(list(SETTING), sort=False):
        place = (str(protocol), str(dataset), str(track))
        condition = mains.get(place, group["condition"].iloc[0])
        shown = group[group["condition"] == condition]
        shown = shown.sort_values("macro_f1", ascending=False, kind="stable", na_position="last")
        title = f"{protocol} on {dataset}, {track} track, condition {condition}"
        if len(shown) > MOST:
            title += f" (the first {MOST} of {len(shown)} rows)"
        yield title, [_row(one) for _, one in shown[:MOST].iterrows()]


def _row(one: pd.Series[Any]) -> Row:
    from emobench.leaderboard import number_format
    from emobench.leaderboard.statistics.bootstrap import Estimate

    name = one["model"] if one["variant"] == "corrected" else f"{one['model']} ({one['variant']})"
    bounds = Estimate(one["macro_f1"], one["macro_f1_low"], one["macro_f1_high"])
    there = one["macro_f1"] == one["macro_f1"]
    return (
        name,
        one["regime"],
        number_format.score(bounds.value),
        number_format.interval(bounds) if there else "",
        f"{one['n_test']:,}" if there else "",
        str(one["n_seeds"]) if there else "",
        one["status"],
    )


def _lines(rows: Sequence[Row]) -> Iterator[str]:
    table = [HEADS, *rows]
    widths = [max(len(row[i]) for row in table) for i in range(len(HEADS))]
    for row in table:
        cells = [
            text.ljust(width) if head in WORDS else text.rjust(width)
            for text, width, head in zip(row, widths, HEADS, strict=True)
        ]
        yield "  ".join(cells).rstrip()


def _cells(row: Row) -> Iterator[str]:
    for text, head in zip(row, HEADS, strict=True):
        side = "left" if head in WORDS else "right"
        yield f'<td style="text-align:{side}">{html.escape(text)}</td>'
